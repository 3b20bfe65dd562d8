/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include <stdio.h>
#include <stdlib.h>

#include "mem.h"

uint32_t build_text(struct build *b, const char *text)
{
	size_t at;

	if (b->strings.len == 0)
		str_add_bytes(&b->strings, "", 1);
	for (at = 0; at < b->strings.len; at += strlen(b->strings.text + at) + 1)
		if (str_eq(b->strings.text + at, text))
			return (uint32_t)at;
	str_add_bytes(&b->strings, text, strlen(text) + 1);
	return (uint32_t)at;
}

void *build_end(struct build *b, const void *header, size_t header_size, unsigned count,
		size_t *size)
{
	struct str file = { 0 };

	str_add_bytes(&file, header, header_size);
	for (unsigned t = 0; t < count; t++) {
		str_add_bytes(&file, b->tables[t].text, b->tables[t].len);
		str_free(&b->tables[t]);
	}
	str_add_bytes(&file, b->strings.text, b->strings.len);
	str_free(&b->strings);
	*size = file.len;
	return file.text;
}

/* --- plan ------------------------------------------------------------------------------------ */

static const size_t plan_rows[PLAN_TABLES] = {
	[PLAN_TABLE_RLIMITS] = sizeof(struct plan_rlimit),
	[PLAN_TABLE_ARGV] = sizeof(uint32_t),
	[PLAN_TABLE_ENV] = sizeof(uint32_t),
	[PLAN_TABLE_MOUNTS] = sizeof(struct plan_mount),
	[PLAN_TABLE_DEVICES] = sizeof(struct plan_device),
	[PLAN_TABLE_SLOTS] = sizeof(struct plan_slot),
	[PLAN_TABLE_GROUPS] = sizeof(uint32_t),
	[PLAN_TABLE_LATE] = sizeof(struct plan_late),
	[PLAN_TABLE_USERS] = sizeof(struct plan_user),
	[PLAN_TABLE_HOME] = sizeof(uint32_t),
};

void build_plan_start(struct build_plan *p)
{
	p->header = (struct plan_header){ .magic = PLAN_MAGIC,
					  .version = PLAN_VERSION,
					  .layers = PLAN_LAYERS_ALL,
					  .label = build_text(&p->b, "snap.demo.app"),
					  .snap = build_text(&p->b, "demo"),
					  .filter = build_text(&p->b, "snap.demo.app.bpf"),
					  .cwd = build_text(&p->b, "/"),
					  .uid = 1001,
					  .gid = 1001,
					  .umask_bits = 022 };
	build_plan_text(p, PLAN_TABLE_ARGV, "/snap/demo/x1/bin/app");
}

void build_plan_row(struct build_plan *p, enum plan_table t, const void *row)
{
	str_add_bytes(&p->b.tables[t], row, plan_rows[t]);
}

void build_plan_text(struct build_plan *p, enum plan_table t, const char *text)
{
	uint32_t ref = build_text(&p->b, text);

	build_plan_row(p, t, &ref);
}

void *build_plan_end(struct build_plan *p, size_t *size)
{
	uint32_t at = sizeof(p->header);

	/* The rows alone: what they refer to is the same in each plan of these tests. */
	sha256_of(p->b.tables[PLAN_TABLE_MOUNTS].text, p->b.tables[PLAN_TABLE_MOUNTS].len,
		  p->header.origin);
	p->header.origin[0] ^= (uint8_t)p->header.uid;
	for (unsigned t = 0; t < PLAN_TABLES; t++) {
		p->header.tables[t].offset = at;
		p->header.tables[t].count = (uint32_t)(p->b.tables[t].len / plan_rows[t]);
		at += (uint32_t)p->b.tables[t].len;
	}
	p->header.strings.offset = at;
	p->header.strings.count = (uint32_t)p->b.strings.len;
	p->header.size = at + (uint32_t)p->b.strings.len;
	return build_end(&p->b, &p->header, sizeof(p->header), PLAN_TABLES, size);
}

/* --- manifest -------------------------------------------------------------------------------- */

static const size_t manifest_rows[MANIFEST_TABLES] = {
	[MANIFEST_TABLE_FILES] = sizeof(struct manifest_file),
	[MANIFEST_TABLE_SNAPS] = sizeof(struct manifest_snap),
	[MANIFEST_TABLE_PROFILES] = sizeof(struct manifest_profile),
	[MANIFEST_TABLE_SETIDS] = sizeof(struct manifest_setid),
	[MANIFEST_TABLE_SYSCTLS] = sizeof(struct manifest_sysctl),
	[MANIFEST_TABLE_FOLDERS] = sizeof(struct manifest_folder),
	[MANIFEST_TABLE_FEATURES] = sizeof(struct manifest_feature),
	[MANIFEST_TABLE_MADE] = sizeof(struct manifest_made),
};

void build_manifest_start(struct build_manifest *m)
{
	m->header = (struct manifest_header){ .magic = MANIFEST_MAGIC,
					      .version = MANIFEST_VERSION,
					      .image = build_text(&m->b, "demo"),
					      .board = build_text(&m->b, "qemu-arm64"),
					      .parser = build_text(&m->b, "3.0.8"),
					      .kernel = build_text(
						      &m->b, "e3b0c44298fc1c149afbf4c8996fb924"
							     "27ae41e4649b934ca495991b7852b855") };
	build_manifest_feature(m, "a/b", "yes");
}

