/* SPDX-License-Identifier: Apache-2.0 */
/* "content:" and "update:" of a structure. */
#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "path.h"
#include "size.h"
#include "str.h"
#include "volume.h"

/* A path in the gadget; its content comes from an author who is not the host's. */
static int check_path(const struct reader *r, const struct meta_node *n, const char *key,
		      bool folder)
{
	const char *text = n->text;
	size_t len = strlen(text);

	if (folder && len > 1 && text[len - 1] == '/')
		text = mem_strndup(r->a, text, len - 1);
	/* "." and "./x": all of the gadget, and a habit. */
	if (folder && str_starts(text, "./"))
		text += 2;
	if (folder && (str_eq(text, ".") || str_eq(text, "/")))
		return 0;
	if (!path_is_clean_relative(text))
		return meta_error(r->d, &n->loc,
				  "cannot use %s \"%.200s\": expected a clean path that stays in "
				  "the gadget",
				  key, n->text);
	return 0;
}

static bool has_up(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += *path == '/')
		if (strcspn(path, "/") == 2 && str_starts(path, ".."))
			return true;
	return false;
}

/* "$kernel:ASSET/PATH": an asset of the kernel's own kernel.yaml, and what to take of it. */
static int check_kernel(const struct reader *r, const struct meta_node *n)
{
	const char *text = n->text + strlen("$kernel:");
	size_t len = strlen(text);
	size_t asset = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-");
	const char *path = text + asset + (text[asset] == '/');

	if (asset && text[asset] == '/' && len > asset + 1) {
		if (text[len - 1] == '/')
			path = mem_strndup(r->a, path, strlen(path) - 1);
		if (!*path || path_is_clean_relative(path))
			return 0;
	}
	if (has_up(text))
		return meta_error(r->d, &n->loc,
				  "cannot use source \"%.200s\": \"..\" leads out of the asset",
				  n->text);
	/* The reference finds out when it has a kernel. */
	return model_reader_wrong(r, &n->loc,
				  "cannot use source \"%.200s\": expected $kernel:ASSET/PATH, the "
				  "path clean",
				  n->text);
}

/* Targets may begin with a slash: the root of the file system that they are written to. */
static int check_target(const struct reader *r, const struct meta_node *n)
{
	const char *text = n->text + strspn(n->text, "/");
	size_t len = strlen(text);

	if (len && text[len - 1] == '/')
		text = mem_strndup(r->a, text, len - 1);
	if (str_starts(text, "./"))
		text += 2;
	if (*text && !str_eq(text, ".") && !path_is_clean_relative(text))
		return meta_error(r->d, &n->loc,
				  "cannot use target \"%.200s\": expected a clean path", n->text);
	return 0;
}

/* Text of a key that must be there and say something. */
static int need(const struct reader *r, const struct meta_node *n, const char *key,
		const char **out)
{
	const struct meta_node *v = model_gadget_value(n, key);

	if (!v)
		return meta_error(r->d, &n->loc, "cannot find key \"%s\"", key);
	if (meta_text(v, key, out, r->d))
		return -1;
	return **out ? 0 : meta_error(r->d, &v->loc, "cannot use %s: it is empty", key);
}

static int read_files(const struct reader *r, const struct meta_node *n, struct model_content *out)
{
	const struct meta_node *unpack = model_gadget_value(n, "unpack");
	int status = 0;

	if (model_gadget_value(n, "image"))
		status = meta_error(r->d, model_gadget_place(n, "image"),
				    "cannot use image: the structure has a file system");
	/* What is meant as an image has none. */
	if (status && !model_gadget_value(n, "source"))
		return -1;
	if (need(r, n, "source", &out->source))
		status = -1;
	else if (str_starts(out->source, "$kernel:"))
		status |= check_kernel(r, meta_get(n, "source"));
	else
		status |= check_path(r, meta_get(n, "source"), "source", true);
	if (status == 0)
		out->kernel = str_starts(out->source, "$kernel:");
	if (need(r, n, "target", &out->target))
		status = -1;
	else
		status |= check_target(r, meta_get(n, "target"));
	return unpack ? status | meta_bool(unpack, "unpack", &out->unpack, r->d) : status;
}

static int read_raw(const struct reader *r, const struct meta_node *n, struct model_content *out)
{
	static const char *const files[] = { "source", "target" };
	const struct meta_node *unpack = model_gadget_value(n, "unpack");
	int status = unpack ? meta_bool(unpack, "unpack", &out->unpack, r->d) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (model_gadget_value(n, files[i]))
			status |= meta_error(r->d, model_gadget_place(n, files[i]),
					     "cannot use %s: the structure has no file system",
					     files[i]);
	/* What is meant as files has no image. */
	if (!status || model_gadget_value(n, "image"))
		status |= need(r, n, "image", &out->image) ||
			  check_path(r, meta_get(n, "image"), "image", false);
	return status | model_size_read(r, n, "offset", &out->offset, &out->has_offset) |
	       model_size_read(r, n, "size", &out->size, NULL);
}

