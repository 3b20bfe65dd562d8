/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile texts, the places of a row's snaps that they are put into, and what a place that takes
 * one must be like: its twin's text with the bytes, each for itself, in it. A header as
 * iface_rows.h is.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "iface_rows.h"

#define HOSTILE_SPOTS  128
#define HOSTILE_RANDOM 40
#define HOSTILE_LONG   4096
#define HOSTILE_SEED   0x2545f491u

/* More than a byte: what means something in a policy's language, in YAML or in a path. */
static const char *const hostile_pieces[] = {
	"{a,b}",
	"{,/etc/**}",
	"**",
	"/**",
	"[0-9]",
	"[^a]",
	"@{PROC}",
	"@{HOME}/**",
	"%{label}",
	"%{path}",
	"$SNAP",
	"$(reboot)",
	"\\052",
	"\\x2a",
	"\\\"",
	" #",
	"#include",
	"//",
	"/./",
	"/../",
	"/../../etc/",
	"/.",
	"/..",
	"/",
	" rw,",
	",\n/** rw,",
	"}\nprofile x {\n/** rwix,",
	"\" rw,\n\"",
	" -> /etc/",
	"\", RUN+=\"x",
	"\r\n",
	"../",
	"..",
	"=(",
	",bind",
	") peer=(",
	/* Overlong "/" and NUL, a surrogate, an end without a beginning, half of a letter. */
	"\xc0\xaf",
	"\xc0\x80",
	"\xe0\x80\xaf",
	"\xed\xa0\x80",
	"\x80",
	"\xc3",
	/* A right-to-left mark, a space of no width, a letter like a slash. */
	"\xe2\x80\xae",
	"\xe2\x80\x8b",
	"\xe2\x88\x95",
};

/* Texts by number; NULL behind the last one. In the arena. */
static inline const char *hostile_text(struct mem_arena *a, size_t n)
{
	uint32_t seed;
	const char *text = "";
	char *longest;

	/* Every byte but NUL, which no text of a node can hold: the reader refuses it. */
	if (n < 255)
		return mem_printf(a, "%c", (int)n + 1);
	n -= 255;
	if (n < ARRAY_SIZE(hostile_pieces))
		return hostile_pieces[n];
	n -= ARRAY_SIZE(hostile_pieces);
	if (n == HOSTILE_RANDOM) {
		longest = mem_alloc(a, HOSTILE_LONG + 1);
		memset(longest, 'a', HOSTILE_LONG);
		return longest;
	}
	if (n > HOSTILE_RANDOM)
		return NULL;
	seed = HOSTILE_SEED * (uint32_t)(n + 1);
	for (unsigned i = 0; i < 2 + n % 4; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		text = mem_printf(
			a, "%s%s", text,
			seed & 1 ? mem_printf(a, "%c", (int)(seed >> 8) % 94 + 33)
				 : hostile_pieces[(seed >> 8) % ARRAY_SIZE(hostile_pieces)]);
	}
	return text;
}

/* --- places ---------------------------------------------------------------------------------- */

/* What a type lets a value stand for. */
enum hostile_kind {
	HOSTILE_LITERAL,
	HOSTILE_GLOB,  /* whatever it likes where it stands */
	HOSTILE_DBUS,  /* in a path, its dots are slashes */
	HOSTILE_PLACE, /* of a layout, which knows $SNAP */
};

/* A text of snap.yaml, which may stand there again: a plug's name in its app and a hook. */
struct hostile_spot {
	const char **at[3];
	const char *good;
	enum hostile_kind kind;
};

struct hostile_spots {
	struct hostile_spot items[HOSTILE_SPOTS];
	size_t count;
};

static inline void hostile_set(const struct hostile_spot *s, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->at); i++)
		if (s->at[i])
			*s->at[i] = text;
}

static inline const char **hostile_at(const struct meta_node *n)
{
	return n ? (const char **)&((struct meta_node *)n)->text : NULL;
}

static inline void hostile_spot(struct hostile_spots *s, const struct meta_node *n,
				enum hostile_kind kind)
{
	if (s->count == HOSTILE_SPOTS)
		abort();
	s->items[s->count++] = (struct hostile_spot){
		.at = { hostile_at(n) },
		.good = n->text,
		.kind = kind,
	};
}

static inline const struct model_attr_def *hostile_def(const struct model_attr_def *defs,
						       size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(defs[i].name, name))
			return &defs[i];
	return NULL;
}

/* Of the interface's variants, whichever has an attribute of that name. */
static inline const struct model_attr_def *hostile_attr(const struct model_variant *v, size_t count,
							const char *name)
{
	const struct model_attr_def *def = NULL;

	for (size_t i = 0; i < count && !def; i++)
		def = hostile_def(v[i].attrs, v[i].attr_count, name);
	return def;
}

static inline enum hostile_kind hostile_kind_of(const struct model_attr_def *def)
{
	static const enum hostile_kind kinds[] = {
		[MODEL_ATTR_GLOB_PATH] = HOSTILE_GLOB, [MODEL_ATTR_GLOB_SOURCE] = HOSTILE_GLOB,
		[MODEL_ATTR_GLOB_NAME] = HOSTILE_GLOB, [MODEL_ATTR_SNAP_GLOB] = HOSTILE_GLOB,
		[MODEL_ATTR_DBUS_NAME] = HOSTILE_DBUS,
	};

	return def && def->type < ARRAY_SIZE(kinds) ? kinds[def->type] : HOSTILE_LITERAL;
}

