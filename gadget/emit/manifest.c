/* SPDX-License-Identifier: Apache-2.0 */
/* Writer of format/manifest.h and its twin. */
#include "manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "pack.h"
#include "plan.h"
#include "table.h"

#define SETID_BITS 06000u

struct writer {
	struct pack *k;
	struct manifest_header h;
	struct table_file f;
	struct str twin;
};

static int by_path(const void *a, const void *b)
{
	const struct pack_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void begin_table(struct writer *w, enum manifest_table t, size_t count, const char *name)
{
	w->h.tables[t] = (struct manifest_span){ emit_table_offset(&w->f), (uint32_t)count };
	if (count)
		str_printf(&w->twin, "\n%s:\n", name);
}

static void write_files(struct writer *w)
{
	struct pack *k = w->k;

	qsort(k->files, k->file_count, sizeof(*k->files), by_path);
	begin_table(w, MANIFEST_TABLE_FILES, k->file_count, "files");
	for (size_t i = 0; i < k->file_count; i++) {
		const struct pack_file *f = &k->files[i];
		struct manifest_file row = { .path = emit_table_ref(&w->f, f->path),
					     .kind = f->kind,
					     .size = f->size };
		char hex[SHA256_HEX_SIZE];

		memcpy(row.digest, f->digest, SHA256_SIZE);
		emit_table_row(&w->f, &row, sizeof(row));
		sha256_hex(f->digest, hex);
		str_printf(&w->twin, "  %s %zu %s\n", f->path, f->size, hex);
	}
}

static void write_snaps(struct writer *w)
{
	const struct model *m = w->k->m;

	begin_table(w, MANIFEST_TABLE_SNAPS, m->snap_count, "snaps");
	for (size_t i = 0; i < m->snap_count; i++) {
		const struct model_snap *s = &m->snaps[i];
		const char *file = mem_printf(w->k->a, "/usr/lib/bulkhead/snaps/%s_%s.snap",
					      s->instance, s->revision);
		const struct manifest_snap row = { emit_table_ref(&w->f, s->instance),
						   emit_table_ref(&w->f, s->revision),
						   emit_table_ref(&w->f, file),
						   s->uid,
						   s->gid,
						   0 };

		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  %s %s %s uid %" PRIu32 " gid %" PRIu32 "\n", s->instance,
			   s->revision, file, s->uid, s->gid);
	}
}

static void write_profiles(struct writer *w)
{
	const struct policy *p = w->k->policy;
	size_t count = 0;

	for (size_t i = 0; i < p->app_count; i++)
		count += emit_pack_has_layer(&p->apps[i], PLAN_LAYER_APPARMOR);
	begin_table(w, MANIFEST_TABLE_PROFILES, count, "profiles");
	for (size_t i = 0; i < p->app_count; i++) {
		const char *label = p->apps[i].app->label;
		const char *sha1 = w->k->apps[i].sha1;
		struct manifest_profile row;

		if (!emit_pack_has_layer(&p->apps[i], PLAN_LAYER_APPARMOR))
			continue;
		row.name = emit_table_ref(&w->f, label);
		row.sha1 = emit_table_ref(&w->f, sha1);
		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  %s%s %s\n", label,
			   emit_pack_is_devmode(&p->apps[i]) ? " DEVMODE" : "", sha1);
	}
}

static bool is_setid(const struct model_base_entry *e)
{
	return (e->type == '0' || e->type == '1') && e->mode & SETID_BITS;
}

static bool is_kept(const struct model_image *image, const char *path)
{
	for (size_t i = 0; i < image->keep_setuid_count; i++)
		if (str_eq(image->keep_setuid[i], path))
			return true;
	return false;
}

static void write_setids(struct writer *w)
{
	const struct model_image *image = &w->k->m->image;
	size_t count = 0;

	for (size_t i = 0; i < image->base.count; i++)
		count += is_setid(&image->base.entries[i]);
	begin_table(w, MANIFEST_TABLE_SETIDS, count, "set-id files of the base");
	for (size_t i = 0; i < image->base.count; i++) {
		const struct model_base_entry *e = &image->base.entries[i];
		bool kept = is_kept(image, e->path);

		if (!is_setid(e))
			continue;
		emit_table_row(
			&w->f,
			&(struct manifest_setid){ emit_table_ref(&w->f, e->path), e->mode, kept },
			sizeof(struct manifest_setid));
		str_printf(&w->twin, "  %s %04o %s\n", e->path, e->mode,
			   kept ? "KEPT by keep-setuid" : "cleared");
	}
}

