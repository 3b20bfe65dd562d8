/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's terminal, opened once more as root for the relay (N-02). */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "sys_fake.h"
#include "terminal.h"

/* The slave on 0, of the master here. */
static int master;

static void open_terminal(void)
{
	CLEANUP_FD int slave = -1;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave > 2);
	assert_int_equal(dup2(slave, 0), 0);
}

static void hang_up(void)
{
	cleanup_fd(&master);
}

static void test_again(void **state)
{
	CLEANUP_FD int again = -1;
	struct err e = { 0 };

	(void)state;
	open_terminal();
	sys_fake_reset();
	assert_int_equal(sys_terminal_again(AT_FDCWD, 0, &again, &e), 0);
	assert_true(again >= 0);
	cleanup_fd(&master);
	/* No terminal any more: none is opened. */
	cleanup_fd(&again);
	assert_int_equal(sys_terminal_again(AT_FDCWD, 0, &again, &e), 0);
	assert_int_equal(again, -1);
}

/*
 * The caller's login ends between the look and the open: whoever logs in next has the terminal
 * then, and only the caller's own descriptor is shut.
 */
static void test_hung_up(void **state)
{
	for (unsigned call = 1; call <= 2; call++) {
		CLEANUP_FD int again = -1;
		struct err e = { 0 };

		(void)state;
		open_terminal();
		sys_fake_reset();
		sys_fake_act_at(call, hang_up);
		assert_int_equal(sys_terminal_again(AT_FDCWD, 0, &again, &e), -1);
		assert_string_equal(e.text, "cannot open the terminal on 0 again: "
					    "Input/output error");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_hung_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
