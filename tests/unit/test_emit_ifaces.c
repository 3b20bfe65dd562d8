/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every interface file against tests/ifaces/NAME.yaml, as docs/interfaces.md says: one test an
 * interface. An argument is a pattern of their names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "cleanup.h"
#include "iface_got.h"
#include "iface_reach.h"
#include "seccomp.h"
#include "udev.h"

#define FEATURES "boards/qemu-arm64/features/apparmor"
/* Profiles of rows that need a line of image.yaml, of interfaces that say "trusted:". */
#define SUPER "super"

/* The interface files, read once. */
struct data {
	struct mem_arena a;
	struct meta_diag d;
	struct model known;
	struct policy_templates t;
	char empty[64];
	struct reach reach;
};

/* One interface being tested: what failed is printed, and counted. */
struct suite {
	struct data *data;
	struct mem_arena a;
	struct meta_diag d;
	const struct model_iface *iface;
	const char *file;
	const struct meta_node *root;
	bool *slot_variants, *plug_variants; /* reached by a row */
	struct str profiles;
	size_t profile_count;
	size_t refusals;
	unsigned failed;
};

static void bad(struct suite *s, const struct meta_node *n, const char *fmt, ...) BASE_PRINTF(3, 4);

static void bad(struct suite *s, const struct meta_node *n, const char *fmt, ...)
{
	va_list args;

	print_message("%s:%u: ", s->file, n ? n->loc.line : 0);
	va_start(args, fmt);
	vprint_message(fmt, args);
	va_end(args);
	print_message("\n");
	s->failed++;
}

/* --- rows ------------------------------------------------------------------------------------ */

static bool holds(const struct got *g, const char *text)
{
	for (size_t i = 0; i < g->count; i++)
		if (str_eq(g->items[i], text))
			return true;
	return false;
}

static bool listed(const struct meta_node *list, const char *text)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (list->items[i]->text && str_eq(list->items[i]->text, text))
			return true;
	return false;
}

/* What the row lists under key is there; with exact nothing else is. */
static void compare(struct suite *s, struct got *g, const char *key)
{
	const struct meta_node *list = meta_get(g->r->node, key);
	const struct meta_node *exact = meta_get(g->r->node, "exact");

	for (size_t i = 0; list && i < list->count; i++)
		if (!list->items[i]->text || !holds(g, list->items[i]->text))
			bad(s, list->items[i], "%s: not there: %s", key, list->items[i]->text);
	for (size_t i = 0; exact && i < g->count; i++)
		if (!listed(list, g->items[i]))
			bad(s, g->r->node, "%s: not expected: %s", key, g->items[i]);
}

static const struct policy_app *app_of(const struct row *r, const char *label)
{
	for (size_t i = 0; i < r->p.app_count; i++)
		if (str_eq(r->p.apps[i].app->label, label))
			return &r->p.apps[i];
	return NULL;
}

/* Filter lines compile for every architecture, alone and with the compat one. */
static void check_seccomp(struct suite *s, struct row *r, const struct policy_app *app)
{
	static const char *const arches[] = { "arm64", "armhf", "amd64" };
	struct seccomp_line *lines = mem_array(&r->a, app->seccomp.count, sizeof(*lines));

	for (size_t i = 0; i < app->seccomp.count; i++)
		lines[i] = (struct seccomp_line){ app->seccomp.items[i].text,
						  app->seccomp.items[i].loc, false };
	for (size_t i = 0; i < ARRAY_SIZE(arches) && app->seccomp.count; i++) {
		const struct seccomp_request rq = { .lines = lines,
						    .count = app->seccomp.count,
						    .arch = arches[i] };
		struct seccomp_program program;
		struct meta_diag d = { 0 };

		if (seccomp_compile(&r->a, &rq, &program, &d))
			bad(s, r->node, "%s: %s", arches[i],
			    d.count ? d.messages[0].text : "no message");
		meta_diag_free(&d);
	}
}

