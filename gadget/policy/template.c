/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cleanup.h"
#include "fd.h"
#include "policy.h"
#include "str.h"
#include "template.h"

/* Fixed names for messages and provenance: where the tool is installed is nobody's business. */
static const struct text_file {
	const char *file;
	const char *name;
	bool keep_comments; /* the filter compiler has its own idea of a comment */
} text_files[] = {
	{ "default.apparmor", "templates/default.apparmor", false },
	{ "default.seccomp", "templates/default.seccomp", true },
};

/* Blanks at the start, so that the column stays right. */
static size_t indent_of(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && (line[n] == ' ' || line[n] == '\t'))
		n++;
	return n;
}

/* Cuts a text into lines; those without meaning are dropped unless keep. */
static void cut_lines(struct mem_arena *a, const char *text, const struct text_file *f,
		      struct model_lines *out)
{
	size_t room = 0;
	unsigned number = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		size_t indent = f->keep_comments ? 0 : indent_of(text, len);
		char *line = mem_strndup(a, text + indent, len - indent);

		number++;
		if (f->keep_comments || (line[0] && line[0] != '#')) {
			out->items =
				mem_grow(a, out->items, out->count, &room, sizeof(*out->items));
			out->items[out->count++] = (struct model_line){
				.text = line,
				.loc = { .file = f->name,
					 .line = number,
					 .col = (unsigned)indent + 1 },
			};
		}
		text += len;
		if (*text)
			text++;
	}
}

static int load_text(struct mem_arena *a, const char *dir, const struct text_file *f,
		     struct model_lines *out, struct meta_diag *d)
{
	CLEANUP_FREE char *text = NULL;
	struct meta_loc loc = { .file = f->name };
	struct err e = { 0 };
	size_t len = 0;

	text = fd_read_file(mem_printf(a, "%s/%s", dir, f->file), META_SIZE_MAX, &len, &e);
	if (!text)
		return meta_fail(d, &loc, &e);
	if (strlen(text) != len)
		return meta_error(d, &loc, "cannot read template: it holds a NUL byte");
	cut_lines(a, text, f, out);
	return 0;
}

int policy_load_templates(struct mem_arena *a, const char *dir, struct policy_templates *out,
			  struct meta_diag *d)
{
	*out = (struct policy_templates){ 0 };
	if (load_text(a, dir, &text_files[0], &out->apparmor, d) ||
	    load_text(a, dir, &text_files[1], &out->seccomp, d))
		return -1;
	if (policy_template_load_mounts(a, dir, out, d) ||
	    policy_template_load_devices(a, dir, out, d))
		return -1;
	return policy_template_load_sysctls(a, dir, out, d);
}
