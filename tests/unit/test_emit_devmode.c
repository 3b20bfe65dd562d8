/* SPDX-License-Identifier: Apache-2.0 */
/* What a pack with an app in devmode holds, and which images may have one. */
#include "emit_fixture.h"

#include "aapolicy.h"
#include "filter.h"
#include "plan.h"

/* N-66 */
static void devmode_needs_development(void **state)
{
	struct fixture *x = *state;

	x->f.snaps[0].confinement = MODEL_DEVMODE;
	assert_int_equal(emit(x, FEATURES), -1);
	assert_string_equal(fixture_message(&x->f),
			    "cannot build snap \"sensord\" in devmode: only an image with "
			    "\"development: true\" may");
}

/* Of one app only: profile, plan and filter, and every twin says it. */
static void devmode_complains(void **state)
{
	static const char *const labels[] = { "snap.sensord.sensord", "snap.web.web" };
	struct fixture *x = *state;
	CLEANUP_FREE void *policy = NULL;
	static struct aapolicy found;
	struct err e = { 0 };
	size_t size;

	x->f.m.image.development = true;
	x->f.snaps[0].confinement = MODEL_DEVMODE;
	must_emit(x);
	policy = read_file(x, "pack/policy.aa", &size);
	assert_int_equal(aapolicy_verify(policy, size, &found, &e), 0);
	for (uint32_t i = 0; i < found.count; i++)
		assert_int_equal(found.profiles[i].complain,
				 str_starts(found.profiles[i].name, "snap.sensord."));
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		CLEANUP_FREE void *plan = NULL, *filter = NULL;
		struct filter f;
		struct plan p;
		char path[128];

		snprintf(path, sizeof(path), "pack/plans/%s.plan", labels[i]);
		plan = read_file(x, path, &size);
		assert_int_equal(plan_read(plan, size, &p, &e), 0);
		assert_int_equal(plan_complains(&p), i == 0);
		snprintf(path, sizeof(path), "pack/filters/%s.bpf", labels[i]);
		filter = read_file(x, path, &size);
		assert_int_equal(filter_read(filter, size, &f, &e), 0);
		assert_int_equal(f.logs, i == 0);
	}
	expect_text(x, "twins/MANIFEST.txt", "  snap.sensord.sensord DEVMODE ");
	expect_text(x, "twins/report.txt", "  DEVMODE: not confined, AppArmor and seccomp log ");
	expect_text(x, "twins/plans/snap.sensord.sensord.txt", "DEVMODE: not confined");
	expect_text(x, "twins/apparmor/snap.sensord.sensord", "flags=(mediate_deleted,complain)");
	expect_text(x, "twins/apparmor/snap.web.web", "flags=(mediate_deleted)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(devmode_needs_development, set_up, tear_down),
		cmocka_unit_test_setup_teardown(devmode_complains, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
