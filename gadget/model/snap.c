/* SPDX-License-Identifier: Apache-2.0 */
#include "snap.h"

#include "about.h"
#include "app.h"
#include "ends.h"
#include "names.h"
#include "str.h"

const struct snap_layer model_snap_layers[] = {
	{ "apparmor", 1u << 0 },     { "seccomp", 1u << 1 },	{ "devices", SNAP_LAYER_DEVICES },
	{ "capabilities", 1u << 3 }, { "namespaces", 1u << 4 },
};
_Static_assert(ARRAY_SIZE(model_snap_layers) == SNAP_LAYERS, "every layer has a name");

/* "layouts" is told as the mistake it is. */
static const char *const used_keys[] = { "name",     "version",	    "type",
					 "base",     "confinement", "architectures",
					 "apps",     "hooks",	    "environment",
					 "plugs",    "slots",	    "layout",
					 "layouts",  "components",  "system-usernames",
					 "title",    "summary",	    "description",
					 "license",  "grade",	    "epoch",
					 "assumes",  "icon",	    "contact",
					 "donation", "issues",	    "source-code",
					 "website",  "links",	    "provenance",
					 NULL };

static int read_type(const struct reader *r, const struct meta_node *root, struct model_snap *out)
{
	static const struct model_reader_word words[] = {
		{ "app", MODEL_SNAP_APP },	   { "gadget", MODEL_SNAP_GADGET },
		{ "kernel", MODEL_SNAP_KERNEL },   { "os", MODEL_SNAP_OS },
		{ "base", MODEL_SNAP_BASE },	   { "snapd", MODEL_SNAP_SNAPD },
		{ "application", MODEL_SNAP_APP }, { NULL, 0 },
	};
	const struct meta_node *n = meta_get(root, "type");
	int value = MODEL_SNAP_APP;

	if (n && n->kind == META_NULL)
		n = NULL;
	if (n && model_reader_word(r, n, "type", words, &value))
		return -1;
	out->type = (enum model_snap_type)value;
	/* This one name is a type, whatever the file says. */
	if (str_eq(out->name, "snapd"))
		out->type = MODEL_SNAP_SNAPD;
	if (out->type == MODEL_SNAP_APP || out->type == MODEL_SNAP_GADGET ||
	    out->type == MODEL_SNAP_BASE)
		return 0;
	return model_reader_later(r, n ? &n->loc : &out->loc, "type \"%s\"", n ? n->text : "snapd");
}

static int read_confinement(const struct reader *r, const struct meta_node *root,
			    struct model_snap *out)
{
	static const struct model_reader_word words[] = {
		{ "strict", MODEL_STRICT },
		{ "devmode", MODEL_DEVMODE },
		{ "classic", MODEL_CLASSIC },
		{ NULL, 0 },
	};
	const struct meta_node *n = meta_get(root, "confinement");
	int value = MODEL_STRICT;

	if (!n || n->kind == META_NULL || (n->kind == META_SCALAR && !*n->text))
		return 0;
	if (model_reader_word(r, n, "confinement", words, &value))
		return -1;
	out->confinement = (enum model_confinement)value;
	return value == MODEL_CLASSIC ? model_reader_later(r, &n->loc, "confinement \"classic\"")
				      : 0;
}

static int refuse_base(const struct reader *r, const struct meta_node *n, const char *why)
{
	return meta_error(r->d, &n->loc, "cannot use base \"%.64s\": %s", n->text, why);
}

static int read_base(const struct reader *r, const struct meta_node *root, struct model_snap *snap)
{
	const struct meta_node *n = meta_get(root, "base");
	const char *base = NULL;

	if (model_reader_text(r, root, "base", &base))
		return -1;
	if (!base || !*base)
		return 0;
	if (str_eq(base, "none")) {
		if (snap->app_count || snap->hook_count)
			return refuse_base(r, n, "the snap has apps or hooks");
		return 0;
	}
	if (snap->type == MODEL_SNAP_OS || snap->type == MODEL_SNAP_BASE ||
	    snap->type == MODEL_SNAP_SNAPD)
		return refuse_base(r, n, "a snap of this type is one itself, expected none");
	if (strchr(base, '_'))
		return refuse_base(r, n, "it names an instance of a snap");
	if (!model_names_is_snap(base))
		return refuse_base(r, n, "not the name of a snap");
	snap->base_name = base;
	return 0;
}

