/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the filter language (docs/seccomp.md). */
#include "seccomp_rules.h"

#include "num.h"
#include "str.h"

#define WORDS_MAX 64u

struct word {
	const char *text;
	unsigned col; /* from the line's first byte, 0 */
};

struct number {
	bool negative;
	uint32_t value[SECCOMP_COLUMNS];
};

/* The errnos that a deny line may answer with: asm-generic/errno-base.h and errno.h. */
static const struct {
	const char *name;
	uint32_t errnum;
} errnos[] = {
	{ "EACCES", SECCOMP_EACCES },
	{ "EINVAL", 22 },
	{ "ENOSYS", SECCOMP_ENOSYS },
	{ "EPERM", SECCOMP_EPERM },
};

static int bad_word(const struct seccomp_rule *r, const struct word *w, const char *why,
		    struct meta_diag *d)
{
	struct meta_loc loc = r->loc;

	loc.col = w->col;
	return meta_error(d, &loc, "cannot parse \"%s\": %s", w->text, why);
}

/* Splits at blanks and tabs. Returns the count, or -1: more words than any line can have. */
static int split(struct mem_arena *a, const char *text, const struct meta_loc *loc,
		 struct word words[WORDS_MAX])
{
	const char *p = text;
	int n = 0;

	for (;;) {
		size_t len;

		p += strspn(p, " \t");
		len = strcspn(p, " \t");
		if (len == 0)
			return n;
		if (n == WORDS_MAX)
			return -1;
		words[n].text = mem_strndup(a, p, len);
		words[n].col = (loc->col ? loc->col : 1) + (unsigned)(p - text);
		n++;
		p += len;
	}
}

static void fill(struct number *out, uint32_t value)
{
	for (unsigned i = 0; i < SECCOMP_COLUMNS; i++)
		out->value[i] = value;
}

/* Decimal, a minus and decimal, or a constant. Returns -1 without recording anything. */
static int number(const char *text, struct number *out)
{
	const uint32_t *constant = seccomp_constant(text);
	uint64_t n;

	*out = (struct number){ 0 };
	if (constant) {
		memcpy(out->value, constant, sizeof(out->value));
		return 0;
	}
	out->negative = text[0] == '-';
	if (num_parse(text + out->negative, out->negative, out->negative ? 1u << 31 : UINT32_MAX,
		      &n, NULL) < 0)
		return -1;
	fill(out, out->negative ? (uint32_t)-n : (uint32_t)n);
	return 0;
}

static void suggest(const char *text, struct meta_diag *d)
{
	const char *names[512];
	const char *near;
	size_t n = 0;

	if (d->count > SECCOMP_HINTS_MAX)
		return;
	while (n < ARRAY_SIZE(names) - 1 && seccomp_constant_row(n)) {
		names[n] = seccomp_constant_row(n);
		n++;
	}
	names[n] = NULL;
	near = meta_nearest(text, names);
	if (near)
		meta_hint(d, "did you mean \"%s\"?", near);
}

static int bad_number(const struct seccomp_rule *r, const struct word *w, const char *text,
		      struct meta_diag *d)
{
	(void)bad_word(r, w,
		       "expected a decimal number of 32 bits or a known constant, alone or after "
		       "!, >, >=, <, <=, |, or with a mask before |",
		       d);
	suggest(text, d);
	return -1;
}

/* "u:root", "g:0" */
static int id(const struct seccomp_rule *r, const struct word *w, struct seccomp_cond *c,
	      struct meta_diag *d)
{
	struct number n;
	uint32_t value;
	uint64_t parsed;

	if (seccomp_id(w->text + 2, &value) < 0) {
		if (num_parse(w->text + 2, 0, UINT32_MAX - 1, &parsed, NULL) < 0)
			return bad_word(r, w,
					"accounts are the image's own: write the number, "
					"\"root\" or \"daemon\"",
					d);
		value = (uint32_t)parsed;
	}
	fill(&n, value);
	c->op = SECCOMP_EQ;
	memcpy(c->value, n.value, sizeof(c->value));
	return 0;
}

/* "|num" and "mask|num" */
static int masked(struct mem_arena *a, const struct seccomp_rule *r, const struct word *w,
		  struct seccomp_cond *c, struct meta_diag *d)
{
	const char *bar = strchr(w->text, '|');
	const char *left = mem_strndup(a, w->text, (size_t)(bar - w->text));
	struct number mask, value;

	if (number(bar + 1, &value) < 0)
		return bad_number(r, w, bar + 1, d);
	if (number(*left ? left : bar + 1, &mask) < 0)
		return bad_number(r, w, left, d);
	if (value.negative || mask.negative)
		return bad_word(r, w, "negative numbers have no bits to compare", d);
	c->op = SECCOMP_MASKED;
	for (unsigned i = 0; i < SECCOMP_COLUMNS; i++) {
		if (value.value[i] & ~mask.value[i])
			return bad_word(r, w, "the value has bits that its mask lacks", d);
		c->value[i] = value.value[i];
		c->mask[i] = mask.value[i];
	}
	return 0;
}

