/* SPDX-License-Identifier: Apache-2.0 */
/* image.yaml as written, before what it names is read; not for other floors. */
#ifndef MODEL_IMAGE_H
#define MODEL_IMAGE_H

#include "reader.h"

/*
 * What image.yaml wants of a snap. Jailmode takes one that asks for devmode, and holds it; without
 * a word such a snap has its way in a development image.
 */
enum image_mode { IMAGE_AS_MADE, IMAGE_STRICT, IMAGE_DEVMODE, IMAGE_JAILMODE };

struct image_snap {
	const char *source;
	enum image_mode mode;
	const char *key;      /* of the instance, or NULL */
	const char *revision; /* or NULL */
	unsigned layers;
	bool layers_given;     /* layers: names them */
	bool unsound, unnamed; /* with an error; in what it is called */
	struct meta_loc loc;
};

struct image_file {
	const struct meta_node *root; /* NULL: no map, or too long: nothing else of it is read */
	bool kind_unread;
	bool policy_unread;		   /* what all policy depends on has an error */
	const char *board, *gadget, *base; /* or NULL */
	struct image_snap *snaps;
	size_t snap_count;
	const struct meta_node *connections; /* or NULL */
	const struct meta_node *run_as;	     /* or NULL */
	const struct meta_node *namespaces;  /* or NULL */
	const struct meta_node *process;     /* or NULL */
	const struct meta_node *interactive; /* or NULL */
	const struct meta_node *users;	     /* or NULL */
	const struct meta_node *store_ids;   /* or NULL */
	const struct meta_node *privileged;  /* or NULL */
	const struct meta_node *needs;	     /* or NULL */
};

/* Fills out and the fields of image that image.yaml itself decides. */
int model_image_read(const struct reader *r, const struct meta_node *root, struct image_file *out,
		     struct model_image *image) BASE_WARN_UNUSED;

/* What is known of a snap with an error, which may be nothing; unnamed: not its name either. */
void model_lost_snap(struct model_snap *s, bool unnamed);

/*
 * Sorts the count snaps of m, those without an error first (snap_count, lost_count), and refuses
 * two of one name. A snap on a base that has an error is not looked at either.
 */
int model_lost_part(const struct reader *r, struct model *m, size_t count) BASE_WARN_UNUSED;

/* Numbers of users: root, those written, and 60000 upward for "auto", in the order of names. */
int model_image_users(const struct reader *r, const struct image_file *f,
		      struct model *m) BASE_WARN_UNUSED;

/* The namespaces that single apps have for themselves. */
int model_image_namespaces(const struct reader *r, const struct image_file *f,
			   struct model *m) BASE_WARN_UNUSED;

/* Nice, umask and resource limits of single apps. */
int model_image_process(const struct reader *r, const struct image_file *f,
			struct model *m) BASE_WARN_UNUSED;

/*
 * What daemons do without the hardware of a plug; connected: after model_image_connect() without an
 * error, else who is connected is not asked.
 */
int model_image_needs(const struct reader *r, const struct image_file *f, struct model *m,
		      bool connected) BASE_WARN_UNUSED;

/* The apps that ordinary users may start, and who these are; after model_image_users(). */
int model_image_interactive(const struct reader *r, const struct image_file *f,
			    struct model *m) BASE_WARN_UNUSED;

/* "cannot use WHAT: no snap "NAME" in the image", with the nearest one. */
int model_image_no_snap(const struct reader *r, const struct model *m, const struct meta_loc *loc,
			const char *what, const char *name);

/* True when some snap could not be read so far that its name is known: it may be any. */
bool model_image_has_unnamed(const struct model *m);

/* Checks the map of store ids: each is a snap of the image, or the system. */
int model_image_ids(const struct reader *r, const struct image_file *f,
		    const struct model *m) BASE_WARN_UNUSED;

/*
 * Resolves the connections of gadget.yaml and image.yaml, adds those of interfaces that connect
 * by themselves, sorts them, and refuses two snaps on a slot that is not shared.
 */
int model_image_connect(const struct reader *r, const struct image_file *f,
			struct model *m) BASE_WARN_UNUSED;

/* The same for what list says and nothing else: no other connections, and no refusal that is an
 * image's. */
int model_image_connect_only(const struct reader *r, const struct meta_node *list,
			     struct model *m) BASE_WARN_UNUSED;

#endif
