/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "names.h"
#include "path.h"
#include "snap.h"
#include "str.h"
#include "volume.h"

/* Of one key. */
#define ITEMS_MAX 4096u

static const char *const used_keys[] = {
	"image",       "board",	      "gadget",	     "base",	"privileged",
	"snaps",       "store-ids",   "connections", "run-as",	"accept-unmediated",
	"development", "keep-setuid", "sysctl",	     "model",	"allow-reserved",
	"namespaces",  "interactive", "users",	     "process", "needs",
	NULL
};

static const char *const later_keys[] = { "field-connect", "never", "rules", "overlays", NULL };

static int read_layers(const struct reader *r, const struct meta_node *n, bool development,
		       struct image_snap *out)
{
	struct model_reader_word words[SNAP_LAYERS + 1] = { { 0 } };
	const struct meta_node *list = meta_get(n, "layers");
	int status = 0;

	out->layers = SNAP_LAYERS_ALL;
	out->layers_given = list != NULL;
	if (!list)
		return 0;
	if (!development)
		status = meta_error(r->d, &list->loc,
				    "cannot use layers: only in an image with development: true");
	if (model_reader_list(r, list, "layers"))
		return -1;
	for (size_t i = 0; i < SNAP_LAYERS; i++)
		words[i] = (struct model_reader_word){ model_snap_layers[i].name,
						       (int)model_snap_layers[i].bit };
	out->layers = 0;
	for (size_t i = 0; i < list->count; i++) {
		int bit = 0;

		status |= model_reader_word(r, list->items[i], "layers", words, &bit);
		out->layers |= (unsigned)bit;
	}
	return status;
}

static int read_mode(const struct reader *r, const struct meta_node *n, bool development,
		     struct image_snap *out)
{
	static const struct model_reader_word modes[] = { { "strict", IMAGE_STRICT },
							  { "devmode", IMAGE_DEVMODE },
							  { "jailmode", IMAGE_JAILMODE },
							  { NULL, 0 } };
	const struct meta_node *mode = meta_get(n, "mode");
	int value = IMAGE_AS_MADE;

	/* With an error the one that every snap may have. */
	out->mode = IMAGE_JAILMODE;
	if (mode && model_reader_word(r, mode, "mode", modes, &value))
		return -1;
	if (value == IMAGE_DEVMODE && !development && GUARD(image_devmode))
		return meta_error(r->d, &mode->loc,
				  "cannot use mode \"devmode\": only in an image with "
				  "development: true");
	out->mode = (enum image_mode)value;
	return 0;
}

static bool is_revision(const char *s)
{
	s += *s == 'x';
	return *s != '0' && strlen(s) <= 9 && strspn(s, "0123456789") == strlen(s) && *s;
}

static int read_snap_map(const struct reader *r, const struct meta_node *n, bool development,
			 struct image_snap *out)
{
	static const char *const used[] = {
		"snap", "mode", "instance", "layers", "revision", NULL
	};
	static const struct reader_keys keys = { used, NULL, true };

	int status = model_reader_map(r, n, "snap", &keys);

	if (n->kind != META_MAP)
		return -1;
	status |= model_reader_need_text(r, n, "snap", &out->source);
	out->unnamed = model_reader_text(r, n, "instance", &out->key) != 0;
	status |= -out->unnamed;
	status |= model_reader_text(r, n, "revision", &out->revision);
	status |= read_mode(r, n, development, out) | read_layers(r, n, development, out);
	if (out->key && !model_names_is_key(out->key)) {
		status = meta_error(r->d, &meta_get(n, "instance")->loc,
				    "cannot use instance \"%.64s\": expected 1 to 10 lower-case "
				    "letters and digits",
				    out->key);
		out->unnamed = true;
	}
	if (out->revision && !is_revision(out->revision))
		status = meta_error(r->d, &meta_get(n, "revision")->loc,
				    "cannot use revision \"%.64s\": expected a number, or x and a "
				    "number",
				    out->revision);
	return status;
}

static int read_snaps(const struct reader *r, const struct meta_node *root, bool development,
		      struct image_file *out)
{
	const struct meta_node *list = meta_get(root, "snaps");
	int status = 0;

	if (!list)
		return 0;
	if (model_reader_list(r, list, "snaps"))
		return -1;
	out->snaps = mem_array(r->a, list->count, sizeof(*out->snaps));
	out->snap_count = list->count;
	for (size_t i = 0; i < list->count; i++) {
		const struct meta_node *n = list->items[i];
		struct image_snap *s = &out->snaps[i];

		*s = (struct image_snap){ .layers = SNAP_LAYERS_ALL, .loc = n->loc };
		if (n->kind == META_SCALAR)
			s->source = n->text;
		else
			s->unsound = read_snap_map(r, n, development, s) != 0;
		status |= -s->unsound;
		if (s->source && !*s->source)
			status = meta_error(r->d, &n->loc, "cannot use snap: the path is empty");
	}
	return status;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_accept(const struct reader *r, const struct meta_node *root,
		       struct model_image *out)
{
	static const struct model_reader_word classes[] = {
		{ "dbus", 0 }, { "dbus-as-root", 0 }, { "unix", 0 }, { NULL, 0 }
	};
	const struct meta_node *list = meta_get(root, "accept-unmediated");
	struct model_reader_texts texts;
	int ignored;
	int status = model_reader_texts(r, root, "accept-unmediated", &texts);

	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i])
			status |= model_reader_word(r, list->items[i], "accept-unmediated", classes,
						    &ignored);
	if (status)
		return -1;
	qsort(texts.items, texts.count, sizeof(*texts.items), by_text);
	out->accept_unmediated = texts.items;
	out->accept_count = texts.count;
	return 0;
}

