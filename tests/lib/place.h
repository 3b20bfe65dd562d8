/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders that a test finds there: made with what they lie in, or the test ends. */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

#include <stddef.h>
#include <sys/types.h>

void place_folder(const char *path, mode_t mode);
void place_file(const char *path, const void *data, size_t size, mode_t mode);

/* Takes a folder away, with what it holds. 0, or -1 where something is left. */
int place_remove(const char *path);

#endif
