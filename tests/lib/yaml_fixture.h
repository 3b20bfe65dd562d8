/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of readers: an arena and messages, made empty before each test and freed behind it.
 * What a test has besides stands in FIXTURE_PARTS, members of the same struct, defined before this
 * header is included. A header only, since tests/lib is compiled for lower floors.
 */
#ifndef TESTS_YAML_FIXTURE_H
#define TESTS_YAML_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meta.h"

#ifndef FIXTURE_PARTS
#define FIXTURE_PARTS
#endif

struct fixture {
	struct mem_arena a;
	struct meta_diag d;
	FIXTURE_PARTS
};

static inline int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	*state = &f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	mem_free(&f->a);
	meta_diag_free(&f->d);
	return 0;
}

/* Text that is YAML, as a file of that name. */
static inline const struct meta_node *yaml(struct fixture *f, const char *name, const char *text)
{
	const struct meta_node *n = meta_parse(&f->a, text, strlen(text), name, &f->d);

	assert_non_null(n);
	return n;
}

/* All messages, sorted: each "LINE:COLUMN: TEXT". */
static inline void expect_messages(struct fixture *f, const char *const *expected, size_t count)
{
	meta_sort(&f->d);
	assert_int_equal(f->d.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct meta_message *m = &f->d.messages[i];

		assert_string_equal(
			mem_printf(&f->a, "%u:%u: %s", m->loc.line, m->loc.col, m->text),
			expected[i]);
	}
}

#endif