static int read_name(const struct reader *r, const struct meta_node *root, const char *key,
		     struct model_snap *out)
{
	if (model_reader_need_text(r, root, "name", &out->name))
		return -1;
	out->loc = meta_get(root, "name")->loc;
	if (!model_names_is_snap(out->name))
		return meta_error(r->d, &out->loc,
				  "cannot use \"%.64s\" as the name of a snap: expected 2 to 40 "
				  "lower-case letters, digits and single hyphens",
				  out->name);
	out->instance = key ? mem_printf(r->a, "%s_%s", out->name, key) : out->name;
	return 0;
}

static int read_version(const struct reader *r, const struct meta_node *root,
			struct model_snap *out)
{
	const struct meta_node *n = meta_get(root, "version");

	if (!n)
		return meta_error(r->d, &root->loc, "cannot find key \"version\"");
	if (meta_text(n, "version", &out->version, r->d))
		return -1;
	if (!model_names_is_version(out->version))
		return meta_error(r->d, &n->loc,
				  "cannot use version \"%.64s\": expected at most 32 letters, "
				  "digits and \":.+~-\"",
				  out->version);
	return 0;
}

/* Another word for it is as likely a mistake as any, but the reference refuses this one. */
static int check_layouts(const struct reader *r, const struct meta_node *root)
{
	const struct meta_node *n = meta_get(root, "layouts");

	if (!n)
		return 0;
	(void)meta_error(r->d, &n->loc, "cannot use key \"layouts\": unknown");
	meta_hint(r->d, "did you mean \"layout\"?");
	return -1;
}

/* Apps and hooks, and what refers to them. */
static int read_programs(const struct reader *r, const struct meta_node *root,
			 const struct snap_given *given, struct model_snap *out)
{
	const struct meta_node *apps = meta_get(root, "apps");
	struct ends_users users = { 0 };
	struct app_env env;
	int status = model_app_read_env(r, root, &env);

	out->env = env.items;
	out->env_count = env.count;
	status |= model_app_read_all(r, apps, out);
	status |= model_app_order(r, apps, out);
	status |= model_hook_read_all(r, root, given, out);
	model_hook_users(r, root, out, &users);
	status |= model_ends_read(r, root, &users, out);
	return model_app_check_ends(r, apps, out) | status ? -1 : 0;
}

int model_snap_read(const struct reader *r, const struct meta_node *root,
		    const struct snap_given *given, struct model_snap *out)
{
	static const struct snap_given nothing = { 0 };
	static const struct reader_keys keys = { used_keys, NULL, false };
	int status;

	if (!given)
		given = &nothing;
	out->name = out->instance = out->version = "";
	if (!out->revision)
		out->revision = "x1";
	out->loc = root->loc;
	if (root->kind != META_MAP)
		return model_reader_map(r, root, "snap.yaml", &keys);
	/* Each of these tells its errors, whatever the others found. */
	status = model_reader_map(r, root, "snap.yaml", &keys);
	status |= read_name(r, root, given->key, out);
	status |= read_version(r, root, out);
	status |= read_type(r, root, out);
	status |= read_confinement(r, root, out);
	status |= model_about_read(r, root);
	status |= model_epoch_read(r, root);
	status |= check_layouts(r, root);
	status |= model_snap_layout_read(r, root, out);
	status |= read_programs(r, root, given, out);
	status |= read_base(r, root, out);
	return status ? -1 : 0;
}

void model_snap_settle(struct model_snap *s)
{
	for (size_t i = 0; i < s->app_count; i++)
		s->apps[i].snap = s;
	for (size_t i = 0; i < s->hook_count; i++)
		s->hooks[i].snap = s;
	for (size_t i = 0; i < s->plug_count; i++)
		s->plugs[i].snap = s;
	for (size_t i = 0; i < s->slot_count; i++)
		s->slots[i].snap = s;
}

int model_read_snap(struct mem_arena *a, const struct meta_node *root, const struct model *ifaces,
		    struct model_snap *out, struct meta_diag *d)
{
	struct reader r = { .a = a, .d = d, .m = ifaces, .building = true };

	return model_snap_read(&r, root, NULL, out);
}
