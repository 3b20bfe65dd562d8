/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N-11: hostile text in the names of snaps, apps, plugs and slots and in every attribute of every
 * interface, followed to the compiled profile. It is refused, or it is what it reads as: there are
 * as many rules as for a harmless twin, and they allow what the twin's do with these bytes where
 * the twin's own are, exactly, by a walk of both DFAs. A type of globs may match what it likes, in
 * its place. One test an interface; an argument is a pattern of their names.
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

#include "aa_compare.h"
#include "apparmor.h"
#include "hostile.h"
#include "parser.h"
#include "udev.h"

#define FEATURES  "boards/qemu-arm64/features/apparmor"
#define APPS_MAX  4
#define PAIRS_MAX 128

static struct data {
	struct mem_arena a;
	struct meta_diag d;
	struct model known;
	struct policy_templates t; /* of the common ground, lines that hold a value */
	char empty[64];
	bool failed; /* what lets a text through lets many: the first one ends the test */
} data;

/* The profiles of one build, each without its name. */
struct outcome {
	const char *apps[APPS_MAX];
	size_t app_count;
	size_t rules; /* of all layers */
};

/* A profile, and the one that allows the same, or with globs more. */
struct pair {
	const char *is, *twin;
	const char *value;
	bool globs;
};

/* A row of an interface, and the profiles of it that are to be compared. */
struct subject {
	struct mem_arena a;
	const struct model_iface *iface;
	const struct meta_node *node;
	struct row from; /* the snaps that texts are put into */
	struct hostile_spots spots;
	struct pair pairs[PAIRS_MAX];
	size_t pair_count;
	const char *value;   /* the one that is being tried */
	const char *refusal; /* the last one */
	size_t refused, same, compared;
	unsigned failed;
};

static void bad(struct subject *s, const char *what)
{
	print_message("%s, line %u: %s: \"%.200s\"\n", s->iface->name, s->node->loc.line, what,
		      s->value);
	s->failed++;
}

/* --- what a text becomes --------------------------------------------------------------------- */

static size_t count_rules(const struct policy_app *app)
{
	size_t n = app->apparmor.count + app->seccomp.count + app->devices.count +
		   app->mounts.count + app->modules.count + app->bus_names.count +
		   app->bus_talks.count + app->bus_calls.count + app->late.count + app->slots.count;

	for (size_t i = 0; i < app->slots.count; i++)
		n += app->slots.items[i].matches.count;
	return n;
}

static int check_udev(struct row *r, const struct policy_app *app)
{
	for (size_t i = 0; i < app->slots.count; i++) {
		const struct policy_slot *slot = &app->slots.items[i];

		for (size_t k = 0; k < slot->matches.count; k++)
			if (emit_udev_check(&slot->matches.items[k], &r->d))
				return -1;
		for (size_t k = 0; k < slot->imports.count; k++)
			if (emit_udev_check_import(&slot->imports.items[k], &r->d))
				return -1;
	}
	return 0;
}

/* As the builder writes it, behind the name: a label is a word. */
static int take_app(struct subject *s, struct row *r, const struct policy_app *app,
		    struct outcome *o)
{
	struct pack k = { .a = &s->a, .m = &r->m, .d = &r->d };
	const char *text;

	if (emit_apparmor_text(&k, app, &text) || check_udev(r, app))
		return -1;
	if (!hostile_is_plain(app->app->label, "._-"))
		bad(s, "it is part of a label");
	o->rules += count_rules(app);
	o->apps[o->app_count++] = strstr(text, "\" flags");
	return 0;
}

/* -1 when it is refused. */
static int build(struct subject *s, struct outcome *o)
{
	struct row r = { .known = &data.known, .iface = s->iface, .node = s->node };
	int rc;

	r.from = s->from.from;
	memcpy(r.roots, s->from.roots, sizeof(r.roots));
	*o = (struct outcome){ 0 };
	rc = row_build(&r, &data.t);
	for (size_t i = 0; rc == 0 && i < r.p.app_count && i < APPS_MAX; i++)
		rc = take_app(s, &r, &r.p.apps[i], o);
	if (rc)
		s->refusal = mem_strdup(&s->a, r.d.count ? r.d.messages[0].text : "nothing said");
	row_free(&r);
	return rc;
}

