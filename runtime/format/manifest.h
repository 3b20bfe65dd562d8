/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MANIFEST: what the policy pack holds, and what boot does with it. It vouches against
 * accidents, not for who made it: trust starts at the read-only root.
 *
 * Bytes: struct manifest_header, tables in the order of enum manifest_table, then the strings,
 * with the rules of plan.h (one valid layout, little-endian, offset 0 is "").
 */
#ifndef FORMAT_MANIFEST_H
#define FORMAT_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "sha256.h"

#define MANIFEST_MAGIC	  "BHMANI\0"
#define MANIFEST_VERSION  6u
#define MANIFEST_SIZE_MAX (4u * 1024u * 1024u)

enum manifest_flag {
	MANIFEST_FLAG_DEVELOPMENT = 1 << 0, /* may hold plans that lack layers */
};
#define MANIFEST_FLAGS_ALL 0x1u

enum manifest_table {
	MANIFEST_TABLE_FILES,	 /* struct manifest_file, sorted by path, unique */
	MANIFEST_TABLE_SNAPS,	 /* struct manifest_snap, sorted by name, unique */
	MANIFEST_TABLE_PROFILES, /* struct manifest_profile, sorted by name, unique */
	MANIFEST_TABLE_SETIDS,	 /* struct manifest_setid, sorted by path, unique */
	MANIFEST_TABLE_SYSCTLS,	 /* struct manifest_sysctl, sorted by name, unique */
	MANIFEST_TABLE_FOLDERS,	 /* struct manifest_folder, sorted by path, unique */
	MANIFEST_TABLE_FEATURES, /* struct manifest_feature, sorted by path, unique; at least one */
	MANIFEST_TABLE_MADE,	 /* struct manifest_made, sorted by value, unique */
	MANIFEST_TABLES,
};

struct manifest_span {
	uint32_t offset;
	uint32_t count;
};

struct manifest_header {
	char magic[8];
	uint32_t version;
	uint32_t size;
	uint32_t flags;
	uint32_t signature_size; /* must be 0 in this version */
	uint32_t image;		 /* string: name of the image */
	uint32_t board;		 /* string */
	uint32_t parser;	 /* string: version and arguments of apparmor_parser */
	uint32_t kernel;	 /* string: SHA-256 of the kernel image, hexadecimal */
	struct manifest_span tables[MANIFEST_TABLES];
	struct manifest_span strings;
};

_Static_assert(sizeof(struct manifest_header) == 112, "manifest header layout");

enum manifest_kind {
	MANIFEST_KIND_POLICY =
		1,	      /* policy.aa: AppArmor binaries, loaded in one write; at most one */
	MANIFEST_KIND_PLAN,   /* plans/LABEL.plan */
	MANIFEST_KIND_FILTER, /* filters/LABEL.bpf */
	MANIFEST_KIND_UDEV,   /* rules.d/70-snap.NAME.rules; the image links it where udevd looks */
	MANIFEST_KIND_DAEMONS,	/* daemons: table of bulkhead-supervise; at most one */
	MANIFEST_KIND_BUS,	/* bus.d/snap.NAME.conf; linked where the system's D-Bus looks */
	MANIFEST_KIND_MODULES,	/* modules-load.d/bulkhead.conf; linked where the init looks */
	MANIFEST_KIND_MODPROBE, /* modprobe.d/bulkhead.conf; linked where modprobe looks */
	MANIFEST_KIND_UNIT, /* units/LABEL.service, LABEL.wait-SLOT.service; linked where systemd
			       looks */
};

struct manifest_file {
	uint32_t path; /* relative to the pack, clean */
	uint32_t kind;
	uint64_t size;
	uint8_t digest[SHA256_SIZE];
};

struct manifest_snap {
	uint32_t name;	   /* instance name */
	uint32_t revision; /* "x1", or "1" */
	uint32_t file;	   /* absolute path of the squashfs file in the image */
	uint32_t uid;	   /* of its apps, owner of its data; 0 for root */
	uint32_t gid;
	uint32_t reserved; /* 0 */
};

struct manifest_profile {
	uint32_t name; /* the label */
	uint32_t sha1; /* what the kernel shows of it once it is loaded: 40 hexadecimal digits */
};

/* A file of the base whose set-id bits the image writer cleared, or kept because of keep-setuid. */
struct manifest_setid {
	uint32_t path; /* in the image: absolute, clean */
	uint32_t mode; /* as it was found: permission bits with a set-id bit */
	uint32_t kept; /* 1: keep-setuid names it */
};

struct manifest_sysctl {
	uint32_t name;	/* below /proc/sys, clean: "user/max_user_namespaces" */
	uint32_t value; /* text written: a decimal number */
};

/* Lent to another snap, or shown elsewhere. Its owner may have widened the mode, or put something
 * in its place: then it is left. */
enum manifest_shared {
	MANIFEST_SHARED = 1,
	MANIFEST_SHARED_FILE = 2, /* a file, made empty */
};

/* A folder that boot makes, or finds as its own; parents come before what they hold. */
struct manifest_folder {
	uint32_t path; /* below /var, clean: "snap/sensord/common"; run/slot/NAME for a tmpfs */
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;	   /* permission bits, no others */
	uint32_t shared;   /* enum manifest_shared; 0: neither */
	uint32_t size_kib; /* not 0: a tmpfs of that size, at /run/slot/NAME, made anew */
};

#define MANIFEST_SLOTS "run/slot"

/*
 * The kernel that policy.aa was compiled for: what its AppArmor feature tree held at build, file by
 * file below /sys/kernel/security/apparmor/features, so that a mismatch can be named.
 */
struct manifest_feature {
	uint32_t path;	/* "network_v8/af_mask" */
	uint32_t value; /* file content without its trailing newline */
};

/*
 * A device that the kernel makes, and numbers, when value is written to file. Boot asks for them in
 * this order; one that is there before, or not there after, is somebody else's, or has become so.
 */
struct manifest_made {
	uint32_t value;	 /* "9030000.pl061 0-3" */
	uint32_t file;	 /* as device: below /sys, clean, without a leading slash */
	uint32_t device; /* "sys/devices/platform/NAME.0" */
};

struct manifest {
	const struct manifest_header *header;
	union {
		const void *rows[MANIFEST_TABLES];
		struct { /* the same, in the order of enum manifest_table */
			const struct manifest_file *files;
			const struct manifest_snap *snaps;
			const struct manifest_profile *profiles;
			const struct manifest_setid *setids;
			const struct manifest_sysctl *sysctls;
			const struct manifest_folder *folders;
			const struct manifest_feature *features;
			const struct manifest_made *made;
		};
	};
	const char *strings;
};

/* Checks the whole file, buf 8-byte aligned: layout, references, order, uniqueness, kinds, paths.
 */
int manifest_read(const void *buf, size_t size, struct manifest *m, struct err *e) BASE_WARN_UNUSED;

static inline const char *manifest_text(const struct manifest *m, uint32_t ref)
{
	return m->strings + ref;
}

static inline uint32_t manifest_count(const struct manifest *m, enum manifest_table t)
{
	return m->header->tables[t].count;
}

/* The row of that table whose first text that is, or NULL. */
const void *manifest_row(const struct manifest *m, enum manifest_table t, const char *text);

/* The entry of that path, or NULL. */
static inline const struct manifest_file *manifest_find(const struct manifest *m, const char *path)
{
	return manifest_row(m, MANIFEST_TABLE_FILES, path);
}

#endif
