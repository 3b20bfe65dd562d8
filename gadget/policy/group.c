/* SPDX-License-Identifier: Apache-2.0 */
/* A group of an interface, added to one app. */
#include <ctype.h>
#include <string.h>

#include "rules.h"
#include "str.h"
#include "template.h"

/* SOCK_TYPE_MASK of include/linux/net.h: the other bits are SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define TYPE_MASK 15

static void add_apparmor(struct rules_joint *j, const char *text, const struct meta_loc *loc)
{
	policy_rules_add(j->b->a, &j->app->apparmor,
			 &(struct policy_rule){ text, *loc, j->reason, true });
}

static int add_capabilities(struct rules_joint *j, const struct model_group *group)
{
	const struct model_lines *lines = &group->capabilities;
	int rc = 0;

	for (size_t i = 0; i < lines->count; i++) {
		const struct model_line *line = &lines->items[i];
		int number = policy_capability(line->text);

		if (number < 0) {
			rc = meta_error(j->b->d, &line->loc,
					"cannot use capability \"%s\": Linux 6.1 has none of "
					"that name",
					line->text);
			continue;
		}
		j->app->caps |= UINT64_C(1) << number;
		add_apparmor(j, mem_printf(j->b->a, "capability %s,", line->text), &line->loc);
	}
	return rc;
}

static const char *upper(struct mem_arena *a, const char *text)
{
	char *s = mem_strdup(a, text);

	for (char *p = s; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return s;
}

/* "FAMILY TYPE [PROTOCOL]", TYPE "-" for any: one rule for AppArmor, one line for the filter. */
static int add_socket(struct rules_joint *j, const char *text, const struct meta_loc *loc)
{
	struct mem_arena *a = j->b->a;
	char *rest = mem_strdup(a, text);
	const char *family = strsep(&rest, " ");
	const char *type = strsep(&rest, " ");
	const char *protocol = strsep(&rest, " ");
	bool any = type && str_eq(type, "-");
	const char *line;

	if (!type || !*family || !*type || rest)
		return meta_error(j->b->d, loc,
				  "cannot use socket \"%s\": expected FAMILY TYPE [PROTOCOL]",
				  text);
	add_apparmor(j, mem_printf(a, "network %s%s%s,", family, any ? "" : " ", any ? "" : type),
		     loc);
	line = any ? mem_printf(a, "socket AF_%s -", upper(a, family))
		   : mem_printf(a, "socket AF_%s %d|SOCK_%s", upper(a, family), TYPE_MASK,
				upper(a, type));
	if (protocol)
		line = mem_printf(a, "%s %s", line, protocol);
	policy_rules_add(a, &j->app->seccomp, &(struct policy_rule){ line, *loc, j->reason, true });
	return 0;
}

static int add_sockets(struct rules_joint *j, const struct model_group *group)
{
	struct policy_rules found = { 0 };
	int rc = policy_rules_expand(&j->x, &group->sockets, EXPAND_SECCOMP, j->reason, &found);

	for (size_t i = 0; i < found.count; i++)
		rc |= add_socket(j, found.items[i].text, &found.items[i].loc);
	return rc;
}

static int add_binds(struct rules_joint *j, const struct model_group *group)
{
	struct policy_rules found = { 0 };
	int rc = policy_rules_expand(&j->x, &group->binds, EXPAND_PATH, j->reason, &found);

	for (size_t i = 0; i < found.count; i++) {
		const struct model_line bind = { found.items[i].text, found.items[i].loc };

		rc |= policy_rules_bind(j->b, &bind, j->reason, j->app);
	}
	return rc;
}

/* --- mounts and modules ---------------------------------------------------------------------- */

int policy_rules_one(const struct expand *x, const struct model_line *line, enum expand_layer layer,
		     const char **out)
{
	struct expand_texts texts;

	*out = "";
	if (!line->text)
		return 0;
	if (policy_expand_line(x, line, layer, &texts))
		return -1;
	if (texts.count > 1)
		return meta_error(x->d, &line->loc, "cannot use \"%s\": it names a list",
				  line->text);
	*out = texts.count ? texts.items[0] : "";
	return 0;
}

