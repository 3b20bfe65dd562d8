/* SPDX-License-Identifier: Apache-2.0 */
/* An interface made up in a test, named x, and one connection of it. A header as iface_rows.h is.
 */
#ifndef TESTS_IFACE_MADE_H
#define TESTS_IFACE_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "files.h"
#include "iface_got.h"

struct fixture {
	char dir[64];
	struct mem_arena a;
	struct meta_diag d;
	struct model known;
	struct policy_templates t;
	struct row row;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/bulkhead-test-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	remove(mem_printf(&f->a, "%s/x.yaml", f->dir));
	rmdir(f->dir);
	row_free(&f->row);
	mem_free(&f->a);
	meta_diag_free(&f->d);
	free(f);
	return 0;
}

/* The interface x of this text, and one connection of a row's attributes. */
static inline int build(struct fixture *f, const char *offered, const char *text, const char *row)
{
	const char *whole = mem_printf(
		&f->a, "interface: x\nsummary: s\nslots: { offered-by: [%s] }\n%s", offered, text);
	struct err e = { 0 };

	assert_int_equal(fd_write_file(mem_printf(&f->a, "%s/x.yaml", f->dir), whole, strlen(whole),
				       0644, &e),
			 0);
	if (model_load_ifaces(&f->a, f->dir, &f->known, &f->d))
		fail_msg("%s", f->d.messages[0].text);
	f->row.known = &f->known;
	f->row.iface = &f->known.ifaces[0];
	f->row.from = f->row.iface->offered_by;
	f->row.node = row_parse(&f->row, row);
	f->row.roots[0] = f->row.roots[1] = NULL;
	return row_build(&f->row, &f->t);
}

static inline void builds(struct fixture *f, const char *offered, const char *text, const char *row)
{
	if (build(f, offered, text, row))
		fail_msg("%s", f->row.d.messages[0].text);
}

static inline void refuses(struct fixture *f, const char *text, const char *row,
			   const char *message)
{
	meta_diag_free(&f->row.d);
	assert_int_equal(build(f, "app", text, row), -1);
	assert_string_equal(f->row.d.messages[0].text, message);
}

/* The label's app has exactly these texts of that kind, in this order, joined by "; ". */
static inline void has(struct fixture *f, const char *label, void (*get)(struct got *g),
		       const char *texts)
{
	struct got g = { .r = &f->row };
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < f->row.p.app_count; i++)
		if (str_eq(f->row.p.apps[i].app->label, label))
			g.app = &f->row.p.apps[i];
	assert_non_null(g.app);
	get(&g);
	for (size_t i = 0; i < g.count; i++)
		str_printf(&s, "%s%s", i ? "; " : "", g.items[i]);
	assert_string_equal(str_text(&s), texts);
}

#define APP    "snap.consumer.app"
#define DAEMON "snap.provider.daemon"

#endif
