/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of snap.yaml's reader: yaml_fixture.h with a snap. */
#ifndef TESTS_SNAP_FIXTURE_H
#define TESTS_SNAP_FIXTURE_H

#include "snap.h"

#define FIXTURE_PARTS                                                                              \
	struct model m;                                                                            \
	struct model_snap snap;                                                                    \
	struct snap_given given;

#include "yaml_fixture.h"

/* "a b c": the names of the plugs or slots of an app. */
static inline const char *names_of(struct fixture *f, struct model_end **ends, size_t count)
{
	const char *all = "";

	for (size_t i = 0; i < count; i++)
		all = mem_printf(&f->a, "%s%s%s", all, i ? " " : "", ends[i]->name);
	return all;
}

#endif
