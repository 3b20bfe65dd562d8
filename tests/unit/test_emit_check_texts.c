/* SPDX-License-Identifier: Apache-2.0 */
/* What "bulkhead check" says of the texts of an interface file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emit.h"
#include "files.h"
#include "str.h"

struct fixture {
	struct mem_arena a;
	struct meta_diag d;
	struct model m;
	struct policy_templates t;
	char dir[64];
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .dir = "/tmp/bulkhead-test-XXXXXX" };
	*state = &f;
	return mkdtemp(f.dir) ? policy_load_templates(&f.a, "gadget/templates", &f.t, &f.d) : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unlink(mem_printf(&f->a, "%s/x.yaml", f->dir));
	rmdir(f->dir);
	mem_free(&f->a);
	meta_diag_free(&f->d);
	return 0;
}

/* Both in their order, as the command does. */
static int check(struct fixture *f, const struct model_iface *iface)
{
	struct policy_app rules;
	int status = policy_sample(&f->a, iface, &f->t, &rules, &f->d);

	return status | emit_check_texts(&f->a, &rules, &f->d);
}

static int check_text(struct fixture *f, const char *text)
{
	const char *path = mem_printf(&f->a, "%s/x.yaml", f->dir);
	struct err e = { 0 };

	assert_int_equal(fd_write_file(path, text, strlen(text), 0644, &e), 0);
	if (model_load_ifaces(&f->a, f->dir, &f->m, &f->d))
		meta_print(&f->d);
	assert_int_equal(f->d.count, 0);
	return check(f, &f->m.ifaces[0]);
}

static void every_file_passes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(model_load_ifaces(&f->a, "gadget/interfaces", &f->m, &f->d), 0);
	for (size_t i = 0; i < f->m.iface_count; i++)
		if (check(f, &f->m.ifaces[i]))
			meta_print(&f->d);
	assert_int_equal(f->d.count, 0);
}

#define HEAD "interface: x\nsummary: s\nslots: { offered-by: [gadget] }\n"

/* Each once, whatever the others are, and though two kinds of plugs meet the slot. */
static void every_mistake_is_told(void **state)
{
	struct fixture *f = *state;
	CLEANUP_STR struct str lines = { 0 };

	assert_int_equal(check_text(f, HEAD "plug-variants:\n" /* 4 */
					    "  - name: a\n"    /* 5 */
					    "  - name: b\n"    /* 6 */
					    "    attrs: { b: { type: name } }\n"
					    "    udev: ['FOO==\"%{b}\"']\n" /* 8 */
					    "variants:\n"
					    "  - name: v\n" /* 10 */
					    "    attrs:\n"
					    "      node: { type: dev-node }\n"
					    "    apparmor: |\n"
					    "      %{node} rw,\n" /* 14 */
					    "      /no/comma r\n"
					    "      %{nod} rw,\n"
					    "      @{X}=/a,\n"
					    "    seccomp: |\n" /* 18 */
					    "      readd\n"
					    "      ~writte\n"
					    "      bind 1 2 -9\n"
					    "    capabilities: [frob]\n" /* 22 */
					    "    sockets: [inet]\n"),
			 -1);
	meta_sort(&f->d);
	for (size_t i = 0; i < f->d.count; i++)
		str_printf(&lines, "%u ", f->d.messages[i].loc.line);
	assert_string_equal(str_text(&lines), "8 15 16 17 19 20 21 22 23 ");
}

/* One that some value makes right, or that only a value makes wrong, is none. */
static void what_a_value_decides_passes(void **state)
{
	struct fixture *f = *state;

	if (check_text(f, HEAD "match: { kind: same }\n"
			       "plug-variants:\n"
			       "  - name: a\n"
			       "    attrs: { kind: { type: enum, values: [a, b], is: a } }\n"
			       "    apparmor: ['%{slot.path} r,']\n"
			       "  - name: b\n"
			       "    attrs: { kind: { type: enum, values: [a, b], is: b } }\n"
			       "variants:\n"
			       "  - name: v\n"
			       "    attrs:\n"
			       "      kind: { type: enum, values: [a, b], is: a }\n"
			       "      path: { type: dev-node, match: '/dev/frob[0-9]' }\n"
			       "      words: { type: words, match: '[a-z]+', optional: true }\n"
			       "      number: { type: word }\n"
			       "      family: { type: name }\n"
			       "      opts: { type: enum, values: [auto, ro], list: true }\n"
			       "    apparmor: |\n"
			       "      /sys/%{path|after:/dev/frob|dec} r,\n"
			       "      /sys/%{words}/%{number|hex4} r,\n"
			       "      mount options=(%{opts|drop:auto|join:,}),\n"
			       "    sockets: ['%{family} stream']\n"
			       "    seccomp: ['socket AF_%{family}']\n"
			       "    devices: [ { node: '%{path}', access: rw } ]\n"
			       "  - name: w\n"
			       "    attrs: { kind: { type: enum, values: [a, b], is: b } }\n"))
		meta_print(&f->d);
	assert_int_equal(f->d.count, 0);
}

