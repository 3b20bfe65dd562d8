/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds files of our own formats for tests: byte by byte as the readers want them, or wrong in one
 * place. A test takes a minimal valid file, changes fields of the header and adds rows, and ends
 *it:
 *
 *	struct build_plan p = { 0 };
 *	build_plan_start(&p);
 *	p.header.uid = 0;
 *	build_plan_row(&p, PLAN_TABLE_DEVICES, &(struct plan_device){ PLAN_DEVICE_CHAR, 1, 3, 6 });
 *	bytes = build_plan_end(&p, &size);
 */
#ifndef TESTS_BUILD_H
#define TESTS_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "daemons.h"
#include "filter.h"
#include "manifest.h"
#include "plan.h"
#include "str.h"

#define BUILD_TABLES 10

/* Tables and strings of any of the formats. Zero-initialised is empty; ended by build_end(). */
struct build {
	struct str tables[BUILD_TABLES];
	struct str strings;
};

/* The reference of a text, added when it is not there yet. "" is 0. */
uint32_t build_text(struct build *b, const char *text);

/*
 * Header, count tables, strings, one after the other. Returns owned memory of *size bytes, free
 * with free(); everything else is released. The header's offsets are the caller's.
 */
void *build_end(struct build *b, const void *header, size_t header_size, unsigned count,
		size_t *size);

/* --- plan: production, snap.demo.app, argv[0] only ------------------------------------------- */

struct build_plan {
	struct build b;
	struct plan_header header;
};

void build_plan_start(struct build_plan *p);
void build_plan_row(struct build_plan *p, enum plan_table t, const void *row);

/* A row of argv or env. */
void build_plan_text(struct build_plan *p, enum plan_table t, const char *text);
void *build_plan_end(struct build_plan *p, size_t *size);

/* --- manifest: production, one feature, "a/b" = "yes"
 * ----------------------------------------------------------- */

struct build_manifest {
	struct build b;
	struct manifest_header header;
};

void build_manifest_start(struct build_manifest *m);
void build_manifest_row(struct build_manifest *m, enum manifest_table t, const void *row);
void build_manifest_feature(struct build_manifest *m, const char *path, const char *value);
void build_manifest_file(struct build_manifest *m, const char *path, enum manifest_kind kind);
void *build_manifest_end(struct build_manifest *m, size_t *size);

/* --- daemons: no row ------------------------------------------------------------------------- */

struct build_daemons {
	struct build b;
	struct daemons_header header;
};

void build_daemons_start(struct build_daemons *d);

/* A simple daemon of that label that restarts always, after no other. Change it before adding. */
struct daemons_row build_daemons_row(struct build_daemons *d, const char *label);
void build_daemons_add(struct build_daemons *d, const struct daemons_row *row);

/* Row starts after another. */
/* Hardware of that row, which has the tag of snap.ab.b and the slot. */
void build_daemons_need(struct build_daemons *d, uint32_t row, const char *slot, uint32_t wait_ms);
void build_daemons_after(struct build_daemons *d, uint32_t row, uint32_t after);
void *build_daemons_end(struct build_daemons *d, size_t *size);

/* --- filter: arm64; returns owned memory as the others do ------------------------------------ */

void *build_filter(const struct filter_insn *insns, uint32_t count, size_t *size);

/* The udev tag of label and slot, by the words of tag.h; neither is checked. */
void build_tag(const char *label, const char *slot, char tag[256]);

#endif
