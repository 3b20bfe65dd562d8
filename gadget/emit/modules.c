/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modules-load.d/bulkhead.conf and modprobe.d/bulkhead.conf: the kernel modules that connections
 * need, in the form that every init and modprobe(8) read.
 */
#include <stdlib.h>
#include <string.h>

#include "pack.h"

/* All modules of all apps, by name: "-" and "_" are one to the kernel. */
struct modules {
	struct policy_module *items;
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	const struct policy_module *x = a;
	const struct policy_module *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = strcmp(x->load, y->load);
	return order ? order : strcmp(x->options, y->options);
}

static const char *kernel_name(struct mem_arena *a, const char *name)
{
	char *s = mem_strdup(a, name);

	for (char *p = s; *p; p++)
		if (*p == '-')
			*p = '_';
	return s;
}

static struct modules gather(struct pack *k)
{
	struct modules m = { 0 };
	size_t room = 0;

	for (size_t i = 0; i < k->policy->app_count; i++)
		room += k->policy->apps[i].modules.count;
	m.items = mem_array(k->a, room, sizeof(*m.items));
	for (size_t i = 0; i < k->policy->app_count; i++) {
		const struct policy_modules *from = &k->policy->apps[i].modules;

		for (size_t j = 0; j < from->count; j++) {
			m.items[m.count] = from->items[j];
			m.items[m.count++].name = kernel_name(k->a, from->items[j].name);
		}
	}
	if (m.count)
		qsort(m.items, m.count, sizeof(*m.items), by_name);
	return m;
}

/* Sorted by name, then "denied" before "on-boot": each is beside what it contradicts. */
static int check(struct pack *k, const struct modules *m)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct policy_module *x = &m->items[i];

		for (size_t j = i + 1; j < m->count && str_eq(m->items[j].name, x->name); j++)
			if (str_eq(x->load, "denied") && !str_eq(m->items[j].load, "denied"))
				return meta_error(k->d, &m->items[j].loc,
						  "cannot load module %s for %s: %s denies it",
						  x->name, m->items[j].reason, x->reason);
	}
	return 0;
}

static bool repeats(const struct modules *m, size_t i)
{
	return i && by_name(&m->items[i - 1], &m->items[i]) == 0;
}

static void add_settings(struct str *s, const struct policy_module *x)
{
	if (str_eq(x->load, "denied"))
		str_printf(s, "blacklist %s\ninstall %s /bin/false\n", x->name, x->name);
	if (*x->options)
		str_printf(s, "options %s %s\n", x->name, x->options);
}

static int write_file(struct pack *k, enum manifest_kind kind, const char *path,
		      const struct str *lines)
{
	const char *text = mem_printf(k->a, "# Of the connections, written by bulkhead.\n%s",
				      lines->len ? lines->text : "");

	if (!lines->len)
		return 0;
	return emit_pack_write(k, kind, path, text, strlen(text)) || emit_pack_twin(k, path, text)
		       ? -1
		       : 0;
}

int emit_pack_modules(struct pack *k)
{
	const struct modules m = gather(k);
	CLEANUP_STR struct str load = { 0 };
	CLEANUP_STR struct str settings = { 0 };

	if (check(k, &m))
		return -1;
	for (size_t i = 0; i < m.count; i++) {
		if (repeats(&m, i))
			continue;
		add_settings(&settings, &m.items[i]);
		if (str_eq(m.items[i].load, "on-boot") &&
		    (!i || !str_eq(m.items[i - 1].name, m.items[i].name) ||
		     !str_eq(m.items[i - 1].load, "on-boot")))
			str_printf(&load, "%s\n", m.items[i].name);
	}
	return write_file(k, MANIFEST_KIND_MODULES, "modules-load.d/bulkhead.conf", &load) ||
			       write_file(k, MANIFEST_KIND_MODPROBE, "modprobe.d/bulkhead.conf",
					  &settings)
		       ? -1
		       : 0;
}
