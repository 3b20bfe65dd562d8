/* SPDX-License-Identifier: Apache-2.0 */
/* Writer of format/plan.h and its twin. */
#include "plan.h"

#include <inttypes.h>
#include <string.h>

#include "pack.h"
#include "table.h"
#include "udev.h"
#include "udev_tag.h"

_Static_assert((int)POLICY_MOUNT_DIR == (int)PLAN_MOUNT_DIR &&
		       (int)POLICY_MOUNT_FILE == (int)PLAN_MOUNT_FILE &&
		       (int)POLICY_MOUNT_SYMLINK == (int)PLAN_MOUNT_SYMLINK &&
		       (int)POLICY_MOUNT_BIND == (int)PLAN_MOUNT_BIND &&
		       (int)POLICY_MOUNT_TMPFS == (int)PLAN_MOUNT_TMPFS,
	       "policy and plan count mount operations alike");
_Static_assert((int)POLICY_MOUNT_READONLY == (int)PLAN_MOUNT_READONLY &&
		       (int)POLICY_MOUNT_NOSUID == (int)PLAN_MOUNT_NOSUID &&
		       (int)POLICY_MOUNT_NODEV == (int)PLAN_MOUNT_NODEV &&
		       (int)POLICY_MOUNT_NOEXEC == (int)PLAN_MOUNT_NOEXEC &&
		       (int)POLICY_MOUNT_OPTIONAL == (int)PLAN_MOUNT_OPTIONAL &&
		       (int)POLICY_MOUNT_OWNED == (int)PLAN_MOUNT_OWNED &&
		       POLICY_MOUNTS_MAX == PLAN_COUNT_MAX,
	       "policy and plan count mount flags and mounts alike");
_Static_assert((int)POLICY_DEVICE_BLOCK == (int)PLAN_DEVICE_BLOCK &&
		       (int)POLICY_DEVICE_CHAR == (int)PLAN_DEVICE_CHAR &&
		       (int)POLICY_ACCESS_READ == (int)PLAN_ACCESS_READ &&
		       (int)POLICY_ACCESS_WRITE == (int)PLAN_ACCESS_WRITE &&
		       POLICY_MINOR_ANY == PLAN_MINOR_ANY,
	       "policy and plan count devices alike");

#define UMASK_DEFAULT 022u

/* One plan being written; the twin grows beside it. */
struct writer {
	struct pack *k;
	const struct pack_app *app;
	struct plan_header h;
	struct table_file f;
	struct str twin;
};

static void begin_table(struct writer *w, enum plan_table t, size_t count, const char *name)
{
	w->h.tables[t] = (struct plan_span){ emit_table_offset(&w->f), (uint32_t)count };
	if (count)
		str_printf(&w->twin, "\n%s:\n", name);
}

static void write_texts(struct writer *w, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t ref = emit_table_ref(&w->f, texts[i]);

		emit_table_row(&w->f, &ref, sizeof(ref));
		str_printf(&w->twin, "  %s\n", texts[i]);
	}
}

static void twin_flags(struct str *s, unsigned flags)
{
	static const char *const names[] = { "readonly", "nosuid", "nodev",
					     "noexec",	 "owned",  "optional" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & 1u << i)
			str_printf(s, " %s", names[i]);
}

static void write_mount(struct writer *w, const struct policy_mount *m)
{
	static const char *const ops[] = {
		[PLAN_MOUNT_DIR] = "dir",	  [PLAN_MOUNT_FILE] = "file",
		[PLAN_MOUNT_SYMLINK] = "symlink", [PLAN_MOUNT_BIND] = "bind",
		[PLAN_MOUNT_TMPFS] = "tmpfs",
	};
	const struct plan_mount row = { m->op,
					m->flags,
					emit_table_ref(&w->f, m->source),
					emit_table_ref(&w->f, m->target),
					m->mode,
					m->size_kib };

	emit_table_row(&w->f, &row, sizeof(row));
	str_printf(&w->twin, "  %-7s /%s", ops[m->op], m->target);
	if (m->source[0])
		str_printf(&w->twin, " %s %s", m->op == PLAN_MOUNT_SYMLINK ? "->" : "from",
			   m->source);
	if (m->mode)
		str_printf(&w->twin, " mode %04o", m->mode);
	if (m->size_kib)
		str_printf(&w->twin, " %u KiB", m->size_kib);
	twin_flags(&w->twin, m->flags);
	emit_pack_provenance(&w->twin, &m->loc, m->reason);
	str_add(&w->twin, "\n");
}

