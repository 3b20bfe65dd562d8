/* SPDX-License-Identifier: Apache-2.0 */
#include "snap.h"

#include "app.h"
#include "ends.h"
#include "names.h"
#include "str.h"

const struct snap_layer model_snap_layers[] = {
	{ "apparmor", 1u << 0 },     { "seccomp", 1u << 1 },	{ "devices", 1u << 2 },
	{ "capabilities", 1u << 3 }, { "namespaces", 1u << 4 },
};
_Static_assert(ARRAY_SIZE(model_snap_layers) == SNAP_LAYERS, "every layer has a name");

static const char *const used_keys[] = {
	"name",	       "version",     "type",	"base",	       "confinement", "architectures",
	"apps",	       "environment", "plugs",	"slots",       "title",	      "summary",
	"description", "license",     "grade",	"epoch",       "assumes",     "icon",
	"contact",     "donation",    "issues", "source-code", "website",     "links",
	"provenance",  NULL
};

static const char *const later_keys[] = {
	"hooks", "layout", "layouts", "system-usernames", "components", "kernel-modules", NULL
};

#define TYPE_APP    MODEL_SNAP_APP
#define TYPE_GADGET MODEL_SNAP_GADGET

static int read_type(const struct reader *r, const struct meta_node *root, struct model_snap *out)
{
	static const struct model_reader_word words[] = {
		{ "app", TYPE_APP },	   { "application", TYPE_APP },
		{ "gadget", TYPE_GADGET }, { "kernel", READER_LATER },
		{ "os", READER_LATER },	   { "base", READER_LATER },
		{ "snapd", READER_LATER }, { NULL, 0 },
	};
	const struct meta_node *n = meta_get(root, "type");
	int value = TYPE_APP;

	if (n && model_reader_word(r, n, "type", words, &value))
		return -1;
	out->type = value == TYPE_GADGET ? MODEL_SNAP_GADGET : MODEL_SNAP_APP;
	return 0;
}

static int read_words(const struct reader *r, const struct meta_node *root)
{
	static const struct model_reader_word confinements[] = {
		{ "strict", 0 },
		{ "devmode", READER_LATER },
		{ "classic", READER_LATER },
		{ NULL, 0 },
	};
	static const struct model_reader_word grades[] = {
		{ "stable", 0 }, { "devel", 0 }, { "", 0 }, { NULL, 0 }
	};
	const struct meta_node *confinement = meta_get(root, "confinement");
	const struct meta_node *grade = meta_get(root, "grade");
	const char *base = NULL;
	int ignored;

	if (confinement && model_reader_word(r, confinement, "confinement", confinements, &ignored))
		return -1;
	if (grade && model_reader_word(r, grade, "grade", grades, &ignored))
		return -1;
	if (model_reader_text(r, root, "base", &base))
		return -1;
	if (base && *base && !model_names_is_snap(base))
		return meta_error(r->d, &meta_get(root, "base")->loc,
				  "cannot use base \"%.64s\": not the name of a snap", base);
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
	if (!out->revision)
		out->revision = "x1";
	return 0;
}

static int read_version(const struct reader *r, const struct meta_node *root,
			struct model_snap *out)
{
	const struct meta_node *n = meta_get(root, "version");

	out->version = "";
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

int model_snap_read(const struct reader *r, const struct meta_node *root, const char *key,
		    struct model_snap *out)
{
	static const struct reader_keys keys = { used_keys, later_keys, false };
	const struct meta_node *apps = meta_get(root, "apps");
	struct app_env env;
	int status;

	if (model_reader_map(r, root, "snap.yaml", &keys) || read_name(r, root, key, out))
		return -1;
	status = read_version(r, root, out);
	if (read_type(r, root, out) || read_words(r, root) || model_app_read_env(r, root, &env) ||
	    model_app_read_all(r, apps, out))
		return -1;
	out->env = env.items;
	out->env_count = env.count;
	if (model_app_order(r, apps, out) || model_ends_read(r, root, apps, out))
		return -1;
	return status;
}

void model_snap_settle(struct model_snap *s)
{
	for (size_t i = 0; i < s->app_count; i++)
		s->apps[i].snap = s;
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