static int read_keep_setuid(const struct reader *r, const struct meta_node *root,
			    struct model_image *out)
{
	const struct meta_node *list = meta_get(root, "keep-setuid");
	struct model_reader_texts texts;
	int status = model_reader_texts(r, root, "keep-setuid", &texts);

	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i] && !path_is_clean(texts.items[i]))
			status = meta_error(r->d, &list->items[i]->loc,
					    "cannot use keep-setuid \"%.200s\": expected a clean "
					    "absolute path",
					    texts.items[i]);
	if (status)
		return -1;
	qsort(texts.items, texts.count, sizeof(*texts.items), by_text);
	out->keep_setuid = texts.items;
	out->keep_setuid_count = texts.count;
	return 0;
}

static int read_allow_reserved(const struct reader *r, const struct meta_node *root,
			       struct model_image *out)
{
	const struct meta_node *list = meta_get(root, "allow-reserved");
	struct model_reader_texts texts;

	if (model_reader_texts(r, root, "allow-reserved", &texts))
		return -1;
	out->allow_reserved = mem_array(r->a, texts.count, sizeof(*out->allow_reserved));
	for (size_t i = 0; i < texts.count; i++)
		out->allow_reserved[out->allow_reserved_count++] =
			(struct model_line){ texts.items[i], list->items[i]->loc };
	return 0;
}

static int read_sysctls(const struct reader *r, const struct meta_node *root,
			struct model_image *out)
{
	const struct meta_node *map = meta_get(root, "sysctl");
	int status = 0;

	if (!map)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use sysctl: expected a map, got %s",
				  meta_kind_name(map));
	out->sysctls = mem_array(r->a, map->count, sizeof(*out->sysctls));
	for (size_t i = 0; i < map->count; i++) {
		const char *name = map->keys[i]->text;
		const char *value = "";

		if (!model_names_made_of(name, "._-") || *name == '.' || strstr(name, "..") ||
		    !strchr(name, '.'))
			status = meta_error(r->d, &map->keys[i]->loc,
					    "cannot use sysctl \"%.64s\": expected a name as "
					    "kernel.panic",
					    name);
		status |= meta_text(map->items[i], name, &value, r->d);
		if (strchr(value, '\n') || strlen(value) > 256)
			status = meta_error(r->d, &map->items[i]->loc,
					    "cannot use sysctl %s: expected one short line", name);
		out->sysctls[out->sysctl_count++] = mem_printf(r->a, "%s=%s", name, value);
	}
	qsort(out->sysctls, out->sysctl_count, sizeof(*out->sysctls), by_text);
	return status;
}

static int read_kind(const struct reader *r, const struct meta_node *root, struct model_image *out)
{
	const struct meta_node *model = meta_get(root, "model");
	int kind = MODEL_KIND_NONE;

	if (model && model_reader_word(r, model, "model", model_words_kinds, &kind))
		return -1;
	out->kind = (enum model_kind)kind;
	return 0;
}

static int read_name(const struct reader *r, const struct meta_node *root,
		     struct model_image *image)
{
	if (model_reader_need_text(r, root, "image", &image->name))
		return -1;
	if (!model_names_is_volume(image->name))
		return meta_error(
			r->d, &meta_get(root, "image")->loc,
			"cannot use \"%.64s\" as the name of an image: expected 2 to 63 letters, "
			"digits and hyphens, the first no hyphen",
			image->name);
	return 0;
}

/* Connections, snaps and apps are compared with each other: so many are done in no time. */
static int check_counts(const struct reader *r, const struct meta_node *root)
{
	int status = 0;

	for (size_t i = 0; i < root->count; i++)
		if (root->items[i]->count > ITEMS_MAX)
			status = meta_error(r->d, &root->items[i]->loc,
					    "cannot use %s: %zu entries (%u at most)",
					    root->keys[i]->text, root->items[i]->count, ITEMS_MAX);
	return status;
}

int model_image_read(const struct reader *r, const struct meta_node *root, struct image_file *out,
		     struct model_image *image)
{
	static const struct reader_keys keys = { used_keys, later_keys, true };
	struct reader strict = *r;
	int status;

	/* Our own format: what a later version brings is refused in a check too. */
	strict.building = true;
	strict.policy = false;
	r = &strict;
	status = model_reader_map(r, root, "image.yaml", &keys);
	*out = (struct image_file){ 0 };
	image->loc = root->loc;
	if (root->kind != META_MAP || check_counts(r, root))
		return -1;
	out->root = root;
	/* Each of these tells its errors, whatever the others found. */
	status |= read_name(r, root, image);
	/* What only one of them may have is not refused, when it may be one. */
	if (model_reader_bool(r, root, "development", &image->development)) {
		image->development = true;
		out->policy_unread = true;
	}
	status |= model_reader_text(r, root, "board", &out->board);
	status |= model_reader_text(r, root, "gadget", &out->gadget);
	status |= model_reader_text(r, root, "base", &out->base);
	out->policy_unread |= (read_accept(r, root, image) | read_allow_reserved(r, root, image) |
			       read_sysctls(r, root, image)) != 0;
	status |= read_keep_setuid(r, root, image) | -out->policy_unread;
	out->kind_unread = read_kind(r, root, image) != 0;
	status |= read_snaps(r, root, image->development, out);
	out->connections = meta_get(root, "connections");
	out->run_as = meta_get(root, "run-as");
	out->namespaces = meta_get(root, "namespaces");
	out->process = meta_get(root, "process");
	out->interactive = meta_get(root, "interactive");
	out->users = meta_get(root, "users");
	out->store_ids = meta_get(root, "store-ids");
	out->privileged = meta_get(root, "privileged");
	out->needs = meta_get(root, "needs");
	return status || out->kind_unread ? -1 : 0;
}
