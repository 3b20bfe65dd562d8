/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of tests/vectors/: what compiled filters answer in the simulator, and those of this
 * machine's architecture on its kernel too. Arguments are the files; without any, all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "ask.h"
#include "bpfsim.h"
#include "cleanup.h"
#include "fd.h"
#include "num.h"
#include "seccomp.h"
#include "seccomp_rules.h"
#include "str.h"

#define WORDS_MAX 16
#define I386	  0x40000003u /* AUDIT_ARCH_I386 */

struct list {
	const char *name;
	const char *arch, *compat;
	struct seccomp_line *lines;
	size_t count, room;
	struct seccomp_program program;
	bool compiled;
	struct ask_call *calls; /* for the kernel */
	unsigned *call_lines;
	size_t call_count, call_room, line_room;
};

struct vectors {
	struct mem_arena arena;
	const char *file;
	unsigned line;
	struct list *lists;
	size_t count, room;
	unsigned passed, failed, asked;
	int kernel[2]; /* whether it takes calls of this machine, and of i386 */
};

static const struct {
	const char *name;
	uint32_t action;
} results[] = {
	{ "ALLOW", SECCOMP_DO_ALLOW },
	{ "EPERM", SECCOMP_DO_ERRNO | SECCOMP_EPERM },
	{ "EACCES", SECCOMP_DO_ERRNO | SECCOMP_EACCES },
	{ "EINVAL", SECCOMP_DO_ERRNO | 22 },
	{ "ENOSYS", SECCOMP_DO_ERRNO | SECCOMP_ENOSYS },
	{ "KILL", SECCOMP_DO_KILL },
	{ "LOG", SECCOMP_DO_LOG },
};

static int bad(struct vectors *v, const char *what, const char *word)
{
	fprintf(stderr, "%s:%u: %s %s\n", v->file, v->line, what, word);
	v->failed++;
	return -1;
}

static int number(const char *word, uint64_t *out)
{
	if (str_eq(word, "-") || str_eq(word, "-1")) {
		*out = word[1] ? UINT64_MAX : 0;
		return 0;
	}
	if (str_starts(word, "0x"))
		return num_parse_hex(word + 2, 0, UINT64_MAX, out, NULL);
	return num_parse(word, 0, UINT64_MAX, out, NULL);
}

static void add_line(struct vectors *v, struct list *l, const char *text,
		     const struct meta_loc *loc)
{
	l->lines = mem_grow(&v->arena, l->lines, l->count, &l->room, sizeof(l->lines[0]));
	l->lines[l->count++] =
		(struct seccomp_line){ .text = mem_strdup(&v->arena, text), .loc = *loc };
}

static int include(struct vectors *v, struct list *l, const char *path)
{
	CLEANUP_FREE char *text = NULL;
	struct meta_loc loc = { .file = mem_strdup(&v->arena, path), .col = 1 };
	size_t len;
	char *rest;

	text = fd_read_file(path, 1 << 20, &len, NULL);
	if (!text)
		return bad(v, "cannot read", path);
	rest = text;
	while (rest) {
		char *line = strsep(&rest, "\n");

		loc.line++;
		add_line(v, l, line, &loc);
	}
	return 0;
}

static void add_text(struct vectors *v, struct list *l, const char *text, struct meta_loc loc)
{
	char *rest = mem_strdup(&v->arena, text);

	while (rest) {
		loc.line++;
		add_line(v, l, strsep(&rest, "\n"), &loc);
	}
}

/* The filter lines of every variant of an interface file; placeholders are not for this test. */
static int interface(struct vectors *v, struct list *l, const char *path)
{
	struct meta_diag d = { 0 };
	const struct meta_node *root = meta_load(&v->arena, path, path, &d);
	const struct meta_node *variants = root ? meta_get(root, "variants") : NULL;

	meta_print(&d);
	meta_diag_free(&d);
	if (!variants || variants->kind != META_LIST)
		return bad(v, "no interface:", path);
	for (size_t i = 0; i < variants->count; i++) {
		const struct meta_node *text = meta_get(variants->items[i], "seccomp");

		if (text && text->kind == META_SCALAR)
			add_text(v, l, text->text, text->loc);
	}
	return 0;
}