static int build_with(struct subject *s, const struct hostile_spot *spot, const char *text,
		      struct outcome *o)
{
	int rc;

	s->value = text;
	hostile_set(spot, text);
	rc = build(s, o);
	hostile_set(spot, spot->good);
	return rc;
}

/* --- compiled -------------------------------------------------------------------------------- */

static void print_finding(void *ctx, const struct aa_finding *f)
{
	CLEANUP_STR struct str s = { 0 };

	aa_describe(&s, f);
	print_message("  %s: %s\n", (const char *)ctx, str_text(&s));
}

static void compare_pair(struct subject *s, const struct pair *p, const struct aa_loaded *is,
			 const struct aa_loaded *twin)
{
	size_t wrong = aa_compare(is, twin, AA_SURPLUS, print_finding, (void *)"allows more");

	if (!p->globs)
		wrong += aa_compare(twin, is, AA_SURPLUS, print_finding, (void *)"allows less");
	s->value = p->value;
	if (wrong || !str_ends(is->name, "is") || !str_ends(twin->name, "twin"))
		bad(s, "it is not what it reads as");
}

static void compare_pairs(struct subject *s, const struct pair *pairs, size_t count,
			  const struct parser_job *j)
{
	struct err e = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		struct aa_loaded is, twin;

		s->value = e.text;
		if (aa_load_next(j->output, j->output_size, &at, &is, &e) ||
		    aa_load_next(j->output, j->output_size, &at, &twin, &e))
			bad(s, "there are fewer profiles");
		else
			compare_pair(s, &pairs[i], &is, &twin);
	}
	if (at != j->output_size)
		bad(s, "there are more profiles");
}

static int compile(struct parser_job *j, const char *text)
{
	struct err e = { 0 };

	*j = (struct parser_job){ .text = text,
				  .features = FEATURES,
				  .empty = data.empty,
				  .tolerant = true,
				  .plain = true };
	if (emit_parser_start(j, &e) || emit_parser_wait(j, &e))
		fail_msg("%s", e.text);
	return j->status;
}

/* What the parser refuses no build has; then its twin is not asked. */
static void check_pairs(struct subject *s, const struct pair *pairs, size_t count)
{
	CLEANUP_STR struct str text = { 0 };
	struct parser_job j;

	for (size_t i = 0; i < count; i++)
		str_printf(&text, "profile \"%04zu.is%sprofile \"%04zu.twin%s", i, pairs[i].is, i,
			   pairs[i].twin);
	if (s->failed)
		return;
	if (compile(&j, str_text(&text)) == 0) {
		compare_pairs(s, pairs, count, &j);
	} else if (count > 1) {
		check_pairs(s, pairs, count / 2);
		check_pairs(s, pairs + count / 2, count - count / 2);
	} else {
		emit_parser_free(&j);
		s->value = pairs->value;
		if (compile(&j, mem_printf(&s->a, "profile \"is%s", pairs->is)) == 0)
			bad(s, "its twin does not compile");
		s->refused++;
	}
	emit_parser_free(&j);
}

static void flush(struct subject *s)
{
	if (s->pair_count)
		check_pairs(s, s->pairs, s->pair_count);
	s->pair_count = 0;
}

/* --- one place ------------------------------------------------------------------------------- */

/*
 * A harmless text that the place takes; its marker is nowhere else. Without one (a number, a word
 * of a list) it is the good text, and another that is taken means the same: +5.
 */
struct twin {
	const char *marker; /* or NULL */
	bool at_end;
	struct outcome o;
};

static void find_twin(struct subject *s, const struct hostile_spot *spot, struct twin *t)
{
	static const char *const markers[] = { "zq9zq", "918273" };

	for (size_t i = 0; i < ARRAY_SIZE(markers); i++) {
		t->marker = markers[i];
		if (!build_with(s, spot, hostile_put(&s->a, spot->good, t->marker, t->at_end),
				&t->o))
			return;
	}
	t->marker = NULL;
	if (!build_with(s, spot, spot->good, &t->o))
		return;
	s->value = s->refusal;
	bad(s, "the row is refused");
}