/* Longer ones first: ">=" begins with ">". */
static const struct {
	const char *sign;
	enum seccomp_op op;
} comparisons[] = {
	{ ">=", SECCOMP_GE }, { "<=", SECCOMP_LE }, { ">", SECCOMP_GT },
	{ "<", SECCOMP_LT },  { "!", SECCOMP_NE },  { "", SECCOMP_EQ },
};

static int compared(const struct seccomp_rule *r, const struct word *w, struct seccomp_cond *c,
		    struct meta_diag *d)
{
	size_t i = 0;
	struct number n;

	while (!str_starts(w->text, comparisons[i].sign))
		i++;
	if (number(w->text + strlen(comparisons[i].sign), &n) < 0)
		return bad_number(r, w, w->text + strlen(comparisons[i].sign), d);
	c->op = comparisons[i].op;
	if (n.negative && c->op != SECCOMP_EQ)
		return bad_word(r, w, "negative numbers are compared for equality only", d);
	c->negative = n.negative;
	memcpy(c->value, n.value, sizeof(c->value));
	return 0;
}

static int argument(struct mem_arena *a, const struct seccomp_rule *r, const struct word *w,
		    struct seccomp_cond *c, struct meta_diag *d)
{
	c->col = w->col;
	if (str_eq(w->text, "-")) {
		c->op = SECCOMP_ANY;
		return 0;
	}
	if (str_starts(w->text, "u:") || str_starts(w->text, "g:"))
		return id(r, w, c, d);
	if (strchr(w->text, '|'))
		return masked(a, r, w, c, d);
	return compared(r, w, c, d);
}

/* The last word of a deny line may be "errno:NAME". */
static int answer(struct seccomp_rule *r, const struct word *w, struct meta_diag *d)
{
	if (!r->deny)
		return bad_word(r, w, "only a deny line (\"~\") answers with an errno", d);
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		if (str_eq(errnos[i].name, w->text + strlen("errno:"))) {
			r->errnum = errnos[i].errnum;
			return 0;
		}
	}
	return bad_word(r, w, "expected errno:EACCES, errno:EINVAL, errno:ENOSYS or errno:EPERM",
			d);
}

static int name(struct mem_arena *a, struct seccomp_rule *r, const struct word *w,
		struct meta_diag *d)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *text = w->text;

	r->deny = text[0] == '~';
	r->errnum = r->deny ? SECCOMP_EACCES : 0;
	r->name = mem_strdup(a, text + r->deny);
	if (r->name[0] == '\0' || r->name[strspn(r->name, letters)] != '\0')
		return bad_word(r, w, "expected the name of a system call, with \"~\" to deny it",
				d);
	return 0;
}

/* "@complain" or "@unrestricted", alone. */
static int list_word(struct seccomp_rule *r, const struct word *words, int count,
		     struct meta_diag *d)
{
	static const struct {
		const char *name;
		enum seccomp_word word;
	} known[] = {
		{ "@complain", SECCOMP_COMPLAIN },
		{ "@unrestricted", SECCOMP_UNRESTRICTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (str_eq(known[i].name, words[0].text))
			r->word = known[i].word;
	}
	if (!r->word)
		return bad_word(r, &words[0], "expected @complain or @unrestricted", d);
	if (count > 1)
		return bad_word(r, &words[1], "the line of a word with @ holds nothing else", d);
	return 0;
}

static bool printable(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	}
	return true;
}

int seccomp_parse(struct mem_arena *a, const char *text, const struct meta_loc *loc,
		  struct seccomp_rule **out, struct meta_diag *d)
{
	struct seccomp_rule *r = mem_alloc(a, sizeof(*r));
	struct word words[WORDS_MAX];
	int count;
	int result;

	*out = NULL;
	r->loc = *loc;
	if (!printable(text))
		return meta_error(d, loc, "cannot parse filter line: it has control characters");
	if (text[strspn(text, " \t")] == '#')
		return 0;
	count = split(a, text, loc, words);
	if (count == 0)
		return 0;
	if (count < 0)
		return meta_error(d, loc, "cannot parse filter line: it has more than %u words",
				  WORDS_MAX);
	r->loc.col = words[0].col;
	if (words[0].text[0] == '@') {
		*out = r;
		return list_word(r, words, count, d);
	}
	result = name(a, r, &words[0], d);
	if (count > 1 && str_starts(words[count - 1].text, "errno:"))
		result |= answer(r, &words[--count], d);
	for (int i = 1; i < count; i++) {
		if (r->argc == SECCOMP_ARGS_MAX)
			return bad_word(r, &words[i], "a system call has at most 6 arguments", d);
		result |= argument(a, r, &words[i], &r->args[r->argc++], d);
	}
	if (result == 0)
		*out = r;
	return result;
}
