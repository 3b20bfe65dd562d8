/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp.h"

#include <linux/filter.h>
#include <string.h>

#include "guard.h"
#include "seccomp_rules.h"
#include "str.h"

static const struct meta_loc *first_loc(const struct seccomp_request *rq)
{
	static const struct meta_loc none = { .file = "filter" };

	return rq->count ? &rq->lines[0].loc : &none;
}

static int targets(struct mem_arena *a, const struct seccomp_request *rq,
		   const struct seccomp_target *out[2], uint32_t *count, struct meta_diag *d)
{
	const char *names[] = { rq->arch, rq->compat };

	*count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
		out[*count] = seccomp_target(names[i]);
		if (!out[*count])
			return meta_error(d, first_loc(rq),
					  "cannot compile filter: architecture \"%s\" is not one "
					  "of %s",
					  names[i], seccomp_target_list(a));
		++*count;
	}
	if (*count == 2 && (!out[1]->compat_of || !str_eq(out[1]->compat_of, out[0]->name)))
		return meta_error(d, first_loc(rq),
				  "cannot compile filter: %s is no compat architecture of %s, "
				  "expected arm64 with armhf or amd64 with i386",
				  names[1], names[0]);
	return 0;
}

static void suggest(const char *name, struct meta_diag *d)
{
	const char *names[768];
	const char *near;
	size_t n = 0;

	if (d->count > SECCOMP_HINTS_MAX)
		return;
	while (n < ARRAY_SIZE(names) - 1 && seccomp_widths_row(n)) {
		names[n] = seccomp_widths_row(n);
		n++;
	}
	names[n] = NULL;
	near = meta_nearest(name, names);
	if (near)
		meta_hint(d, "did you mean \"%s\"?", near);
}

/*
 * An allow line that allows nothing is harmless (and lists of newer systems have such names); a
 * deny line that denies nothing is a hole.
 */
static int known(const struct seccomp_rule *r, const struct seccomp_target *t, bool strict,
		 bool *use, struct meta_diag *d)
{
	const bool fails = strict || (r->deny && GUARD(filter_deny_name));
	uint32_t nr;

	*use = seccomp_number(t, r->name, &nr) != SECCOMP_UNKNOWN;
	if (*use)
		return 0;
	if (fails)
		(void)meta_error(d, &r->loc,
				 "cannot %s %s: no architecture has a system call of that name",
				 r->deny ? "deny" : "allow", r->name);
	else
		meta_warn(d, &r->loc,
			  "cannot allow %s: no architecture has a system call of that name",
			  r->name);
	suggest(r->name, d);
	return fails ? -1 : 0;
}

/* What loosens a whole list is not taken from a file that somebody connects an app to. */
static int list_word(const struct seccomp_request *rq, const struct seccomp_rule *r,
		     struct seccomp_rules *out, struct meta_diag *d)
{
	out->words |= r->word;
	if (rq->development || !GUARD(filter_words))
		return 0;
	return meta_error(d, &r->loc, "cannot use %s: only for a snap in devmode",
			  r->word == SECCOMP_COMPLAIN ? "@complain" : "@unrestricted");
}

/* Words of a line that was made have no place; messages of it are those from first on. */
static void place_at_line(const struct seccomp_line *line, struct seccomp_rule *r, size_t first,
			  struct meta_diag *d)
{
	for (size_t i = first; i < d->count; i++)
		d->messages[i].loc.col = line->loc.col;
	if (!r)
		return;
	r->loc.col = line->loc.col;
	for (unsigned i = 0; i < r->argc; i++)
		r->args[i].col = line->loc.col;
}

static int parse(struct mem_arena *a, const struct seccomp_request *rq,
		 const struct seccomp_target *t, struct seccomp_rules *out, struct meta_diag *d)
{
	int result = 0;

	if (rq->count > SECCOMP_LINES_MAX)
		return meta_error(d, first_loc(rq), "cannot compile filter: more than %u lines",
				  SECCOMP_LINES_MAX);
	out->items = mem_array(a, rq->count, sizeof(struct seccomp_rule *));
	for (size_t i = 0; i < rq->count; i++) {
		struct seccomp_rule *r;
		size_t first = d->count;
		int status = seccomp_parse(a, rq->lines[i].text, &rq->lines[i].loc, &r, d);
		bool use;

		if (rq->lines[i].made)
			place_at_line(&rq->lines[i], r, first, d);
		if (status) {
			result = -1;
			continue;
		}
		if (!r || (r->deny && !GUARD(filter_deny)))
			continue;
		if (r->word) {
			result |= list_word(rq, r, out, d);
			continue;
		}
		if (known(r, t, rq->strict, &use, d) < 0)
			result = -1;
		else if (use)
			out->items[out->count++] = r;
	}
	return result;
}

