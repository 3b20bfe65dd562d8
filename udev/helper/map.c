/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

static struct helper_device *find(const struct helper_map *m, const struct sys_device_key *key)
{
	for (size_t i = 0; i < m->count; i++)
		if (!memcmp(&m->items[i].key, key, sizeof(*key)))
			return &m->items[i];
	return NULL;
}

void helper_map_add(struct helper_map *m, const struct sys_device_key *key, uint32_t access)
{
	struct helper_device *known = find(m, key);

	if (known) {
		known->access |= access;
		return;
	}
	if (m->count == m->room) {
		m->room = 2 * m->room + 32;
		m->items = mem_must(realloc(m->items, m->room * sizeof(*m->items)));
	}
	m->items[m->count++] = (struct helper_device){ *key, access, false };
}

void helper_map_free(struct helper_map *m)
{
	free(m->items);
}

static bool is_other(const struct sys_device_key *only, const struct sys_device_key *key)
{
	return only && memcmp(only, key, sizeof(*key));
}

/* What is in the map already comes first, so that newcomers push nobody out of a full one. */
int helper_map_apply(const struct sys_device *d, const struct helper_map *want, size_t entries,
		     const struct sys_device_key *only, struct err *e)
{
	CLEANUP_FREE struct sys_device_key *keys = mem_must(calloc(entries + 1, sizeof(*keys)));
	int n = sys_device_keys(d, keys, entries, e);
	size_t held = 0, left_out = 0;

	for (int i = 0; i < n; i++) {
		struct helper_device *wanted = find(want, &keys[i]);

		if (wanted)
			wanted->held = true;
		if (wanted || is_other(only, &keys[i]) || !GUARD(helper_withdraw))
			held++;
		else if (sys_device_set(d, &keys[i], 0, e))
			return -1;
	}
	for (size_t i = 0; i < want->count && n >= 0; i++) {
		const struct helper_device *w = &want->items[i];

		if (is_other(only, &w->key))
			continue;
		if (!w->held && held == entries) {
			left_out++;
			continue;
		}
		held += !w->held;
		if (sys_device_set(d, &w->key, w->access, e))
			return -1;
	}
	/* Said last: what fits is in force, and above all what went is gone. */
	if (left_out)
		return err_env(
			e, "cannot allow every tagged device: the map holds %zu, %zu do not fit",
			entries, left_out);
	return n < 0 ? -1 : 0;
}
