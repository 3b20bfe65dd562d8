/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <stdio.h>
#include <string.h>

static void append(struct err *e, const char *text)
{
	size_t used = strlen(e->text);

	snprintf(e->text + used, sizeof(e->text) - used, ": %s", text);
}

int err_set(struct err *e, enum err_kind kind, int sys, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	/* Else who asks for the errno of a refusal would find that of some call before it. */
	int after = kind == ERR_NONE ? errno : sys;
	va_list ap;

	errno = after;
	if (!e)
		return -1;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (kind != ERR_NONE) {
		e->kind = kind;
		e->sys = sys;
	}
	if (kind == ERR_NONE || sys)
		append(e, kind == ERR_NONE ? old : strerror(sys));
	errno = after;
	return -1;
}
