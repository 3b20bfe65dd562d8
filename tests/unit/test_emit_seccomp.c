/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpfsim.h"
#include "cleanup.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

struct built {
	struct mem_arena arena;
	struct meta_diag diag;
	struct seccomp_program program;
	int result;
};

/* Compiles text as lines of "f:LINE:1"; arch is "arm64" or "arm64 armhf". */
static void build(struct built *b, const char *text, const char *arch)
{
	struct seccomp_line lines[4096];
	struct seccomp_request rq = { .lines = lines };
	char *copy, *archs, *word;

	memset(b, 0, sizeof(*b));
	copy = mem_strdup(&b->arena, text);
	archs = mem_strdup(&b->arena, arch);
	for (word = strsep(&copy, "\n"); word; word = strsep(&copy, "\n")) {
		assert_true(rq.count < ARRAY_SIZE(lines));
		lines[rq.count] = (struct seccomp_line){
			.text = word,
			.loc = { .file = "f", .line = (unsigned)rq.count + 1, .col = 1 }
		};
		rq.count++;
	}
	rq.arch = strsep(&archs, " ");
	rq.compat = archs;
	b->result = seccomp_compile(&b->arena, &rq, &b->program, &b->diag);
}

static void drop(struct built *b)
{
	meta_diag_free(&b->diag);
	mem_free(&b->arena);
}

static uint32_t answer(const struct built *b, const char *arch, const char *name, uint64_t arg0,
		       uint64_t arg1)
{
	const struct seccomp_target *t = seccomp_target(arch);
	struct bpfsim_data data = { .arch = t->audit, .args = { arg0, arg1 } };
	struct bpfsim_result r;
	uint32_t nr;

	assert_int_equal(seccomp_number(t, name, &nr), SECCOMP_HERE);
	data.nr = (int32_t)nr;
	assert_int_equal(bpfsim_run(b->program.insns, b->program.count, &data, &r, NULL), 0);
	return r.action;
}

/* Exactly this message, "LINE:COL: TEXT", and that severity. */
static void says(const char *text, const char *arch, const char *message,
		 enum meta_severity severity)
{
	struct built b;
	char got[1024] = "nothing";

	build(&b, text, arch);
	if (b.diag.count > 0) {
		const struct meta_message *m = &b.diag.messages[0];

		snprintf(got, sizeof(got), "%u:%u: %s", m->loc.line, m->loc.col, m->text);
		assert_int_equal(m->severity, severity);
	}
	assert_string_equal(got, message);
	assert_int_equal(b.result, severity == META_ERROR ? -1 : 0);
	drop(&b);
}

#define NUMBER                                                                                     \
	": expected a decimal number of 32 bits or a known constant, alone or after !, >, "        \
	">=, <, <=, |, or with a mask before |"
#define NAME	": expected the name of a system call, with \"~\" to deny it"
#define WORD	": only for a snap in devmode"
#define ACCOUNT ": accounts are the image's own: write the number, \"root\" or \"daemon\""

