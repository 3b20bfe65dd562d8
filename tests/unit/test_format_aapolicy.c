/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aapolicy.h"
#include "build_aa.h"
#include "cleanup.h"
#include "mem.h"
#include "sweep.h"

enum { ACCEPT = 1, BASE, CHECK, DEFAULT, CLASSES, META, ACCEPT2, NEXT };

#define DIFF 0x80000000u

static int verify(const struct str *set, struct aapolicy *a, struct err *e)
{
	CLEANUP_FREE void *copy = malloc(set->len);

	assert_non_null(copy);
	memcpy(copy, set->text, set->len);
	return aapolicy_verify(copy, set->len, a, e);
}

static void accepts(const struct build_aa *p)
{
	CLEANUP_FREE struct aapolicy *a = calloc(1, sizeof(*a));
	CLEANUP_STR struct str set = { 0 };
	struct err e = { 0 };

	build_aa_add(&set, p);
	if (verify(&set, a, &e))
		fail_msg("%s", e.text);
	assert_int_equal(a->count, 1);
}

/* The message's parts around the offset: "field NAME" and the reason. */
static void refused_as(const struct str *set, const char *field, const char *reason)
{
	CLEANUP_FREE struct aapolicy *a = calloc(1, sizeof(*a));
	struct err e = { 0 };
	char needle[128];

	assert_int_equal(verify(set, a, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	snprintf(needle, sizeof(needle), "field %s at byte ", field);
	if (!str_starts(e.text, "cannot use AppArmor policy: ") || !strstr(e.text, needle) ||
	    !str_ends(e.text, reason))
		fail_msg("expected field %s ... %s, got: %s", field, reason, e.text);
}

static void refuses(const struct build_aa *p, const char *field, const char *reason)
{
	CLEANUP_STR struct str set = { 0 };

	build_aa_add(&set, p);
	refused_as(&set, field, reason);
}

/* As the file's DFA, and as the other one. */
static void refuses_dfa(const struct build_aa_dfa *d, const char *reason)
{
	struct build_aa_dfa good = build_aa_dfa();
	struct build_aa p = build_aa(&good);

	p.file = d;
	refuses(&p, "file", reason);
	p.file = &good;
	p.policydb = d;
	refuses(&p, "policydb", reason);
}

static struct build_aa rich(struct build_aa_dfa *d)
{
	static const uint32_t two = 2, flags = 0x20400;
	struct build_aa p;

	*d = build_aa_dfa();
	d->flags = 1;
	d->count[CLASSES] = 256;
	d->count[NEXT] = d->count[CHECK] = 260;
	d->base[1] = DIFF | 3;
	d->defaults[1] = 2;
	d->base[2] = 4;
	d->next[3] = 2;
	d->check[3] = 1;
	d->classes['a'] = 0xff;
	d->accept[2] = 0x24f | 0x24f << 14; /* all of a file, exec inherits */
	p = build_aa(d);
	p.version = 0x202007;
	p.path_flags = &flags;
	p.caps64 = true;
	p.start = p.dfa_start = &two;
	return p;
}

static void test_accepts(void **state)
{
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);

	(void)state;
	accepts(&p);
	for (p.version = 5; p.version <= 8; p.version++)
		accepts(&p);
	p = rich(&d);
	accepts(&p);
}

static void test_what_is_found(void **state)
{
	CLEANUP_FREE struct aapolicy *a = calloc(1, sizeof(*a));
	struct build_aa_dfa d = build_aa_dfa();
	CLEANUP_STR struct str set = { 0 };
	struct build_aa p = rich(&d);
	struct err e = { 0 };
	size_t second;

	(void)state;
	build_aa_add(&set, &p);
	second = set.len;
	p.name = "b";
	p.mode = 1;
	build_aa_add(&set, &p);
	p.name = "c";
	p.mode = 2;
	build_aa_add(&set, &p);
	p.name = "d";
	p.mode = 0;
	p.version = 0x807;
	build_aa_add(&set, &p);
	if (aapolicy_verify(set.text, set.len, a, &e))
		fail_msg("%s", e.text);
	assert_int_equal(a->count, 4);
	assert_string_equal(a->profiles[0].name, "snap.demo.app");
	assert_string_equal(a->profiles[3].name, "d");
	assert_false(a->profiles[0].complain);
	assert_true(a->profiles[1].complain);
	assert_false(a->profiles[2].complain);
	assert_true(a->profiles[3].complain);
	assert_int_equal(a->profiles[0].version, 0x202007);
	/* Behind the version: a name tag of 3 + 8 bytes, a code, 4 bytes. */
	assert_int_equal(a->profiles[0].start, 16);
	assert_int_equal(a->profiles[0].size, second - 16);
	assert_int_equal(a->profiles[1].start, second + 16);
}

static void test_versions(void **state)
{
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);

	(void)state;
	p.version = 4;
	refuses(&p, "version", "4, expected 5 to 8");
	p.version = 9;
	refuses(&p, "version", "9, expected 5 to 8");
	p.version = 0x407;
	refuses(&p, "version", "0x407 has an unknown flag");
	p.version = 0;
	refuses(&p, "version", "expected u32 named version, found a name");
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *reason;
	} bad[] = {
		{ "", "expected a name" },
		{ " :ns:a", "expected a name" },
		{ "\xa0:ns:a", "expected a name" },
		{ ":ns:a", "policy namespaces are not used" },
		{ "a//&b", "expected one profile, not a stack" },
		{ "a\nb", "the string holds a control byte" },
	};
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		p.name = bad[i].name;
		refuses(&p, "name", bad[i].reason);
	}
	p.name = NULL;
	refuses(&p, "name", "expected a string, found a name");
	p.name = "a";
	p.namespace = "ns";
	refuses(&p, "namespace", "policy namespaces are not used");
}