static void add_pair(struct subject *s, const struct pair *p)
{
	s->compared++;
	s->pairs[s->pair_count++] = *p;
	if (s->pair_count == PAIRS_MAX)
		flush(s);
}

static bool denies(const char *line)
{
	return str_starts(line + strspn(line, " \t"), "deny ");
}

/*
 * The twin with the denials of text. One that takes away everything but a name is made of its
 * single characters, so that no marker can be replaced there; it can only take away.
 */
static const char *with_denials(struct mem_arena *a, const char *twin, const char *text)
{
	CLEANUP_STR struct str out = { 0 };
	char *rest, *line;

	rest = mem_strdup(a, twin);
	while ((line = strsep(&rest, "\n")) && (rest || line[0])) {
		if (line[0] == '}') {
			char *ours = mem_strdup(a, text), *deny;

			while ((deny = strsep(&ours, "\n")))
				if (denies(deny))
					str_printf(&out, "%s\n", deny);
		}
		if (!denies(line))
			str_printf(&out, "%s\n", line);
	}
	return mem_strdup(a, str_text(&out));
}

static void judge(struct subject *s, const struct hostile_spot *spot, const struct twin *t,
		  const char *text)
{
	const char *value = hostile_put(&s->a, spot->good, text, t->at_end);
	struct outcome o;

	if (build_with(s, spot, value, &o)) {
		s->refused++;
		return;
	}
	if (o.app_count != t->o.app_count || o.rules != t->o.rules) {
		bad(s, "there are more rules or fewer");
		return;
	}
	for (size_t i = 0; i < o.app_count; i++)
		if (str_eq(o.apps[i], t->o.apps[i]))
			s->same++;
		else if (!t->marker)
			bad(s, "it is taken");
		else
			add_pair(s, &(struct pair){
					    .is = o.apps[i],
					    .twin = with_denials(&s->a,
								 hostile_twin(&s->a, t->o.apps[i],
									      t->marker, text,
									      spot->kind),
								 o.apps[i]),
					    .value = value,
					    .globs = spot->kind == HOSTILE_GLOB,
				    });
}

static void try_spot(struct subject *s, const struct hostile_spot *spot)
{
	for (int at_end = 0; at_end < 2; at_end++) {
		struct twin t = { .at_end = at_end };
		const char *text;

		find_twin(s, spot, &t);
		for (size_t n = 0; s->failed == 0 && (text = hostile_text(&s->a, n)); n++)
			if (text[1] || !hostile_is_plain(text, ""))
				judge(s, spot, &t, text);
	}
}

/* --- all ------------------------------------------------------------------------------------- */

/* The names once, attributes in every good row. */
static void try_row(struct subject *s, bool names)
{
	s->from = (struct row){ .known = &data.known, .iface = s->iface, .node = s->node };
	s->from.from = row_offerer(s->iface, s->node);
	s->spots.count = 0;
	row_make_roots(&s->from);
	hostile_snap(&s->spots, s->iface, s->from.roots[0], "plugs", names);
	if (s->from.roots[1])
		hostile_snap(&s->spots, s->iface, s->from.roots[1], "slots", names);
	for (size_t i = 0; i < s->spots.count; i++)
		try_spot(s, &s->spots.items[i]);
	flush(s);
	row_free(&s->from);
}

static void end(struct subject *s, const char *name)
{
	mem_free(&s->a);
	print_message("%s: %zu refused, %zu same, %zu compared\n", name, s->refused, s->same,
		      s->compared);
	data.failed = s->failed != 0;
	assert_true(s->failed == 0 && s->refused > 0);
}

static void interface(void **state)
{
	struct subject s = { .iface = *state };
	const char *file = mem_printf(&s.a, "tests/ifaces/%s.yaml", s.iface->name);
	const struct meta_node *rows = meta_get(meta_load(&s.a, file, file, &data.d), "rows");
	bool names = true;

	if (data.failed)
		skip();
	assert_non_null(rows);
	for (size_t i = 0; i < rows->count; i++) {
		s.node = rows->items[i];
		if (meta_get(s.node, "error"))
			continue;
		try_row(&s, names);
		names = false;
	}
	end(&s, s.iface->name);
}