static const struct {
	const char *text, *message, *rest;
} refused[] = {
	{ "read\nsetns - CLONE_NEWNE", "2:9: cannot parse \"CLONE_NEWNE\"", NUMBER },
	{ "mknod - |S_IFIF", "1:9: cannot parse \"|S_IFIF\"", NUMBER },
	{ "read 0x1", "1:6: cannot parse \"0x1\"", NUMBER },
	{ "read 4294967296", "1:6: cannot parse \"4294967296\"", NUMBER },
	{ "read  >", "1:7: cannot parse \">\"", NUMBER },
	{ "read 01", "1:6: cannot parse \"01\"", NUMBER },
	{ "read 1|", "1:6: cannot parse \"1|\"", NUMBER },
	{ "read 1|2", "1:6: cannot parse \"1|2\"", ": the value has bits that its mask lacks" },
	{ "chown - >-1", "1:9: cannot parse \">-1\"",
	  ": negative numbers are compared for equality only" },
	{ "chown - |-1", "1:9: cannot parse \"|-1\"",
	  ": negative numbers have no bits to compare" },
	{ "chown - -2147483649", "1:9: cannot parse \"-2147483649\"", NUMBER },
	{ "setuid u:", "1:8: cannot parse \"u:\"", ACCOUNT },
	{ "setuid u:www-data", "1:8: cannot parse \"u:www-data\"", ACCOUNT },
	{ "setgid g:4294967295", "1:8: cannot parse \"g:4294967295\"", ACCOUNT },
	{ "mbind - - - - - - 7", "1:19: cannot parse \"7\"",
	  ": a system call has at most 6 arguments" },
	{ "Read", "1:1: cannot parse \"Read\"", NAME },
	{ "~", "1:1: cannot parse \"~\"", NAME },
	{ "~ read", "1:1: cannot parse \"~\"", NAME },
	{ "~~read", "1:1: cannot parse \"~~read\"", NAME },
	{ "read errno:EPERM", "1:6: cannot parse \"errno:EPERM\"",
	  ": only a deny line (\"~\") answers with an errno" },
	{ "~read errno:EIO", "1:7: cannot parse \"errno:EIO\"",
	  ": expected errno:EACCES, errno:EINVAL, errno:ENOSYS or errno:EPERM" },
	{ "~read errno:EPERM 1", "1:7: cannot parse \"errno:EPERM\"", NUMBER },
	{ "@unrestricted", "1:1: cannot use @unrestricted", WORD },
	{ "  @complain", "1:3: cannot use @complain", WORD },
	{ "@confine", "1:1: cannot parse \"@confine\"", ": expected @complain or @unrestricted" },
	{ "@complain  read", "1:12: cannot parse \"read\"",
	  ": the line of a word with @ holds nothing else" },
	{ "~@complain", "1:1: cannot parse \"~@complain\"", NAME },
	{ "read\001", "1:1: cannot parse filter line", ": it has control characters" },
	{ "setpriority -1",
	  "1:13: cannot compare argument 1 of setpriority with a "
	  "negative number",
	  ": it is no user or group id" },
	{ "getpid 1", "1:8: cannot compare argument 1 of getpid", ": on arm64 it has 0" },
	{ "~raed", "1:1: cannot deny raed", ": no architecture has a system call of that name" },
	{ "read # comment", "1:6: cannot parse \"#\"", NUMBER },
};

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		char message[1024];

		snprintf(message, sizeof(message), "%s%s", refused[i].message, refused[i].rest);
		says(refused[i].text, "arm64", message, META_ERROR);
	}
	says("ftruncate64 - 5", "armhf",
	     "1:15: cannot compare argument 2 of ftruncate64: on armhf a 64-bit value takes two "
	     "registers",
	     META_ERROR);
	says("nfsservctl 1", "arm64",
	     "1:12: cannot compare argument 1 of nfsservctl: its prototype is not known",
	     META_ERROR);
	says("raed", "arm64",
	     "1:1: cannot allow raed: no architecture has a system call of that name",
	     META_WARNING);
	says("read", "mips",
	     "1:1: cannot compile filter: architecture \"mips\" is not one of amd64, arm64, armhf, "
	     "i386",
	     META_ERROR);
	says("read", "arm64 arm64",
	     "1:1: cannot compile filter: arm64 is no compat architecture of arm64, expected "
	     "arm64 with armhf or amd64 with i386",
	     META_ERROR);
	says("read", "arm64 i386",
	     "1:1: cannot compile filter: i386 is no compat architecture of arm64, expected arm64 "
	     "with armhf or amd64 with i386",
	     META_ERROR);
	says("chown - >=-1", "amd64",
	     "1:9: cannot parse \">=-1\": negative numbers are compared for equality only",
	     META_ERROR);
}