static void check_app(struct suite *s, struct row *r, const struct policy_app *app,
		      const char *prefix)
{
	struct got g = { .r = r, .app = app };

	for (size_t i = 0; i < ARRAY_SIZE(got_kinds); i++) {
		g.count = 0;
		got_kinds[i].get(&g);
		compare(s, &g, mem_printf(&r->a, "%s%s", prefix, got_kinds[i].key));
	}
	g.count = 0;
	got_udev(&g);
	for (size_t i = 0; i < g.count; i++)
		if (!emit_udev_match_valid(g.items[i]))
			bad(s, r->node, "no udev match: %s", g.items[i]);
	check_seccomp(s, r, app);
	for (size_t i = 0; i < app->apparmor.count; i++)
		if (!reach_is_writable(app, app->apparmor.items[i].text))
			bad(s, r->node, "no rw bind: %s", app->apparmor.items[i].text);
	str_printf(&s->profiles, "profile \"%s.%zu\" {\n",
		   row_privileged(r) && meta_get(s->root, "trusted") ? SUPER : "row",
		   ++s->profile_count);
	for (size_t i = 0; i < app->apparmor.count; i++)
		str_printf(&s->profiles, "  %s\n", app->apparmor.items[i].text);
	str_add(&s->profiles, "}\n");
}

static void reach(bool *reached, const struct model_variant *variants, size_t count,
		  const struct model_variant *v)
{
	for (size_t i = 0; i < count; i++)
		if (&variants[i] == v)
			reached[i] = true;
}

static void check_flag(struct suite *s, struct row *r, const char *name, bool is)
{
	if (listed(meta_get(r->node, "flags"), name) != is)
		bad(s, r->node, "%s is %s", name, is ? "true" : "false");
}

static void check_built(struct suite *s, struct row *r)
{
	const struct policy_app *app = app_of(r, "snap.consumer.app");
	const struct policy_app *daemon = app_of(r, "snap.provider.daemon");
	const struct meta_node *network = meta_get(r->node, "network");
	const struct model_connection *c = r->m.connections;

	if (r->m.connection_count != 1) {
		bad(s, r->node, "%zu connections", r->m.connection_count);
		return;
	}
	reach(s->slot_variants, s->iface->variants, s->iface->variant_count, c->slot->variant);
	reach(s->plug_variants, s->iface->plug_variants, s->iface->plug_variant_count,
	      c->plug->variant);
	check_app(s, r, app, "");
	if (daemon)
		check_app(s, r, daemon, "slot-");
	check_flag(s, r, "delegate", app->delegate);
	check_flag(s, r, "attach-disconnected", app->attach);
	if (network && str_eq(network->text, "true") != app->network)
		bad(s, network, "network is %s", app->network ? "true" : "false");
}

static void check_row(struct suite *s, const struct meta_node *node)
{
	const struct meta_node *error = meta_get(node, "error");
	struct row r = { .known = &s->data->known, .iface = s->iface, .node = node };
	const char *text;
	int rc;

	if (node->kind != META_MAP || meta_known_keys(node, got_row_keys(), true, &s->d)) {
		bad(s, node, "cannot read the row");
		return;
	}
	r.from = row_offerer(s->iface, node);
	if (!r.from)
		bad(s, node, "from is one of system, gadget, app");
	rc = row_build(&r, &s->data->t);
	text = r.d.count ? r.d.messages[0].text : "";
	if (error && (!rc || !strstr(text, error->text)))
		bad(s, node, "expected an error, got: %s", rc ? text : "none");
	if (!error && rc)
		bad(s, node, "%s:%u: %s", r.d.messages[0].loc.file, r.d.messages[0].loc.line, text);
	if (!error && !rc)
		check_built(s, &r);
	s->refusals += error != NULL;
	row_free(&r);
}

/* --- what no row says ------------------------------------------------------------------------ */

/* The first row that is no refusal: its attributes are complete. */
static const struct meta_node *good_row(const struct suite *s)
{
	const struct meta_node *rows = meta_get(s->root, "rows");

	for (size_t i = 0; i < rows->count; i++)
		if (!meta_get(rows->items[i], "error"))
			return rows->items[i];
	return NULL;
}

/* A row, text or node, that must be refused, whatever the interface. */
static void check_refused(struct suite *s, const char *text, const struct meta_node *node,
			  enum model_offered from, const char *message)
{
	struct row r = { .known = &s->data->known, .iface = s->iface, .from = from };

	r.node = node ? node : row_parse(&r, text);
	if (!row_build(&r, &s->data->t) || !r.d.count || !strstr(r.d.messages[0].text, message))
		bad(s, NULL, "%s is not refused: %s", message,
		    r.d.count ? r.d.messages[0].text : "no message");
	row_free(&r);
}

