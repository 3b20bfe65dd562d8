/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

BASE_PRINTF(4, 0)
static void err_set(struct err *e, enum err_kind kind, int sys, const char *fmt, va_list ap)
{
	if (!e)
		return;
	e->kind = kind;
	e->sys = sys;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

int err_input(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_set(e, ERR_INPUT, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int err_env(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_set(e, ERR_ENVIRONMENT, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	err_set(e, ERR_ENVIRONMENT, saved, fmt, ap);
	va_end(ap);
	if (e) {
		size_t used = strlen(e->text);

		snprintf(e->text + used, sizeof(e->text) - used, ": %s", strerror(saved));
	}
	errno = saved;
	return -1;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	size_t used;
	va_list ap;

	if (!e)
		return -1;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	err_set(e, e->kind, e->sys, fmt, ap);
	va_end(ap);
	used = strlen(e->text);
	snprintf(e->text + used, sizeof(e->text) - used, ": %s", old);
	return -1;
}
