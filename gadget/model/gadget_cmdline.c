/* SPDX-License-Identifier: Apache-2.0 */
/* What a gadget says of the kernel's command line: kernel-cmdline, and files of old. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "str.h"
#include "volume.h"

#define FILE_MAX 65536

/* --- one argument ---------------------------------------------------------------------------- */

/* The length of one argument: up to a blank outside of double quotes. -1: a quote is open. */
static long argument_length(const char *text)
{
	bool quoted = false;
	long n = 0;

	for (; text[n] && (quoted || !strchr(" \t\n", text[n])); n++)
		quoted ^= text[n] == '"';
	return quoted ? -1 : n;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* A word with quotes around it, or without any: what is in them. NULL when it is neither. */
static const char *unquote(struct mem_arena *a, const char *word, size_t len, bool *quoted)
{
	bool around = len >= 2 && word[0] == '"' && word[len - 1] == '"';
	const char *inner = mem_strndup(a, word + around, len - 2u * around);

	*quoted = *quoted || around;
	return strchr(inner, '"') ? NULL : inner;
}

/* "PARAM", "PARAM=VALUE", each of them may be quoted. */
static int parse_argument(const struct reader *r, const struct meta_node *n, const char *key,
			  struct model_kernel_arg *out)
{
	const char *text;
	size_t len;
	size_t name;

	if (meta_text(n, key, &text, r->d))
		return -1;
	len = strlen(text);
	out->loc = n->loc;
	name = *text == '"' ? strcspn(text + 1, "\"") + 2 : strcspn(text, "=");
	if (*text && is_printable(text) && argument_length(text) == (long)len && name <= len &&
	    (name == len || text[name] == '=')) {
		out->param = unquote(r->a, text, name, &out->quoted);
		out->value = name < len
				     ? unquote(r->a, text + name + 1, len - name - 1, &out->quoted)
				     : "";
		if (out->param && *out->param && out->value)
			return 0;
	}
	return meta_error(r->d, &n->loc,
			  "cannot use %s \"%.200s\": expected one kernel argument, PARAM or "
			  "PARAM=VALUE, values with blanks in double quotes",
			  key, text);
}

/* In a pattern "*" alone stands for any value. */
static int check_glob(const struct reader *r, const struct meta_node *n, const char *key,
		      const struct model_kernel_arg *arg)
{
	if (arg->quoted || str_eq(arg->value, "*") || !strpbrk(arg->value, "*?[]\\{}"))
		return 0;
	return meta_error(r->d, &n->loc,
			  "cannot use %s \"%.200s\": pattern characters are not in quotes", key,
			  n->text);
}

/* "ttyS0" of "ttyS0,115200", below /dev. */
static void add_console(const struct reader *r, struct model_gadget *g, const char *value)
{
	size_t len = strcspn(value, ",\" \t");

	if (!len)
		return;
	g->consoles = mem_grow(r->a, g->consoles, g->console_count, &g->console_room,
			       sizeof(*g->consoles));
	g->consoles[g->console_count++] = mem_printf(r->a, "/dev/%.*s", (int)len, value);
}

static void add_consoles(const struct reader *r, struct model_gadget *g,
			 const struct model_kernel_args *args)
{
	for (size_t i = 0; i < args->count; i++)
		if (args->items[i].param && args->items[i].value &&
		    str_eq(args->items[i].param, "console"))
			add_console(r, g, args->items[i].value);
}

static int read_arguments(const struct reader *r, const struct meta_node *map, const char *key,
			  bool pattern, struct model_kernel_args *out)
{
	const struct meta_node *list = model_gadget_value(map, key);
	int status = 0;

	if (!list)
		return 0;
	if (model_gadget_list(r, list, key))
		return -1;
	out->items = mem_array(r->a, list->count, sizeof(*out->items));
	out->count = list->count;
	for (size_t i = 0; i < list->count; i++) {
		if (parse_argument(r, list->items[i], key, &out->items[i]))
			status = -1;
		else if (pattern)
			status |= check_glob(r, list->items[i], key, &out->items[i]);
	}
	return status;
}

int model_gadget_read_cmdline(const struct reader *r, const struct meta_node *root,
			      struct model_gadget *out)
{
	static const char *const used[] = { "allow", "append", "remove", NULL };
	static const struct reader_keys keys = { used, NULL, false };
	const struct meta_node *map = model_gadget_value(root, "kernel-cmdline");
	int status;

	if (!map)
		return 0;
	if (model_reader_map(r, map, "kernel-cmdline", &keys))
		return -1;
	status = read_arguments(r, map, "allow", true, &out->allow) |
		 read_arguments(r, map, "append", false, &out->append) |
		 read_arguments(r, map, "remove", true, &out->remove);
	/* What may be added later is the kernel's then. */
	add_consoles(r, out, &out->allow);
	add_consoles(r, out, &out->append);
	return status;
}

/* --- cmdline.extra, cmdline.full ------------------------------------------------------------- */

/* What the system itself decides. */
static bool is_reserved(const char *arg, size_t len)
{
	static const char *const names[] = { "root", "nfsroot", "init" };
	static const char *const free_names[] = { "snapd_system_disk", "snapd.debug" };
	size_t name = strcspn(arg, "=");

	name = name < len ? name : len;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == name && strncmp(arg, names[i], name) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(free_names); i++)
		if (strlen(free_names[i]) == name && strncmp(arg, free_names[i], name) == 0)
			return false;
	return name >= 5 && strncmp(arg, "snapd", 5) == 0;
}

