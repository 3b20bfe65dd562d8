/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to filter: the first byte chooses the architectures, the rest are lines. What compiles is
 * read back by the device's reader and run. Bytes that begin with the magic are a filter file
 * instead: what the reader takes must be safe to run.
 */
#include <stdlib.h>
#include <string.h>

#include "bpfsim.h"
#include "filter.h"
#include "fuzz.h"
#include "seccomp.h"

#define LINES_MAX 256

static const struct {
	const char *arch, *compat;
} choices[] = { { "arm64", "armhf" }, { "amd64", NULL }, { "armhf", NULL }, { "amd64", "i386" } };

static void run(const struct filter *f)
{
	static const uint32_t archs[] = { 0xc00000b7, 0x40000028, 0xc000003e, 0x40000003, 0 };
	struct bpfsim_result r;
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		struct bpfsim_data data = { .nr = 29, .arch = archs[i], .args = { 1, 0x5412 } };

		/* Dividing by X == 0 is the one thing that the reader cannot know. */
		if (bpfsim_run(f->insns, f->count, &data, &r, &e) < 0 &&
		    !strstr(e.text, "divide by zero"))
			abort();
		if (r.steps > f->count)
			abort();
	}
}

static void file(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct filter f;
	struct err e = { 0 };

	if (filter_read(copy, size, &f, &e) == 0)
		run(&f);
	free(copy);
}

static size_t split(struct mem_arena *a, const uint8_t *data, size_t size,
		    struct seccomp_line lines[LINES_MAX])
{
	char *rest = mem_strndup(a, (const char *)data, size);
	size_t n = 0;

	while (rest && n < LINES_MAX) {
		lines[n] = (struct seccomp_line){ .text = strsep(&rest, "\n") };
		lines[n].loc = (struct meta_loc){ "fuzz", (unsigned)n + 1, 1 };
		n++;
	}
	return n;
}

static void text(const uint8_t *data, size_t size)
{
	struct seccomp_line lines[LINES_MAX];
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct seccomp_request rq = { .lines = lines, .development = true };
	struct seccomp_program p;

	rq.arch = choices[data[0] % ARRAY_SIZE(choices)].arch;
	rq.compat = choices[data[0] % ARRAY_SIZE(choices)].compat;
	rq.count = split(&a, data + 1, size - 1, lines);
	if (seccomp_compile(&a, &rq, &p, &d) == 0) {
		struct filter f;
		struct err e = { 0 };
		size_t length;
		void *bytes = seccomp_file(&a, &p, &length);

		if (filter_read(bytes, length, &f, &e) < 0 || !seccomp_twin(&a, &p)[0])
			abort();
		run(&f);
	} else if (d.errors == 0) {
		abort(); /* a refusal without a reason */
	} else {
		/* The compiler's own proof never fails. */
		for (size_t i = 0; i < d.count; i++) {
			if (strstr(d.messages[i].text, "the program"))
				abort();
		}
	}
	meta_diag_free(&d);
	mem_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= 8 && memcmp(data, FILTER_MAGIC, 8) == 0)
		file(data, size);
	else if (size > 0)
		text(data, size);
	return 0;
}