static void test_sets(void **state)
{
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);
	CLEANUP_FREE struct aapolicy *a = calloc(1, sizeof(*a));
	CLEANUP_STR struct str set = { 0 };
	struct err e = { 0 };

	(void)state;
	build_aa_add(&set, &p);
	str_add_bytes(&set, "", 1);
	refused_as(&set, "version", "expected u32 named version, found u8");
	set.len--;
	build_aa_add(&set, &p);
	refused_as(&set, "name", "the set holds it twice");
	str_free(&set);
	for (unsigned i = 0; i <= AAPOLICY_PROFILES_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "p%u", i);
		p.name = name;
		build_aa_add(&set, &p);
	}
	assert_int_equal(verify(&set, a, &e), -1);
	assert_string_equal(e.text, "cannot use AppArmor policy: more than 1024 profiles");
	assert_int_equal(aapolicy_verify(set.text, 0, a, &e), -1);
	assert_string_equal(e.text, "cannot use AppArmor policy: 0 bytes, expected 1 to 67108864");
	assert_int_equal(aapolicy_verify(set.text, AAPOLICY_SIZE_MAX + 1, a, &e), -1);
}

static void test_fields(void **state)
{
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);

	(void)state;
	p.mode = 3;
	refuses(&p, "mode", "3, expected 0 (enforce), 1 (complain) or 2 (kill)");
	p = build_aa(&d);
	p.policydb = NULL;
	refuses(&p, "policydb", "expected a structure named policydb, found a name");
	p.policydb_empty = true;
	refuses(&p, "policydb", "expected a DFA");
	p = build_aa(&d);
	p.file = NULL;
	refuses(&p, "file", "expected a DFA");
}

/* The kernel would take them; the builder writes none. */
static void test_unused(void **state)
{
	static const char *const names[] = { "a", NULL };
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);

	(void)state;
	p.rename = "other";
	refuses(&p, "flags", "expected a structure named flags, found a name");
	p = build_aa(&d);
	p.attach = "/snap/demo/x1/**";
	refuses(&p, "flags", "expected a structure named flags, found a name");
	p = build_aa(&d);
	p.xmatch = &d;
	p.xmatch_len = true;
	refuses(&p, "flags", "expected a structure named flags, found a name");
	p = build_aa(&d);
	p.disconnected = "/";
	refuses(&p, "flags", "expected a structure named flags, found a name");
	p = build_aa(&d);
	p.capsx = true;
	refuses(&p, "policydb", "expected a structure named policydb, found a name");
	p = build_aa(&d);
	p.xattrs = names;
	refuses(&p, "policydb", "expected a structure named policydb, found a name");
	p = build_aa(&d);
	p.rlimits = 1;
	refuses(&p, "policydb", "expected a structure named policydb, found a name");
	p = build_aa(&d);
	p.xtable = names;
	refuses(&p, "profile", "expected the end of a structure, found a name");
	p = build_aa(&d);
	p.data = true;
	refuses(&p, "profile", "expected the end of a structure, found a name");
}

