/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

#include <string.h>

#include "files.h"
#include "names.h"
#include "path.h"
#include "str.h"

/* As long as the kernel shows one: GPIO_MAX_NAME_SIZE of include/uapi/linux/gpio.h. */
#define LABEL_MAX 31u

static const struct model_reader_word arches[] = {
	{ "arm64", 0 }, { "armhf", 1 }, { "amd64", 2 }, { NULL, 0 }
};

static int read_arches(const struct reader *r, const struct meta_node *root,
		       struct model_board *out)
{
	const struct meta_node *arch = meta_get(root, "arch");
	const struct meta_node *compat = meta_get(root, "compat");
	int status = 0;
	int ignored;

	if (!arch)
		status = meta_error(r->d, &root->loc, "cannot find key \"arch\"");
	else if (model_reader_word(r, arch, "arch", arches, &ignored))
		status = -1;
	else
		out->arch = arch->text;
	if (!compat || compat->kind == META_NULL)
		return status;
	if (model_reader_word(r, compat, "compat", arches, &ignored))
		return -1;
	out->compat = compat->text;
	if (out->arch && str_eq(out->arch, out->compat))
		return meta_error(r->d, &compat->loc, "cannot use compat: the same as arch");
	return status;
}

/* One line of printable text: it goes to the kernel's command line and extlinux.conf. */
static int check_line(const struct reader *r, const struct meta_node *n, const char *key)
{
	for (const char *p = n ? n->text : ""; *p; p++)
		if (*p < ' ' || *p > '~')
			return meta_error(r->d, &n->loc, "cannot use %s: expected printable ASCII",
					  key);
	return 0;
}

static int check_kernel(const struct reader *r, const struct meta_node *n)
{
	const char *star = strchr(n->text, '*');

	if (!path_is_clean_relative(n->text) || (star && strchr(star + 1, '*')))
		return meta_error(
			r->d, &n->loc,
			"cannot use kernel \"%.200s\": expected a clean relative path with "
			"at most one \"*\"",
			n->text);
	return 0;
}

static int read_texts(const struct reader *r, const struct meta_node *root, struct model_board *out)
{
	int status = 0;

	if (model_reader_need_text(r, root, "board", &out->name))
		status = -1;
	else if (!model_names_is_volume(out->name))
		status = meta_error(r->d, &meta_get(root, "board")->loc,
				    "cannot use \"%.64s\" as the name of a board: expected two or "
				    "more letters, digits and hyphens, no hyphen first",
				    out->name);
	if (model_reader_need_text(r, root, "console", &out->console))
		status = -1;
	else if (!model_names_made_of(out->console, ",_-"))
		status = meta_error(
			r->d, &meta_get(root, "console")->loc,
			"cannot use console \"%.64s\": expected a device as ttyS0,115200",
			out->console);
	if (model_reader_text(r, root, "cmdline", &out->cmdline) ||
	    check_line(r, meta_get(root, "cmdline"), "cmdline"))
		status = -1;
	if (model_reader_need_text(r, root, "kernel", &out->kernel) ||
	    check_kernel(r, meta_get(root, "kernel")))
		status = -1;
	return status;
}

static int read_lists(const struct reader *r, const struct meta_node *root, struct model_board *out)
{
	const struct meta_node *modules = meta_get(root, "modules");
	const struct meta_node *qemu = meta_get(root, "qemu");
	struct model_reader_texts texts;
	int status = 0;

	status = model_reader_texts(r, root, "modules", &texts);
	out->modules = texts.items;
	out->module_count = texts.count;
	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i] && !model_names_made_of(texts.items[i], "_-"))
			status = meta_error(r->d, &modules->items[i]->loc,
					    "cannot use module \"%.64s\": expected its name alone",
					    texts.items[i]);
	status |= model_reader_texts(r, root, "qemu", &texts);
	out->qemu = texts.items;
	out->qemu_count = texts.count;
	/* One argument a line in boot.args. */
	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i] && !*texts.items[i])
			status = meta_error(r->d, &qemu->items[i]->loc,
					    "cannot use qemu: expected arguments that are not "
					    "empty");
		else if (texts.items[i])
			status |= check_line(r, qemu->items[i], "qemu");
	return status;
}

/* "ttyS0,115200" of "console=ttyS0,115200", which may be said several times. */
static void add_consoles(const struct reader *r, struct model_board *out)
{
	const char *text =
		mem_printf(r->a, "console=%s %s", out->console ? out->console : "", out->cmdline);

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t word = strcspn(text, " "), name;

		if (str_starts(text, "console=")) {
			name = strcspn(text + strlen("console="), ", ");
			out->reserved[out->reserved_count++] =
				(struct model_reserved){ mem_printf(r->a, "/dev/%.*s", (int)name,
								    text + strlen("console=")),
							 true };
		}
		text += word;
	}
}

static int read_reserved(const struct reader *r, const struct meta_node *root,
			 struct model_board *out)
{
	const struct meta_node *list = meta_get(root, "reserved");
	struct model_reader_texts texts;
	int status = model_reader_texts(r, root, "reserved", &texts);