static void words_of_architectures(void **state)
{
	static const char *const good[][3] = {
		{ "amd64", "amd64" },
		{ "arm64", "arm64" },
		{ "armhf", "armhf" },
		{ "i386", "i386" },
		{ "arm64+armhf", "arm64", "armhf" },
		{ "amd64+i386", "amd64", "i386" },
	};
	static const char *const bad[] = {
		"",	 "mips",	"+",	      "arm64+", "+armhf",
		"ARM64", "armhf+arm64", "arm64+i386", "arm64 ", "arm64+armhf+i386"
	};
	CLEANUP_ARENA struct mem_arena a = { 0 };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct seccomp_request rq = { .compat = "left" };

		assert_int_equal(seccomp_arch(&a, good[i][0], &rq, &e), 0);
		assert_string_equal(rq.arch, good[i][1]);
		assert_true(good[i][2] ? rq.compat && str_eq(rq.compat, good[i][2]) : !rq.compat);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct seccomp_request rq = { 0 };

		assert_int_equal(seccomp_arch(&a, bad[i], &rq, &e), -1);
	}
	assert_string_equal(e.text,
			    "cannot use --arch \"arm64+armhf+i386\": expected one of amd64, "
			    "arm64, armhf, i386, arm64+armhf, amd64+i386");
}

static void hints(void **state)
{
	struct built b;

	(void)state;
	build(&b, "setns - CLONE_NEWNE\n~raed", "arm64");
	assert_int_equal(b.diag.count, 2);
	assert_string_equal(b.diag.messages[0].hint, "did you mean \"CLONE_NEWNET\"?");
	assert_string_equal(b.diag.messages[1].hint, "did you mean \"read\"?");
	drop(&b);
}

/* Looking for the nearest name costs: of thousands of mistakes the first have a hint. */
static void few_hints(void **state)
{
	CLEANUP_STR struct str s = { 0 };
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		str_add(&s, i % 2 ? "raed\n" : "read TIOCST\n");
	build(&b, str_text(&s), "arm64");
	assert_int_equal(b.diag.count, 3000);
	for (size_t i = 0; i < b.diag.count; i++)
		assert_int_equal(b.diag.messages[i].hint != NULL, i < SECCOMP_HINTS_MAX);
	drop(&b);
}

static void all_errors_at_once(void **state)
{
	struct built b;

	(void)state;
	build(&b, "read x\nwrite\nopenat y", "arm64");
	assert_int_equal(b.result, -1);
	assert_int_equal(b.diag.errors, 2);
	assert_int_equal(b.diag.messages[1].loc.line, 3);
	drop(&b);
}

static void blank_lines(void **state)
{
	struct built b;

	(void)state;
	build(&b, "\n# comment ~ @complain\n\t # indented\n  \t\n  read\t2  -  -\t\n", "arm64");
	assert_int_equal(b.result, 0);
	assert_int_equal(b.diag.count, 0);
	assert_int_equal(answer(&b, "arm64", "read", 2, 9), SECCOMP_DO_ALLOW);
	assert_int_equal(answer(&b, "arm64", "read", 3, 9), SECCOMP_DO_ERRNO | SECCOMP_EPERM);
	drop(&b);
}

static void nothing_is_allowed(void **state)
{
	struct built b;

	(void)state;
	build(&b, "", "arm64 armhf");
	assert_int_equal(b.result, 0);
	assert_int_equal(answer(&b, "arm64", "read", 0, 0), SECCOMP_DO_ERRNO | SECCOMP_EPERM);
	assert_int_equal(answer(&b, "armhf", "exit", 0, 0), SECCOMP_DO_ERRNO | SECCOMP_EPERM);
	drop(&b);
}

/* A number in the middle of a chain that no conditional jump can cross. */
static void long_jumps(void **state)
{
	CLEANUP_STR struct str s = { 0 };
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		str_printf(&s, "read - %u %u\nwrite - %u %u\n", 3 * i, 1000 + i, 5 * i, 7 * i);
	str_add(&s, "openat\nclose\nexit_group");
	build(&b, str_text(&s), "arm64 armhf");
	assert_int_equal(b.result, 0);
	assert_int_equal(answer(&b, "arm64", "close", 0, 0), SECCOMP_DO_ALLOW);
	assert_int_equal(answer(&b, "armhf", "close", 0, 0), SECCOMP_DO_ALLOW);
	assert_int_equal(answer(&b, "arm64", "exit_group", 0, 0), SECCOMP_DO_ALLOW);
	drop(&b);
}