static const char *access_text(unsigned access)
{
	static const char *const names[] = {
		[PLAN_ACCESS_READ] = "r",
		[PLAN_ACCESS_WRITE] = "w",
		[PLAN_ACCESS_READ | PLAN_ACCESS_WRITE] = "rw",
	};

	return names[access];
}

void emit_pack_device(struct str *s, const struct policy_device *d)
{
	str_printf(s, "  %c %u:", d->type == POLICY_DEVICE_BLOCK ? 'b' : 'c', d->major);
	if (d->minor == POLICY_MINOR_ANY)
		str_add(s, "*");
	else
		str_printf(s, "%u", d->minor);
	str_printf(s, " %s %s", access_text(d->access), d->node);
	emit_pack_provenance(s, &d->loc, d->reason);
	str_add(s, "\n");
}

static void write_device(struct writer *w, const struct policy_device *d)
{
	const struct plan_device row = { d->type, d->major, d->minor, d->access };

	emit_table_row(&w->f, &row, sizeof(row));
	emit_pack_device(&w->twin, d);
}

static int tag_of(struct pack *k, const struct policy_app *app, const struct policy_slot *slot,
		  char tag[TAG_MAX + 1])
{
	struct err e = { 0 };

	return tag_encode(app->app->label, slot->name, tag, &e) ? meta_fail(k->d, &slot->loc, &e)
								: 0;
}

int emit_pack_slot(struct pack *k, const struct policy_app *app, const struct policy_slot *slot,
		   struct str *s)
{
	char tag[TAG_MAX + 1];

	if (tag_of(k, app, slot, tag))
		return -1;
	str_printf(s, "  %s %s tag %s", slot->name, access_text(slot->access), tag);
	emit_pack_provenance(s, &slot->loc, slot->reason);
	str_add(s, "\n");
	return 0;
}

static int write_slot(struct writer *w, const struct policy_slot *s)
{
	char tag[TAG_MAX + 1];
	struct plan_slot row;

	if (tag_of(w->k, w->app->p, s, tag))
		return -1;
	row = (struct plan_slot){ emit_table_ref(&w->f, tag), s->access, emit_udev_devices(s),
				  s->link ? PLAN_SLOT_ONE : 0 };
	emit_table_row(&w->f, &row, sizeof(row));
	return emit_pack_slot(w->k, w->app->p, s, &w->twin);
}

static void write_late(struct writer *w, const struct policy_late *l, const char *file)
{
	const struct plan_late row = {
		.place =
			emit_table_ref(&w->f, mem_printf(w->k->a, "run/slot/%s/%s", l->slot, file)),
		.link = emit_table_ref(&w->f, l->link),
		.prefix = emit_table_ref(&w->f, l->prefix),
		.file = emit_table_ref(
			&w->f, *l->subdir ? mem_printf(w->k->a, "%s/%s", l->subdir, file) : file),
		.access = l->access,
		.flags = (l->optional ? PLAN_LATE_OPTIONAL : 0) |
			 (l->in_place ? PLAN_LATE_IN_PLACE : 0) |
			 (*l->export_file ? PLAN_LATE_EXPORT : 0),
		/* sysfs lets everybody read; writing is its owner's. */
		.gid = l->access & PLAN_ACCESS_WRITE ? l->gid : 0,
		.export_file = emit_table_ref(&w->f, *l->export_file ? l->export_file : l->link),
		.export_value = emit_table_ref(&w->f, l->export_value),
	};

	emit_table_row(&w->f, &row, sizeof(row));
	str_printf(&w->twin, "  /run/slot/%s/%s %s from %s%s%s below %s", l->slot, file,
		   access_text(l->access), l->link, *l->subdir ? "/" : "", l->subdir, l->prefix);
	if (row.gid)
		str_printf(&w->twin, " group %" PRIu32, row.gid);
	if (*l->export_file)
		str_printf(&w->twin, " after %s to %s", l->export_value, l->export_file);
	str_printf(&w->twin, "%s%s", l->in_place ? " in-place" : "",
		   l->optional ? " optional" : "");
	emit_pack_provenance(&w->twin, &l->loc, l->reason);
	str_add(&w->twin, "\n");
}

