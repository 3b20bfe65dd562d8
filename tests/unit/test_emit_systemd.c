/* SPDX-License-Identifier: Apache-2.0 */
/* A base whose init is systemd: units in the place of the table, and what cannot be there. */
#include "emit_fixture.h"

static struct model_base_entry init_link = { .path = "/usr/sbin/init",
					     .type = '2',
					     .link = "/lib/systemd/systemd" };

static int set_up_systemd(void **state)
{
	struct fixture *x;

	if (set_up(state))
		return -1;
	x = *state;
	x->f.m.image.base = (struct model_base){ .entries = &init_link, .count = 1 };
	return 0;
}

static void units_not_table(void **state)
{
	struct fixture *x = *state;
	char path[256];

	must_emit(x);
	expect_text(x, "twins/units/snap.sensord.sensord.service",
		    "ExecStart=/usr/lib/bulkhead/bulkhead-run snap.sensord.sensord\n");
	expect_text(
		x, "twins/units/snap.sensord.sensord.service",
		"ExecStartPost=/usr/lib/bulkhead/bulkhead-run snap.sensord.sensord --started\n");
	snprintf(path, sizeof(path), "%s/pack/daemons", x->dir);
	assert_int_equal(access(path, F_OK), -1);
}

/* The first app has the bus, and is root: only where the image says so. */
static void root_on_bus(void **state)
{
	static const char *accepted[] = { "dbus", "unix", "dbus-as-root" };
	struct fixture *x = *state;
	const struct emit_options o = { .out = x->dir, .features = FEATURES };
	struct policy_mount bus = { .op = POLICY_MOUNT_BIND,
				    .source = "/run/dbus/system_bus_socket",
				    .target = "run/dbus",
				    .reason = "test",
				    .loc = x->f.snaps[0].loc };
	struct policy_mounts *m;

	x->f.snaps[0].uid = 0;
	x->f.m.image.accept_unmediated = accepted;
	x->f.m.image.accept_count = 2;
	assert_int_equal(policy_load_templates(&x->f.a, TEMPLATES, &x->templates, &x->f.d), 0);
	assert_int_equal(policy_build(&x->f.a, &x->f.m, &x->templates, &x->policy, &x->f.d), 0);
	m = &x->policy.apps[0].mounts;
	m->items = mem_grow(&x->f.a, m->items, m->count, &m->room, sizeof(*m->items));
	m->items[m->count++] = bus;
	assert_int_equal(emit_pack(&x->f.a, &x->f.m, &x->policy, &o, &x->f.d), -1);
	assert_non_null(strstr(fixture_message(&x->f), "the system's D-Bus: it is root"));
	x->f.m.image.accept_count = ARRAY_SIZE(accepted);
	assert_int_equal(emit_pack(&x->f.a, &x->f.m, &x->policy, &o, &x->f.d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(units_not_table, set_up_systemd, tear_down),
		cmocka_unit_test_setup_teardown(root_on_bus, set_up_systemd, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