/* Every text below n, which is of that attribute. */
static inline void hostile_texts(struct hostile_spots *s, const struct meta_node *n,
				 const struct model_attr_def *def)
{
	if (n->kind == META_SCALAR)
		hostile_spot(s, n, hostile_kind_of(def));
	for (size_t i = 0; i < n->count; i++) {
		const struct model_attr_def *field = def;

		if (n->kind == META_MAP) {
			field = def ? hostile_def(def->fields, def->field_count, n->keys[i]->text)
				    : NULL;
			hostile_spot(s, n->keys[i], HOSTILE_LITERAL);
		}
		hostile_texts(s, n->items[i], field);
	}
}

/* The places of layouts are not what they read as where they begin with a variable. */
static inline void hostile_layouts(struct hostile_spots *s, const struct meta_node *map)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < map->count; k++)
			if (s->items[i].at[0] == hostile_at(map->keys[k]))
				s->items[i].kind = HOSTILE_PLACE;
}

/* The plug's or slot's name in the only app or hook. */
static inline const char **hostile_named(const struct meta_node *apps, const char *kind)
{
	const struct meta_node *names = apps ? meta_get(apps->items[0], kind) : NULL;

	return names ? hostile_at(names->items[0]) : NULL;
}

/* The names of a snap, its app and its plug or slot, and the attributes behind the interface. */
static inline void hostile_snap(struct hostile_spots *s, const struct model_iface *f,
				const struct meta_node *root, const char *kind, bool names)
{
	const struct meta_node *ends = meta_get(root, kind), *apps = meta_get(root, "apps");
	const struct meta_node *attrs = ends->items[0];
	bool plug = str_eq(kind, "plugs");

	if (names) {
		hostile_spot(s, meta_get(root, "name"), HOSTILE_LITERAL);
		hostile_spot(s, ends->keys[0], HOSTILE_LITERAL);
		s->items[s->count - 1].at[1] = hostile_named(apps, kind);
		s->items[s->count - 1].at[2] = hostile_named(meta_get(root, "hooks"), kind);
	}
	if (names && apps)
		hostile_spot(s, apps->keys[0], HOSTILE_LITERAL);
	for (size_t i = 1; i < attrs->count; i++)
		hostile_texts(s, attrs->items[i],
			      hostile_attr(plug ? f->plug_variants : f->variants,
					   plug ? f->plug_variant_count : f->variant_count,
					   attrs->keys[i]->text));
}

/* --- twins ----------------------------------------------------------------------------------- */

static inline bool hostile_is_plain(const char *text, const char *more)
{
	for (const char *p = text; *p; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= '0' && *p <= '9') && !strchr(more, *p))
			return false;
	return true;
}

/* Put into good: at its end, or where its last name begins. */
static inline const char *hostile_put(struct mem_arena *a, const char *good, const char *text,
				      bool at_end)
{
	const char *slash = strrchr(good, '/');
	size_t at = at_end ? strlen(good) : slash ? (size_t)(slash + 1 - good) : 0;

	return mem_printf(a, "%.*s%s%s", (int)at, good, text, good + at);
}

/* One text of a pattern of AppArmor's that matches these bytes and nothing else. */
static inline const char *hostile_literal(struct mem_arena *a, const char *text, bool is_path)
{
	CLEANUP_STR struct str s = { 0 };

	for (const char *p = text; *p; p++) {
		char c = *p;

		if (is_path)
			c = (char)(c == '.' ? '/' : c == '-' ? '_' : c);
		if (hostile_is_plain((char[]){ c, '\0' }, "/"))
			str_add_bytes(&s, &c, 1);
		else
			str_printf(&s, strchr("*?[]{}^,\\\"", c) ? "\\%c" : "[%c]", c);
	}
	return mem_strdup(a, str_text(&s));
}

/* True where the word that p is in begins with a slash: a path made of a bus name. */
static inline bool hostile_in_path(const char *line, const char *p)
{
	while (p > line && !strchr(" =\"\n", p[-1]))
		p--;
	return *p == '/';
}

/* With the place of the snap that has it for its variable. */
static inline const char *hostile_expand(struct mem_arena *a, const char *text)
{
	const char *hit;

	while ((hit = strstr(text, "$SNAP")))
		text = mem_printf(a, "%.*s/snap/consumer/x1%s", (int)(hit - text), text,
				  hit + strlen("$SNAP"));
	return text;
}

/* The twin's profile with the text wherever its marker is. */
static inline const char *hostile_twin(struct mem_arena *a, const char *profile, const char *marker,
				       const char *text, enum hostile_kind kind)
{
	CLEANUP_STR struct str s = { 0 };
	const char *rest = profile, *hit;

	if (kind == HOSTILE_PLACE)
		text = hostile_expand(a, text);
	for (; (hit = strstr(rest, marker)); rest = hit + strlen(marker)) {
		bool path = kind == HOSTILE_DBUS && hostile_in_path(profile, hit);

		str_add_bytes(&s, rest, (size_t)(hit - rest));
		str_add(&s, kind == HOSTILE_GLOB ? "{,**}" : hostile_literal(a, text, path));
	}
	str_add(&s, rest);
	return mem_strdup(a, str_text(&s));
}

#endif
