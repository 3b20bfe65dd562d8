/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments and environment of bulkhead-device: NUL-terminated texts, those before the first empty
 * one are arguments.
 */
#include "helper.h"
#include "label.h"

#include "fuzz.h"

#define TEXTS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[TEXTS + 1] = { NULL }, *env[TEXTS + 1] = { NULL };
	char *copy = malloc(size + 1);
	struct helper_event event;
	struct err e = { 0 };
	size_t argc = 0, envc = 0;
	bool arguments = true;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	for (const char *p = copy; p < copy + size; p += strlen(p) + 1) {
		if (!*p)
			arguments = false;
		else if (arguments && argc < TEXTS)
			argv[argc++] = p;
		else if (envc < TEXTS)
			env[envc++] = p;
	}
	/* What is printed and what names files: letters alone, whatever came in. */
	if (helper_event_read(argv, env, &event, &e) == 0) {
		if (!label_valid(event.label) || strlen(event.action) > 16 ||
		    event.action[strspn(event.action, "abcdefghijklmnopqrstuvwxyz")] ||
		    (event.asks && !event.known) || event.key.type > PLAN_DEVICE_CHAR ||
		    !event.key.type != !event.key.major)
			abort();
	} else if (!strstr(e.text, "cannot use these arguments") &&
		   !strstr(e.text, "cannot use this environment")) {
		abort();
	}
	free(copy);
	return 0;
}