static int add_mount(struct rules_joint *j, const struct model_iface_mount *m)
{
	struct policy_mount share = { .op = POLICY_MOUNT_BIND,
				      .flags = POLICY_MOUNT_NOSUID | POLICY_MOUNT_NODEV |
					       (m->writable ? 0 : POLICY_MOUNT_READONLY),
				      .reason = j->reason,
				      .loc = j->loc };
	struct expand_texts from;
	const char *to;

	if (policy_expand_line(&j->x, &m->from, EXPAND_PATH, &from) ||
	    policy_rules_one(&j->x, &m->to, EXPAND_PATH, &to))
		return -1;
	for (size_t i = 0; i < from.count && *to; i++) {
		const char *base = strrchr(from.items[i], '/');

		share.source = from.items[i];
		share.target = m->below && base ? mem_printf(j->b->a, "%s%s", to, base) : to;
		if (policy_rules_share(j->b, &share, m->below, j->app))
			return -1;
	}
	return 0;
}

static const struct template_word loads[] = { { "on-boot", 0 }, { "dynamic", 1 }, { "denied", 2 } };

static bool module_name(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_' && *s != '-')
			return false;
	return true;
}

static int add_module(struct rules_joint *j, const struct model_module *from)
{
	struct policy_modules *to = &j->app->modules;
	struct policy_module m = { .reason = j->reason, .loc = from->loc, .use = j->loc };
	unsigned ignored;

	if (policy_rules_one(&j->x, &from->name, EXPAND_PATH, &m.name) ||
	    policy_rules_one(&j->x, &from->load, EXPAND_PATH, &m.load) ||
	    policy_rules_one(&j->x, &from->options, EXPAND_UDEV, &m.options) ||
	    policy_rules_one(&j->x, &from->config, EXPAND_PATH, &m.config))
		return -1;
	if (!*m.load)
		m.load = loads[0].word;
	if (!*m.name || !module_name(m.name) ||
	    policy_template_word(loads, ARRAY_SIZE(loads), m.load, &ignored))
		return meta_error(
			j->b->d, &from->loc,
			"cannot use kmod \"%s\", load \"%s\": expected a module's name, and "
			"on-boot, dynamic or denied",
			m.name, m.load);
	for (size_t i = 0; i < to->count; i++)
		if (str_eq(to->items[i].name, m.name) && str_eq(to->items[i].load, m.load) &&
		    str_eq(to->items[i].options, m.options))
			return 0;
	to->items = mem_grow(j->b->a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = m;
	return 0;
}

static int add_maps(struct rules_joint *j, const struct model_group *group)
{
	int rc = 0;

	for (size_t i = 0; i < group->mount_count; i++)
		rc |= add_mount(j, &group->mounts[i]);
	for (size_t i = 0; i < group->module_count; i++)
		rc |= add_module(j, &group->modules[i]);
	return rc;
}

/* --- each ------------------------------------------------------------------------------------ */

const struct model_attr_def *policy_rules_attr(const struct model_end *end, const char *name)
{
	for (size_t i = 0; i < end->variant->attr_count; i++)
		if (str_eq(end->variant->attrs[i].name, name))
			return &end->variant->attrs[i];
	return NULL;
}

/* Does an item have a partner in list other, by the records' refers-to on either side? */
static bool joined(const struct model_end *end, const char *of, const struct meta_node *item,
		   const char *other)
{
	const struct meta_node *list = meta_get(end->attrs, other);

	for (size_t i = 0; list && i < list->count; i++) {
		const struct meta_node *partner = list->items[i];
		bool record = item->kind == META_MAP;
		const struct meta_node *map = record ? item : partner;
		const struct meta_node *path = record ? partner : item;

		if (path->kind == META_SCALAR &&
		    model_attr_refers(policy_rules_attr(end, record ? of : other), map, path->text))
			return true;
	}
	return false;
}

static int add_each(struct rules_joint *j, const struct model_each *each,
		    const struct model_end *end)
{
	const struct model_attr_def *def = policy_rules_attr(end, each->of);
	const struct meta_node *list = meta_get(end->attrs, each->of);
	const struct expand outer = j->x;
	int rc = 0;

	for (size_t i = 0; list && def && i < list->count; i++) {
		const struct meta_node *item = list->items[i];

		if ((each->only && !joined(end, each->of, item, each->only)) ||
		    (each->except && joined(end, each->of, item, each->except)) ||
		    !model_attr_when(def, item, each->when))
			continue;
		if (policy_rules_item_scope(j, def, item, end) ||
		    policy_rules_group(j, &each->group, end))
			rc = -1;
		j->x.count = outer.count;
	}
	return rc;
}

/* --- what the image cannot do ---------------------------------------------------------------- */

/* Policy is also made without an image: then nobody knows. */
static bool base_lacks(const struct rules_joint *j, const char *path)
{
	const struct model_base *base = &j->b->m->image.base;

	return base->count && !model_base_find(base, path);
}

/* Adds "the base has no PATH" for those that it lacks, and counts them. */
static size_t note_lacking(const struct rules_joint *j, const struct model_lines *paths,
			   struct policy_rules *to)
{
	size_t count = 0;

	for (size_t i = 0; i < paths->count; i++) {
		const char *path = paths->items[i].text;

		if (!base_lacks(j, path))
			continue;
		count++;
		policy_rules_add(
			j->b->a, to,
			&(struct policy_rule){
				mem_printf(j->b->a, "%s: the base has no %s", j->reason, path),
				j->loc, j->reason, true });
	}
	return count;
}

/* False when the group is left out. */
static bool check_image(struct rules_joint *j, const struct model_group *group)
{
	if (note_lacking(j, &group->if_base_has, &j->app->left_out))
		return false;
	note_lacking(j, &group->needs, &j->app->missing);
	for (size_t i = 0; i < group->not_yet.count; i++)
		policy_rules_add(
			j->b->a, &j->app->missing,
			&(struct policy_rule){ mem_printf(j->b->a, "%s: not in this version: %s",
							  j->reason, group->not_yet.items[i].text),
					       j->loc, j->reason, true });
	return true;
}

int policy_rules_group(struct rules_joint *j, const struct model_group *group,
		       const struct model_end *end)
{
	struct policy_app *app = j->app;
	int rc;

	if (!check_image(j, group))
		return 0;
	/* Each of these tells its errors, whatever the others found. */
	rc = policy_rules_expand(&j->x, &group->apparmor, EXPAND_APPARMOR, j->reason,
				 &app->apparmor) |
	     policy_rules_expand(&j->x, &group->seccomp, EXPAND_SECCOMP, j->reason, &app->seccomp) |
	     policy_rules_expand(&j->x, &group->bus_names, EXPAND_PATH, j->reason,
				 &app->bus_names) |
	     policy_rules_expand(&j->x, &group->bus_talks, EXPAND_PATH, j->reason,
				 &app->bus_talks) |
	     policy_rules_expand(&j->x, &group->bus_calls, EXPAND_PATH, j->reason,
				 &app->bus_calls) |
	     policy_rules_expand(&j->x, &group->env, EXPAND_PATH, j->reason, &app->env_more) |
	     add_sockets(j, group) | add_capabilities(j, group) |
	     policy_rules_group_devices(j, group) | add_binds(j, group) | add_maps(j, group);
	app->network |= group->network;
	app->delegate |= group->delegate;
	app->attach |= group->attach;
	for (size_t i = 0; i < group->each_count; i++)
		rc |= add_each(j, &group->each[i], end);
	return rc;
}
