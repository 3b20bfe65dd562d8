/* SPDX-License-Identifier: Apache-2.0 */
/* The pack being written, and the writers of its parts. Private to this floor. */
#ifndef EMIT_PACK_H
#define EMIT_PACK_H

#include "emit.h"
#include "manifest.h"
#include "seccomp.h"
#include "str.h"

struct pack_file {
	const char *path; /* below OUT/pack */
	enum manifest_kind kind;
	size_t size;
	uint8_t digest[SHA256_SIZE];
};

/* A folder that boot makes; attrs has no path. */
struct pack_folder {
	const char *path; /* below /var */
	struct manifest_folder attrs;
};

/* One value of the kernel's AppArmor feature tree. */
struct pack_feature {
	const char *path;
	const char *value;
};

/* A board's features folder, read. */
struct pack_features {
	const char *dir;	    /* of the tree, for the parser */
	struct pack_feature *items; /* sorted by path */
	size_t count;
	const char *kernel; /* SHA-256 of the kernel image, hexadecimal */
};

/* What each app got, for plan and twins. */
struct pack_app {
	const struct policy_app *p;
	uint8_t filter_digest[SHA256_SIZE];
	uint32_t filter_count; /* instructions */
	const char *text;      /* AppArmor profile */
	const void *policy;    /* its binary */
	size_t policy_size;
	const char *sha1;	    /* of the profile, as the kernel will show it */
	const char *parser_options; /* what was chosen beside the fixed ones, "" mostly */
};

struct pack {
	struct mem_arena *a;
	const struct model *m;
	const struct policy *policy;
	const char *out;
	struct meta_diag *d;
	struct pack_features features;
	struct pack_app *apps; /* as policy->apps */
	const char *parser;    /* version and arguments */
	struct pack_file *files;
	size_t file_count;
	size_t file_room;
	struct pack_folder *folders; /* sorted by path */
	size_t folder_count;
	size_t folder_room;
};

/* Writes OUT/pack/PATH and notes it for the MANIFEST (which itself is written with kind 0). */
int emit_pack_write(struct pack *k, enum manifest_kind kind, const char *path, const void *data,
		    size_t size) BASE_WARN_UNUSED;

/* Gives each app of k->policy its row. */
void emit_pack_start(struct pack *k);

/* Writes OUT/PATH. */
int emit_pack_text(struct pack *k, const char *path, const char *text) BASE_WARN_UNUSED;

/* Writes OUT/twins/PATH. */
int emit_pack_twin(struct pack *k, const char *path, const char *text) BASE_WARN_UNUSED;

bool emit_pack_has_layer(const struct policy_app *app, unsigned layer);
bool emit_pack_is_devmode(const struct policy_app *app);

/* "# file:line (reason)" of a rule: the file's last component, so that no host path appears. */
void emit_pack_origin(struct str *s, const struct meta_loc *loc, const char *reason);
/* The same behind the rule. */
void emit_pack_provenance(struct str *s, const struct meta_loc *loc, const char *reason);

/* A device, a slot, a module of an app: one line each. */
void emit_pack_device(struct str *s, const struct policy_device *d);
int emit_pack_slot(struct pack *k, const struct policy_app *app, const struct policy_slot *slot,
		   struct str *s) BASE_WARN_UNUSED;
void emit_pack_module(struct str *s, const struct policy_module *m);
/* What a daemon does without the slot, a line; nothing where that is optional. */
void emit_pack_need(struct str *s, const struct policy_app *app, const struct policy_slot *slot);

/* Refuses an app whose slots match more devices than a device map is made for. */
int emit_pack_check_maps(struct pack *k) BASE_WARN_UNUSED;

/* What a snap's rules file holds; *out is NULL where none of its apps has a slot. */
int emit_pack_udev_text(struct pack *k, const struct model_snap *snap,
			const char **out) BASE_WARN_UNUSED;

/*
 * Fills in the profile text of each app with the layer; compiles and verifies these texts for
 * k->features. Nothing is written.
 */
int emit_pack_profiles(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_compile(struct pack *k) BASE_WARN_UNUSED;

/* The app's filter for the model's board. */
int emit_pack_filter(struct pack *k, const struct policy_app *app,
		     struct seccomp_program *out) BASE_WARN_UNUSED;

/* Reads the features folder and refuses a tree that would leave a class unmediated. */
int emit_pack_read_features(struct pack *k, const char *dir) BASE_WARN_UNUSED;

/* Each writes its artefact and its twin. */
int emit_pack_apparmor(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_seccomp(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_plans(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_udev(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_bus(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_modules(struct pack *k) BASE_WARN_UNUSED;
/* The text of a snap's file for the system's D-Bus, or NULL when it needs none. */
const char *emit_pack_bus_text(struct pack *k, const struct model_snap *snap);
/* What starts daemons: systemd's units, or the table of bulkhead-supervise. */
int emit_pack_units(struct pack *k) BASE_WARN_UNUSED;
/* Refuses what cannot be on a base whose init is systemd. */
int emit_pack_check_systemd(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_daemons(struct pack *k) BASE_WARN_UNUSED;
int emit_pack_manifest(struct pack *k) BASE_WARN_UNUSED;

/* Fills folders (folders.c). */
void emit_pack_folders(struct pack *k);
int emit_pack_report(struct pack *k) BASE_WARN_UNUSED;

#endif
