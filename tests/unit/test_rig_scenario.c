/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

static const char *const vars_items[] = { "out=build/x", "ID=stick" };
static const struct scenario_vars vars = { vars_items, 2 };

#define HEAD "scenario: s\nimage: \"%{out}\"\n"

static int parse(struct mem_arena *a, const char *text, struct scenario *s, struct meta_diag *d)
{
	const struct meta_node *root = meta_parse(a, text, strlen(text), "s.yaml", d);

	return root ? scenario_read(a, root, &vars, s, d) : -1;
}

static void test_good(void **state)
{
	static const char text[] =
		"scenario: s\n"
		"image: \"%{out}/image\"\n"
		"timeout: 100\n"
		"step-timeout: 7\n"
		"forward: { host: 0, guest: 80 }\n"
		"steps:\n"
		"  - wait: \"^up\"\n"
		"    timeout: 9\n"
		"  - run: echo %%{x} %{ID}\n"
		"    status: any\n"
		"    expect: a|b\n"
		"    save: out.txt\n"
		"  - fetch: /x\n"
		"  - plug: { driver: d, id: \"%{ID}\", port: 3, on: true, s: \"3\" }\n"
		"  - power-cut\n"
		"  - boot:\n"
		"    timeout: 2\n"
		"  - absent: Oops\n"
		"  - reboot\n"
		"  - access: snap.%{ID}.d\n"
		"    node: /dev/slot/%{ID}\n"
		"    allows: w\n"
		"  - { access: snap.a.b, node: /dev/x, allows: none, timeout: 3 }\n";
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct scenario s;

	(void)state;
	assert_int_equal(parse(&a, text, &s, &d), 0);
	assert_string_equal(s.image, "build/x/image");
	assert_int_equal(s.timeout_ms, 100000);
	assert_int_equal(s.forward_guest, 80);
	assert_int_equal(s.count, 10);
	assert_int_equal(s.steps[0].timeout_ms, 9000);
	assert_string_equal(s.steps[0].title, "wait: ^up");
	assert_int_equal(s.steps[0].loc.line, 7);
	assert_string_equal(s.steps[1].text, "echo %{x} stick");
	assert_int_equal(s.steps[1].status, SCENARIO_STATUS_ANY);
	assert_int_equal(s.steps[1].timeout_ms, 7000);
	assert_string_equal(s.steps[1].save, "out.txt");
	assert_int_equal(s.steps[2].status, 200);
	assert_string_equal(s.steps[3].arguments,
			    "{\"driver\": \"d\", \"id\": \"stick\", \"port\": 3, \"on\": true, "
			    "\"s\": \"3\"}");
	assert_int_equal(s.steps[4].kind, STEP_POWER_CUT);
	assert_int_equal(s.steps[5].kind, STEP_BOOT);
	assert_int_equal(s.steps[5].timeout_ms, 2000);
	assert_int_equal(s.steps[6].timeout_ms, 0);
	assert_int_equal(s.steps[7].kind, STEP_REBOOT);
	assert_string_equal(s.steps[8].title, "access: snap.stick.d: /dev/slot/stick");
	assert_string_equal(s.steps[8].node, "/dev/slot/stick");
	assert_int_equal(s.steps[8].allows, SCENARIO_WRITE);
	assert_int_equal(s.steps[9].allows, 0);
	assert_int_equal(s.steps[9].timeout_ms, 3000);
	meta_diag_free(&d);
}

