/* SPDX-License-Identifier: Apache-2.0 */
/* What one interface is, as its file says it. */
#include <inttypes.h>
#include <stdio.h>

#include "list.h"
#include "str.h"

static void print_words(const struct list_word *words, unsigned set)
{
	for (size_t i = 0; words[i].name; i++)
		if (set & words[i].bit)
			printf(" %s", words[i].name);
}

static void print_texts(const char *what, const char *const *texts)
{
	if (!texts || !texts[0])
		return;
	printf(", %s", what);
	for (size_t i = 0; texts[i]; i++)
		printf("%s%s", i ? "|" : " ", texts[i]);
}

/* The words of docs/interfaces.md. */
static void print_attr(const struct model_attr_def *def, int indent)
{
	printf("%*s%s: %s%s", indent, "", def->name, model_attr_type_name(def->type),
	       def->list ? " list" : "");
	print_texts("values", def->values);
	if (def->type == MODEL_ATTR_INT && (def->min != INT64_MIN || def->max != INT64_MAX))
		printf(", range %" PRId64 "..%" PRId64, def->min, def->max);
	if (def->match)
		printf(", match %s", def->match);
	if (def->is)
		printf(", is %s", def->is);
	print_texts("refers-to", def->refers_to);
	if (def->unless)
		printf(", unless %s", def->unless);
	if (def->optional)
		printf(", optional");
	if (def->fallback)
		printf(", default %s", def->fallback);
	puts("");
	for (size_t i = 0; i < def->field_count; i++)
		print_attr(&def->fields[i], indent + 2);
}

static void print_variant(const struct model_variant *v, bool attrs)
{
	printf("  %s", v->name);
	if (v->offered_by) {
		printf(" (offered-by:");
		print_words(cmd_list_offerers, v->offered_by);
		printf(")");
	}
	if (v->auto_connect >= 0)
		printf(" (connect: %s)", v->auto_connect ? "auto" : "manual");
	if (v->super_privileged)
		printf(" (super-privileged)");
	puts("");
	for (size_t i = 0; attrs && i < v->attr_count; i++)
		print_attr(&v->attrs[i], 4);
}

static void print_iface(const struct model_iface *f, bool attrs)
{
	printf("name: %s\nsummary: %s\noffered-by:", f->name, f->summary);
	print_words(cmd_list_offerers, f->offered_by);
	printf("\nconnect: %s\nslots-per-plug: %s\n", f->auto_connect ? "auto" : "manual",
	       f->many ? "many" : "one");
	if (f->super) {
		printf("super-privileged:");
		print_words(cmd_list_super, f->super);
		puts("");
	}
	for (size_t i = 0; i < f->match_count; i++)
		printf("match: %s %s\n", f->matches[i].attr,
		       model_matching_names[f->matches[i].how]);
	puts("plugs:");
	for (size_t i = 0; i < f->plug_variant_count; i++)
		print_variant(&f->plug_variants[i], attrs);
	puts("slots:");
	for (size_t i = 0; i < f->variant_count; i++)
		print_variant(&f->variants[i], attrs);
}

static const struct model_iface *find(struct mem_arena *a, const struct model *m, const char *name)
{
	const char **names = mem_array(a, m->iface_count + 1, sizeof(*names));

	for (size_t i = 0; i < m->iface_count; i++) {
		if (str_eq(m->ifaces[i].name, name))
			return &m->ifaces[i];
		names[i] = m->ifaces[i].name;
	}
	fprintf(stderr, "bulkhead: cannot show interface \"%.64s\": there is none\n", name);
	if (meta_nearest(name, names))
		fprintf(stderr, "bulkhead: hint: did you mean \"%s\"?\n",
			meta_nearest(name, names));
	return NULL;
}

static void print_all(const struct model *m)
{
	for (size_t i = 0; i < m->iface_count; i++)
		printf("%-24s %s\n", m->ifaces[i].name, m->ifaces[i].summary);
}

enum cmd_status cmd_interface(struct mem_arena *a, const struct cmd_args *args)
{
	struct model m = { 0 };
	struct json j = { 0 };
	const struct model_iface *f = NULL;
	enum cmd_status status = cmd_list_ifaces(a, args, &m);

	if (status != CMD_DONE)
		return status;
	if (args->count) {
		f = find(a, &m, args->operands[0]);
		if (!f)
			return CMD_REFUSED;
	}
	if (!args->json && f) {
		print_iface(f, args->attrs);
	} else if (!args->json) {
		print_all(&m);
	} else {
		if (f)
			json_iface(&j, f);
		else
			json_summaries(&j, &m);
		cmd_list_json(&j);
	}
	return CMD_DONE;
}
