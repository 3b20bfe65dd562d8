/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware table: what slots of each interface find their device by, so that bulkheadctl can
 * say of a device which slot would find it. Written from the interface files, at image build;
 * nothing that starts an app reads it. Its reader is runtime/ctl's.
 *
 * Bytes: struct hardware_header, tables in the order of enum hardware_table, then the strings;
 * rules of plan.h.
 */
#ifndef FORMAT_HWTABLE_H
#define FORMAT_HWTABLE_H

#include <stdint.h>

#define HARDWARE_MAGIC	  "BHHARD\0"
#define HARDWARE_VERSION  1u
#define HARDWARE_SIZE_MAX (256u * 1024u)

enum hardware_table { HARDWARE_ROWS, HARDWARE_TERMS, HARDWARE_ATTRS, HARDWARE_TABLES };

/* What a term asks of a device, as udev's keys do; from the first of a parent on, of it or of one
 * of those above it, all of a row of the same one. */
enum hardware_key {
	HARDWARE_KERNEL = 1,
	HARDWARE_SUBSYSTEM,
	HARDWARE_DRIVER,
	HARDWARE_ENV,
	HARDWARE_ATTR,
	HARDWARE_TEST,
	HARDWARE_KERNELS,
	HARDWARE_SUBSYSTEMS,
	HARDWARE_DRIVERS,
	HARDWARE_ATTRS_OF, /* ATTRS */
};
#define HARDWARE_FIRST_OF_PARENT HARDWARE_KERNELS

/* What becomes of it as the value of an attribute. */
enum hardware_form {
	HARDWARE_LITERAL, /* none: it is compared with a pattern */
	HARDWARE_TEXT,
	HARDWARE_NODE,	/* of the kernel's name: the path of the node */
	HARDWARE_NODES, /* of the kernel's name: that path with a glob for the number at its end */
	HARDWARE_HEX,	/* digits of a number */
};

/* A slot of that interface finds a device of which all terms hold. */
struct hardware_row {
	uint32_t interface;
	uint32_t identity; /* "of-path"; "": by the kernel's name */
	uint32_t system;   /* 1: the system's slot, which no gadget writes */
	uint32_t terms;	   /* how many of the next ones of the table are its own */
};

struct hardware_term {
	uint32_t key;	 /* enum hardware_key */
	uint32_t arg;	 /* of ENV, ATTR and ATTRS */
	uint32_t value;	 /* of a literal: udev's pattern */
	uint32_t differ; /* 1: != */
	uint32_t form;	 /* enum hardware_form */
	uint32_t attr;	 /* number in the table of attributes; of a literal 0 */
	uint32_t import; /* of ENV: the builtin of udev that finds it, "parent", or "" */
};

struct hardware_attr {
	uint32_t name;
	uint32_t match; /* POSIX extended expression for the whole value; of a number "" */
	uint32_t first, last;
	uint32_t optional;
};

struct hardware_span {
	uint32_t offset, count;
};

struct hardware_header {
	char magic[8];
	uint32_t version;
	uint32_t size;
	struct hardware_span tables[HARDWARE_TABLES];
	struct hardware_span strings;
};

_Static_assert(sizeof(struct hardware_header) == 48, "hardware header layout");

#endif
