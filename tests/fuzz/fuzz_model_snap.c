/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snap.yaml to the model, with one interface whose attributes are of every type: what is accepted
 * holds no byte that could end a rule of a policy.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz_yaml.h"
#include "snap.h"

static const char *const values[] = { "one", "two", NULL };

/* Attributes of an interface that a gadget and an app may offer. */
static struct model_attr_def defs[] = {
	{ .name = "path", .type = MODEL_ATTR_DEV_NODE, .optional = true },
	{ .name = "sysfs", .type = MODEL_ATTR_SYSFS_PATH, .optional = true },
	{ .name = "file", .type = MODEL_ATTR_ABS_PATH, .optional = true, .list = true },
	{ .name = "name", .type = MODEL_ATTR_NAME, .optional = true, .match = "[a-z]+(-[a-z]+)*" },
	{ .name = "value", .type = MODEL_ATTR_MATCH, .optional = true },
	{ .name = "number", .type = MODEL_ATTR_INT, .optional = true, .min = -5, .max = 5 },
	{ .name = "flag", .type = MODEL_ATTR_BOOL, .optional = true },
	{ .name = "choice", .type = MODEL_ATTR_ENUM, .optional = true, .values = values },
};

static struct model_variant variant = {
	.name = "all",
	.attrs = defs,
	.attr_count = ARRAY_SIZE(defs),
};

static struct model_iface iface = {
	.name = "x",
	.offered_by = MODEL_OFFERED_APP | MODEL_OFFERED_GADGET,
	.plug_variants = &variant,
	.plug_variant_count = 1,
	.variants = &variant,
	.variant_count = 1,
};

static void check_text(const struct meta_node *n)
{
	if (n->kind == META_SCALAR && strpbrk(n->text, "\"{}\\|,#$% \t\n"))
		abort();
	for (size_t i = 0; n->kind == META_LIST && i < n->count; i++)
		check_text(n->items[i]);
}

static void check_end(const struct model_end *end, const struct model_snap *snap)
{
	if (end->snap != snap || strpbrk(end->name, " .:/\"\n"))
		abort();
	for (size_t i = 0; end->iface && end->attrs && i < end->attrs->count; i++)
		check_text(end->attrs->items[i]);
}

/* building: what a later version brings was refused, and each app has its program. */
static void check_app(const struct model_app *app, const struct model_snap *s, bool building)
{
	if (strlen(app->label) > 4096 || strpbrk(app->label, " /\"\n{}*") || app->snap != s)
		abort();
	if (building && (app->argc == 0 || app->chain_count >= app->argc))
		abort();
	for (size_t i = 0; i < app->argc && i <= app->chain_count; i++)
		if (app->argv[i][0] == '/' || strpbrk(app->argv[i], "$\"\n"))
			abort();
	for (size_t i = 0; i < app->after_count; i++)
		if (app->after[i]->snap != s)
			abort();
}

static void check_snap(const struct model_snap *s, bool building)
{
	for (size_t i = 0; i < s->plug_count; i++)
		check_end(&s->plugs[i], s);
	for (size_t i = 0; i < s->slot_count; i++)
		check_end(&s->slots[i], s);
	for (size_t i = 0; i < s->app_count; i++)
		check_app(&s->apps[i], s, building);
	for (size_t i = 0; i < s->hook_count; i++)
		check_app(&s->hooks[i], s, false);
}

static void look(struct mem_arena *a, const struct meta_node *root, bool building)
{
	static const char *const hooks[] = { "configure", "remove" };
	static const struct snap_given given = { "key", hooks, 2 };
	static struct model m = { .ifaces = &iface, .iface_count = 1 };
	struct meta_diag d = { 0 };
	struct reader r = { .a = a, .d = &d, .m = &m, .building = building };
	struct model_snap snap = { 0 };

	if (model_snap_read(&r, root, building ? NULL : &given, &snap) == 0) {
		if (d.errors)
			abort();
		check_snap(&snap, building);
	} else if (!d.errors) {
		abort();
	}
	meta_diag_free(&d);
}

static void look_twice(struct mem_arena *a, const struct meta_node *root, struct meta_diag *d)
{
	(void)d;
	look(a, root, true);
	look(a, root, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_yaml(data, size, "snap.yaml", look_twice);
	return 0;
}
