/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of what is read from a folder: yaml_fixture.h, and a folder of the test's own, removed
 * behind it with all that it holds. What a test has besides stands in FOLDER_PARTS.
 */
#ifndef TESTS_FOLDER_FIXTURE_H
#define TESTS_FOLDER_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "files.h"

#ifndef FOLDER_PARTS
#define FOLDER_PARTS
#endif
#define FIXTURE_PARTS                                                                              \
	char dir[64];                                                                              \
	FOLDER_PARTS

#include "place.h"
#include "yaml_fixture.h"

static inline const char *path_of(struct fixture *f, const char *path)
{
	return mem_printf(&f->a, "%s/%s", f->dir, path);
}

/* Folders on the way are made. All can be executed, as programs of snaps must. */
static inline void put_file(struct fixture *f, const char *path, const char *text)
{
	char *full = mem_strdup(&f->a, path_of(f, path));
	char *slash = strrchr(full, '/');
	struct err e = { 0 };

	*slash = '\0';
	assert_int_equal(fd_mkdirs(full, 0755, &e), 0);
	*slash = '/';
	assert_int_equal(fd_write_file(full, text, strlen(text), 0755, &e), 0);
}

static inline int set_up_folder(void **state)
{
	struct fixture *f;

	if (set_up(state))
		return -1;
	f = *state;
	snprintf(f->dir, sizeof(f->dir), "/tmp/bulkhead-test-XXXXXX");
	return mkdtemp(f->dir) ? 0 : -1;
}

static inline int tear_down_folder(void **state)
{
	const struct fixture *f = *state;
	int status = place_remove(f->dir);

	return tear_down(state) | status;
}

#endif