static const struct {
	const char *group, *error;
} samples[] = {
	{ "devices: [ { node: '/etc/%{name}', access: rw } ]",
	  "10:16: cannot use device \"/etc/%{name}\": expected a node below /dev" },
	{ "devices: [ { node: '/dev/%{size}', access: rw } ]",
	  "10:16: cannot use device \"/dev/small\": its numbers are not among the fixed "
	  "ones of templates/devices.yaml" },
	{ "mounts: [ { from: '%{data}', to: '/etc/%{name}', access: ro } ]",
	  "10:15: cannot mount at \"/etc/sample1\": expected a folder below $SNAP, "
	  "$SNAP_DATA or $SNAP_COMMON" },
	{ "kmod: [ { name: '%{data}' } ]",
	  "10:13: cannot use kmod \"/var/snap/sample1/x1/sample1\", load \"on-boot\": "
	  "expected a module's name, and on-boot, dynamic or denied" },
	{ "kmod: [ { name: '%{name}', load: '%{size}' } ]",
	  "10:13: cannot use kmod \"sample1\", load \"small\": expected a module's name, "
	  "and on-boot, dynamic or denied" },
	{ "sockets: ['%{name} strem']",
	  "10:16: cannot parse \"15|SOCK_STREM\": expected a decimal number of 32 bits or "
	  "a "
	  "known constant, alone or after !, >, >=, <, <=, |, or with a mask before |" },
	{ "sockets: ['%{name}']",
	  "10:16: cannot use socket \"unix\": expected FAMILY TYPE [PROTOCOL]" },
	{ "seccomp: ['readd %{name}']",
	  "10:16: cannot allow readd: no architecture has a system call of that name" },
	{ "seccomp: ['bind %{name} 2 FROB']",
	  "10:16: cannot parse \"FROB\": expected a decimal number of 32 bits or a known "
	  "constant, alone or after !, >, >=, <, <=, |, or with a mask before |" },
	{ "seccomp: [bind 1 2 FROB]",
	  "10:24: cannot parse \"FROB\": expected a decimal number of 32 bits or a known "
	  "constant, alone or after !, >, >=, <, <=, |, or with a mask before |" },
	{ "apparmor: ['/a/%{nme} r,']",
	  "10:20: cannot use placeholder %{nme}: no attribute \"nme\"" },
	/* A value may make each of these right. */
	{ "devices: [ { node: '/dev/%{name}', access: rw } ]", NULL },
	{ "kmod: [ { name: '%{name}', load: '%{name}' } ]", NULL },
	{ "sockets: ['%{name} %{name} %{name}']", NULL },
	{ "seccomp: ['%{name} 1 AF_%{name}']", NULL },
	{ "mounts: [ { from: '%{data}', to: '%{data}', access: ro } ]", NULL },
};

/* What is written around a value is judged as the texts without one, at its own column. */
static void samples_are_judged(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct meta_message *m;
		const char *text = mem_printf(&f->a,
					      HEAD "variants:\n"
						   "  - name: v\n"
						   "    attrs:\n"
						   "      name: { type: name }\n"
						   "      size: { type: enum, values: [small] }\n"
						   "      data: { type: snap-path }\n"
						   "    %s\n",
					      samples[i].group);

		meta_diag_free(&f->d);
		f->m = (struct model){ 0 };
		assert_int_equal(check_text(f, text), samples[i].error ? -1 : 0);
		if (f->d.count != (samples[i].error != NULL))
			meta_print(&f->d);
		assert_int_equal(f->d.count, samples[i].error != NULL);
		if (!samples[i].error)
			continue;
		m = &f->d.messages[0];
		assert_string_equal(
			mem_printf(&f->a, "%u:%u: %s", m->loc.line, m->loc.col, m->text),
			samples[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_file_passes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_mistake_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_value_decides_passes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(samples_are_judged, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
