/* SPDX-License-Identifier: Apache-2.0 */
/* gadget.yaml, in parts; not for other floors. */
#ifndef MODEL_VOLUME_H
#define MODEL_VOLUME_H

#include "reader.h"

struct tree;

/* More than any disk has; a file with more is an attack on what compares them with each other. */
#define VOLUMES_MAX    64u
#define STRUCTURES_MAX 256u
#define ENTRIES_MAX    4096u

/* The words of the formats; each list ends with a NULL name. */
extern const struct model_reader_word model_words_schemas[];
extern const struct model_reader_word model_words_filesystems[];
extern const struct model_reader_word model_words_roles[];
extern const struct model_reader_word model_words_bootloaders[];
extern const struct model_reader_word model_words_partials[];
extern const struct model_reader_word model_words_kinds[];

/* The value of a key of map n: NULL when the key is absent or has no value. */
const struct meta_node *model_gadget_value(const struct meta_node *n, const char *key);

/* The place of a key of a map, that of the map when it is not there. */
const struct meta_loc *model_gadget_place(const struct meta_node *n, const char *key);

/*
 * Warns of keys that belong elsewhere: the reference passes over them, and what they say is lost.
 * root: n is the file's own map, where those of the root are right. True when there were any.
 */
#define MODEL_GADGET_MISPLACED                                                                     \
	"defaults", "connections", "kernel-cmdline", "volume-assignments", "plugs", "slots"
bool model_gadget_misplaced(const struct reader *r, const struct meta_node *n, bool root);

/* n is a list of at most ENTRIES_MAX items. what names its key. */
int model_gadget_list(const struct reader *r, const struct meta_node *n,
		      const char *what) BASE_WARN_UNUSED;

/* One item of "structure:" of the volume, whose schema and partial are known. */
int model_structure_read(const struct reader *r, const struct meta_node *n,
			 const struct model_volume *v,
			 struct model_structure *out) BASE_WARN_UNUSED;

/* "type:" of a structure, which must fit the volume's schema. */
int model_type_read(const struct reader *r, const struct meta_node *n, const struct model_volume *v,
		    struct model_structure *out) BASE_WARN_UNUSED;
bool model_type_is_guid(const char *s);

/* "content:" and "update:" of a structure, whose file system is known. */
int model_content_read(const struct reader *r, const struct meta_node *n,
		       const struct model_volume *v, struct model_structure *out) BASE_WARN_UNUSED;

#define MODEL_CONTENT_LOST UINT64_MAX /* a file that could not be looked at */

/*
 * Images of a structure lie in it, and apart from each other. files: the size of each one's file,
 * by index. NULL when nobody looked: only what the sizes and offsets written put behind the end of
 * the structure is refused then. What has an error is passed over, what does not fit marked.
 */
int model_content_fit(const struct reader *r, const struct model_structure *s,
		      const uint64_t *files) BASE_WARN_UNUSED;

/*
 * The files that content names are in the gadget's folder, but for those of a kernel; images are no
 * larger than their size says, and fit.
 */
int model_content_files(const struct reader *r, const struct tree *t,
			const struct model_gadget *g) BASE_WARN_UNUSED;

/*
 * Gives each structure of the volume its offset, sorts them by it, and refuses overlaps, names used
 * twice, and what refers to structures that are not there.
 */
int model_layout_volume(const struct reader *r, struct model_volume *v) BASE_WARN_UNUSED;

/* Fills in the labels that roles imply, for the gadget's kind of model; labels are unique then. */
int model_roles_label(const struct reader *r, struct model_gadget *g) BASE_WARN_UNUSED;
/* The rules of roles for the gadget's kind of model. */
int model_roles_check(const struct reader *r, const struct meta_node *volumes,
		      const struct model_gadget *g) BASE_WARN_UNUSED;

/* "defaults:", "connections:", "volume-assignments:" of the root, after its volumes. */
int model_gadget_read_extras(const struct reader *r, const struct meta_node *root,
			     struct model_gadget *out) BASE_WARN_UNUSED;
/* "kernel-cmdline:" */
int model_gadget_read_cmdline(const struct reader *r, const struct meta_node *root,
			      struct model_gadget *out) BASE_WARN_UNUSED;

/*
 * The files "cmdline.extra" and "cmdline.full" in the folder of a gadget, the old way to say
 * kernel-cmdline: one of them at most, and none beside it.
 */
int model_gadget_check_files(const struct reader *r, const char *dir, const char *name,
			     struct model_gadget *g) BASE_WARN_UNUSED;

/* gadget.yaml, by the rules of that kind of model. */
int model_gadget_read(const struct reader *r, const struct meta_node *root, enum model_kind kind,
		      struct model_gadget *out) BASE_WARN_UNUSED;

#endif
