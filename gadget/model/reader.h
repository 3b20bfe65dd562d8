/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of the model's files share; not for other floors. */
#ifndef MODEL_READER_H
#define MODEL_READER_H

#include "model.h"

struct reader {
	struct mem_arena *a;
	struct meta_diag *d;
	const struct model *m; /* its interfaces; NULL where none are known */
	/*
	 * What a later version brings is refused in what is built or named by an image, and warned
	 * of where a file is looked at alone.
	 */
	bool building;
	bool image;	/* what is read is for an image, not a file alone */
	bool kind_open; /* the kind of model has an error: none of its rules is asked */
	bool policy;	/* only policy is made of it: what nothing runs yet matters to nobody */
};

/* The keys of a map: those we use, those accepted without effect, those of a later version. */
struct reader_keys {
	const char *const *used;
	const char *const *later; /* or NULL */
	bool strict;		  /* our own format: an unknown key is an error */
};

/*
 * n is a map, its keys are among these. what is for the message: "cannot use WHAT: expected a
 * map, got ...".
 */
int model_reader_map(const struct reader *r, const struct meta_node *n, const char *what,
		     const struct reader_keys *keys) BASE_WARN_UNUSED;

/* n is a list. */
int model_reader_list(const struct reader *r, const struct meta_node *n,
		      const char *what) BASE_WARN_UNUSED;

/*
 * "cannot use WHAT: not in this version": an error when building, else 0: after an error for an
 * image, which model_load() refuses then, after a warning where a file is looked at alone, and
 * without a word where only policy is made.
 */
int model_reader_later(const struct reader *r, const struct meta_loc *loc, const char *fmt, ...)
	BASE_PRINTF(3, 4) BASE_WARN_UNUSED;

/* The same for a key of map n, at that key: 0 when it is absent or has no value. */
int model_reader_later_key(const struct reader *r, const struct meta_node *n,
			   const char *key) BASE_WARN_UNUSED;

/*
 * What the reference's formats allow and no image can be built from: an error in what an image
 * names, else a warning and 0; nothing where only policy is made.
 */
int model_reader_wrong(const struct reader *r, const struct meta_loc *loc, const char *fmt, ...)
	BASE_PRINTF(3, 4) BASE_WARN_UNUSED;

/* Text of a key of map n: *out is left as it is when the key is absent
 * or has no value. */
int model_reader_text(const struct reader *r, const struct meta_node *n, const char *key,
		      const char **out) BASE_WARN_UNUSED;

/* The same for a key that must be there. */
int model_reader_need_text(const struct reader *r, const struct meta_node *n, const char *key,
			   const char **out) BASE_WARN_UNUSED;

int model_reader_bool(const struct reader *r, const struct meta_node *n, const char *key,
		      bool *out) BASE_WARN_UNUSED;

struct model_reader_texts {
	const char **items; /* with a NULL behind the last */
	size_t count;
};

/* List of texts of a key of map n; empty when absent. */
int model_reader_texts(const struct reader *r, const struct meta_node *n, const char *key,
		       struct model_reader_texts *out) BASE_WARN_UNUSED;

/* A word of a closed list, to its number. */
struct model_reader_word {
	const char *name;
	int value;
};

#define READER_LATER (-1) /* value of a word that a later version brings */

/*
 * Finds the text of n in words, which end with a NULL name. what names the key. A word of a later
 * version is refused or warned of, *out is then READER_LATER; an unknown one is an error that
 * names the words.
 */
int model_reader_word(const struct reader *r, const struct meta_node *n, const char *what,
		      const struct model_reader_word *words, int *out) BASE_WARN_UNUSED;

/* False for a scalar that the reference's YAML reads as a number or as true or false. */
bool model_reader_is_text(const struct meta_node *n);

/*
 * The attributes in map n, of any depth: keys are text and not empty, those of n do not begin with
 * "$", no value is nothing. what is for the message: "cannot use attribute \"KEY\" of WHAT".
 */
int model_reader_attrs(const struct reader *r, const struct meta_node *n,
		       const char *what) BASE_WARN_UNUSED;

/* One interface file, looked at alone. */
int model_reader_iface(const struct reader *r, const struct meta_node *root,
		       struct model_iface *out) BASE_WARN_UNUSED;

#endif