static int filter_line(struct vectors *v, const char *line)
{
	struct meta_loc loc = { .file = v->file, .line = v->line, .col = 2 };

	if (v->count == 0)
		return bad(v, "no list before", line);
	if (str_starts(line, "include "))
		return include(v, &v->lists[v->count - 1], line + strlen("include "));
	if (str_starts(line, "interface "))
		return interface(v, &v->lists[v->count - 1], line + strlen("interface "));
	add_line(v, &v->lists[v->count - 1], line, &loc);
	return 0;
}

static int compile(struct vectors *v, struct list *l)
{
	struct meta_diag d = { 0 };
	struct seccomp_request rq = {
		.lines = l->lines,
		.count = l->count,
		.arch = l->arch,
		.compat = l->compat,
		.development = true,
	};
	int result = 0;

	if (!l->compiled)
		result = seccomp_compile(&v->arena, &rq, &l->program, &d);
	meta_print(&d);
	meta_diag_free(&d);
	l->compiled = true;
	return result < 0 ? bad(v, "cannot compile", l->name) : 0;
}

static int fill(struct vectors *v, char **words, int count, struct bpfsim_data *out)
{
	const struct seccomp_target *t = seccomp_target(words[1]);
	uint64_t n;
	uint32_t nr = 0;

	if (!t && number(words[1], &n) < 0)
		return bad(v, "unknown architecture", words[1]);
	out->arch = t ? t->audit : (uint32_t)n;
	if (words[2][0] == '#') {
		if (number(words[2] + 1, &n) < 0)
			return bad(v, "bad number", words[2]);
		nr = (uint32_t)n;
	} else if (!t || seccomp_number(t, words[2], &nr) != SECCOMP_HERE) {
		return bad(v, "unknown system call", words[2]);
	}
	out->nr = (int32_t)nr;
	for (int i = 3; i < count - 1; i++) {
		const uint32_t *constant = seccomp_constant(words[i]);

		if (constant && t && i - 3 < 6)
			out->args[i - 3] = constant[t->column];
		else if (i - 3 >= 6 || number(words[i], &out->args[i - 3]) < 0)
			return bad(v, "bad argument", words[i]);
	}
	return 0;
}

static uint32_t wanted(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		if (str_eq(results[i].name, word))
			return results[i].action;
	}
	return 0;
}

/* The i386 calls of a test cannot have a sixth argument, see ask.c. */
static void for_kernel(struct vectors *v, struct list *l, const struct bpfsim_data *data)
{
	bool native = data->arch == ask_native;
	struct ask_call *c;

	if (seccomp_target(l->arch)->audit != ask_native ||
	    !(native ? v->kernel[0] : data->arch == I386 && !data->args[5] && v->kernel[1]))
		return;
	l->calls = mem_grow(&v->arena, l->calls, l->call_count, &l->call_room, sizeof(*c));
	l->call_lines = mem_grow(&v->arena, l->call_lines, l->call_count, &l->line_room,
				 sizeof(l->call_lines[0]));
	c = &l->calls[l->call_count];
	*c = (struct ask_call){ .nr = (uint32_t)data->nr, .arch = data->arch };
	memcpy(c->args, data->args, sizeof(c->args));
	l->call_lines[l->call_count++] = v->line;
}

static void ask_list(struct vectors *v, struct list *l)
{
	if (l->call_count == 0)
		return;
	if (ask_kernel(l->program.insns, l->program.count, l->calls, l->call_count) < 0) {
		bad(v, "the kernel cannot be asked about", l->name);
		return;
	}
	for (size_t i = 0; i < l->call_count; i++) {
		const struct ask_call *c = &l->calls[i];
		struct bpfsim_data data = { .nr = (int32_t)c->nr, .arch = c->arch };
		struct bpfsim_result r;
		char hex[16];

		memcpy(data.args, c->args, sizeof(data.args));
		assert_int_equal(bpfsim_run(l->program.insns, l->program.count, &data, &r, NULL),
				 0);
		v->asked++;
		if (c->action == (r.action == SECCOMP_DO_LOG ? SECCOMP_DO_ALLOW : r.action))
			continue;
		v->line = l->call_lines[i];
		snprintf(hex, sizeof(hex), "0x%08x", c->action);
		bad(v, "the kernel answers", hex);
	}
}

