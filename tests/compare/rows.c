/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cleanup.h"
#include "compare.h"
#include "files.h"
#include "iface_rows.h"

/* All rows of tests/ifaces, and what they are read with. */
struct rows {
	struct mem_arena a;
	struct meta_diag d;
	struct model known;
	struct policy_templates t;
};

static void add_profile(struct str *out, const struct policy_app *app, size_t n)
{
	str_printf(out, "profile \"row.%zu\" flags=(mediate_deleted) {\n", n);
	for (size_t i = 0; i < app->apparmor.count; i++)
		str_printf(out, "  %s\n", app->apparmor.items[i].text);
	str_add(out, "}\n");
}

/* The profiles of both ends; none of a row that is refused. */
static void add_row(const struct rows *all, const struct model_iface *iface,
		    const struct meta_node *node, struct str *out)
{
	struct row r = { .known = &all->known, .iface = iface, .node = node };

	r.from = row_offerer(iface, node);
	if (!meta_get(node, "error") && !row_build(&r, &all->t))
		for (size_t i = 0; i < r.p.app_count; i++)
			if (r.p.apps[i].apparmor.count)
				add_profile(out, &r.p.apps[i], node->loc.line * 10 + i);
	row_free(&r);
}

static int write_iface(struct rows *all, const struct model_iface *iface, const char *dir,
		       struct err *e)
{
	const char *file = mem_printf(&all->a, "tests/ifaces/%s.yaml", iface->name);
	const char *path = mem_printf(&all->a, "%s/%s", dir, iface->name);
	const struct meta_node *rows = meta_get(meta_load(&all->a, file, file, &all->d), "rows");
	CLEANUP_STR struct str out = { 0 };

	if (!rows || rows->kind != META_LIST)
		return err_input(e, "cannot read the rows of %s", file);
	for (size_t i = 0; i < rows->count; i++)
		add_row(all, iface, rows->items[i], &out);
	return out.len ? fd_write_file(path, out.text, out.len, 0644, e) : 0;
}

int compare_rows(const char *dir, struct err *e)
{
	struct rows all = { 0 };
	int rc = 0;

	if (model_load_ifaces(&all.a, "gadget/interfaces", &all.known, &all.d) ||
	    policy_load_templates(&all.a, "gadget/templates", &all.t, &all.d))
		rc = err_input(e, "cannot read interfaces: %s", all.d.messages[0].text);
	for (size_t i = 0; rc == 0 && i < all.known.iface_count; i++)
		rc = write_iface(&all, &all.known.ifaces[i], dir, e);
	mem_free(&all.a);
	meta_diag_free(&all.d);
	return rc;
}
