/* SPDX-License-Identifier: Apache-2.0 */
/* rules.d/70-snap.NAME.rules: tags what a slot means, names it, and runs the helper. */
#include "udev.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "guard.h"
#include "pack.h"
#include "udev_tag.h"

#define HELPER "/usr/lib/bulkhead/bulkhead-device"

/* What may be compared; named: with "{name}" behind it. */
static const struct match_key {
	const char *name;
	bool named;
} keys[] = {
	{ "KERNEL", false },	 { "KERNELS", false }, { "SUBSYSTEM", false },
	{ "SUBSYSTEMS", false }, { "DRIVER", false },  { "DRIVERS", false },
	{ "ATTR", true },	 { "ATTRS", true },    { "ENV", true },
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

int emit_udev_check(const struct policy_rule *r, struct meta_diag *d)
{
	if (!GUARD(emit_udev) || emit_udev_match_valid(r->text))
		return 0;
	return meta_error(d, &r->loc,
			  "cannot use udev match '%s': expected KEY==\"value\" joined by \", \"",
			  r->text);
}

/* Of a node that a group may use, by enum policy_access. */
static const char *const modes[] = {
	[POLICY_ACCESS_READ] = "0640",
	[POLICY_ACCESS_WRITE] = "0620",
	[POLICY_ACCESS_READ | POLICY_ACCESS_WRITE] = "0660",
};

static int write_slot(struct pack *k, const struct policy_app *app, const struct policy_slot *slot,
		      struct str *s)
{
	char tag[TAG_MAX + 1];
	struct err e = { 0 };

	if (tag_encode(app->app->label, slot->name, tag, &e))
		return meta_fail(k->d, &slot->loc, &e);
	str_printf(s, "\n# %s: %s\n", app->app->label, slot->reason);
	for (size_t i = 0; i < slot->matches.count; i++) {
		const struct policy_rule *r = &slot->matches.items[i];

		if (emit_udev_check(r, k->d))
			return -1;
		str_printf(s, "ACTION!=\"remove\", %s, TAG+=\"%s\"", r->text, tag);
		if (slot->gid)
			str_printf(s, ", GROUP=\"%" PRIu32 "\", MODE=\"%s\"", slot->gid,
				   modes[slot->access]);
		if (slot->link)
			str_printf(s, ", SYMLINK+=\"%s\"", slot->link);
		for (size_t j = 0; j < slot->links.count; j++)
			str_printf(s, ", SYMLINK+=\"%s\"", slot->links.items[j].text);
		str_add(s, "\n");
	}
	/* The tag is in udev's database still when the device goes, so remove runs it too. */
	str_printf(s, "TAG==\"%s\", RUN+=\"%s %s\"\n", tag, HELPER, app->app->label);
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
