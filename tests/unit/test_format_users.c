/* SPDX-License-Identifier: Apache-2.0 */
/* Users of a plan and what they keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan_damage.h"

static void refuses(struct build_plan p, const char *expected)
{
	plan_refused(&p, expected);
}

static struct build_plan with_user(uint32_t uid, const char *home, const char *path, uint64_t caps)
{
	struct build_plan p = { 0 };
	struct plan_user alice = { 1000, 0 }, other = { uid, 0 };

	build_plan_start(&p);
	p.header.caps = caps;
	alice.home = build_text(&p.b, "/home/alice");
	other.home = build_text(&p.b, home);
	build_plan_row(&p, PLAN_TABLE_USERS, &alice);
	build_plan_row(&p, PLAN_TABLE_USERS, &other);
	build_plan_text(&p, PLAN_TABLE_HOME, path);
	return p;
}

/* Users have numbers of their own, none is root, and they get no capability. */
static void test_users(void **state)
{
	struct build_plan good = with_user(1001, "/home/b", "snap", 0);
	struct plan plan;

	(void)state;
	free(plan_accepted(&good, &plan));
	refuses(with_user(1000, "/home/b", "snap", 0),
		"cannot use plan: field users[1]: same as users[0]");
	refuses(with_user(0, "/home/b", "snap", 0),
		"cannot use plan: field users[1].uid: 0, expected 1 to 4294967294");
	refuses(with_user(1001, "home/b", "snap", 0),
		"cannot use plan: field users[1].home: expected a clean absolute path");
	refuses(with_user(1001, "/home/b", "/snap", 0),
		"cannot use plan: field folders[0].text: expected a clean relative path");
	refuses(with_user(1001, "/home/b", "snap", 1),
		"cannot use plan: field caps: 0x1, expected 0 where users start the app");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
