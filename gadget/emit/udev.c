/* SPDX-License-Identifier: Apache-2.0 */
/* rules.d/70-snap.NAME.rules: tags what a slot means, names it, and runs the helper. */
#include "udev.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "guard.h"
#include "pack.h"
#include "plan.h"
#include "udev_tag.h"

#define HELPER "/usr/lib/bulkhead/bulkhead-device"

/* What may be compared; named: with "{name}" behind it. */
static const struct match_key {
	const char *name;
	bool named;
} keys[] = {
	{ "KERNEL", false }, { "KERNELS", false }, { "SUBSYSTEM", false }, { "SUBSYSTEMS", false },
	{ "DRIVER", false }, { "DRIVERS", false }, { "ATTR", true },	   { "ATTRS", true },
	{ "ENV", true },     { "TEST", false },
};

static const struct match_key *find_key(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == len && strncmp(keys[i].name, text, len) == 0)
			return &keys[i];
	return NULL;
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	while (isascii(p[n]) &&
	       (isalnum((unsigned char)p[n]) || strchr("_.:/-", p[n] ? p[n] : '"')))
		n++;
	return n;
}

/* Behind one KEY=="value", or NULL. */
static const char *skip_match(const char *p)
{
	size_t len = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const struct match_key *key = find_key(p, len);

	if (!key)
		return NULL;
	p += len;
	if (key->named) {
		len = *p == '{' ? name_length(p + 1) : 0;
		if (!len || p[1 + len] != '}')
			return NULL;
		p += len + 2;
	}
	if ((p[0] != '=' && p[0] != '!') || p[1] != '=' || p[2] != '"')
		return NULL;
	p += 3;
	while (*p != '"') {
		if ((unsigned char)*p < 0x20 || strchr("\\$%", *p))
			return NULL;
		p++;
	}
	return p + 1;
}

bool emit_udev_match_valid(const char *text)
{
	const char *p = skip_match(text);

	while (p && str_starts(p, ", "))
		p = skip_match(p + 2);
	return p && *p == '\0';
}

static bool import_valid(const char *text)
{
	static const struct {
		const char *key, *bytes;
	} kinds[] = {
		{ ", IMPORT{builtin}=\"", "abcdefghijklmnopqrstuvwxyz_" },
		{ ", IMPORT{parent}=\"", "ABCDEFGHIJKLMNOPQRSTUVWXYZ_" },
	};
	const char *p = skip_match(text);

	while (p && str_starts(p, ", ") && !str_starts(p, ", IMPORT"))
		p = skip_match(p + 2);
	for (size_t i = 0; p && i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].key);

		if (str_starts(p, kinds[i].key) && strspn(p + len, kinds[i].bytes))
			return str_eq(p + len + strspn(p + len, kinds[i].bytes), "\"");
	}
	return false;
}

int emit_udev_check_import(const struct policy_rule *r, struct meta_diag *d)
{
	if (!GUARD(emit_udev) || import_valid(r->text))
		return 0;
	return meta_error(d, &r->loc,
			  "cannot use udev import '%s': expected matches and one import of a "
			  "builtin or of the parent's property",
			  r->text);
}

int emit_udev_check(const struct policy_rule *r, struct meta_diag *d)
{
	if (!GUARD(emit_udev) || emit_udev_match_valid(r->text))
		return 0;
	return meta_error(d, &r->loc,
			  "cannot use udev match '%s': expected KEY==\"value\" joined by \", \"",
			  r->text);
}

#define DEVICES_OF_PATTERN 64u

/* True for a match of a node by its whole name. Of a pattern nobody knows how many there will be.
 */
static bool is_one(const char *match)
{
	static const char *const by_name[] = { "KERNEL==\"", "ENV{DEVNAME}==\"" };

	for (size_t i = 0; i < ARRAY_SIZE(by_name); i++) {
		const char *name = strstr(match, by_name[i]);

		name = name ? name + strlen(by_name[i]) : NULL;
		if (name && name[strcspn(name, "\"*?[|")] == '"')
			return true;
	}
	return false;
}

uint32_t emit_udev_devices(const struct policy_slot *slot)
{
	uint32_t n = 0;

	for (size_t i = 0; i < slot->matches.count; i++)
		n += is_one(slot->matches.items[i].text) ? 1 : DEVICES_OF_PATTERN;
	return n;
}

size_t emit_udev_entries(const struct policy_app *app)
{
	size_t n = app->devices.count + PLAN_MAP_SPARE;

	for (size_t i = 0; i < app->slots.count; i++)
		n += 2 * (size_t)emit_udev_devices(&app->slots.items[i]);
	return n;
}

int emit_pack_check_maps(struct pack *k)
{
	int rc = 0;

	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = &k->policy->apps[i];
		size_t n = emit_udev_entries(app);

		if (n > PLAN_MAP_MAX)
			rc = meta_error(
				k->d, &app->slots.items[0].loc,
				"cannot give %s its hardware: a device map for all that its "
				"slots match has %zu entries, expected at most %u",
				app->app->label, n, PLAN_MAP_MAX);
	}
	return rc;
}

/* Of a node that a group may use, by enum policy_access. */
static const char *const modes[] = {
	[POLICY_ACCESS_READ] = "0640",
	[POLICY_ACCESS_WRITE] = "0620",
	[POLICY_ACCESS_READ | POLICY_ACCESS_WRITE] = "0660",
};