static void too_long(void **state)
{
	CLEANUP_STR struct str s = { 0 };
	char expected[] = "cannot compile filter: ";
	struct built b;

	(void)state;
	for (unsigned i = 0; i < 1200; i++)
		str_printf(&s, "read - %u %u\n", i, i);
	build(&b, str_text(&s), "arm64");
	assert_int_equal(b.result, -1);
	assert_memory_equal(b.diag.messages[0].text, expected, strlen(expected));
	assert_non_null(strstr(b.diag.messages[0].text, " instructions, the kernel takes 4096"));
	drop(&b);
}

/* What the writer writes, the device's reader takes, and finds the same. */
static void round_trip(void **state)
{
	struct built b;
	struct filter f;
	struct err e = { 0 };
	size_t size;
	void *bytes;

	(void)state;
	build(&b, "read\nsocket AF_UNIX\n~ioctl - TIOCSTI\nioctl\n~clone3 errno:ENOSYS",
	      "arm64 armhf");
	bytes = seccomp_file(&b.arena, &b.program, &size);
	assert_int_equal(filter_read(bytes, size, &f, &e), 0);
	assert_int_equal(f.count, b.program.count);
	assert_int_equal(b.program.arch_count, 2);
	assert_int_equal(b.program.arch[0], 0xc00000b7);
	assert_int_equal(b.program.arch[1], 0x40000028);
	assert_memory_equal(f.insns, b.program.insns, b.program.count * sizeof(*f.insns));
	assert_int_equal(filter_read(bytes, size - 1, &f, &e), -1);
	drop(&b);
}

static void same_bytes(void **state)
{
	static const char text[] = "read\nprctl PR_SET_NAME\n~ioctl - TIOCSTI\nioctl";
	struct built one, two;
	size_t size[2];
	const void *bytes[2];

	(void)state;
	build(&one, text, "arm64 armhf");
	build(&two, text, "arm64 armhf");
	bytes[0] = seccomp_file(&one.arena, &one.program, &size[0]);
	bytes[1] = seccomp_file(&two.arena, &two.program, &size[1]);
	assert_int_equal(size[0], size[1]);
	assert_memory_equal(bytes[0], bytes[1], size[0]);
	assert_string_equal(seccomp_twin(&one.arena, &one.program),
			    seccomp_twin(&two.arena, &two.program));
	drop(&one);
	drop(&two);
}

static void twin(void **state)
{
	struct built b;
	const char *text;

	(void)state;
	build(&b, "read\n~ioctl - TIOCSTI\nioctl", "arm64");
	text = seccomp_twin(&b.arena, &b.program);
	assert_true(str_starts(text, "18 instructions for arm64 (0xc00000b7)\n\narm64 allows:\n"
				     "\tread\narm64 decides by arguments:\n\tioctl\n"
				     "arm64 answers EPERM:\n\tio_setup\n"));
	assert_non_null(strstr(text, "    1  jeq  0xc00000b7, arm64, KILL_PROCESS\t; arm64\n"));
	assert_non_null(strstr(text, "arm64_ioctl:\n    7  ld   arg1.low\n"
				     "    8  jeq  21522, ERRNO EACCES, ALLOW\n"));
	drop(&b);
}

/* Both tables are searched by halves. */
static void tables_are_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; seccomp_constant_row(i); i++) {
		assert_true(strcmp(seccomp_constant_row(i - 1), seccomp_constant_row(i)) < 0);
		assert_non_null(seccomp_constant(seccomp_constant_row(i)));
	}
	for (size_t i = 1; seccomp_widths_row(i); i++) {
		const char *args = seccomp_widths(seccomp_widths_row(i), SECCOMP_ABI_64);

		assert_true(strcmp(seccomp_widths_row(i - 1), seccomp_widths_row(i)) < 0);
		assert_true(strlen(args) <= 6 && args[strspn(args, "iluqhv")] == '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(hints),
		cmocka_unit_test(few_hints),
		cmocka_unit_test(all_errors_at_once),
		cmocka_unit_test(blank_lines),
		cmocka_unit_test(nothing_is_allowed),
		cmocka_unit_test(long_jumps),
		cmocka_unit_test(too_long),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(twin),
		cmocka_unit_test(tables_are_sorted),
		cmocka_unit_test(words_of_architectures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