/* Late too: whether the kernel has made it, and which node it has, the start tells. */
static void write_made(struct writer *w, const struct policy_made *m)
{
	const char *link = mem_printf(w->k->a, "/sys/bus/platform/devices/%s", m->device);
	const char *prefix = mem_printf(w->k->a, "/sys/devices/platform/%s", m->device);
	const struct plan_late row = {
		.place = emit_table_ref(&w->f, m->node + 1),
		.link = emit_table_ref(&w->f, link),
		.prefix = emit_table_ref(&w->f, prefix),
		.file = emit_table_ref(&w->f, mem_printf(w->k->a, "dev/slot/%s", m->slot)),
		.access = m->access,
		.flags = PLAN_LATE_NODE,
		.export_file = emit_table_ref(&w->f, link),
		.export_value = emit_table_ref(&w->f, ""),
	};

	emit_table_row(&w->f, &row, sizeof(row));
	str_printf(&w->twin, "  %s %s node /dev/slot/%s of %s", m->node, access_text(m->access),
		   m->slot, prefix);
	emit_pack_provenance(&w->twin, &m->loc, m->reason);
	str_add(&w->twin, "\n");
}

static void write_lates(struct writer *w)
{
	const struct policy_lates *late = &w->app->p->late;
	const struct policy_mades *made = &w->app->p->made_devices;
	size_t count = made->count;

	for (size_t i = 0; i < late->count; i++)
		count += late->items[i].file_count;
	begin_table(w, PLAN_TABLE_LATE, count, "found at the start");
	for (size_t i = 0; i < late->count; i++)
		for (size_t k = 0; k < late->items[i].file_count; k++)
			write_late(w, &late->items[i], late->items[i].files[k]);
	for (size_t i = 0; i < made->count; i++)
		write_made(w, &made->items[i]);
}

static void write_limits(struct writer *w)
{
	const struct model_app *a = w->app->p->app;

	begin_table(w, PLAN_TABLE_RLIMITS, a->process.limit_count, "limits");
	for (size_t i = 0; i < a->process.limit_count; i++) {
		const struct model_limit *l = &a->process.limits[i];
		const struct plan_rlimit row = { l->resource, 0, l->value, l->value };

		emit_table_row(&w->f, &row, sizeof(row));
		if (l->value == UINT64_MAX)
			str_printf(&w->twin, "  %s unlimited\n", l->name);
		else
			str_printf(&w->twin, "  %s %" PRIu64 "\n", l->name, l->value);
	}
}

static void write_users(struct writer *w)
{
	const struct model_image *image = &w->k->m->image;
	size_t count = w->app->p->app->interactive ? image->user_count : 0;

	begin_table(w, PLAN_TABLE_USERS, count, "users who may start it");
	for (size_t i = 0; i < count; i++) {
		const struct model_user *u = &image->users[i];
		const char *home = mem_printf(w->k->a, "/home/%s", u->name);
		const struct plan_user row = { u->uid, emit_table_ref(&w->f, home) };

		emit_table_row(&w->f, &row, sizeof(row));
		str_printf(&w->twin, "  %" PRIu32 " %s\n", u->uid, home);
	}
}

/* What is bound comes once more, last. */
static void write_home(struct writer *w)
{
	const struct model_snap *s = w->app->p->app->snap;
	const char *data = mem_printf(w->k->a, "snap/%s", s->instance);
	const char *const paths[] = { "snap", data, mem_printf(w->k->a, "%s/%s", data, s->revision),
				      mem_printf(w->k->a, "%s/common", data), data };
	size_t count = w->app->p->app->interactive ? ARRAY_SIZE(paths) : 0;

	begin_table(w, PLAN_TABLE_HOME, count, "in the user's home");
	write_texts(w, paths, count);
}

