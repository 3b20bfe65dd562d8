/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding: files of sysfs whose place only the running board knows. */
#include <string.h>

#include "files.h"
#include "path.h"
#include "rules.h"
#include "str.h"

#define PLACE "/run/slot"

static const char *const access_words[] = {
	[POLICY_ACCESS_READ] = "r",
	[POLICY_ACCESS_WRITE] = "w",
	[POLICY_ACCESS_READ | POLICY_ACCESS_WRITE] = "rw",
};

/* By the name after /sys/class/ or /sys/bus/: the board knows where its devices of that class lie.
 */
static const char *board_prefix(const struct model_board *board, const char *link)
{
	const char *class = strchr(link + strlen("/sys/"), '/') + 1;
	size_t len = strcspn(class, "/");

	for (size_t i = 0; i < board->prefix_count; i++)
		if (strlen(board->prefixes[i].class) == len &&
		    strncmp(board->prefixes[i].class, class, len) == 0)
			return board->prefixes[i].path;
	return "";
}

static bool is_listed(const char *path)
{
	return path_is_clean(path) &&
	       (str_starts(path, "/sys/class/") || str_starts(path, "/sys/bus/"));
}

static bool is_file(const char *name)
{
	return path_is_clean_relative(name) && !strchr(name, '/');
}

static int check(struct rules_joint *j, const struct model_late *from, const struct policy_late *l)
{
	if (!is_listed(l->link) || (*l->subdir && !path_is_clean_relative(l->subdir)) ||
	    (*l->prefix && (!path_is_clean(l->prefix) || !str_starts(l->prefix, "/sys/devices/"))))
		return meta_error(j->b->d, &from->loc,
				  "cannot use late binding of \"%s\" below \"%s\": expected clean "
				  "paths below /sys/class or /sys/bus and /sys/devices",
				  l->link, l->prefix);
	if ((*l->export_file || *l->export_value) &&
	    !(is_listed(l->export_file) && *l->export_value))
		return meta_error(j->b->d, &from->loc,
				  "cannot export \"%s\" by \"%s\": expected a value, and a clean "
				  "path below /sys/class or /sys/bus",
				  l->export_value, l->export_file);
	return 0;
}

static void add_rule(struct rules_joint *j, const struct policy_late *l, const char *path,
		     const struct meta_loc *loc)
{
	const char *text = mem_printf(j->b->a, "%s %s,", path, access_words[l->access]);

	policy_rules_add(j->b->a, &j->app->apparmor,
			 &(struct policy_rule){ text, *loc, j->reason, true });
}

/* The file's place, which the profile names, and its own name below the prefix. */
static int add_file(struct rules_joint *j, struct policy_late *l, const struct policy_rule *file)
{
	const char *path = mem_printf(j->b->a, PLACE "/%s/%s", l->slot, file->text);
	const struct policy_mount place = { .op = POLICY_MOUNT_FILE,
					    .source = "",
					    .target = path + 1,
					    .reason = j->reason,
					    .loc = l->loc };

	if (!is_file(file->text))
		return meta_error(j->b->d, &file->loc, "cannot use file \"%s\": expected a name",
				  file->text);
	for (size_t i = 0; i < j->app->late.count; i++) {
		const struct policy_late *old = &j->app->late.items[i];

		for (size_t k = 0; k < old->file_count; k++)
			if (str_eq(old->slot, l->slot) && str_eq(old->files[k], file->text))
				return meta_error(j->b->d, &l->loc,
						  "cannot bind \"%s\" at \"%s\": \"%s\" is there",
						  l->link, path, old->link);
	}
	l->files[l->file_count++] = file->text;
	add_rule(j, l, path, &file->loc);
	if (l->in_place && *l->prefix)
		add_rule(j, l,
			 mem_printf(j->b->a, "%s/{,**/}%s%s%s/%s", l->prefix, path_base(l->link),
				    *l->subdir ? "/" : "", l->subdir, file->text),
			 &file->loc);
	policy_rules_place(j->b, &place, j->app);
	return 0;
}

static int add_files(struct rules_joint *j, const struct model_late *from, struct policy_late *l)
{
	struct policy_rules files = { 0 };

	if (policy_rules_expand(&j->x, &from->files, EXPAND_PATH, j->reason, &files))
		return -1;
	l->files = mem_array(j->b->a, files.count, sizeof(*l->files));
	for (size_t i = 0; i < files.count; i++)
		if (add_file(j, l, &files.items[i]))
			return -1;
	return 0;
}

/* Another plug of the app has brought it already. */
static bool is_known(const struct policy_app *app, const struct policy_late *l)
{
	for (size_t i = 0; i < app->late.count; i++)
		if (app->late.items[i].end == l->end && app->late.items[i].from == l->from)
			return true;
	return false;
}

int policy_rules_group_late(struct rules_joint *j, const struct model_late *from)
{
	struct policy_lates *to = &j->app->late;
	struct policy_late l = { .slot = j->slot->name,
				 .access = from->access,
				 .in_place = from->in_place,
				 .optional = from->optional,
				 .from = from,
				 .end = j->slot,
				 .reason = j->reason,
				 .loc = j->loc };

	if (is_known(j->app, &l))
		return 0;
	if (policy_rules_one(&j->x, &from->link, EXPAND_PATH, &l.link) ||
	    policy_rules_one(&j->x, &from->subdir, EXPAND_PATH, &l.subdir) ||
	    policy_rules_one(&j->x, &from->prefix, EXPAND_PATH, &l.prefix) ||
	    policy_rules_one(&j->x, &from->export_file, EXPAND_PATH, &l.export_file) ||
	    policy_rules_one(&j->x, &from->export_value, EXPAND_PATH, &l.export_value) ||
	    check(j, from, &l))
		return -1;
	if (!*l.prefix)
		l.prefix = board_prefix(&j->b->m->board, l.link);
	/* Without an image no board was asked: the files have their places on any. */
	if ((*l.prefix || j->b->m->bare) && add_files(j, from, &l))
		return -1;
	to->items = mem_grow(j->b->a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = l;
	return 0;
}
