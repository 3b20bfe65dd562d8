/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and files as the host half alone needs them; what the device reads with is base's. */
#ifndef META_FILES_H
#define META_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* The part after the last slash; the whole when there is none. Borrowed. */
const char *path_base(const char *path);

/* True when path is dir itself or lies below it, compared by whole components. */
bool path_is_below(const char *path, const char *dir);

/*
 * Writes a file that appears whole or not at all: a temporary name beside it, fsync, rename.
 * Replaces a regular file of that name; anything else there is refused.
 */
int fd_write_file(const char *path, const void *data, size_t len, mode_t mode,
		  struct err *e) BASE_WARN_UNUSED;

/* mkdir -p for a path we own; an existing directory is success, anything else there is refused. */
int fd_mkdirs(const char *path, mode_t mode, struct err *e) BASE_WARN_UNUSED;

#endif