/* CVE-2026-23269: the kernel took the start state as it came. */
static void test_start_states(void **state)
{
	static const uint32_t three = 3, huge = UINT32_MAX;
	struct build_aa_dfa d = build_aa_dfa();
	struct build_aa p = build_aa(&d);

	(void)state;
	p.start = &three;
	refuses(&p, "start", "3 is not one of 3 states");
	p.start = &huge;
	refuses(&p, "start", "4294967295 is not one of 3 states");
	p = build_aa(&d);
	p.dfa_start = &three;
	refuses(&p, "dfa_start", "3 is not one of 3 states");
	d.count[ACCEPT] = d.count[ACCEPT2] = d.count[BASE] = d.count[DEFAULT] = 1;
	refuses_dfa(&d, "1 states, expected 2 to 65536");
}

static void test_dfa_header(void **state)
{
	struct build_aa_dfa d = build_aa_dfa();

	(void)state;
	d.magic++;
	refuses_dfa(&d, "this is no DFA");
	d = build_aa_dfa();
	d.header_size = 8;
	refuses_dfa(&d, "header of 8 bytes");
	d.header_size = 26;
	refuses_dfa(&d, "header of 26 bytes");
	d.header_size = UINT32_MAX - 7;
	refuses_dfa(&d, "header of 4294967288 bytes");
	d = build_aa_dfa();
	d.flags = 4;
	refuses_dfa(&d, "flags 0x4, expected at most 0x1");
	d.flags = 2; /* out of band steps, for extended attributes of an attachment */
	refuses_dfa(&d, "flags 0x2, expected at most 0x1");
	d = build_aa_dfa();
	d.size_lie = 8;
	refuses_dfa(&d, "1184 bytes, but the blob has 1176");
	d = build_aa_dfa();
	d.tail = 8;
	refuses_dfa(&d, "a table is cut short");
	d.tail = 16;
	refuses_dfa(&d, "a table is unknown");
}

static void test_dfa_tables(void **state)
{
	static const struct {
		unsigned table;
		uint32_t count;
		const char *reason;
	} counts[] = {
		{ ACCEPT, 0, "table accept is missing" },
		{ ACCEPT2, 0, "table accept2 is missing" },
		{ BASE, 0, "0 states, expected 2 to 65536" },
		{ DEFAULT, 0, "table default is missing" },
		{ CHECK, 0, "table check is missing" },
		{ NEXT, 0, "table next is missing" },
		{ ACCEPT, 2, "table accept has 2 elements, expected 3" },
		{ ACCEPT2, 4, "table accept2 has 4 elements, expected 3" },
		{ DEFAULT, 2, "table default has 2 elements, expected 3" },
		{ NEXT, 257, "table next has 257 elements, expected 256" },
		{ CLASSES, 255, "table classes has 255 elements, expected 256" },
	};
	struct build_aa_dfa d;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		d = build_aa_dfa();
		d.count[counts[i].table] = counts[i].count;
		refuses_dfa(&d, counts[i].reason);
	}
	d = build_aa_dfa();
	d.id[NEXT] = 9;
	refuses_dfa(&d, "a table is unknown");
	d.id[NEXT] = META;
	refuses_dfa(&d, "a table is unknown");
	d.id[NEXT] = DEFAULT;
	refuses_dfa(&d, "a table is there twice");
	d = build_aa_dfa();
	d.width[NEXT] = 4;
	refuses_dfa(&d, "a table has elements of another size");
	d = build_aa_dfa();
	d.width[BASE] = 2;
	refuses_dfa(&d, "a table has elements of another size");
}