/* Whatever else a snap of this version says. */
static const char whole_snap[] =
	"name: consumer\nversion: '1'\nsummary: s\ndescription: d\nlicense: MIT\n"
	"type: app\nconfinement: strict\ngrade: stable\nbase: core22\n"
	"environment: {PLACE: $SNAP/etc}\n"
	"apps:\n"
	"  app:\n"
	"    command: bin/app one\n    stop-timeout: 5s\n"
	"    daemon: simple\n    restart-condition: always\n"
	"    plugs: [plug]\n    environment: {WHAT: $SNAP_DATA/what}\n"
	"hooks:\n"
	"  configure:\n"
	"    plugs: [plug]\n    command-chain: [bin/chain]\n"
	"    environment: {WHY: $SNAP_COMMON/why}\n"
	"layout:\n"
	"  /opt/folder: {bind: $SNAP/folder}\n"
	"  /etc/one.conf: {bind-file: $SNAP_DATA/one.conf}\n"
	"  /var/lib/link: {symlink: $SNAP_COMMON/link}\n"
	"  /usr/share/cache: {type: tmpfs, mode: '0755', user: root, group: root}\n"
	"plugs: {plug: {interface: x}}\n";

static void whole(void **state)
{
	struct subject s = { .iface = *state };
	const struct meta_node *root;

	if (data.failed)
		skip();
	s.node = meta_parse(&s.a, "{}\n", 3, "row", &data.d);
	s.from = (struct row){ .known = &data.known, .iface = s.iface, .node = s.node };
	s.from.from = row_offerer(s.iface, s.node);
	root = row_root(&s.from, whole_snap, "plug");
	s.from.roots[0] = root;
	hostile_texts(&s.spots, root, NULL);
	hostile_layouts(&s.spots, meta_get(root, "layout"));
	hostile_snap(&s.spots, s.iface, root, "plugs", true);
	for (size_t i = 0; i < s.spots.count; i++)
		try_spot(&s, &s.spots.items[i]);
	flush(&s);
	row_free(&s.from);
	end(&s, "whole");
}

/* Of the common ground the lines with a value: the rest is the same for all. */
static void keep_values(struct model_lines *lines)
{
	size_t kept = 0;

	for (size_t i = 0; i < lines->count; i++)
		if (strstr(lines->items[i].text, "%{"))
			lines->items[kept++] = lines->items[i];
	lines->count = kept;
}

static int load(void)
{
	struct policy_templates all;

	snprintf(data.empty, sizeof(data.empty), "/tmp/bulkhead-test-XXXXXX");
	if (!mkdtemp(data.empty) ||
	    model_load_ifaces(&data.a, "gadget/interfaces", &data.known, &data.d) ||
	    policy_load_templates(&data.a, "gadget/templates", &all, &data.d)) {
		meta_print(&data.d);
		return -1;
	}
	data.t = (struct policy_templates){ .apparmor = all.apparmor,
					    .fixed = all.fixed,
					    .places = all.places,
					    .place_count = all.place_count };
	keep_values(&data.t.apparmor);
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests;
	int failed = 1;

	if (load() == 0) {
		size_t count = data.known.iface_count;

		tests = mem_array(&data.a, count + 1, sizeof(*tests));
		for (size_t i = 0; i < count; i++) {
			struct model_iface *f = &data.known.ifaces[i];

			tests[i] = (struct CMUnitTest){ f->name, interface, NULL, NULL, f };
			if (str_eq(f->name, "network-bind"))
				tests[count] = (struct CMUnitTest){ "whole", whole, NULL, NULL, f };
		}
		if (argc > 1)
			cmocka_set_test_filter(argv[1]);
		failed = _cmocka_run_group_tests("hostile", tests, count + 1, NULL, NULL);
	}
	rmdir(data.empty);
	mem_free(&data.a);
	meta_diag_free(&data.d);
	return failed;
}
