/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of the test's own, made empty, removed with what it holds: FOLDER_NAMES, the deepest
 * first, defined before this header is included. A name that it does not list is a test that left
 * something behind.
 */
#ifndef TESTS_OWN_FOLDER_H
#define TESTS_OWN_FOLDER_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem.h"
#include "str.h"

struct place {
	char path[64];
	int fd;
};

static inline int make_place(void **state)
{
	struct place *p = mem_must(calloc(1, sizeof(*p)));

	snprintf(p->path, sizeof(p->path), "/tmp/bulkhead-test-XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return p->fd < 0;
}

static inline int drop_place(void **state)
{
	static const char *const names[] = { FOLDER_NAMES };
	struct place *p = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (unlinkat(p->fd, names[i], 0))
			unlinkat(p->fd, names[i], AT_REMOVEDIR);
	close(p->fd);
	if (rmdir(p->path)) /* something was left behind */
		return -1;
	free(p);
	return 0;
}

/* Owned. */
static inline char *below(const struct place *p, const char *name)
{
	struct str s = { 0 };

	str_printf(&s, "%s/%s", p->path, name);
	return s.text;
}

#endif