static int row(struct vectors *v, char **words, int count)
{
	struct list *l = NULL;
	struct bpfsim_data data = { 0 };
	struct bpfsim_result got;
	struct err e = { 0 };

	for (size_t i = 0; i < v->count; i++) {
		if (str_eq(v->lists[i].name, words[0]))
			l = &v->lists[i];
	}
	if (!l || count < 4 || !wanted(words[count - 1]))
		return bad(v, "not a row:", words[0]);
	if (compile(v, l) < 0 || fill(v, words, count, &data) < 0)
		return -1;
	if (bpfsim_run(l->program.insns, l->program.count, &data, &got, &e) < 0)
		return bad(v, "simulator:", e.text);
	if (got.action != wanted(words[count - 1])) {
		char hex[16];

		snprintf(hex, sizeof(hex), "0x%08x", got.action);
		return bad(v, "the filter answers", hex);
	}
	v->passed++;
	for_kernel(v, l, &data);
	return 0;
}

static void list(struct vectors *v, char **words, int count)
{
	struct list *l;

	v->lists = mem_grow(&v->arena, v->lists, v->count, &v->room, sizeof(v->lists[0]));
	l = &v->lists[v->count++];
	*l = (struct list){ .name = mem_strdup(&v->arena, words[1]) };
	l->arch = mem_strdup(&v->arena, words[2]);
	l->compat = count > 3 ? mem_strdup(&v->arena, words[3]) : NULL;
}

static void line(struct vectors *v, char *text)
{
	char *words[WORDS_MAX] = { NULL };
	char *rest = text;
	int count = 0;

	if (text[0] == '\0' || text[0] == '#')
		return;
	if (text[0] == '\t') {
		filter_line(v, text + 1);
		return;
	}
	while (rest && count < WORDS_MAX) {
		char *word = strsep(&rest, " ");

		if (*word)
			words[count++] = word;
	}
	if (count >= 3 && str_eq(words[0], "list"))
		list(v, words, count);
	else
		row(v, words, count);
}

static void run_file(struct vectors *v, const char *path)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;
	char *rest;

	v->file = path;
	v->line = 0;
	v->count = 0;
	text = fd_read_file(path, 1 << 20, &len, NULL);
	if (!text) {
		bad(v, "cannot read", path);
		return;
	}
	rest = text;
	while (rest) {
		v->line++;
		line(v, strsep(&rest, "\n"));
	}
	for (size_t i = 0; i < v->count; i++)
		ask_list(v, &v->lists[i]);
}

static void vectors(void **state)
{
	struct vectors v = { 0 };
	const glob_t *files = *state;

	v.kernel[0] = ask_has(ask_native);
	v.kernel[1] = ask_has(I386);

	for (size_t i = 0; i < files->gl_pathc; i++)
		run_file(&v, files->gl_pathv[i]);
	printf("vectors: %u passed, %u failed\n", v.passed, v.failed);
	printf("vectors: the kernel was asked %u of them\n", v.asked);
	mem_free(&v.arena);
	assert_int_equal(v.failed, 0);
	assert_true(v.passed > 0);
}

int main(int argc, char **argv)
{
	glob_t files = { 0 };
	const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(vectors, &files) };
	int flags = 0, failed;

	for (int i = 1; i < argc; i++) {
		if (glob(argv[i], flags, NULL, &files) != 0)
			return 3;
		flags = GLOB_APPEND;
	}
	if (argc == 1 && glob("tests/vectors/*.vec", 0, NULL, &files) != 0)
		return 3;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	globfree(&files);
	return failed;
}