/* Forward: load the architecture, find its tree, or end the process. */
static void put_program(struct seccomp_code *c, const struct seccomp_tables *t)
{
	size_t starts[SECCOMP_ARCH_MAX];
	size_t next;

	for (uint32_t i = t->count; i > 0; i--)
		starts[i - 1] = seccomp_put_tree(c, &t->items[i - 1]);
	next = seccomp_put_return(c, GUARD(filter_arch) ? SECCOMP_DO_KILL : SECCOMP_DO_ALLOW);
	for (uint32_t i = t->count; i > 0; i--) {
		struct seccomp_branch b = { .code = BPF_JEQ,
					    .k = t->items[i - 1].target->audit,
					    .yes = starts[i - 1],
					    .no = next };

		next = seccomp_put_branch(c, &b, t->items[i - 1].target->name);
	}
	seccomp_put(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct bpfsim_data, arch),
		    "architecture");
}

/* Turns what was written from its end into the order of execution. */
static void turn(struct mem_arena *a, const struct seccomp_code *c, struct seccomp_program *out)
{
	struct filter_insn *insns = mem_array(a, c->count, sizeof(*insns));
	const char **notes = mem_array(a, c->count, sizeof(char *));
	const char **labels = mem_array(a, c->count, sizeof(char *));

	for (size_t i = 0; i < c->count; i++) {
		insns[i] = c->insns[c->count - 1 - i];
		notes[i] = c->notes[c->count - 1 - i];
		labels[i] = c->labels[c->count - 1 - i];
	}
	out->insns = insns;
	out->notes = notes;
	out->labels = labels;
	out->count = (uint32_t)c->count;
}

static void list(struct str *s, const struct seccomp_table *t, const char *title, uint32_t action)
{
	bool first = true;

	for (size_t i = 0; i < t->count; i++) {
		const struct seccomp_call *c = &t->calls[i];

		/* Action 0 asks for those whose answer depends on the arguments. */
		if (action ? !c->constant || c->action != action : c->constant)
			continue;
		if (first)
			str_printf(s, "%s %s%s:\n", t->target->name, title,
				   action == t->unknown ? ", as to unknown numbers" : "");
		str_printf(s, "\t%s\n", c->name);
		first = false;
	}
}

static const struct {
	const char *title;
	uint32_t action;
} summaries[] = {
	{ "allows", SECCOMP_DO_ALLOW },
	{ "logs and allows", SECCOMP_DO_LOG },
	{ "decides by arguments", 0 },
	{ "answers EACCES", SECCOMP_DO_ERRNO | SECCOMP_EACCES },
	{ "answers EINVAL", SECCOMP_DO_ERRNO | 22 },
	{ "answers ENOSYS", SECCOMP_DO_ERRNO | SECCOMP_ENOSYS },
	{ "answers EPERM", SECCOMP_DO_ERRNO | SECCOMP_EPERM },
};

static const char *summary(struct mem_arena *a, const struct seccomp_tables *t)
{
	CLEANUP_STR struct str s = { 0 };

	for (uint32_t i = 0; i < t->count; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(summaries); k++)
			list(&s, &t->items[i], summaries[k].title, summaries[k].action);
	}
	return mem_strdup(a, str_text(&s));
}

static int build(struct mem_arena *a, const struct seccomp_tables *t, const struct meta_loc *loc,
		 struct seccomp_program *out, struct meta_diag *d)
{
	struct seccomp_code code = { .arena = a };

	put_program(&code, t);
	if (code.count > FILTER_COUNT_MAX)
		return meta_error(d, loc,
				  "cannot compile filter: %zu instructions, the kernel takes %u",
				  code.count, FILTER_COUNT_MAX);
	turn(a, &code, out);
	out->summary = summary(a, t);
	return seccomp_check(out->insns, out->count, t, loc, d);
}

int seccomp_compile(struct mem_arena *a, const struct seccomp_request *rq,
		    struct seccomp_program *out, struct meta_diag *d)
{
	const struct seccomp_target *target[SECCOMP_ARCH_MAX];
	struct seccomp_table tables[SECCOMP_ARCH_MAX] = { 0 };
	struct seccomp_tables all = { .items = tables };
	struct seccomp_rules rules = { 0 };
	int result;

	*out = (struct seccomp_program){ 0 };
	if (targets(a, rq, target, &all.count, d) < 0)
		return -1;
	/* Each line tells its error, whatever the others hold. */
	result = parse(a, rq, target[0], &rules, d);
	for (uint32_t i = 0; i < all.count; i++) {
		result |= seccomp_table(a, target[i], &rules, &tables[i], d);
		out->arch[i] = target[i]->audit;
	}
	if (result)
		return -1;
	out->arch_count = all.count;
	return build(a, &all, first_loc(rq), out, d);
}
