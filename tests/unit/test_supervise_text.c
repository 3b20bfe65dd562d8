/* SPDX-License-Identifier: Apache-2.0 */
/* What daemons write to the console. */
#include "supervise.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "str.h"

static void emit(void *ctx, const char *text, size_t len)
{
	str_add_bytes(ctx, text, len);
}

static void expect_lines(const char *const *parts, const char *want)
{
	CLEANUP_STR struct str out = { 0 };
	const struct lines_to to = { "snap.a.b", emit, &out };
	struct lines l = { 0 };

	for (; *parts; parts++)
		lines_add(&l, &to, *parts, strlen(*parts));
	assert_string_equal(str_text(&out), want);
}

static void test_lines(void **state)
{
	(void)state;
	expect_lines((const char *const[]){ "one\ntw", "o\n\nrest", NULL },
		     "snap.a.b: one\nsnap.a.b: two\nsnap.a.b: \n");
	expect_lines((const char *const[]){ "\033[2J\r\t\\x\177\303\244\n", NULL },
		     "snap.a.b: \\x1b[2J\\x0d\\x09\\x5cx\\x7f\\xc3\\xa4\n");
	/* A daemon cannot speak as another one, or as supervise. */
	expect_lines((const char *const[]){ "bulkhead-supervise: snap.c.d: started\n", NULL },
		     "snap.a.b: bulkhead-supervise: snap.c.d: started\n");
}

static void test_long_line(void **state)
{
	CLEANUP_STR struct str out = { 0 };
	const struct lines_to to = { "l", emit, &out };
	char big[LINES_MAX * 2 + 10];
	struct lines l = { 0 };
	size_t lines = 0;

	(void)state;
	memset(big, 'x', sizeof(big));
	lines_add(&l, &to, big, sizeof(big));
	lines_add(&l, &to, "\0\n", 2);
	for (size_t i = 0; i < out.len; i++)
		lines += out.text[i] == '\n';
	assert_int_equal(lines, 3);
	assert_non_null(strstr(out.text, "x\\x00\n"));
	assert_int_equal(out.len, sizeof(big) + 3 * strlen("l: \n") + 4);
}

/* A console that is stopped: what comes is lost, and nobody waits for it. */
static void test_stopped_console(void **state)
{
	char line[512];
	bool last = true;
	int fds[2];
	ssize_t n;

	(void)state;
	memset(line, 'x', sizeof(line));
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, 65536), 65536);
	alarm(30);
	for (int i = 0; i < 136; i++)
		last = lines_write(fds[1], line, sizeof(line));
	assert_false(last);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	while ((n = read(fds[0], line, sizeof(line))) > 0)
		assert_int_equal(n, sizeof(line));
	assert_true(lines_write(fds[1], line, 7));
	assert_int_equal(read(fds[0], line, sizeof(line)), 7);
	alarm(0);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_stopped_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
