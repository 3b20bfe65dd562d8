/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"
#include "num.h"

#define ACTION_MAX 16u

/* kobject_actions[] of lib/kobject_uevent.c, Linux 6.1. */
static const struct action {
	const char *name;
	bool asks;
} actions[] = {
	{ "add", true },    { "bind", true },	 { "change", true },
	{ "move", true },   { "online", true },	 { "offline", true },
	{ "remove", true }, { "unbind", false }, /* what the device was it is, until it is removed
						  */
};

/* "" where it is not there, and where it is there twice: nobody knows which one is meant. */
static const char *value_of(const char *const env[], const char *name)
{
	const char *found = "";
	size_t n = strlen(name);

	for (; env && *env; env++) {
		if (!str_starts(*env, name) || (*env)[n] != '=')
			continue;
		if (*found)
			return "";
		found = *env + n + 1;
	}
	return found;
}

static bool is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return n > 0 && n <= ACTION_MAX && s[n] == '\0';
}

int helper_event_read(const char *const argv[], const char *const env[], struct helper_event *out,
		      struct err *e)
{
	const char *action = value_of(env, "ACTION"), *subsystem = value_of(env, "SUBSYSTEM");
	uint64_t n[2];

	if (!argv[0] || !argv[1] || argv[2] || !label_valid(argv[1]))
		return err_input(e, "cannot use these arguments: expected LABEL (run by udevd)");
	if (!is_word(action) && GUARD(helper_action))
		return err_input(e, "cannot use this environment: expected ACTION of an event");
	*out = (struct helper_event){ .label = argv[1], .action = action };
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (str_eq(actions[i].name, action)) {
			out->known = true;
			out->asks = actions[i].asks;
		}
	if (*subsystem && !num_parse(value_of(env, "MAJOR"), 1, UINT32_MAX, &n[0], NULL) &&
	    !num_parse(value_of(env, "MINOR"), 0, UINT32_MAX, &n[1], NULL))
		out->key = (struct sys_device_key){ helper_type(subsystem), (uint32_t)n[0],
						    (uint32_t)n[1] };
	return 0;
}
