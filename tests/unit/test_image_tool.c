/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run, and names that follow from content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "fd.h"
#include "path.h"
#include "str.h"
#include "tool.h"
#include "tree.h"

#define MIB (1024u * 1024u)

static void a_program_that_fails_says_why(void **state)
{
	static const char *const status[] = { "sh", "-c", "echo one; echo two >&2; exit 7", NULL };
	static const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	static const char *const missing[] = { "no-such-program", NULL };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(image_run(status, &e), -1);
	assert_string_equal(e.text, "cannot run sh: it ended with status 7: one;two");
	assert_int_equal(image_run(killed, &e), -1);
	assert_string_equal(e.text, "cannot run sh: it was ended by signal 9 (Killed): ");
	assert_int_equal(image_run(missing, &e), -1);
	assert_string_equal(e.text, "cannot run no-such-program: it is in none of /usr/sbin "
				    "/usr/bin /sbin /bin");
}

static void a_program_sees_nothing_of_our_environment(void **state)
{
	static const char *const argv[] = {
		"sh", "-c", "test -z \"$HOSTILE$LD_PRELOAD$HOME\" && test \"$LC_ALL\" = C", NULL
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(setenv("HOSTILE", "1", 1), 0);
	assert_int_equal(setenv("LC_ALL", "tr_TR.UTF-8", 1), 0);
	assert_int_equal(image_run(argv, &e), 0);
	unsetenv("HOSTILE");
	unsetenv("LC_ALL");
}

/* A reader that ends early must not take us with it by a signal, and must be quoted. */
static void a_reader_that_goes_away_is_quoted(void **state)
{
	static const char *const argv[] = { "sh", "-c", "exec 0<&-; echo gone; exit 3", NULL };
	struct image_child c = { .in = -1, .messages = -1 };
	static char block[4096];
	struct err e = { 0 };
	unsigned i;

	(void)state;
	assert_int_equal(image_child_start(argv, true, &c, &e), 0);
	for (i = 0; i < 1000 && image_put(c.in, block, sizeof(block), &e) == 0; i++)
		;
	assert_true(i < 1000);
	assert_int_equal(image_child_wait(&c, &e), -1);
	assert_string_equal(e.text, "cannot run sh: it ended with status 3: gone");
}

static void uuids_follow_from_seed_and_name(void **state)
{
	static const uint8_t seed[SHA256_SIZE] = { 1 }, other[SHA256_SIZE] = { 2 };
	char a[IMAGE_UUID_SIZE], b[IMAGE_UUID_SIZE], disk[33];

	(void)state;
	image_uuid(seed, "x", a);
	image_uuid(seed, "x", b);
	assert_string_equal(a, b);
	assert_int_equal(a[14], '8');
	assert_non_null(strchr("89ab", a[19]));
	image_uuid(seed, "y", b);
	assert_string_not_equal(a, b);
	image_uuid(other, "x", b);
	assert_string_not_equal(a, b);
	image_uuid_disk("00112233-4455-6677-8899-AABBCCDDEEFF", disk);
	assert_string_equal(disk, "33221100554477668899aabbccddeeff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_fails_says_why),
		cmocka_unit_test(a_program_sees_nothing_of_our_environment),
		cmocka_unit_test(a_reader_that_goes_away_is_quoted),
		cmocka_unit_test(uuids_follow_from_seed_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
