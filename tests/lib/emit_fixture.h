/* SPDX-License-Identifier: Apache-2.0 */
/* A small model to emit, and what became of it. Tests run from the top of the source tree. */
#ifndef TESTS_EMIT_FIXTURE_H
#define TESTS_EMIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "emit.h"
#include "fd.h"
#include "model_fixture.h"
#include "place.h"

#define TEMPLATES "gadget/templates"
#define FEATURES  "boards/qemu-arm64/features"

struct fixture {
	struct model_fixture f;
	struct policy_templates templates;
	struct policy policy;
	char dir[64];
};

static inline int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	fixture_make(&x->f);
	snprintf(x->dir, sizeof(x->dir), "/tmp/bulkhead-test-XXXXXX");
	if (!mkdtemp(x->dir))
		return -1;
	*state = x;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *x = *state;

	place_remove(x->dir);
	fixture_free(&x->f);
	free(x);
	return 0;
}

static inline int emit(struct fixture *x, const char *features)
{
	const struct emit_options o = { .out = x->dir, .features = features };

	if (policy_load_templates(&x->f.a, TEMPLATES, &x->templates, &x->f.d) ||
	    policy_build(&x->f.a, &x->f.m, &x->templates, &x->policy, &x->f.d))
		return -1;
	return emit_pack(&x->f.a, &x->f.m, &x->policy, &o, &x->f.d);
}

static inline void must_emit(struct fixture *x)
{
	int rc = emit(x, FEATURES);

	meta_print(&x->f.d);
	assert_int_equal(rc, 0);
}

static inline void *read_file(struct fixture *x, const char *path, size_t *size)
{
	struct err e = { 0 };
	char full[512];
	void *data;

	snprintf(full, sizeof(full), "%s/%s", x->dir, path);
	data = fd_read_file(full, 64u * 1024u * 1024u, size, &e);
	if (!data)
		fail_msg("%s", e.text);
	return data;
}

static inline void expect_text(struct fixture *x, const char *path, const char *text)
{
	size_t size;
	CLEANUP_FREE char *have = read_file(x, path, &size);

	if (!strstr(have, text))
		fail_msg("%s has no \"%s\"", path, text);
}

#endif