static int write_tables(struct writer *w)
{
	const struct policy_app *p = w->app->p;

	write_limits(w);
	begin_table(w, PLAN_TABLE_ARGV, p->argc, "argv");
	write_texts(w, p->argv, p->argc);
	begin_table(w, PLAN_TABLE_ENV, p->env_count, "environment");
	write_texts(w, p->env, p->env_count);
	begin_table(w, PLAN_TABLE_MOUNTS, p->mounts.count, "mounts");
	for (size_t i = 0; i < p->mounts.count; i++)
		write_mount(w, &p->mounts.items[i]);
	begin_table(w, PLAN_TABLE_DEVICES, p->devices.count, "devices");
	for (size_t i = 0; i < p->devices.count; i++)
		write_device(w, &p->devices.items[i]);
	begin_table(w, PLAN_TABLE_SLOTS, p->slots.count, "slots");
	for (size_t i = 0; i < p->slots.count; i++)
		if (write_slot(w, &p->slots.items[i]))
			return -1;
	if (p->slots.count)
		str_printf(&w->twin, "  a device map of %zu entries\n", emit_udev_entries(p));
	begin_table(w, PLAN_TABLE_GROUPS, p->group_count, "groups");
	for (size_t i = 0; i < p->group_count; i++) {
		emit_table_row(&w->f, &p->groups[i], sizeof(p->groups[i]));
		str_printf(&w->twin, "  %" PRIu32 "\n", p->groups[i]);
	}
	write_lates(w);
	write_users(w);
	write_home(w);
	return 0;
}

/* Of mounts, and of the user that some of them belong to. */
static void digest_mounts(struct writer *w)
{
	const struct policy_mounts *mounts = &w->app->p->mounts;
	const uint32_t ids[] = { w->h.uid, w->h.gid };
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, ids, sizeof(ids));
	for (size_t i = 0; i < mounts->count; i++) {
		const struct policy_mount *m = &mounts->items[i];
		const uint32_t words[] = { m->op, m->flags, m->mode, m->size_kib };

		sha256_add(&s, words, sizeof(words));
		sha256_add(&s, m->source, strlen(m->source) + 1);
		sha256_add(&s, m->target, strlen(m->target) + 1);
	}
	sha256_end(&s, w->h.origin);
}

/* Daemons speak to their supervisor, commands to a terminal. */
static uint32_t passes(const struct model_app *a)
{
	static const uint32_t by_kind[] = {
		[MODEL_DAEMON_NONE] = PLAN_PASS_TERM,
		[MODEL_DAEMON_SIMPLE] = 0,
		[MODEL_DAEMON_FORKING] = 0,
		[MODEL_DAEMON_ONESHOT] = 0,
		[MODEL_DAEMON_NOTIFY] = PLAN_PASS_NOTIFY_SOCKET | PLAN_PASS_WATCHDOG,
		[MODEL_DAEMON_DBUS] = 0,
	};

	return by_kind[a->daemon];
}

static void twin_masks(struct writer *w)
{
	static const struct word {
		uint32_t bit;
		const char *text;
	} pass_words[] = {
		{ PLAN_PASS_LISTEN_FDS, "LISTEN_FDS" },
		{ PLAN_PASS_NOTIFY_SOCKET, "NOTIFY_SOCKET" },
		{ PLAN_PASS_WATCHDOG, "WATCHDOG_USEC" },
		{ PLAN_PASS_TERM, "TERM" },
	};

	str_add(&w->twin, "layers:");
	for (unsigned i = 0; i < PLAN_LAYERS; i++)
		if (w->h.layers & 1u << i)
			str_printf(&w->twin, " %s", plan_layer_names[i]);
	str_add(&w->twin, "\ncapabilities:");
	for (unsigned n = 0; policy_capability_name(n); n++)
		if (w->h.caps & UINT64_C(1) << n)
			str_printf(&w->twin, " %s", policy_capability_name(n));
	str_add(&w->twin, w->h.caps ? "\npasses:" : " none\npasses:");
	for (size_t i = 0; i < ARRAY_SIZE(pass_words); i++)
		if (w->h.pass & pass_words[i].bit)
			str_printf(&w->twin, " %s", pass_words[i].text);
	str_add(&w->twin, w->h.pass ? "\n" : " nothing\n");
}