/* sysctl(8) writes dots where /proc/sys has slashes, and a slash where a name has a dot. */
static const char *sysctl_path(struct mem_arena *a, const char *name)
{
	char *path = mem_strdup(a, name);

	for (char *p = path; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return path;
}

static int by_name(const void *a, const void *b)
{
	const struct policy_sysctl *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void write_sysctls(struct writer *w)
{
	const struct policy *p = w->k->policy;
	struct policy_sysctl *sorted = mem_array(w->k->a, p->sysctl_count, sizeof(*sorted));

	for (size_t i = 0; i < p->sysctl_count; i++) {
		sorted[i].name = sysctl_path(w->k->a, p->sysctls[i].name);
		sorted[i].value = p->sysctls[i].value;
	}
	qsort(sorted, p->sysctl_count, sizeof(*sorted), by_name);
	begin_table(w, MANIFEST_TABLE_SYSCTLS, p->sysctl_count, "sysctls");
	for (size_t i = 0; i < p->sysctl_count; i++) {
		const struct manifest_sysctl row = { emit_table_ref(&w->f, sorted[i].name),
						     emit_table_ref(&w->f, sorted[i].value) };

		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  %s = %s\n", sorted[i].name, sorted[i].value);
	}
}

static void write_folders(struct writer *w)
{
	struct pack *k = w->k;

	emit_pack_folders(k);
	begin_table(w, MANIFEST_TABLE_FOLDERS, k->folder_count, "folders");
	for (size_t i = 0; i < k->folder_count; i++) {
		struct manifest_folder row = k->folders[i].attrs;

		row.path = emit_table_ref(&w->f, k->folders[i].path);
		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  %s%s %04o uid %" PRIu32 " gid %" PRIu32 "%s%s",
			   row.size_kib ? "/" : "", k->folders[i].path, row.mode, row.uid, row.gid,
			   row.shared ? " shared" : "",
			   row.shared == MANIFEST_SHARED_FILE ? " file" : "");
		if (row.size_kib)
			str_printf(&w->twin, " tmpfs of %" PRIu32 " KiB", row.size_kib);
		str_add(&w->twin, "\n");
	}
}

static void write_made(struct writer *w)
{
	const struct policy_mades *made = &w->k->policy->made;

	begin_table(w, MANIFEST_TABLE_MADE, made->count, "made devices");
	for (size_t i = 0; i < made->count; i++) {
		const struct policy_made *m = &made->items[i];
		const char *device = mem_printf(w->k->a, "sys/devices/platform/%s", m->device);
		const struct manifest_made row = { emit_table_ref(&w->f, m->value),
						   emit_table_ref(&w->f, m->file + 1),
						   emit_table_ref(&w->f, device) };

		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  /%s by \"%s\" to %s", device, m->value, m->file);
		emit_pack_provenance(&w->twin, &m->loc, m->reason);
		str_add(&w->twin, "\n");
	}
}

static void write_features(struct writer *w)
{
	const struct pack_features *from = &w->k->features;

	begin_table(w, MANIFEST_TABLE_FEATURES, from->count, "features of the kernel");
	for (size_t i = 0; i < from->count; i++) {
		const struct manifest_feature row = {
			emit_table_ref(&w->f, from->items[i].path),
			emit_table_ref(&w->f, from->items[i].value),
		};

		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  %s: %s\n", from->items[i].path, from->items[i].value);
	}
}

static int write_manifest(struct writer *w)
{
	const struct model *m = w->k->m;
	struct meta_loc loc = { .file = w->k->out };
	struct manifest found;
	struct err e = { 0 };
	const void *data;
	size_t size;

	w->h = (struct manifest_header){
		.magic = MANIFEST_MAGIC,
		.version = MANIFEST_VERSION,
		.flags = m->image.development ? MANIFEST_FLAG_DEVELOPMENT : 0,
		.image = emit_table_ref(&w->f, m->image.name),
		.board = emit_table_ref(&w->f, m->board.name),
		.parser = emit_table_ref(&w->f, w->k->parser),
		.kernel = emit_table_ref(&w->f, w->k->features.kernel),
	};
	str_printf(&w->twin, "image %s\nboard %s\nparser %s\nkernel %s\nsignature none\n",
		   m->image.name, m->board.name, w->k->parser, w->k->features.kernel);
	if (m->image.development)
		str_add(&w->twin, "DEVELOPMENT\n");
	write_files(w);
	write_snaps(w);
	write_profiles(w);
	write_setids(w);
	write_sysctls(w);
	write_folders(w);
	write_features(w);
	write_made(w);
	w->h.strings =
		(struct manifest_span){ emit_table_offset(&w->f), emit_table_strings_size(&w->f) };
	w->h.size = w->h.strings.offset + w->h.strings.count;
	data = emit_table_finish(w->k->a, &w->f, &w->h, &size);
	if (manifest_read(data, size, &found, &e))
		return meta_error(w->k->d, &m->image.loc, "cannot write MANIFEST: %s", e.text);
	e = (struct err){ 0 };
	if (fd_write_file(mem_printf(w->k->a, "%s/pack/MANIFEST", w->k->out), data, size, 0644, &e))
		return meta_fail(w->k->d, &loc, &e);
	return emit_pack_twin(w->k, "MANIFEST.txt", str_text(&w->twin));
}

int emit_pack_manifest(struct pack *k)
{
	struct writer w = { .k = k, .f = TABLE_FILE(struct manifest_header) };
	int rc = write_manifest(&w);

	emit_table_free(&w.f);
	str_free(&w.twin);
	return rc;
}