static void write_links(const struct policy_slot *slot, struct str *s)
{
	if (slot->link)
		str_printf(s, ", SYMLINK+=\"%s\"", slot->link);
	for (size_t i = 0; i < slot->links.count; i++)
		str_printf(s, ", SYMLINK+=\"%s\"", slot->links.items[i].text);
	str_add(s, "\n");
}

/*
 * With systemd a slot that a daemon requires is a unit, and when it has come, not with each event
 * of it, starts another: not the daemon itself, since jobs of devices replace none, so that one
 * that is back before the daemon has ended would start nothing (retroactively_start_dependencies()
 * of systemd 252).
 */
static const char *wants_of(const struct pack *k, const char *tag, const struct policy_app *app,
			    const struct policy_slot *slot)
{
	if (slot->need != MODEL_NEED_REQUIRED || !model_base_has_systemd(&k->m->image.base))
		return "";
	return mem_printf(k->a,
			  "TAG==\"%s\", TAG+=\"systemd\"\nTAG==\"%s\", ENV{%s}==\"\", "
			  "ENV{SYSTEMD_WANTS}+=\"bulkhead-start@%s.service\"\n",
			  tag, tag, tag, app->app->label);
}

/*
 * An event that takes a tag away is one that TAG== does not match any more, so that the helper
 * would not hear of it: the path of what had the tag is kept in udev's database, as a property with
 * the tag's name. The database goes by numbers: by that path the helper tells another device that
 * has got the number since. A device whose driver lets it go is what it was until it is removed.
 * BULKHEAD_APPS has who the device is tagged for, "!" before those whose slot is nobody else's.
 */
static void write_events(const char *tag, const struct model_app *app,
			 const struct policy_slot *slot, const char *wants, struct str *s)
{
	str_printf(s, "ACTION==\"unbind\", ENV{%s}==\"?*\", TAG+=\"%s\"", tag, tag);
	write_links(slot, s);
	str_printf(s, "%sTAG==\"%s\", ENV{%s}=\"$devpath\"", wants, tag, tag);
	/* Hooks run for the app whose snap they are of: nobody else's. */
	if (!app->hook)
		str_printf(s, ", ENV{BULKHEAD_APPS}+=\"%s%s\"", slot->alone ? "!" : "", app->label);
	str_printf(s, "\nENV{%s}==\"?*\", RUN+=\"%s %s\"\n", tag, HELPER, app->label);
	str_printf(s, "TAG!=\"%s\", ENV{%s}=\"\"\n", tag, tag);
}

static int write_slot(struct pack *k, const struct policy_app *app, const struct policy_slot *slot,
		      struct str *s)
{
	char tag[TAG_MAX + 1];
	struct err e = { 0 };

	if (tag_encode(app->app->label, slot->name, tag, &e))
		return meta_fail(k->d, &slot->loc, &e);
	str_printf(s, "\n# %s: %s\nIMPORT{db}=\"%s\"\n", app->app->label, slot->reason, tag);
	for (size_t i = 0; i < slot->imports.count; i++) {
		if (emit_udev_check_import(&slot->imports.items[i], k->d))
			return -1;
		str_printf(s, "ACTION!=\"remove\", %s\n", slot->imports.items[i].text);
	}
	for (size_t i = 0; i < slot->matches.count; i++) {
		const struct policy_rule *r = &slot->matches.items[i];

		if (emit_udev_check(r, k->d))
			return -1;
		str_printf(s, "ACTION!=\"remove\", %s, TAG+=\"%s\"", r->text, tag);
		if (slot->gid)
			str_printf(s, ", GROUP=\"%" PRIu32 "\", MODE=\"%s\"", slot->gid,
				   modes[slot->access]);
		write_links(slot, s);
	}
	write_events(tag, app->app, slot, wants_of(k, tag, app, slot), s);
	return 0;
}

int emit_pack_udev_text(struct pack *k, const struct model_snap *snap, const char **out)
{
	CLEANUP_STR struct str s = { 0 };
	bool any = false;

	*out = NULL;
	str_printf(&s, "# Hardware of snap %s, written by bulkhead.\n", snap->instance);
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = &k->policy->apps[i];

		if (app->app->snap != snap)
			continue;
		for (size_t j = 0; j < app->slots.count; j++) {
			any = true;
			if (write_slot(k, app, &app->slots.items[j], &s))
				return -1;
		}
	}
	if (any)
		*out = mem_strdup(k->a, str_text(&s));
	return 0;
}

static int write_snap(struct pack *k, const struct model_snap *snap)
{
	const char *path = mem_printf(k->a, "rules.d/70-snap.%s.rules", snap->instance);
	const char *text;

	if (emit_pack_udev_text(k, snap, &text))
		return -1;
	if (!text)
		return 0;
	if (emit_pack_write(k, MANIFEST_KIND_UDEV, path, text, strlen(text)))
		return -1;
	return emit_pack_twin(k, path, text);
}

int emit_pack_udev(struct pack *k)
{
	for (size_t i = 0; i < k->m->snap_count; i++)
		if (write_snap(k, &k->m->snaps[i]))
			return -1;
	return 0;
}
