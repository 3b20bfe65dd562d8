/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed and validated model: what image.yaml, board.yaml, gadget.yaml, snap.yaml and the
 * interface files say, with every reference resolved. Immutable once built; everything lives in
 * the arena it was built in. Names are the formats' own.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_model.h"
#include "board_model.h"
#include "gadget_model.h"
#include "iface_model.h"
#include "mem.h"
#include "meta.h"
#include "process_model.h"

/* --- snaps ----------------------------------------------------------------------------------- */

struct model_snap;
struct model_app;

/* What a daemon does while hardware that a plug brings is not there: image.yaml's "needs:". */
enum model_need {
	MODEL_NEED_OPTIONAL, /* the default: it starts and runs all the same */
	MODEL_NEED_WAIT,     /* at boot it is started so much later at most */
	MODEL_NEED_REQUIRED, /* it is started when it comes, and ended when it goes */
};

/* A plug or a slot as a snap declares it. */
struct model_end {
	const char *name;
	const char *interface;
	const struct model_iface *iface; /* NULL: no such interface here (a warning was given) */
	const struct meta_node *attrs;	 /* map of the attributes, or NULL */
	const struct model_snap *snap;	 /* NULL: the system's own slot */
	const struct model_variant *variant; /* the one that its attributes fit */
	bool unread;	      /* it has an error: nothing that follows from it alone is told */
	enum model_need need; /* of a plug */
	unsigned wait_ms;     /* MODEL_NEED_WAIT */
	struct meta_loc need_loc;
	struct meta_loc loc;
};

struct model_env {
	const char *name;
	const char *value; /* unexpanded */
	struct meta_loc loc;
};

enum model_daemon {
	MODEL_DAEMON_NONE,
	MODEL_DAEMON_SIMPLE,
	MODEL_DAEMON_FORKING,
	MODEL_DAEMON_ONESHOT,
	MODEL_DAEMON_NOTIFY,
	MODEL_DAEMON_DBUS,
};

enum model_restart {
	MODEL_RESTART_ON_FAILURE, /* the default */
	MODEL_RESTART_NEVER,
	MODEL_RESTART_ON_SUCCESS,
	MODEL_RESTART_ON_ABNORMAL,
	MODEL_RESTART_ON_ABORT,
	MODEL_RESTART_ALWAYS,
	MODEL_RESTART_ON_WATCHDOG,
};

/* As snap.yaml has it. */
const char *model_restart_name(enum model_restart restart);

/* An app, or a hook. */
struct model_app {
	const char *name;
	const char *label; /* snap.INSTANCE.APP, snap.INSTANCE.hook.HOOK */
	const struct model_snap *snap;
	bool hook;
	const char *command; /* as written; NULL: none, which only a hook or a check has */
	const char **argv; /* command split at blanks, command-chain before it; relative to $SNAP */
	size_t argc;
	size_t chain_count;  /* of argv; argv[chain_count] is the command */
	unsigned namespaces; /* enum model_namespace, as image.yaml says */
	bool interactive;    /* the users of the image may start it */
	bool unsound;	     /* it has an error: what follows from it alone is not told */
	struct model_process process;
	enum model_daemon daemon;
	enum model_restart restart;
	unsigned restart_delay_ms, start_timeout_ms, stop_timeout_ms;
	const struct model_app **after; /* resolved from after and the others' before; acyclic */
	size_t after_count;
	struct model_env *env;
	size_t env_count;
	struct model_end **plugs; /* those of the app and the unscoped ones of the snap, by name */
	size_t plug_count;
	struct model_end **slots;
	size_t slot_count;
	struct meta_loc loc;
};

enum model_snap_type {
	MODEL_SNAP_APP,
	MODEL_SNAP_GADGET,
	MODEL_SNAP_KERNEL,
	MODEL_SNAP_OS,
	MODEL_SNAP_BASE,
	MODEL_SNAP_SNAPD,
};

/* What snap.yaml was made for, and what image.yaml's mode makes of it. */
enum model_confinement { MODEL_STRICT, MODEL_DEVMODE, MODEL_CLASSIC };

struct model_snap {
	const char *name;     /* as published */
	const char *instance; /* name, or name_KEY */
	const char *version;
	const char *revision; /* "x1" for what was built here */
	enum model_snap_type type;
	enum model_confinement confinement; /* after image.yaml's mode */
	const char *dir;		    /* unpacked tree on the build host */
	const char *source;		    /* as image.yaml says it */
	struct model_app *apps;
	size_t app_count;
	struct model_app *hooks; /* of snap.yaml and of meta/hooks, by name */
	size_t hook_count;
	struct model_env *env;
	size_t env_count;
	struct model_end *plugs;
	size_t plug_count;
	struct model_end *slots;
	size_t slot_count;
	bool ends_unread; /* there are plugs or slots that could not be read */
	bool unsound;	  /* it has an error, and takes part in nothing but what was read of it */
	const char *base_name;	       /* "base:" of snap.yaml, or NULL */
	const struct model_snap *base; /* the snap that is its root; NULL: the image's own */
	struct model_layout *layouts;
	size_t layout_count;
	const char **set_ids; /* of a base: files whose set-id bits the image has not; sorted */
	size_t set_id_count;
	struct model_base files; /* listed where something else is shown among them */
	uint32_t uid, gid;	 /* of its processes and data; 0 is root */
	bool interactive;	 /* some app of it is */
	unsigned layers;	 /* plan.h's PLAN_LAYER_*: all, but in development images */
	struct meta_loc loc;
};

/* --- image ----------------------------------------------------------------------------------- */

enum model_why { MODEL_WHY_AUTO, MODEL_WHY_GADGET, MODEL_WHY_IMAGE };
extern const char *const model_why_names[]; /* "auto", "gadget", "image" */