void build_manifest_row(struct build_manifest *m, enum manifest_table t, const void *row)
{
	str_add_bytes(&m->b.tables[t], row, manifest_rows[t]);
}

void build_manifest_feature(struct build_manifest *m, const char *path, const char *value)
{
	struct manifest_feature f = { build_text(&m->b, path), build_text(&m->b, value) };

	build_manifest_row(m, MANIFEST_TABLE_FEATURES, &f);
}

void build_manifest_file(struct build_manifest *m, const char *path, enum manifest_kind kind)
{
	struct manifest_file f = { .path = build_text(&m->b, path), .kind = kind };

	build_manifest_row(m, MANIFEST_TABLE_FILES, &f);
}

void *build_manifest_end(struct build_manifest *m, size_t *size)
{
	uint32_t at = sizeof(m->header);

	for (unsigned t = 0; t < MANIFEST_TABLES; t++) {
		m->header.tables[t].offset = at;
		m->header.tables[t].count = (uint32_t)(m->b.tables[t].len / manifest_rows[t]);
		at += (uint32_t)m->b.tables[t].len;
	}
	m->header.strings.offset = at;
	m->header.strings.count = (uint32_t)m->b.strings.len;
	m->header.size = at + (uint32_t)m->b.strings.len;
	return build_end(&m->b, &m->header, sizeof(m->header), MANIFEST_TABLES, size);
}

/* --- daemons --------------------------------------------------------------------------------- */

void build_daemons_start(struct build_daemons *d)
{
	d->header = (struct daemons_header){ .magic = DAEMONS_MAGIC, .version = DAEMONS_VERSION };
	build_text(&d->b, "");
}

struct daemons_row build_daemons_row(struct build_daemons *d, const char *label)
{
	return (struct daemons_row){
		.label = build_text(&d->b, label),
		.kind = DAEMONS_SIMPLE,
		.restart = DAEMONS_RESTART_ALWAYS,
		.restart_delay_ms = 100,
		.start_timeout_ms = 30000,
		.stop_timeout_ms = 10000,
		.stop_signal = 15,
	};
}

void build_daemons_add(struct build_daemons *d, const struct daemons_row *row)
{
	str_add_bytes(&d->b.tables[0], row, sizeof(*row));
}

void build_daemons_after(struct build_daemons *d, uint32_t row, uint32_t after)
{
	struct daemons_after a = { row, after };

	str_add_bytes(&d->b.tables[1], &a, sizeof(a));
}

void build_daemons_need(struct build_daemons *d, uint32_t row, const char *slot, uint32_t wait_ms)
{
	char tag[64];
	struct daemons_need n;

	snprintf(tag, sizeof(tag), "snap_ab_db_s%s", slot);
	n = (struct daemons_need){ build_text(&d->b, tag), build_text(&d->b, slot), row, wait_ms };
	str_add_bytes(&d->b.tables[2], &n, sizeof(n));
}

void *build_daemons_end(struct build_daemons *d, size_t *size)
{
	struct daemons_header *h = &d->header;

	h->rows_offset = sizeof(*h);
	h->rows_count = (uint32_t)(d->b.tables[0].len / sizeof(struct daemons_row));
	h->after_offset = h->rows_offset + (uint32_t)d->b.tables[0].len;
	h->after_count = (uint32_t)(d->b.tables[1].len / sizeof(struct daemons_after));
	h->needs_offset = h->after_offset + (uint32_t)d->b.tables[1].len;
	h->needs_count = (uint32_t)(d->b.tables[2].len / sizeof(struct daemons_need));
	h->strings_offset = h->needs_offset + (uint32_t)d->b.tables[2].len;
	h->strings_size = (uint32_t)d->b.strings.len;
	h->size = h->strings_offset + h->strings_size;
	return build_end(&d->b, h, sizeof(*h), 3, size);
}

/* --- filter ---------------------------------------------------------------------------------- */

void *build_filter(const struct filter_insn *insns, uint32_t count, size_t *size)
{
	struct build b = { 0 };
	struct filter_header h = {
		.magic = FILTER_MAGIC,
		.version = FILTER_VERSION,
		.size = (uint32_t)(sizeof(h) + count * sizeof(*insns)),
	};

	str_add_bytes(&b.tables[0], insns, count * sizeof(*insns));
	return build_end(&b, &h, sizeof(h), 1, size);
}

void build_tag(const char *label, const char *slot, char tag[256])
{
	CLEANUP_STR struct str s = { 0 };

	str_add(&s, "snap_");
	for (const char *p = label + strlen("snap."); *p; p++)
		if (*p == '_' || *p == '.' || *p == '+')
			str_add(&s, *p == '_' ? "__" : *p == '.' ? "_d" : "_p");
		else
			str_add_bytes(&s, p, 1);
	str_printf(&s, "_s%s", slot);
	if (s.len > 255)
		abort();
	memcpy(tag, s.text, s.len + 1);
}