static void check_shared_refusals(struct suite *s)
{
	static const enum model_offered all[] = { MODEL_OFFERED_GADGET, MODEL_OFFERED_APP };

	check_refused(s, "plug: {no-such-attribute: 1}\n", NULL, MODEL_OFFERED_SYSTEM,
		      "cannot use attribute \"no-such-attribute\"");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!(s->iface->offered_by & all[i]))
			check_refused(s, "{}\n", good_row(s), all[i], "is not offered by");
}

static bool has_attrs(const struct model_variant *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (v[i].attr_count)
			return true;
	return false;
}

static void check_coverage(struct suite *s)
{
	const struct model_iface *f = s->iface;

	for (size_t i = 0; i < f->variant_count; i++)
		if (!s->slot_variants[i])
			bad(s, NULL, "no row reaches variant %s", f->variants[i].name);
	for (size_t i = 0; i < f->plug_variant_count; i++)
		if (!s->plug_variants[i])
			bad(s, NULL, "no row reaches plug variant %s", f->plug_variants[i].name);
	if (!s->refusals && (has_attrs(f->variants, f->variant_count) ||
			     has_attrs(f->plug_variants, f->plug_variant_count)))
		bad(s, NULL, "attributes, and no row with an error");
}

/* --- what needs saying ----------------------------------------------------------------------- */

/* Words that open more than a device or a setting: an interface has them if "grants:" says so. */
static const char *const words_apparmor[] = {
	"ux,",
	"Ux,",
	"px,",
	"Px,",
	"cx,",
	"change_profile",
	"pivot_root",
	"mount ",
	"sys_admin",
	"sys_module",
	"sys_rawio",
	"sys_boot",
	"mknod",
	"mac_admin",
	"ptrace",
	"/proc/** ",
	"/sys/** ",
	"/dev/** ",
	"/** ",
	"/dev/mem",
	"/etc/** w",
	"/sys/kernel/security",
	"/sys/fs/cgroup",
	"/sys/fs/bpf",
	"/run/systemd",
	"/run/dbus",
	"/run/udev",
};

static const char *const words_seccomp[] = {
	"bpf",	       "mount",	       "umount2",	"setns",
	"unshare",     "clone3",       "ptrace",	"keyctl",
	"init_module", "finit_module", "delete_module", "open_by_handle_at",
	"reboot",      "kexec_load",   "mknod",		"io_uring_setup",
	"userfaultfd",
};

static void check_word(struct suite *s, const char *word, const char *text)
{
	if (!listed(meta_get(s->root, "grants"), word))
		bad(s, NULL, "\"%s\" needs \"%s\" in grants", text, word);
}

static void check_words(struct suite *s, const struct model_group *g)
{
	for (size_t i = 0; i < g->apparmor.count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(words_apparmor); k++)
			if (strstr(g->apparmor.items[i].text, words_apparmor[k]) &&
			    !strstr(g->apparmor.items[i].text, "deny "))
				check_word(s, words_apparmor[k], g->apparmor.items[i].text);
	for (size_t i = 0; i < g->seccomp.count; i++) {
		const char *text = g->seccomp.items[i].text;

		for (size_t k = 0; k < ARRAY_SIZE(words_seccomp); k++)
			if (strcspn(text, " ") == strlen(words_seccomp[k]) &&
			    str_starts(text, words_seccomp[k]))
				check_word(s, words_seccomp[k], text);
	}
	for (size_t i = 0; i < g->each_count; i++)
		check_words(s, &g->each[i].group);
}

static void check_variant_words(struct suite *s, const struct model_variant *v, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_words(s, &v[i].group);
		check_words(s, &v[i].slot);
		check_words(s, &v[i].peer);
	}
}

/* --- all ------------------------------------------------------------------------------------- */

/*
 * No row writes to a place that programs outside the app trust, but for a line of image.yaml and
 * for a reason, which is no longer there when no row does.
 */
