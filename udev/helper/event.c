/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "str.h"

#define WORD	      "abcdefghijklmnopqrstuvwxyz"
#define ACTION_MAX    32
#define SUBSYSTEM_MAX 63
/* MINORBITS is 20 (include/linux/kdev_t.h), which leaves 12 for the major number. */
#define MAJOR_MAX 4095
#define MINOR_MAX 0xfffff

enum var { VAR_ACTION, VAR_SUBSYSTEM, VAR_DEVNAME, VAR_DEVPATH, VAR_MAJOR, VAR_MINOR, VARS };

static const char *const var_names[VARS] = {
	[VAR_ACTION] = "ACTION",   [VAR_SUBSYSTEM] = "SUBSYSTEM", [VAR_DEVNAME] = "DEVNAME",
	[VAR_DEVPATH] = "DEVPATH", [VAR_MAJOR] = "MAJOR",	  [VAR_MINOR] = "MINOR",
};

/* enum kobject_action, include/linux/kobject.h. */
static const struct {
	const char *name;
	enum helper_verb verb;
} actions[] = {
	{ "add", HELPER_UPDATE },    { "change", HELPER_UPDATE },  { "bind", HELPER_UPDATE },
	{ "move", HELPER_UPDATE },   { "online", HELPER_UPDATE },  { "remove", HELPER_REMOVE },
	{ "unbind", HELPER_IGNORE }, { "offline", HELPER_IGNORE },
};

/* The values of our variables; a name given twice is refused, since readers differ on which counts.
 */
static int collect(char *const *envp, const char *values[VARS], struct err *e)
{
	for (; envp && *envp; envp++) {
		for (size_t i = 0; i < VARS; i++) {
			size_t n = strlen(var_names[i]);

			if (strncmp(*envp, var_names[i], n) != 0 || (*envp)[n] != '=')
				continue;
			if (values[i] && GUARD(helper_twice))
				return err_input(e, "cannot use the event: %s is given twice",
						 var_names[i]);
			values[i] = *envp + n + 1;
		}
	}
	return 0;
}

static bool is_word(const char *text, size_t most, const char *alphabet)
{
	size_t n = text ? strlen(text) : 0;

	return n > 0 && n <= most && strspn(text, alphabet) == n;
}

static int read_action(const char *value, struct helper_event *ev, struct err *e)
{
	if (!is_word(value, ACTION_MAX, WORD))
		return err_input(e, "cannot use the event: ACTION is not a word");
	ev->verb = HELPER_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (str_eq(value, actions[i].name))
			ev->verb = actions[i].verb;
	return 0;
}

static int read_devpath(const char *value, struct helper_event *ev, struct err *e)
{
	if (!value || strlen(value) >= sizeof(ev->devpath) ||
	    (!path_is_clean(value) && GUARD(helper_devpath)))
		return err_input(e, "cannot use the event: DEVPATH is not a clean absolute path");
	snprintf(ev->devpath, sizeof(ev->devpath), "%s", value);
	return 0;
}

static int read_node(const char *const values[VARS], struct helper_event *ev, struct err *e)
{
	const char *name = values[VAR_DEVNAME];
	uint64_t major, minor;

	if (!values[VAR_MAJOR] && !values[VAR_MINOR])
		return 0;
	if (!values[VAR_MAJOR] || !values[VAR_MINOR])
		return err_input(e, "cannot use the event: one of MAJOR and MINOR is missing");
	if (num_parse(values[VAR_MAJOR], 1, MAJOR_MAX, &major, e))
		return err_prefix(e, "cannot use the event: MAJOR");
	if (num_parse(values[VAR_MINOR], 0, MINOR_MAX, &minor, e))
		return err_prefix(e, "cannot use the event: MINOR");
	if (!name || !str_starts(name, "/dev/") || !path_is_clean(name))
		return err_input(e, "cannot use the event: DEVNAME is not a clean path below /dev");
	ev->has_node = true;
	return 0;
}

int helper_event_read(char *const *envp, struct helper_event *ev, struct err *e)
{
	const char *values[VARS] = { NULL };

	*ev = (struct helper_event){ 0 };
	if (collect(envp, values, e) || read_action(values[VAR_ACTION], ev, e) ||
	    read_devpath(values[VAR_DEVPATH], ev, e))
		return -1;
	if (!is_word(values[VAR_SUBSYSTEM], SUBSYSTEM_MAX,
		     WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"))
		return err_input(e, "cannot use the event: SUBSYSTEM is not a name");
	return read_node(values, ev, e);
}
