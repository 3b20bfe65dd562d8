/* SPDX-License-Identifier: Apache-2.0 */
/* Writer of format/daemons.h and its twin. */
#include "daemons.h"

#include <inttypes.h>
#include <signal.h>

#include "pack.h"
#include "table.h"
#include "udev_tag.h"

struct order {
	const struct model_app **apps;
	size_t count;
};

static size_t index_of(const struct order *o, const struct model_app *app)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->apps[i] == app)
			return i;
	return SIZE_MAX;
}

static bool ready(const struct order *o, const struct model_app *app)
{
	for (size_t i = 0; i < app->after_count; i++)
		if (index_of(o, app->after[i]) == SIZE_MAX)
			return false;
	return index_of(o, app) == SIZE_MAX;
}

/* Always the first by label of those whose predecessors are placed; the model has no cycles. */
static int sort_daemons(struct pack *k, struct order *o)
{
	size_t daemons = 0;

	for (size_t i = 0; i < k->policy->app_count; i++)
		daemons += k->policy->apps[i].app->daemon != MODEL_DAEMON_NONE;
	o->apps = mem_array(k->a, daemons, sizeof(struct model_app *));
	while (o->count < daemons) {
		const struct model_app *next = NULL;

		for (size_t i = 0; !next && i < k->policy->app_count; i++) {
			const struct model_app *app = k->policy->apps[i].app;

			if (app->daemon != MODEL_DAEMON_NONE && ready(o, app))
				next = app;
		}
		if (!next)
			return meta_error(k->d, &k->m->image.loc,
					  "cannot order daemons: before and after form a circle");
		o->apps[o->count++] = next;
	}
	return 0;
}

static uint32_t kind_of(const struct model_app *app)
{
	static const uint32_t kinds[] = {
		[MODEL_DAEMON_SIMPLE] = DAEMONS_SIMPLE,
		[MODEL_DAEMON_FORKING] = DAEMONS_FORKING,
		[MODEL_DAEMON_ONESHOT] = DAEMONS_ONESHOT,
		[MODEL_DAEMON_NOTIFY] = DAEMONS_NOTIFY,
	};

	return kinds[app->daemon];
}

static uint32_t restart_of(const struct model_app *app)
{
	static const uint32_t restarts[] = {
		[MODEL_RESTART_NEVER] = DAEMONS_RESTART_NEVER,
		[MODEL_RESTART_ON_SUCCESS] = DAEMONS_RESTART_ON_SUCCESS,
		[MODEL_RESTART_ON_FAILURE] = DAEMONS_RESTART_ON_FAILURE,
		[MODEL_RESTART_ON_ABNORMAL] = DAEMONS_RESTART_ON_ABNORMAL,
		[MODEL_RESTART_ON_ABORT] = DAEMONS_RESTART_ON_ABORT,
		[MODEL_RESTART_ALWAYS] = DAEMONS_RESTART_ALWAYS,
	};

	return restarts[app->restart];
}

static void write_row(struct table_file *f, const struct model_app *app, struct str *twin)
{
	static const char *const kinds[] = { "", "simple", "oneshot", "forking", "notify" };
	const struct daemons_row row = {
		.label = emit_table_ref(f, app->label),
		.kind = kind_of(app),
		.restart = restart_of(app),
		.restart_delay_ms = app->restart_delay_ms,
		.start_timeout_ms = app->start_timeout_ms,
		.stop_timeout_ms = app->stop_timeout_ms,
		.stop_signal = SIGTERM,
	};

	emit_table_row(f, &row, sizeof(row));
	str_printf(twin, "%s %s, restart %s after %u ms, start in %u ms, stop in %u ms\n",
		   app->label, kinds[row.kind], model_restart_name(app->restart),
		   row.restart_delay_ms, row.start_timeout_ms, row.stop_timeout_ms);
	for (size_t i = 0; i < app->after_count; i++)
		str_printf(twin, "  after %s\n", app->after[i]->label);
}

static uint32_t write_after(struct table_file *f, const struct order *o)
{
	uint32_t count = 0;

	for (size_t i = 0; i < o->count; i++) {
		for (size_t j = 0; j < o->apps[i]->after_count; j++) {
			const struct daemons_after a = {
				(uint32_t)i, (uint32_t)index_of(o, o->apps[i]->after[j])
			};

			emit_table_row(f, &a, sizeof(a));
			count++;
		}
	}
	return count;
}

static int write_need(struct pack *k, struct table_file *f, const struct model_app *app,
		      const struct policy_slot *slot, struct daemons_need *row)
{
	char tag[TAG_MAX + 1];
	struct err e = { 0 };

	if (tag_encode(app->label, slot->name, tag, &e))
		return meta_fail(k->d, &slot->loc, &e);
	row->tag = emit_table_ref(f, tag);
	row->slot = emit_table_ref(f, slot->name);
	row->wait_ms = slot->need == MODEL_NEED_WAIT ? slot->wait_ms : 0;
	emit_table_row(f, row, sizeof(*row));
	return 0;
}

/* The twin has them behind all daemons, as the table does. */
static int write_needs(struct pack *k, struct table_file *f, const struct order *o,
		       struct str *twin)
{
	int count = 0;

	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_app *app = &k->policy->apps[i];

		for (size_t j = 0; j < app->slots.count; j++) {
			const struct policy_slot *slot = &app->slots.items[j];
			struct daemons_need row = { .row = (uint32_t)index_of(o, app->app) };

			if (slot->need == MODEL_NEED_OPTIONAL)
				continue;
			if (write_need(k, f, app->app, slot, &row))
				return -1;
			emit_pack_need(twin, app, slot);
			count++;
		}
	}
	return count;
}

int emit_pack_daemons(struct pack *k)
{
	CLEANUP_TABLE struct table_file f = TABLE_FILE(struct daemons_header);
	CLEANUP_STR struct str twin = { 0 };
	struct daemons_header h = { .magic = DAEMONS_MAGIC, .version = DAEMONS_VERSION };
	struct order o = { 0 };
	struct daemons found;
	struct err e = { 0 };
	const void *data;
	size_t size;
	int needs;

	if (sort_daemons(k, &o))
		return -1;
	h.rows_offset = emit_table_offset(&f);
	h.rows_count = (uint32_t)o.count;
	for (size_t i = 0; i < o.count; i++)
		write_row(&f, o.apps[i], &twin);
	h.after_offset = emit_table_offset(&f);
	h.after_count = write_after(&f, &o);
	h.needs_offset = emit_table_offset(&f);
	needs = write_needs(k, &f, &o, &twin);
	if (needs < 0)
		return -1;
	h.needs_count = (uint32_t)needs;
	h.strings_offset = emit_table_offset(&f);
	h.strings_size = emit_table_strings_size(&f);
	h.size = h.strings_offset + h.strings_size;
	data = emit_table_finish(k->a, &f, &h, &size);
	if (daemons_read(data, size, &found, &e))
		return meta_error(k->d, &k->m->image.loc, "cannot write daemons: %s", e.text);
	if (emit_pack_write(k, MANIFEST_KIND_DAEMONS, "daemons", data, size))
		return -1;
	return emit_pack_twin(k, "daemons.txt", str_text(&twin));
}