	/* No more consoles than letters of the command line. */
	out->reserved =
		mem_array(r->a, texts.count + 1 + strlen(out->cmdline), sizeof(*out->reserved));
	add_consoles(r, out);
	for (size_t i = 0; i < texts.count; i++) {
		if (!texts.items[i])
			continue;
		if (!path_is_clean(texts.items[i]) || !path_is_below(texts.items[i], "/dev") ||
		    strpbrk(texts.items[i], "*?["))
			status = meta_error(
				r->d, &list->items[i]->loc,
				"cannot use reserved \"%.200s\": expected a node below /dev",
				texts.items[i]);
		out->reserved[out->reserved_count++] =
			(struct model_reserved){ texts.items[i], false };
	}
	return status;
}

bool model_board_is_prefix(const char *path)
{
	return path_is_clean(path) && str_starts(path, "/sys/devices/") &&
	       model_names_made_of(path, "/._:@+-");
}

bool model_board_is_label(const char *text)
{
	return *text && strlen(text) <= LABEL_MAX && model_names_made_of(text, "/._:@+-");
}

static int read_chips(const struct reader *r, const struct meta_node *root, struct model_board *out)
{
	const struct meta_node *list = meta_get(root, "gpio-chips");
	struct model_reader_texts texts;
	int status = model_reader_texts(r, root, "gpio-chips", &texts);

	out->chips = texts.items;
	out->chip_count = texts.count;
	for (size_t i = 0; i < texts.count; i++)
		if (texts.items[i] && !model_board_is_label(texts.items[i]))
			status =
				meta_error(r->d, &list->items[i]->loc,
					   "cannot use gpio-chips \"%.64s\": expected the label of "
					   "a chip",
					   texts.items[i]);
	return status;
}

/* Map CLASS to path. */
static int read_prefixes(const struct reader *r, const struct meta_node *root,
			 struct model_board *out)
{
	const struct meta_node *map = meta_get(root, "sysfs-prefixes");
	int status = 0;

	if (!map || map->kind == META_NULL)
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use sysfs-prefixes: expected a map");
	out->prefixes = mem_array(r->a, map->count, sizeof(*out->prefixes));
	for (size_t i = 0; i < map->count; i++) {
		struct model_sysfs_prefix *p = &out->prefixes[out->prefix_count++];

		p->class = map->keys[i]->text;
		if (!model_names_made_of(p->class, "_-"))
			status = meta_error(r->d, &map->keys[i]->loc,
					    "cannot use class \"%.64s\": expected a name below "
					    "/sys/class or /sys/bus",
					    p->class);
		if (meta_text(map->items[i], p->class, &p->path, r->d))
			status = -1;
		else if (!model_board_is_prefix(p->path))
			status = meta_error(r->d, &map->items[i]->loc,
					    "cannot use prefix \"%.200s\": expected a clean path "
					    "below /sys/devices",
					    p->path);
	}
	return status;
}

int model_read_board(struct mem_arena *a, const struct meta_node *root, const char *dir,
		     struct model_board *out, struct meta_diag *d)
{
	static const char *const used[] = { "board",	"arch",	    "compat",	      "console",
					    "cmdline",	"kernel",   "modules",	      "features",
					    "qemu",	"reserved", "sysfs-prefixes", "gpio-chips",
					    "hardware", NULL };
	static const struct reader_keys keys = { used, NULL, true };
	struct reader r = { .a = a, .d = d, .building = true };
	const char *features = "features";
	int status;

	*out = (struct model_board){ .dir = dir, .cmdline = "", .loc = root->loc };
	status = model_reader_map(&r, root, "board.yaml", &keys);
	if (root->kind != META_MAP)
		return -1;
	/* Each of these tells its errors, whatever the others found. */
	status |= read_texts(&r, root, out);
	status |= read_reserved(&r, root, out);
	status |= read_arches(&r, root, out);
	status |= read_lists(&r, root, out);
	status |= read_prefixes(&r, root, out);
	status |= read_chips(&r, root, out);
	status |= model_board_hardware(&r, root, out);
	if (model_reader_text(&r, root, "features", &features))
		status = -1;
	else if (!path_is_clean_relative(features))
		status = meta_error(
			d, &meta_get(root, "features")->loc,
			"cannot use features \"%.200s\": expected a clean relative path", features);
	out->features = mem_printf(a, "%s/%s", dir, features);
	return status;
}

static int load(const struct reader *r, const struct model_options *o, const char *dir,
		const char *name, struct model_board *out)
{
	const struct meta_node *root =
		meta_load(r->a, mem_printf(r->a, "%s/board.yaml", dir), name, r->d);

	if (!root || model_read_board(r->a, root, dir, out, r->d) || root->faulty)
		return -1;
	if (o->features)
		out->features = o->features;
	return 0;
}

int model_board_load(const struct reader *r, const struct model_options *o, const char *dir,
		     struct model_board *out)
{
	return load(r, o, dir, mem_printf(r->a, "%s/board.yaml", dir), out);
}

int model_board_find(const struct reader *r, const struct model_options *o, const char *board,
		     struct model_board *out)
{
	if (strchr(board, '/'))
		return model_board_load(r, o, board, out);
	return load(r, o, mem_printf(r->a, "%s/boards/%s", o->data, board),
		    mem_printf(r->a, "boards/%s/board.yaml", board), out);
}