/* The whole of a boot partition of the eMMC. */
static int check_emmc(const struct reader *r, const struct meta_node *n)
{
	static const char *const sizes[] = { "offset", "size" };
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (model_gadget_value(n, sizes[i]))
			status = meta_error(r->d, model_gadget_place(n, sizes[i]),
					    "cannot use %s: the volume's schema is emmc", sizes[i]);
	return status;
}

static int read_one(const struct reader *r, const struct meta_node *n, const struct model_volume *v,
		    const struct model_structure *s, struct model_content *out)
{
	static const char *const used[] = { "source", "target", "image", "offset",
					    "size",   "unpack", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	bool files = s->fs != MODEL_FS_NONE;

	out->loc = n->loc;
	if (model_reader_map(r, n, "content", &keys))
		return -1;
	/* Still open: what the content is tells. */
	if (s->partial_fs)
		files = model_gadget_value(n, "source") != NULL;
	if (files)
		return read_files(r, n, out);
	return read_raw(r, n, out) | (v->schema == MODEL_SCHEMA_EMMC ? check_emmc(r, n) : 0);
}

static int by_text(const void *pa, const void *pb)
{
	const struct meta_node *a = *(const struct meta_node *const *)pa;
	const struct meta_node *b = *(const struct meta_node *const *)pb;
	int order = strcmp(a->text, b->text);

	if (order == 0)
		order = (a->loc.line > b->loc.line) - (a->loc.line < b->loc.line);
	return order ? order : (a->loc.col > b->loc.col) - (a->loc.col < b->loc.col);
}

/* Each after the first of its text. */
static int check_twice(const struct reader *r, const struct meta_node *list)
{
	struct meta_node **sorted = mem_array(r->a, list->count, sizeof(struct meta_node *));
	int status = 0;

	memcpy(sorted, list->items, list->count * sizeof(struct meta_node *));
	qsort(sorted, list->count, sizeof(struct meta_node *), by_text);
	for (size_t i = 1; i < list->count; i++)
		if (str_eq(sorted[i - 1]->text, sorted[i]->text))
			status = meta_error(r->d, &sorted[i]->loc,
					    "cannot use preserve: \"%.200s\" is there twice",
					    sorted[i]->text);
	return status;
}

static int read_preserve(const struct reader *r, const struct meta_node *update,
			 struct model_structure *out)
{
	const struct meta_node *list = model_gadget_value(update, "preserve");
	struct model_reader_texts texts;
	int status = 0;

	if (!list)
		return 0;
	if (model_gadget_list(r, list, "preserve") ||
	    model_reader_texts(r, update, "preserve", &texts))
		return -1;
	out->preserve = texts.items;
	out->preserve_count = texts.count;
	if (texts.count == 0)
		return 0;
	status = check_twice(r, list);
	if (out->fs == MODEL_FS_NONE && !out->partial_fs)
		status = meta_error(r->d, &list->loc,
				    "cannot use preserve: the structure has no file system");
	return status;
}

/* The reference reads its text: quotes mean nothing, and a base has no prefix. */
static int read_edition(const struct reader *r, const struct meta_node *n,
			struct model_structure *out)
{
	const char *text;
	uint64_t number = 0;

	if (!n)
		return 0;
	if (meta_text(n, "edition", &text, r->d))
		return -1;
	if (num_parse(text, 0, UINT32_MAX, &number, NULL))
		return meta_error(r->d, &n->loc,
				  "cannot use edition \"%.64s\": expected a number from 0 to %u",
				  text, UINT32_MAX);
	out->edition = (uint32_t)number;
	return 0;
}

static int read_update(const struct reader *r, const struct meta_node *n,
		       struct model_structure *out)
{
	static const char *const used[] = { "edition", "preserve", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *update = model_gadget_value(n, "update");
	int status;

	if (!update)
		return 0;
	if (model_reader_map(r, update, "update", &keys))
		return -1;
	status = read_edition(r, model_gadget_value(update, "edition"), out);
	return status | read_preserve(r, update, out);
}

int model_content_read(const struct reader *r, const struct meta_node *n,
		       const struct model_volume *v, struct model_structure *out)
{
	const struct meta_node *list = model_gadget_value(n, "content");
	int status = 0;

	if (list) {
		if (model_gadget_list(r, list, "content"))
			return -1;
		out->content = mem_array(r->a, list->count, sizeof(*out->content));
		out->content_count = list->count;
		for (size_t i = 0; i < list->count; i++)
			if (read_one(r, list->items[i], v, out, &out->content[i])) {
				out->content[i].unread = true;
				status = -1;
			}
		status |= model_content_fit(r, out, NULL);
	}
	return status | read_update(r, n, out);
}
