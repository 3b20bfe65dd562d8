/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "str.h"

void policy_rules_add(struct mem_arena *a, struct policy_rules *to, const struct policy_rule *rule)
{
	for (size_t i = 0; i < to->count; i++)
		if (str_eq(to->items[i].text, rule->text))
			return;
	to->items = mem_grow(a, to->items, to->count, &to->room, sizeof(*to->items));
	to->items[to->count++] = *rule;
}

void policy_rules_merge(struct mem_arena *a, struct policy_rules *to,
			const struct policy_rules *from)
{
	for (size_t i = 0; i < from->count; i++)
		policy_rules_add(a, to, &from->items[i]);
}

int policy_rules_expand(const struct expand *x, const struct model_lines *lines,
			enum expand_layer layer, const char *reason, struct policy_rules *to)
{
	int rc = 0;

	for (size_t i = 0; i < lines->count; i++) {
		const struct model_line *line = &lines->items[i];
		struct expand_texts texts;

		if (!line->text[0] || line->text[0] == '#')
			continue;
		if (policy_expand_line(x, line, layer, &texts)) {
			rc = -1;
			continue;
		}
		for (size_t j = 0; j < texts.count; j++)
			policy_rules_add(
				x->a, to,
				&(struct policy_rule){ texts.items[j], line->loc, reason,
						       !str_eq(texts.items[j], line->text) });
	}
	return rc;
}

void policy_rules_scope(const struct rules_build *b, const struct model_app *app, struct expand *x)
{
	*x = (struct expand){ .a = b->a, .d = b->d };
	policy_expand_add(x, "snap", app->snap->name);
	policy_expand_add(x, "instance", app->snap->instance);
	policy_expand_add(x, "revision", app->snap->revision);
	policy_expand_add(x, "app", app->name);
	policy_expand_add(x, "label", app->label);
	policy_expand_add(x, "user", app->snap->interactive ? POLICY_USER : NULL);
}
