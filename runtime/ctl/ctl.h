/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkheadctl: the operator's program. It holds no privilege and no start depends on it.
 *
 * "probe" asks of each device which slots of which interfaces would find it, by reading their udev
 * matches backwards (format/hwtable.h), and drafts the slot that finds it alone. What devices say
 * of themselves is hostile: it is shown escaped, and drafted only where an interface takes it.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "hwtable.h"
#include "str.h"

#define CTL_HARDWARE "/usr/lib/bulkhead/hardware"

struct ctl_table {
	const struct hardware_row *rows;
	const struct hardware_term *terms;
	const struct hardware_attr *attrs;
	uint32_t row_count, term_count;
	const char *strings;
};

/* Checks the whole file, buf 8-byte aligned; t borrows it. */
int ctl_table_read(const void *buf, size_t size, struct ctl_table *t,
		   struct err *e) BASE_WARN_UNUSED;

static inline const char *ctl_text(const struct ctl_table *t, uint32_t ref)
{
	return t->strings + ref;
}

/*
 * What a device (level 0), its parent (1), ... answers to a key: borrowed from the device, NULL
 * for nothing. import: the builtin of udev that finds out a property which udev's files have not.
 */
struct ctl_ask {
	enum hardware_key key;
	unsigned level;
	const char *arg, *import;
};
typedef const char *ctl_answer(void *device, const struct ctl_ask *ask);

/* No device of Linux is that deep. */
#define CTL_LEVELS 32u

/* A device with a node. */
struct ctl_node {
	const char *name; /* below /dev */
	const char *product;
	void *device;
};

/* What is asked about: nodes sorted by name, no two of one name. */
struct ctl_world {
	const struct ctl_table *table;
	ctl_answer *answer;
	const struct ctl_node *nodes;
	size_t count;
};

/* A row of the table with its terms. */
struct ctl_row {
	const struct hardware_row *row;
	const struct hardware_term *terms;
};

/*
 * The attributes of a slot of that row that would find the node, as YAML ("of-path:
 * \"/soc/i2c@0\""): owned text, "" for a slot without any; NULL where none would. With optional
 * those that it may say too. What the device says of itself and no slot takes is put into
 * *unusable, owned, where that is NULL; unusable may be NULL.
 */
char *ctl_solve(const struct ctl_world *w, const struct ctl_row *r, const struct ctl_node *n,
		bool optional, char **unusable) BASE_WARN_UNUSED;

/* Printable ASCII as it is, all other bytes, quotes and backslashes as \xNN: for a terminal, and in
 * double quotes for YAML. */
void ctl_escape(const char *text, struct str *out);
void ctl_quote(const char *text, struct str *out);

/* Adds what is known of each node, and the draft of a slot that finds it alone where there is one.
 */
void ctl_draft(const struct ctl_world *w, struct str *out);

/* Drafts slots for all devices with a node that udev knows; without all, for those that are
 * hardware. Adds the text to out. */
int ctl_probe(const struct ctl_table *t, bool all, struct str *out, struct err *e) BASE_WARN_UNUSED;

#endif
