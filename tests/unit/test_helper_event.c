/* SPDX-License-Identifier: Apache-2.0 */
/* The event as udevd (or somebody by hand) puts it into the environment: hostile. */
#include "helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "str.h"

#define VARS_MAX 8

/* A good event with one variable replaced, taken out (NULL value) or added. */
static int event(const char *name, const char *value, struct helper_event *ev, struct err *e)
{
	static const char *const good[][2] = {
		{ "ACTION", "add" },
		{ "SUBSYSTEM", "tty" },
		{ "DEVNAME", "/dev/ttyUSB0" },
		{ "DEVPATH", "/devices/usb1/1-1/ttyUSB0" },
		{ "MAJOR", "188" },
		{ "MINOR", "0" },
	};
	static char text[VARS_MAX][2048];
	char *envp[VARS_MAX + 1] = { NULL };
	size_t n = 0;
	bool seen = false;

	for (size_t i = 0; i < 6; i++) {
		bool same = name && str_eq(good[i][0], name);
		const char *v = same ? value : good[i][1];

		seen |= same;
		if (!v)
			continue;
		snprintf(text[n], sizeof(text[0]), "%s=%s", good[i][0], v);
		envp[n] = text[n];
		n++;
	}
	if (name && !seen) {
		snprintf(text[n], sizeof(text[0]), "%s=%s", name, value);
		envp[n] = text[n];
	}
	return helper_event_read(envp, ev, e);
}

static void refused(const char *name, const char *value, const char *want)
{
	struct helper_event ev;
	struct err e = { 0 };

	if (event(name, value, &ev, &e) != -1)
		fail_msg("%s=%s accepted", name, value ? value : "(none)");
	if (!strstr(e.text, want))
		fail_msg("%s=%s: %s", name, value ? value : "(none)", e.text);
}

static void test_good(void **state)
{
	struct helper_event ev;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(event(NULL, NULL, &ev, &e), 0);
	assert_int_equal(ev.verb, HELPER_UPDATE);
	assert_true(ev.has_node);
	assert_string_equal(ev.devpath, "/devices/usb1/1-1/ttyUSB0");
	assert_int_equal(event("SUBSYSTEM", "block", &ev, &e), 0);
	assert_int_equal(event("LD_PRELOAD", "/tmp/x.so", &ev, &e), 0);
}

static void test_actions(void **state)
{
	static const struct {
		const char *name;
		enum helper_verb verb;
	} rows[] = {
		{ "add", HELPER_UPDATE },      { "change", HELPER_UPDATE },
		{ "bind", HELPER_UPDATE },     { "move", HELPER_UPDATE },
		{ "online", HELPER_UPDATE },   { "remove", HELPER_REMOVE },
		{ "unbind", HELPER_IGNORE },   { "offline", HELPER_IGNORE },
		{ "explode", HELPER_UNKNOWN },
	};
	struct helper_event ev;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(event("ACTION", rows[i].name, &ev, &e), 0);
		assert_int_equal(ev.verb, rows[i].verb);
	}
	refused("ACTION", NULL, "ACTION is not a word");
	refused("ACTION", "", "ACTION is not a word");
	refused("ACTION", "add ", "ACTION is not a word");
	refused("ACTION", "ADD", "ACTION is not a word");
	refused("ACTION", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ACTION is not a word");
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x10", "01", "1a", "4294967296", "18446744073709551617"
	};
	struct helper_event ev;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refused("MAJOR", bad[i], "MAJOR");
		refused("MINOR", bad[i], "MINOR");
	}
	refused("MAJOR", "0", "MAJOR");
	refused("MAJOR", "4096", "MAJOR");
	refused("MINOR", "1048576", "MINOR");
	refused("MAJOR", NULL, "one of MAJOR and MINOR is missing");
	refused("MINOR", NULL, "one of MAJOR and MINOR is missing");
	assert_int_equal(event("MAJOR", "4095", &ev, &e), 0);
	assert_int_equal(event("MINOR", "1048575", &ev, &e), 0);
}

static void test_no_node(void **state)
{
	char action[] = "ACTION=add", path[] = "DEVPATH=/devices/x", subsystem[] = "SUBSYSTEM=usb";
	char *envp[] = { action, path, subsystem, NULL };
	struct helper_event ev;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(helper_event_read(envp, &ev, &e), 0);
	assert_false(ev.has_node);
	assert_int_equal(helper_event_read(NULL, &ev, &e), -1);
}

static void test_texts(void **state)
{
	char big[1500];

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	big[0] = '/';
	big[sizeof(big) - 1] = '\0';
	refused("DEVPATH", NULL, "DEVPATH");
	refused("DEVPATH", "", "DEVPATH");
	refused("DEVPATH", "devices/x", "DEVPATH");
	refused("DEVPATH", "/devices/../x", "DEVPATH");
	refused("DEVPATH", "/devices//x", "DEVPATH");
	refused("DEVPATH", "/devices/x\n", "DEVPATH");
	refused("DEVPATH", big, "DEVPATH");
	refused("DEVNAME", NULL, "DEVNAME");
	refused("DEVNAME", "/etc/passwd", "DEVNAME");
	refused("DEVNAME", "/dev/../etc/passwd", "DEVNAME");
	refused("DEVNAME", "/dev/", "DEVNAME");
	refused("SUBSYSTEM", NULL, "SUBSYSTEM");
	refused("SUBSYSTEM", "", "SUBSYSTEM");
	refused("SUBSYSTEM", "a/b", "SUBSYSTEM");
	refused("SUBSYSTEM", "bl\tock", "SUBSYSTEM");
	refused("SUBSYSTEM", big + 1, "SUBSYSTEM");
}

static void test_twice(void **state)
{
	static char a[] = "ACTION=add", p[] = "DEVPATH=/devices/x", s[] = "SUBSYSTEM=usb",
		    again[] = "ACTION=remove";
	char *envp[] = { a, p, s, again, NULL };
	struct helper_event ev;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(helper_event_read(envp, &ev, &e), -1);
	assert_string_equal(e.text, "cannot use the event: ACTION is given twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	cmocka_unit_test(test_actions),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_no_node),
		cmocka_unit_test(test_texts),	cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