static void check_reach(struct suite *s, const struct parser_job *j)
{
	const struct meta_node *trusted = meta_get(s->root, "trusted");
	bool needed = false;

	for (uint32_t i = 0; i < s->profile_count; i++) {
		CLEANUP_STR struct str found = { 0 }, anyway = { 0 };

		if (reach_check(&s->data->reach, j, i, SUPER, &found))
			bad(s, NULL, "profile %u writes to a place of " REACH_NEVER ":%s", i + 1,
			    str_text(&found));
		if (trusted && reach_check(&s->data->reach, j, i, "no profile", &anyway))
			needed = true;
	}
	if (trusted && (trusted->kind != META_SCALAR || !strchr(trusted->text, ' ')))
		bad(s, trusted, "\"trusted\" tells no reason");
	if (trusted && !needed)
		bad(s, trusted, "\"trusted\" is there, and no row needs it");
}

/* All rows' profiles in one run; what this kernel's features cannot mediate is for the build. */
static void compile_profiles(struct suite *s)
{
	struct parser_job j = { .text = str_text(&s->profiles),
				.features = FEATURES,
				.empty = s->data->empty,
				.tolerant = true,
				.plain = true };
	struct err e = { 0 };

	if (s->profile_count == 0)
		return;
	if (emit_parser_start(&j, &e) || emit_parser_wait(&j, &e))
		bad(s, NULL, "apparmor_parser: %s", e.text);
	else if (j.status)
		bad(s, NULL, "apparmor_parser: %s\n%s", j.messages, str_text(&s->profiles));
	else
		check_reach(s, &j);
	emit_parser_free(&j);
}

static void run(struct suite *s)
{
	static const char *const known[] = { "grants", "rows", "trusted", NULL };
	const struct meta_node *rows;

	s->root = meta_load(&s->a, s->file, s->file, &s->d);
	rows = meta_get(s->root, "rows");
	if (!s->root || meta_known_keys(s->root, known, true, &s->d) || !rows ||
	    rows->kind != META_LIST) {
		bad(s, NULL, "cannot read the rows: %s",
		    s->d.count ? s->d.messages[0].text : "no list \"rows\"");
		return;
	}
	for (size_t i = 0; i < rows->count; i++)
		check_row(s, rows->items[i]);
	check_shared_refusals(s);
	check_coverage(s);
	check_variant_words(s, s->iface->variants, s->iface->variant_count);
	check_variant_words(s, s->iface->plug_variants, s->iface->plug_variant_count);
	compile_profiles(s);
}

static struct data data;

/* The state is the interface. */
static void interface(void **state)
{
	const struct model_iface *iface = *state;
	struct suite s = { .data = &data, .iface = iface };

	s.file = mem_printf(&s.a, "tests/ifaces/%s.yaml", iface->name);
	s.slot_variants = mem_array(&s.a, iface->variant_count, sizeof(bool));
	s.plug_variants = mem_array(&s.a, iface->plug_variant_count, sizeof(bool));
	run(&s);
	str_free(&s.profiles);
	mem_free(&s.a);
	meta_diag_free(&s.d);
	assert_int_equal(s.failed, 0);
}

static int load_reach(void)
{
	struct err e = { 0 };

	if (!reach_load(&data.reach, FEATURES, data.empty, &e))
		return 0;
	print_message("%s\n", e.text);
	return -1;
}

static int load(void)
{
	snprintf(data.empty, sizeof(data.empty), "/tmp/bulkhead-test-XXXXXX");
	if (!mkdtemp(data.empty) ||
	    model_load_ifaces(&data.a, "gadget/interfaces", &data.known, &data.d) ||
	    policy_load_templates(&data.a, "gadget/templates", &data.t, &data.d)) {
		meta_print(&data.d);
		return -1;
	}
	return load_reach();
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests;
	int failed = 1;

	if (load() == 0) {
		tests = mem_array(&data.a, data.known.iface_count, sizeof(*tests));
		for (size_t i = 0; i < data.known.iface_count; i++)
			tests[i] = (struct CMUnitTest){ .name = data.known.ifaces[i].name,
							.test_func = interface,
							.initial_state = &data.known.ifaces[i] };
		if (argc > 1)
			cmocka_set_test_filter(argv[1]);
		failed = _cmocka_run_group_tests("interfaces", tests, data.known.iface_count, NULL,
						 NULL);
	}
	reach_free(&data.reach);
	rmdir(data.empty);
	mem_free(&data.a);
	meta_diag_free(&data.d);
	return failed;
}
