/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failing is one act: a function that cannot do its work sets the text and returns -1 in one
 * expression, and its caller passes both on. Nothing below a main() prints or exits.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>

#define BASE_WARN_UNUSED       __attribute__((warn_unused_result))
#define BASE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Room for one message: a path of PATH_MAX is cut rather than refused. */
#define ERR_TEXT_MAX 1024

/* What kind of failure it is; the host tool's exit status follows from it. */
enum err_kind {
	ERR_NONE = 0,
	ERR_INPUT,	 /* the input is refused: exit 1 */
	ERR_ENVIRONMENT, /* I/O, memory, a missing program: exit 3 */
};

/* Zero-initialised by its owner (struct err e = {0}); borrowed by every callee. */
struct err {
	enum err_kind kind;
	int sys; /* errno that caused it, or 0 */
	char text[ERR_TEXT_MAX];
};

/*
 * Sets the text, "cannot VERB OBJECT: reason" in lower case without a full stop, and the kind.
 * Always returns -1, so that "return err_input(e, ...)" is the whole act. A NULL e is allowed and
 * only yields -1. err_sys() appends ": " and the text of errno, which it keeps in e->sys; its
 * arguments leave errno alone. Afterwards errno is what e->sys is: what no call has caused leaves
 * 0.
 */
#define err_input(e, ...) err_set(e, ERR_INPUT, 0, __VA_ARGS__)
#define err_env(e, ...)	  err_set(e, ERR_ENVIRONMENT, 0, __VA_ARGS__)
#define err_sys(e, ...)	  err_set(e, ERR_ENVIRONMENT, errno, __VA_ARGS__)

/* Puts "prefix: " before the text already set, keeping kind and errno. Returns -1. */
#define err_prefix(e, ...) err_set(e, ERR_NONE, 0, __VA_ARGS__)

int err_set(struct err *e, enum err_kind kind, int sys, const char *fmt, ...) BASE_PRINTF(4, 5);

/* For a function that returns memory: the failure that was just set. */
static inline void *err_null(int failed)
{
	(void)failed;
	return NULL;
}

#endif
