/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier against what apparmor_parser writes: tests/lib/profiles compiled for the features of
 * tests/lib/features. The results are kept as seeds of the fuzz target, so that machines without
 * the parser run these tests too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aapolicy.h"
#include "cleanup.h"
#include "fd.h"
#include "mem.h"
#include "str.h"
#include "sweep.h"

#define PARSER	   "/sbin/apparmor_parser"
#define CORPUS	   "tests/fuzz/corpus/format_aapolicy/"
#define SAMPLE_MAX (1024u * 1024u)

static const char *const samples[] = { "bare", "pair", "rules" };

static uint8_t *sample(const char *name, size_t *size)
{
	CLEANUP_STR struct str path = { 0 };
	struct err e = { 0 };
	uint8_t *bytes;

	str_printf(&path, CORPUS "%s", name);
	bytes = fd_read_file(str_text(&path), SAMPLE_MAX, size, &e);
	if (!bytes)
		fail_msg("%s", e.text);
	return bytes;
}

static int read_set(const void *buf, size_t size)
{
	CLEANUP_FREE struct aapolicy *a = mem_must(malloc(sizeof(*a)));
	struct err e;

	return aapolicy_verify(buf, size, a, &e);
}

static void test_accepts(void **state)
{
	static const struct {
		const char *name;
		bool complain;
	} expected[] = {
		{ "snap.demo.bare", false },	  { "snap.demo.hats", true },
		{ "snap.demo.hats//hat", false }, { "snap.demo.plain", false },
		{ "snap.demo.rules", false },	  { "snap.demo.rules//child", false },
	};
	CLEANUP_FREE struct aapolicy *a = mem_must(malloc(sizeof(*a)));
	CLEANUP_STR struct str set = { 0 };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		CLEANUP_FREE uint8_t *bytes = NULL;
		size_t size;

		bytes = sample(samples[i], &size);
		assert_int_equal(read_set(bytes, size), 0);
		str_add_bytes(&set, bytes, size);
	}
	/* Concatenated they are one set, although their lengths are no multiples of 8. */
	if (aapolicy_verify(set.text, set.len, a, &e))
		fail_msg("%s", e.text);
	assert_int_equal(a->count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(a->profiles[i].name, expected[i].name);
		assert_int_equal(a->profiles[i].complain, expected[i].complain);
	}
}

/* Runs the parser with the arguments, nothing else; its exit status, or -1. */
static int run_parser(const char *const argv[])
{
	char *const none[] = { NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, PARSER, NULL, NULL, (char *const *)argv, none) != 0 ||
	    waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void test_parser_writes_the_samples(void **state)
{
	char out[] = "/tmp/aapolicy-XXXXXX";
	CLEANUP_FD int fd = -1;

	(void)state;
	if (access(PARSER, X_OK) != 0) {
		print_message("no " PARSER "\n");
		skip();
	}
	fd = mkstemp(out);
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		CLEANUP_STR struct str source = { 0 };
		CLEANUP_FREE uint8_t *made = NULL;
		CLEANUP_FREE uint8_t *kept = NULL;
		struct err e = { 0 };
		size_t made_size, kept_size;

		str_printf(&source, "tests/lib/profiles/%s.aa", samples[i]);
		assert_int_equal(
			run_parser((const char *const[]){ PARSER, "-QTK", "--config-file",
							  "/dev/null", "-M", "tests/lib/features",
							  "-o", out, str_text(&source), NULL }),
			0);
		made = fd_read_file(out, SAMPLE_MAX, &made_size, &e);
		assert_non_null(made);
		kept = sample(samples[i], &kept_size);
		assert_int_equal(made_size, kept_size);
		assert_memory_equal(made, kept, kept_size);
	}
	unlink(out);
}

/* Every length and, for the small one, every bit; every byte of the one with all rules. */
static void test_damage(void **state)
{
	CLEANUP_FREE uint8_t *bare = NULL;
	CLEANUP_FREE uint8_t *rules = NULL;
	size_t size;

	(void)state;
	bare = sample("bare", &size);
	assert_int_equal(sweep_lengths(read_set, bare, size), 0);
	assert_in_range(sweep_bits(read_set, bare, size), 1, 8 * size);
	assert_in_range(sweep_bytes(read_set, bare, size), 1, 2 * size);
	rules = sample("rules", &size);
	/* 6425 bytes of the first profile, with its version, are a set by themselves. */
	assert_int_equal(sweep_lengths(read_set, rules, size), 1);
	assert_in_range(sweep_bytes(read_set, rules, size), 1, 2 * size);
}

/* The tables alone. The offsets are those of "bare". */
static void test_damaged_tables(void **state)
{
	CLEANUP_FREE struct aapolicy *a = mem_must(malloc(sizeof(*a)));
	CLEANUP_FREE uint8_t *bytes = NULL;
	size_t size, refused = 0;
	struct err e = { 0 };

	(void)state;
	bytes = sample("bare", &size);
	for (size_t i = 0x11c; i < 0x31c; i++) { /* the elements of table next: 256 of 16 bits */
		uint8_t old = bytes[i];

		bytes[i] = 0xff;
		refused += read_set(bytes, size) != 0;
		bytes[i] = old;
	}
	assert_int_equal(refused, 0x200);
	/* The last table, check, says four elements more than there are: its padding has room for
	 * two. */
	assert_memory_equal(bytes + 0x320, "\0\3\0\2\0\0\0\0\0\0\1\0", 12);
	bytes[0x32b] = 4;
	assert_int_equal(aapolicy_verify(bytes, size, a, &e), -1);
	assert_true(str_ends(e.text, ": a table is empty or does not fit"));
	bytes[0x32b] = 0;
	bytes[0x32a] = 0;
	assert_int_equal(aapolicy_verify(bytes, size, a, &e), -1);
	assert_true(str_ends(e.text, ": a table is empty or does not fit"));
}

static void test_damaged_string(void **state)
{
	CLEANUP_FREE struct aapolicy *a = mem_must(malloc(sizeof(*a)));
	CLEANUP_FREE uint8_t *bytes = NULL;
	struct err e = { 0 };
	size_t size;

	(void)state;
	bytes = sample("bare", &size);
	assert_memory_equal(bytes + 0x1c, "\5\17\0snap.demo.bare", 18);
	bytes[0x2d] = 'x'; /* its NUL */
	assert_int_equal(aapolicy_verify(bytes, size, a, &e), -1);
	assert_string_equal(e.text, "cannot use AppArmor policy: field name at byte 28: the string "
				    "has no NUL at its end");
	bytes[0x1d] = 0; /* its length */
	assert_int_equal(aapolicy_verify(bytes, size, a, &e), -1);
	assert_string_equal(e.text, "cannot use AppArmor policy: field name at byte 28: the string "
				    "has no NUL at its end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_parser_writes_the_samples),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_damaged_tables),
		cmocka_unit_test(test_damaged_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
