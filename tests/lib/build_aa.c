/* SPDX-License-Identifier: Apache-2.0 */
#include "build_aa.h"

#include "mem.h"

enum code {
	U32 = 2,
	U64 = 3,
	NAME = 4,
	STRING = 5,
	BLOB = 6,
	STRUCT = 7,
	END = 8,
	ARRAY = 11,
	ARRAY_END
};

enum table { ACCEPT = 1, BASE, CHECK, DEFAULT, CLASSES, ACCEPT2 = 7, NEXT };

static void put8(struct str *s, unsigned v)
{
	str_add_bytes(s, &(uint8_t){ (uint8_t)v }, 1);
}

static void put16(struct str *s, unsigned v)
{
	put8(s, v & 0xff);
	put8(s, v >> 8);
}

static void put32(struct str *s, uint32_t v)
{
	put16(s, v & 0xffff);
	put16(s, v >> 16);
}

static void put_big16(struct str *s, unsigned v)
{
	put8(s, v >> 8);
	put8(s, v & 0xff);
}

static void put_big32(struct str *s, uint32_t v)
{
	put_big16(s, v >> 16);
	put_big16(s, v & 0xffff);
}

static void put_text(struct str *s, const char *text)
{
	put16(s, (unsigned)strlen(text) + 1);
	str_add_bytes(s, text, strlen(text) + 1);
}

static void put_code(struct str *s, enum code code, const char *name)
{
	if (name) {
		put8(s, NAME);
		put_text(s, name);
	}
	put8(s, code);
}

static void put_words(struct str *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		put_code(s, U32, NULL);
		put32(s, 0);
	}
}

static void put_u32(struct str *s, const char *name, const uint32_t *v)
{
	if (!v)
		return;
	put_code(s, U32, name);
	put32(s, *v);
}

static void put_string(struct str *s, const char *name, const char *text)
{
	if (!text)
		return;
	put_code(s, STRING, name);
	put_text(s, text);
}

static void put_names(struct str *s, const char *name, const char *const *names)
{
	unsigned count = 0;

	if (!names)
		return;
	while (names[count])
		count++;
	put_code(s, STRUCT, name);
	put_code(s, ARRAY, NULL);
	put16(s, count);
	for (unsigned i = 0; i < count; i++)
		put_string(s, NULL, names[i]);
	put_code(s, ARRAY_END, NULL);
	put_code(s, END, NULL);
}

static void put_table(struct str *s, const struct build_aa_dfa *d, enum table t)
{
	const uint32_t *wide = t == ACCEPT ? d->accept : t == ACCEPT2 ? d->accept2 : d->base;
	const uint16_t *narrow = t == CHECK ? d->check : t == DEFAULT ? d->defaults : d->next;

	if (d->count[t] == 0)
		return;
	put_big16(s, d->id[t]);
	put_big16(s, d->width[t]);
	put_big32(s, 0);
	put_big32(s, d->count[t]);
	for (uint32_t i = 0; i < d->count[t]; i++) {
		if (t == CLASSES)
			put8(s, d->classes[i % 256]);
		else if (t == CHECK || t == DEFAULT || t == NEXT)
			put_big16(s, narrow[t == DEFAULT ? i % BUILD_AA_STATES : i]);
		else
			put_big32(s, wide[i % BUILD_AA_STATES]);
	}
	while (s->len % 8 != 0)
		put8(s, 0);
}

/* origin: length of the set where the profile begins, from which the parser aligns. */
static void put_dfa(struct str *s, size_t origin, const struct build_aa_dfa *d)
{
	static const enum table order[] = { ACCEPT, ACCEPT2, BASE, CLASSES, DEFAULT, NEXT, CHECK };
	struct str tables = { 0 };
	size_t pad;

	if (!d)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		put_table(&tables, d, order[i]);
	for (uint32_t i = 0; i < d->tail; i++)
		put8(&tables, 0);
	put_code(s, BLOB, "aadfa");
	pad = -(s->len + 4 - origin) & 7;
	put32(s, (uint32_t)(pad + 24 + tables.len));
	for (size_t i = 0; i < pad; i++)
		put8(s, 0);
	put_big32(s, d->magic);
	put_big32(s, d->header_size);
	put_big32(s, (uint32_t)(24 + tables.len) + (uint32_t)d->size_lie);
	put_big16(s, d->flags);
	str_add_bytes(s, "notflex\0\0", 10);
	str_add_bytes(s, tables.text, tables.len);
	str_free(&tables);
}

struct build_aa_dfa build_aa_dfa(void)
{
	static const uint16_t widths[BUILD_AA_TABLES] = {
		[ACCEPT] = 4,  [BASE] = 4,    [CHECK] = 2, [DEFAULT] = 2,
		[CLASSES] = 1, [ACCEPT2] = 4, [NEXT] = 2
	};
	struct build_aa_dfa d = { .magic = 0x1b5e783d, .header_size = 24 };

	for (uint16_t t = 1; t < BUILD_AA_TABLES; t++) {
		d.id[t] = t;
		d.width[t] = widths[t];
		d.count[t] = t == CHECK || t == NEXT ? 256 : t == 6 || t == CLASSES ? 0 : 3;
	}
	return d;
}

struct build_aa build_aa(const struct build_aa_dfa *d)
{
	return (struct build_aa){ .version = 7, .name = "snap.demo.app", .policydb = d, .file = d };
}

static void put_rlimits(struct str *s, unsigned count)
{
	if (count == 0)
		return;
	put_code(s, STRUCT, "rlimits");
	put_words(s, 1);
	put_code(s, ARRAY, NULL);
	put16(s, count);
	for (unsigned i = 0; i < count; i++) {
		put_code(s, U64, NULL);
		put32(s, i);
		put32(s, 0);
	}
	put_code(s, ARRAY_END, NULL);
	put_code(s, END, NULL);
}

static void put_struct_words(struct str *s, bool there, const char *name, unsigned count)
{
	if (!there)
		return;
	put_code(s, STRUCT, name);
	put_words(s, count);
	put_code(s, END, NULL);
}

static void put_start(struct str *s, size_t origin, const struct build_aa *p)
{
	put_u32(s, "version", p->version ? &p->version : NULL);
	put_string(s, "namespace", p->namespace);
	put_code(s, STRUCT, "profile");
	put_string(s, NULL, p->name);
	put_string(s, "rename", p->rename);
	put_string(s, "attach", p->attach);
	put_dfa(s, origin, p->xmatch);
	if (p->xmatch_len)
		put_words(s, 1);
	put_string(s, "disconnected", p->disconnected);
	put_code(s, STRUCT, "flags");
	put_words(s, 1);
	put_u32(s, NULL, &p->mode);
	put_words(s, 1);
	put_code(s, END, NULL);
	put_u32(s, "path_flags", p->path_flags);
}

void build_aa_add(struct str *set, const struct build_aa *p)
{
	size_t origin = set->len;

	put_start(set, origin, p);
	put_words(set, 4);
	put_struct_words(set, p->caps64, "caps64", 4);
	put_struct_words(set, p->capsx, "capsx", 2);
	put_names(set, "xattrs", p->xattrs);
	put_rlimits(set, p->rlimits);
	if (p->policydb || p->policydb_empty) {
		put_code(set, STRUCT, "policydb");
		put_dfa(set, origin, p->policydb);
		put_u32(set, "start", p->start);
		put_code(set, END, NULL);
	}
	put_dfa(set, origin, p->file);
	put_u32(set, "dfa_start", p->dfa_start);
	put_names(set, "xtable", p->xtable);
	put_struct_words(set, p->data, "data", 0);
	put_code(set, END, NULL);
}