static int check_line(const struct reader *r, const char *line, const struct meta_loc *start,
		      struct model_gadget *g)
{
	const char *at = line + strspn(line, " \t");
	int status = 0;

	/* A line of comment. */
	if (*at == '#')
		return 0;
	while (*at) {
		struct meta_loc loc = *start;
		long len = argument_length(at);

		loc.col = (unsigned)(at - line) + 1;
		if (len < 0)
			return meta_error(r->d, &loc,
					  "cannot use kernel arguments: a quote is not closed");
		if (is_reserved(at, (size_t)len))
			status = meta_error(
				r->d, &loc,
				"cannot use kernel argument \"%.*s\": the system sets it",
				(int)(len > 64 ? 64 : len), at);
		if (str_starts(at + (*at == '"'), "console="))
			add_console(r, g, at + (*at == '"') + strlen("console="));
		at += len;
		at += strspn(at, " \t");
	}
	return status;
}

static int check_file(const struct reader *r, const char *path, const char *name,
		      struct model_gadget *g)
{
	struct meta_loc loc = { .file = name, .line = 1 };
	struct err e = { 0 };
	size_t len;
	CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	CLEANUP_FREE char *text = NULL;
	int status = 0;

	if (fd < 0)
		return err_sys(&e, "cannot open %s", name) ? meta_fail(r->d, &loc, &e) : 0;
	text = fd_read_all(fd, name, FILE_MAX, &len, &e);
	if (!text)
		return meta_fail(r->d, &loc, &e);
	for (const char *at = text; *at; loc.line++) {
		size_t n = strcspn(at, "\n");
		const char *line = mem_strndup(r->a, at, n);

		loc.col = 1;
		if (strspn(line, "\t") < n && !is_printable(line + strspn(line, "\t")))
			status =
				meta_error(r->d, &loc,
					   "cannot use kernel arguments: expected printable ASCII");
		else
			status |= check_line(r, line, &loc, g);
		at += n + (at[n] == '\n');
	}
	return status;
}

int model_gadget_check_files(const struct reader *r, const char *dir, const char *name,
			     struct model_gadget *g)
{
	static const char *const files[] = { "cmdline.extra", "cmdline.full" };
	struct meta_loc loc = { .file = name };
	size_t found = 0;
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *path = mem_printf(r->a, "%s/%s", dir, files[i]);
		struct stat st;

		if (lstat(path, &st))
			continue;
		found++;
		g->cmdline_file = files[i];
		loc.file = mem_printf(r->a, "%s/%s", name, files[i]);
		status |= check_file(r, path, loc.file, g);
		if (g->allow.count || g->append.count || g->remove.count)
			meta_warn(r->d, &loc,
				  "cannot use %s: kernel-cmdline of gadget.yaml replaces it",
				  files[i]);
	}
	if (found == ARRAY_SIZE(files))
		status = meta_error(r->d, &loc, "cannot use %s: there is a %s too", files[1],
				    files[0]);
	return status;
}
