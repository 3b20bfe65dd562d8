/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

#include "err.h"

/* Longest path that any of our formats may hold, without the NUL. */
#define PATH_TEXT_MAX 1023

/*
 * True for an absolute path in its one clean form: starts with "/", no empty, "." or ".."
 * component, no trailing slash but for "/" itself, no control bytes, at most PATH_TEXT_MAX bytes.
 */
bool path_is_clean(const char *path);

/* The same for a relative path: does not start with "/", is not empty. */
bool path_is_clean_relative(const char *path);

#endif
