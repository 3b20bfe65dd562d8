/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "meta.h"
#include "str.h"

static void print_text(const char *text)
{
	putchar('"');
	for (const char *p = text; *p; p++)
		printf(*p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	putchar('"');
}

/* A scalar without quotes stays one: it may be a number. */
static void print_node(const struct meta_node *n)
{
	if (n->kind == META_SCALAR && n->plain && !strpbrk(n->text, "{}[],#:&*!|>%@`'\""))
		fputs(n->text, stdout);
	else if (n->kind == META_SCALAR)
		print_text(n->text);
	else if (n->kind == META_NULL)
		fputs("null", stdout);
	else
		putchar(n->kind == META_LIST ? '[' : '{');
	for (size_t i = 0; i < n->count; i++) {
		if (n->kind == META_MAP) {
			print_text(n->keys[i]->text);
			fputs(": ", stdout);
		}
		print_node(n->items[i]);
		if (i + 1 < n->count)
			fputs(", ", stdout);
	}
	if (n->kind == META_LIST || n->kind == META_MAP)
		putchar(n->kind == META_LIST ? ']' : '}');
}

/* What the file says of the end beside its interface; a text alone is the interface. */
static void print_attrs(const struct meta_node *end)
{
	for (size_t i = 0; end && end->kind == META_MAP && i < end->count; i++) {
		if (str_eq(end->keys[i]->text, "interface"))
			continue;
		fputs(", ", stdout);
		print_text(end->keys[i]->text);
		fputs(": ", stdout);
		print_node(end->items[i]);
	}
}

int compare_end(const struct compare_end *w, struct err *e)
{
	bool plug = str_eq(w->kind, "plugs");
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	const struct meta_node *root = meta_load(&a, w->file, w->file, &d);

	if (!root)
		err_input(e, "cannot use %s: %s", w->file, d.messages[0].text);
	if (root) {
		printf("name: %s\nversion: '1'\n%s", plug ? "consumer" : "provider",
		       str_eq(w->type, "gadget") ? "type: gadget\n" : "");
		if (!str_eq(w->type, "gadget"))
			printf("apps: {app: {command: bin/app, %s: [%s]}}\n", w->kind, w->name);
		printf("%s: {%s: {interface: %s", w->kind, w->name, w->interface);
		print_attrs(meta_get(meta_get(root, w->kind), w->name));
		puts("}}");
	}
	mem_free(&a);
	meta_diag_free(&d);
	return root ? 0 : -1;
}