/* Each refusal: what is written, where it is found, what is said. */
static const struct refusal {
	const char *text;
	unsigned line;
	const char *says;
} refusals[] = {
	{ "- a\n", 1, "cannot use scenario: expected a map, got a list" },
	{ "scenario: s\nsteps: [quit]\n", 1, "cannot use scenario: image is missing" },
	{ "image: x\nsteps: [quit]\n", 1, "cannot use scenario: scenario is missing" },
	{ "scenario: ../s\nimage: x\nsteps: [quit]\n", 1,
	  "cannot use scenario: expected a name, got \"../s\"" },
	{ HEAD, 1, "cannot use scenario: steps is missing" },
	{ HEAD "steps: []\n", 3, "cannot use steps: expected a list, got an empty one" },
	{ HEAD "steps: quit\n", 3, "cannot use steps: expected a list, got text" },
	{ HEAD "stepz: [quit]\nsteps: [quit]\n", 3, NULL },
	{ HEAD "timeout: 0\nsteps: [quit]\n", 3, NULL },
	{ HEAD "step-timeout: soon\nsteps: [quit]\n", 3, NULL },
	{ HEAD "forward: 80\nsteps: [quit]\n", 3, "cannot use forward: expected a map, got text" },
	{ HEAD "forward: { host: 80 }\nsteps: [quit]\n", 3,
	  "cannot use forward: guest is missing" },
	{ HEAD "forward: { guest: 65536 }\nsteps: [quit]\n", 3, NULL },
	{ HEAD "steps:\n  - jump\n", 4, NULL },
	{ HEAD "steps:\n  - wait\n", 4, NULL },
	{ HEAD "steps:\n  - { wait: a, run: b }\n", 4, NULL },
	{ HEAD "steps:\n  - { timeout: 3 }\n", 4, NULL },
	{ HEAD "steps:\n  - { wait: a, until: b }\n", 4, NULL },
	{ HEAD "steps:\n  - { wait: a, save: b }\n", 4,
	  "cannot use save: it does not go with wait" },
	{ HEAD "steps:\n  - { run: a, arguments: {} }\n", 4,
	  "cannot use arguments: it does not go with run" },
	{ HEAD "steps:\n  - wait: \"a(\"\n", 4, NULL },
	{ HEAD "steps:\n  - wait: \"\"\n", 4, "cannot use wait: expected text, got nothing" },
	{ HEAD "steps:\n  - wait: [a]\n", 4, "cannot use wait: expected text, got a list" },
	{ HEAD "steps:\n  - { run: a, expect: \"[\" }\n", 4, NULL },
	{ HEAD "steps:\n  - run: \"a\\nb\"\n", 4,
	  "cannot use run: a control character or a second line in it" },
	{ HEAD "steps:\n  - { run: a, status: 1000 }\n", 4, NULL },
	{ HEAD "steps:\n  - { run: a, save: ../b }\n", 4,
	  "cannot use save: expected a name, got \"../b\"" },
	{ HEAD "steps:\n  - fetch: /a\n", 4, "cannot use fetch: the scenario has no forward" },
	{ HEAD "forward: { guest: 1 }\nsteps:\n  - fetch: a\n", 5,
	  "cannot use fetch: expected a path, got \"a\"" },
	{ HEAD "forward: { guest: 1 }\nsteps:\n  - fetch: /a b\n", 5,
	  "cannot use fetch: expected a path, got \"/a b\"" },
	{ HEAD "steps:\n  - plug: a\n", 4, "cannot use plug: expected a map, got text" },
	{ HEAD "steps:\n  - pull: \"a b\"\n", 4, "cannot use pull: expected a name, got \"a b\"" },
	{ HEAD "steps:\n  - { power-cut: now }\n", 4, "cannot use power-cut: it takes no value" },
	{ HEAD "steps:\n  - { boot: [] }\n", 4, "cannot use boot: it takes no value" },
	{ HEAD "steps:\n  - { reboot: now }\n", 4, "cannot use reboot: it takes no value" },
	{ HEAD "steps:\n  - { reboot: , expect: a }\n", 4,
	  "cannot use expect: it does not go with reboot" },
	{ HEAD "steps:\n  - access: snap.a.b\n", 4, "cannot use access: node is missing" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: /dev/x }\n", 4,
	  "cannot use access: allows is missing" },
	{ HEAD "steps:\n  - { access: snap.a.b, allows: r }\n", 4,
	  "cannot use access: node is missing" },
	{ HEAD "steps:\n  - { access: snap/a, node: /dev/x, allows: r }\n", 4,
	  "cannot use access: expected a name, got \"snap/a\"" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: /etc/x, allows: r }\n", 4,
	  "cannot use node: expected a path below /dev, got \"/etc/x\"" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: /dev/../x, allows: r }\n", 4,
	  "cannot use node: expected a path below /dev, got \"/dev/../x\"" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: \"/dev/a;b\", allows: r }\n", 4,
	  "cannot use node: expected a path below /dev, got \"/dev/a;b\"" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: [/dev/x], allows: r }\n", 4,
	  "cannot use node: expected text, got a list" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: /dev/x, allows: rwm }\n", 4,
	  "cannot use allows: expected r, w, rw or none, got \"rwm\"" },
	{ HEAD "steps:\n  - { access: snap.a.b, node: /dev/x, allows: {} }\n", 4,
	  "cannot use allows: expected text, got a map" },
	{ HEAD "steps:\n  - { run: a, node: /dev/x }\n", 4,
	  "cannot use node: it does not go with run" },
	{ HEAD "steps:\n  - { run: a, allows: r }\n", 4,
	  "cannot use allows: it does not go with run" },
	{ HEAD "steps:\n  - run: echo %{no}\n", 4, "cannot expand %{no}: no such name was given" },
	{ HEAD "steps:\n  - run: echo %{no\n", 4, "cannot expand \"%{\": expected %{NAME}" },
	{ HEAD "steps:\n  - run: echo %{}\n", 4, "cannot expand \"%{\": expected %{NAME}" },
	{ HEAD "steps:\n  - plug: { id: \"%{no}\" }\n", 4,
	  "cannot expand %{no}: no such name was given" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		CLEANUP_ARENA struct mem_arena a = { 0 };
		struct meta_diag d = { 0 };
		struct scenario s;

		if (parse(&a, refusals[i].text, &s, &d) == 0 || d.count == 0)
			fail_msg("accepted: %s", refusals[i].text);
		if (d.messages[0].loc.line != refusals[i].line ||
		    strncmp(d.messages[0].text, "cannot ", 7) != 0 ||
		    (refusals[i].says && strcmp(d.messages[0].text, refusals[i].says) != 0))
			fail_msg("%s: line %u: %s", refusals[i].text, d.messages[0].loc.line,
				 d.messages[0].text);
		meta_diag_free(&d);
	}
}

/* Names and nodes that would not fit on the console's line. */
static void test_long_words(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct scenario s;
	char text[400];

	(void)state;
	snprintf(text, sizeof(text), "%ssteps:\n  - { access: s%0120d, node: /dev/x, allows: r }\n",
		 HEAD, 7);
	assert_int_equal(parse(&a, text, &s, &d), -1);
	snprintf(text, sizeof(text), "%ssteps:\n  - { access: s, node: /dev/%096d, allows: r }\n",
		 HEAD, 7);
	assert_int_equal(parse(&a, text, &s, &d), -1);
	snprintf(text, sizeof(text),
		 "%ssteps:\n  - { access: s%0119d, node: /dev/%095d, allows: r }\n", HEAD, 7, 7);
	assert_int_equal(parse(&a, text, &s, &d), 0);
	meta_diag_free(&d);
}

static void test_long_line(void **state)
{
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct scenario s;
	char text[1200];

	(void)state;
	snprintf(text, sizeof(text), "%ssteps:\n  - run: %0801d\n", HEAD, 7);
	assert_int_equal(parse(&a, text, &s, &d), -1);
	assert_string_equal(d.messages[0].text,
			    "cannot use run: expected at most 800 bytes, got 801");
	meta_diag_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
