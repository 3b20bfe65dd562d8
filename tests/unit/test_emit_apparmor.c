/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of the parser's words, and the parser as a pure function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apparmor.h"
#include "cleanup.h"
#include "model_fixture.h"
#include "parser.h"

#define FEATURES "boards/qemu-arm64/features/apparmor"

#define DOWNGRADED                                                                                 \
	"Warning from profile x (stdin): downgrading extended network unix socket rule to "        \
	"generic network rule"

struct fixture {
	struct model_fixture f;
	struct policy_app app;
	struct policy_rule rules[2];
	struct pack k;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fixture_make(&x->f);
	x->rules[0] = (struct policy_rule){ "/a r,", FIXTURE_LOC("i.yaml", 5), "template", false };
	x->rules[1] = (struct policy_rule){ "audit unix (create),", FIXTURE_LOC("i.yaml", 6),
					    "template", false };
	x->app = (struct policy_app){ .app = &x->f.sensord_app[0], .apparmor = { x->rules, 2, 2 } };
	x->k = (struct pack){ .a = &x->f.a, .m = &x->f.m, .d = &x->f.d };
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	fixture_free(&x->f);
	free(x);
	return 0;
}

static void silence_is_good(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(emit_apparmor_judge(&x->k, &x->app, "", 0), 0);
	assert_int_equal(emit_apparmor_judge(&x->k, &x->app, "\n\n", 0), 0);
}

static void accepted_warnings_are_good(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(emit_apparmor_judge(&x->k, &x->app, DOWNGRADED "\n\n" DOWNGRADED "\n", 0),
			 0);
	/* Not when the parser failed all the same. */
	assert_int_equal(emit_apparmor_judge(&x->k, &x->app, DOWNGRADED "\n", 1 << 8), -1);
}

static const struct {
	const char *messages;
	int status;
	const char *text;
	unsigned line; /* of i.yaml; 0: the app's */
} bad[] = {
	{ "Warning from profile x (stdin): signal rules not enforced", 0,
	  "cannot compile profile snap.sensord.sensord: apparmor_parser: Warning from profile x "
	  "(stdin): signal rules not enforced",
	  0 },
	{ "Warning from profile x (stdin): dbus rules not enforced", 0,
	  "cannot compile profile snap.sensord.sensord: this kernel does not mediate dbus", 0 },
	{ DOWNGRADED "\nsomething else", 0,
	  "cannot compile profile snap.sensord.sensord: apparmor_parser: something else", 0 },
	{ "Warning converted to Error from profile x (stdin): downgrading extended network unix "
	  "socket rule to generic network rule",
	  1 << 8, "cannot compile profile snap.sensord.sensord: this kernel does not mediate unix",
	  6 },
	{ "AppArmor parser error at line 2: syntax error", 1 << 8,
	  "cannot compile profile snap.sensord.sensord: apparmor_parser: AppArmor parser error at "
	  "line 2: syntax error",
	  5 },
	{ "AppArmor parser error at line 4: syntax error", 1 << 8,
	  "cannot compile profile snap.sensord.sensord: apparmor_parser: AppArmor parser error at "
	  "line 4: syntax error",
	  0 },
	{ "", 1 << 8,
	  "cannot compile profile snap.sensord.sensord: apparmor_parser ended with status 1", 0 },
	{ "", SIGXCPU,
	  "cannot compile profile snap.sensord.sensord: apparmor_parser ended with signal 24", 0 },
};

static void all_else_is_an_error(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		assert_int_equal(
			emit_apparmor_judge(&x->k, &x->app, bad[i].messages, bad[i].status), -1);
		assert_int_equal(x->f.d.errors, 1);
		assert_string_equal(fixture_message(&x->f), bad[i].text);
		assert_string_equal(x->f.d.messages[0].loc.file,
				    bad[i].line ? "i.yaml" : "snap.yaml");
		if (bad[i].line)
			assert_int_equal(x->f.d.messages[0].loc.line, bad[i].line);
	}
}

static void run(struct parser_job *j)
{
	struct err e = { 0 };

	j->features = FEATURES;
	j->empty = "/proc/self/fdinfo"; /* no file of it is an include */
	if (emit_parser_start(j, &e) || emit_parser_wait(j, &e))
		fail_msg("%s", e.text);
}

static void the_parser_compiles(void **state)
{
	struct parser_job j = { .text = "profile x flags=(mediate_deleted) {\n  /a r,\n}\n" };
	struct parser_job again = j, plain = j;

	(void)state;
	run(&j);
	run(&again);
	plain.plain = true;
	run(&plain);
	assert_int_equal(j.status, 0);
	assert_string_equal(j.messages, "");
	assert_true(j.output_size > 500);
	assert_int_equal(j.output_size, again.output_size);
	assert_memory_equal(j.output, again.output, j.output_size);
	assert_int_equal(plain.status, 0);
	assert_true(plain.output_size > 500);
	emit_parser_free(&j);
	emit_parser_free(&again);
	emit_parser_free(&plain);
}

/* Nothing is included, from nowhere. */
static void the_parser_includes_nothing(void **state)
{
	struct parser_job j = { .text = "#include <tunables/global>\nprofile x {\n}\n" };

	(void)state;
	run(&j);
	assert_int_not_equal(j.status, 0);
	assert_int_equal(j.output_size, 0);
	emit_parser_free(&j);
}

static void the_parser_has_a_version(void **state)
{
	struct err e = { 0 };
	CLEANUP_FREE char *version = emit_parser_version(&e);

	(void)state;
	assert_non_null(version);
	assert_true(str_starts(version, "AppArmor parser version "));
	assert_null(strchr(version, '\n'));
}

/* What was inherited, and who waits, is as before. */
static void the_parser_leaves_nothing(void **state)
{
	int before = dup(0), after;

	close(before);
	the_parser_compiles(state);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silence_is_good),
		TEST(accepted_warnings_are_good),
		TEST(all_else_is_an_error),
		TEST(the_parser_compiles),
		TEST(the_parser_includes_nothing),
		TEST(the_parser_has_a_version),
		TEST(the_parser_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
