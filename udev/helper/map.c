/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

static struct helper_device *find(struct helper_map *m, const struct sys_device_key *key)
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
	if (m->count == SYS_DEVICE_MAP_ENTRIES) {
		m->overflow = true;
		return;
	}
	m->items[m->count++] = (struct helper_device){ *key, access };
}

/* What the map holds. Collected first: the walk of a hash map restarts when its key is deleted. */
static int current_keys(const struct sys_device *d, struct helper_map *have, struct err *e)
{
	struct sys_device_key prev, key;
	int more = sys_device_next(d, NULL, &key, e);

	while (more > 0) {
		helper_map_add(have, &key, 0);
		if (have->overflow)
			return err_env(e, "cannot read the device map: it does not end");
		prev = key;
		more = sys_device_next(d, &prev, &key, e);
	}
	return more;
}

int helper_map_apply(const struct sys_device *d, const struct helper_map *want, struct err *e)
{
	struct helper_map have = { 0 };
	struct helper_map wanted = *want;

	if (current_keys(d, &have, e))
		return -1;
	for (size_t i = 0; i < have.count; i++)
		if (!find(&wanted, &have.items[i].key) && GUARD(helper_withdraw) &&
		    sys_device_set(d, &have.items[i].key, 0, e))
			return -1;
	for (size_t i = 0; i < want->count; i++)
		if (sys_device_set(d, &want->items[i].key, want->items[i].access, e))
			return -1;
	/* Said last: what fits is in force, and above all what went is gone. */
	if (want->overflow)
		return err_env(e, "cannot allow every tagged device: a map holds %u",
			       SYS_DEVICE_MAP_ENTRIES);
	return 0;
}