/* CVE-2026-23407: what the kernel follows without a look. */
static void test_dfa_bounds(void **state)
{
	struct build_aa_dfa d = build_aa_dfa();

	(void)state;
	d.defaults[2] = 3;
	refuses_dfa(&d, "default[2] is no state");
	/* The kernel forgot this one for differentially encoded states. */
	d.flags = 1;
	d.base[2] = DIFF;
	d.defaults[2] = 0xffff;
	refuses_dfa(&d, "default[2] is no state");
	d = build_aa_dfa();
	d.next[255] = 3;
	refuses_dfa(&d, "next[255] is no state");
	d = build_aa_dfa();
	d.check[0] = 0xffff;
	refuses_dfa(&d, "check[0] is no state");
	d = build_aa_dfa();
	d.base[0] = 1;
	refuses_dfa(&d, "base[0] reaches behind tables next and check");
	d.base[0] = 0xffffff;
	refuses_dfa(&d, "base[0] reaches behind tables next and check");
	d.base[0] = 0x01000000;
	refuses_dfa(&d, "base[0] has unknown flags");
	d.base[0] = DIFF;
	refuses_dfa(&d, "base[0] is differentially encoded, and the header does not say so");
	d.base[0] = 0x20000000;
	refuses_dfa(&d, "base[0] has unknown flags");
	d = build_aa_dfa();
	d.count[NEXT] = d.count[CHECK] = 255;
	refuses_dfa(&d, "base[0] reaches behind tables next and check");
}

/* CVE-2026-23409: chains of differentially encoded states that the kernel follows for ever. */
static void test_dfa_loops(void **state)
{
	struct build_aa_dfa d = build_aa_dfa(), good = build_aa_dfa();
	struct build_aa p = build_aa(&good);

	(void)state;
	p.file = &d;
	d.flags = 1;
	for (unsigned t = 1; t <= NEXT; t++)
		if (d.count[t] == 3)
			d.count[t] = 6;
	d.base[1] = d.base[2] = d.base[3] = DIFF;
	d.defaults[1] = 2;
	d.defaults[2] = 3;
	d.defaults[3] = 5;
	accepts(&p);
	d.defaults[3] = 3;
	refuses_dfa(&d, "default[1] leads into a loop");
	d.defaults[3] = 1;
	refuses_dfa(&d, "default[1] leads into a loop");
	/* A loop behind a chain that was already followed to its end, and one above it. */
	d.defaults[3] = 0;
	d.base[5] = d.base[4] = DIFF;
	d.defaults[5] = 4;
	d.defaults[4] = 5;
	refuses_dfa(&d, "default[4] leads into a loop");
	d.defaults[4] = 1;
	accepts(&p);
}

/* Each way out of a profile, for the owner's half and for others'. */
static void test_leaves(void **state)
{
	/* Unconfined, by name (profile, child), entries of a table, unconfined for want of a match.
	 */
	static const uint32_t ways[] = {
		1u << 10, 2u << 10, 3u << 10, 4u << 10, 15u << 10, 1u << 7
	};
	struct build_aa_dfa d = build_aa_dfa(), good = build_aa_dfa();
	struct build_aa p = build_aa(&good);

	(void)state;
	p.file = &d;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		d.accept[2] = ways[i];
		refuses(&p, "file", "accept[2] lets a program leave its profile");
		d.accept[2] = ways[i] << 14;
		refuses(&p, "file", "accept[2] lets a program leave its profile");
	}
	for (unsigned bit = 30; bit < 32; bit++) { /* onexec, change_profile */
		d.accept[2] = 1u << bit;
		refuses(&p, "file", "accept[2] lets a program leave its profile");
	}
	d.accept[2] = ~(0x3c80u | 0x3c80u << 14 | 3u << 30);
	accepts(&p);
	/* Other classes have other permissions. */
	p.policydb = &d;
	p.file = &good;
	d.accept[2] = UINT32_MAX;
	accepts(&p);
}

static int read_set(const void *buf, size_t size)
{
	CLEANUP_FREE struct aapolicy *a = mem_must(malloc(sizeof(*a)));
	struct err e;

	return aapolicy_verify(buf, size, a, &e);
}

static void test_truncated(void **state)
{
	CLEANUP_STR struct str set = { 0 };
	struct build_aa_dfa d;
	struct build_aa p = rich(&d);

	(void)state;
	build_aa_add(&set, &p);
	assert_int_equal(sweep_lengths(read_set, set.text, set.len), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),	     cmocka_unit_test(test_what_is_found),
		cmocka_unit_test(test_versions),     cmocka_unit_test(test_names),
		cmocka_unit_test(test_sets),	     cmocka_unit_test(test_fields),
		cmocka_unit_test(test_start_states), cmocka_unit_test(test_dfa_header),
		cmocka_unit_test(test_dfa_tables),   cmocka_unit_test(test_dfa_bounds),
		cmocka_unit_test(test_dfa_loops),    cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_unused),	     cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