static void write_head(struct writer *w)
{
	const struct policy_app *p = w->app->p;
	const struct model_app *a = p->app;
	bool filter = emit_pack_has_layer(p, PLAN_LAYER_SECCOMP);

	w->h = (struct plan_header){
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.flags = (w->k->m->image.development ? PLAN_FLAG_DEVELOPMENT : 0) |
			 (p->network ? 0 : PLAN_FLAG_NETWORK_OWN) |
			 (a->namespaces & MODEL_NAMESPACE_PID ? PLAN_FLAG_PID_OWN : 0) |
			 (a->namespaces & MODEL_NAMESPACE_IPC ? PLAN_FLAG_IPC_OWN : 0) |
			 (p->delegate ? PLAN_FLAG_DELEGATE : 0) |
			 (emit_pack_is_devmode(p) ? PLAN_FLAG_COMPLAIN : 0),
		.layers = a->snap->layers,
		.label = emit_table_ref(&w->f, a->label),
		.snap = emit_table_ref(&w->f, a->snap->instance),
		.filter = emit_table_ref(&w->f,
					 filter ? mem_printf(w->k->a, "%s.bpf", a->label) : ""),
		.cwd = emit_table_ref(&w->f, p->cwd),
		.uid = a->snap->uid,
		.gid = a->snap->gid,
		.umask_bits = a->process.umask_given ? a->process.umask_bits
			      : p->made.count	     ? 0
						     : UMASK_DEFAULT,
		.nice = a->process.nice,
		.pass = passes(a),
		.caps = p->caps,
		.ambient = p->ambient,
	};
	if (filter)
		memcpy(w->h.filter_digest, w->app->filter_digest, SHA256_SIZE);
	str_printf(&w->twin,
		   "plan %s\nuid %" PRIu32 " gid %" PRIu32 " umask %04o nice %" PRId32 "\ncwd %s\n",
		   a->label, w->h.uid, w->h.gid, w->h.umask_bits, w->h.nice, p->cwd);
	if (a->snap->base)
		str_printf(&w->twin, "base: snap %s %s\n", a->snap->base->instance,
			   a->snap->base->revision);
	str_printf(&w->twin, "network: %s\n", p->network ? "the host's" : "its own, empty");
	if (a->namespaces)
		str_printf(&w->twin, "namespaces of its own:%s%s\n",
			   a->namespaces & MODEL_NAMESPACE_PID ? " pid" : "",
			   a->namespaces & MODEL_NAMESPACE_IPC ? " ipc" : "");
	if (p->delegate)
		str_add(&w->twin, "control groups: below its own\n");
	if (w->h.flags & PLAN_FLAG_DEVELOPMENT)
		str_add(&w->twin, "DEVELOPMENT: boot accepts this only in a development pack\n");
	if (w->h.flags & PLAN_FLAG_COMPLAIN)
		str_add(&w->twin, "DEVMODE: not confined, AppArmor and seccomp log only\n");
	twin_masks(w);
}

/* What was written must be what the device's own reader accepts. */
static int check(struct writer *w, const void *data, size_t size)
{
	struct err e = { 0 };
	struct plan plan;

	if (plan_read(data, size, &plan, &e))
		return meta_error(w->k->d, &w->app->p->app->loc, "cannot write plan of %s: %s",
				  w->app->p->app->label, e.text);
	return 0;
}

static int write_plan(struct writer *w)
{
	const char *label = w->app->p->app->label;
	const char *path = mem_printf(w->k->a, "plans/%s.plan", label);
	const void *data;
	size_t size;

	write_head(w);
	digest_mounts(w);
	if (write_tables(w))
		return -1;
	w->h.strings.offset = emit_table_offset(&w->f);
	w->h.strings.count = emit_table_strings_size(&w->f);
	w->h.size = w->h.strings.offset + w->h.strings.count;
	data = emit_table_finish(w->k->a, &w->f, &w->h, &size);
	if (check(w, data, size) || emit_pack_write(w->k, MANIFEST_KIND_PLAN, path, data, size))
		return -1;
	return emit_pack_twin(w->k, mem_printf(w->k->a, "plans/%s.txt", label), str_text(&w->twin));
}

int emit_pack_plans(struct pack *k)
{
	for (size_t i = 0; i < k->policy->app_count; i++) {
		struct writer w = { .k = k,
				    .app = &k->apps[i],
				    .f = TABLE_FILE(struct plan_header) };
		int rc = write_plan(&w);

		emit_table_free(&w.f);
		str_free(&w.twin);
		if (rc)
			return -1;
	}
	return 0;
}