struct model_connection {
	const struct model_end *plug;
	const struct model_end *slot;
	struct meta_loc
		loc; /* where it was asked for: gadget.yaml, image.yaml, or the interface file */
	enum model_why why;
};

/* Somebody who may start what is interactive; the number is of the group too. */
struct model_user {
	const char *name; /* the home is /home/NAME */
	uint32_t uid;
};

struct model_image {
	const char *name;
	const char *dir; /* of image.yaml: relative paths start here */
	bool development;
	enum model_kind kind;		/* "model:", or what the command line says */
	const char **accept_unmediated; /* "unix", "dbus", "dbus-as-root" */
	size_t accept_count;
	const char *
		*sysctls; /* "NAME=value" of image.yaml's sysctl: map, over the defaults; sorted */
	size_t sysctl_count;
	const char **keep_setuid;
	size_t keep_setuid_count;
	struct model_line *allow_reserved; /* nodes of the board that apps may be given */
	size_t allow_reserved_count;
	struct model_user *users; /* by number */
	size_t user_count;
	struct model_base base;
	struct meta_loc loc;
};

struct model {
	bool bare; /* of model_load_bare(): no image, nothing that runs */
	struct model_image image;
	struct model_board board;
	struct model_gadget gadget;
	struct model_snap gadget_snap;
	/* Sorted by instance name; behind them those that have an error, as far as they could be
	 * read: no policy is made of them, and nothing that follows from their errors is told. */
	struct model_snap *snaps;
	size_t snap_count, lost_count;
	bool judged; /* of an image with errors: what is here can be asked for its policy */
	struct model_identity *identities; /* of gadget/templates/identities.yaml */
	size_t identity_count;
	struct model_iface *ifaces; /* sorted by name */
	size_t iface_count;
	struct model_end *system_slots; /* one per interface the system offers */
	size_t system_slot_count;
	struct model_connection *connections; /* sorted by plug snap, plug, slot snap, slot */
	size_t connection_count;
};

/* Where the tool's own data lies, and what the command line overrides. Borrowed strings. */
struct model_options {
	const char *data;     /* holds boards/, gadget/interfaces/, gadget/templates/ */
	const char *board;    /* instead of image.yaml's; or NULL */
	const char *base;     /* instead of image.yaml's; or NULL */
	const char *features; /* captured features folder instead of the board's; or NULL */
	const char *files;    /* fetched kernel and firmware files */
	const char *kind;    /* name of an enum model_kind instead of image.yaml's model; or NULL */
	const char *scratch; /* existing folder that .snap files are unpacked to */
	bool checking;	     /* nothing is built: a base may be absent, and what a later version
				brings is a warning in files of the reference's formats */
	bool metadata;	     /* with checking: only what metadata says is asked for: no base is read
				and no program of a snap needs to be there */
};

/*
 * Reads image.yaml and everything it names. Records every error found; -1 when there was one.
 */
int model_load(struct mem_arena *a, const char *image_yaml, const struct model_options *o,
	       struct model *out, struct meta_diag *d) BASE_WARN_UNUSED;

/* What a file is, by its keys. */
enum model_file_kind {
	MODEL_FILE_UNKNOWN,
	MODEL_FILE_GADGET,
	MODEL_FILE_SNAP,
	MODEL_FILE_IMAGE,
	MODEL_FILE_BOARD,
	MODEL_FILE_IFACE,
};

/* One file that was looked at, and what was understood of it. */
struct model_checked {
	const char *name; /* as messages call it */
	enum model_file_kind kind;
	bool ok;
	const struct model_gadget *gadget; /* MODEL_FILE_GADGET */
	const struct model_snap *snap;	   /* MODEL_FILE_SNAP */
	const struct model *model;	   /* MODEL_FILE_IMAGE */
	const struct model_iface *iface;   /* MODEL_FILE_IFACE */
};

/* Zero-initialised is empty; grows over several calls. */
struct model_checks {
	struct model_checked *items;
	size_t count, room;
};

/* Single files and folders, for "bulkhead check": recognised by content. out may be NULL. */
int model_check(struct mem_arena *a, const char *path, const struct model_options *o,
		struct model_checks *out, struct meta_diag *d) BASE_WARN_UNUSED;

/* The parts, each usable alone. */
int model_load_ifaces(struct mem_arena *a, const char *dir, struct model *out,
		      struct meta_diag *d) BASE_WARN_UNUSED;
/*
 * The text of one value of an attribute, as templates and matching see it: numbers in decimal,
 * paths of a snap as paths of the device. n is not the list itself. NULL after recording an error.
 */
const char *model_attr_text(struct mem_arena *a, const struct model_attr_def *def,
			    const struct meta_node *n, const struct model_end *end,
			    struct meta_diag *d) BASE_WARN_UNUSED;
/* True when a field of a map attribute that refers to other attributes names this path. */
bool model_attr_refers(const struct model_attr_def *def, const struct meta_node *record,
		       const char *path);
/* True when n, an item of the list that def defines, fulfils every condition (docs/interfaces.md).
 */
bool model_attr_when(const struct model_attr_def *def, const struct meta_node *n,
		     const char *const *conditions);
int model_read_board(struct mem_arena *a, const struct meta_node *root, const char *dir,
		     struct model_board *out, struct meta_diag *d) BASE_WARN_UNUSED;
int model_read_gadget(struct mem_arena *a, const struct meta_node *root, struct model_gadget *out,
		      struct meta_diag *d) BASE_WARN_UNUSED;
int model_read_snap(struct mem_arena *a, const struct meta_node *root, const struct model *ifaces,
		    struct model_snap *out, struct meta_diag *d) BASE_WARN_UNUSED;

#endif
