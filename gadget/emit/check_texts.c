/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that nobody is given yet: what can be said of their texts alone. */
#include "apparmor.h"
#include "str.h"
#include "udev.h"

/* Is an error of that line among the messages from first on? */
static bool is_wrong(const struct meta_diag *d, size_t first, const struct meta_loc *loc)
{
	for (size_t i = first; i < d->count; i++)
		if (d->messages[i].loc.line == loc->line &&
		    str_eq(d->messages[i].loc.file, loc->file))
			return true;
	return false;
}

/* A line that is wrong for every architecture is one mistake, not one for each of them. */
static int check_filter(struct mem_arena *a, const struct policy_rules *rules, struct meta_diag *d)
{
	static const char *const arches[] = { "arm64", "armhf", "amd64", "i386" };
	struct seccomp_line *lines = mem_array(a, rules->count, sizeof(*lines));
	struct seccomp_request rq = { .lines = lines, .strict = true };
	struct seccomp_program ignored;
	size_t first = d->count;
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		rq.arch = arches[i];
		rq.count = 0;
		for (size_t k = 0; k < rules->count; k++) {
			const struct policy_rule *r = &rules->items[k];

			if (!status || !is_wrong(d, first, &r->loc))
				lines[rq.count++] =
					(struct seccomp_line){ r->text, r->loc, r->made };
		}
		status |= seccomp_compile(a, &rq, &ignored, d);
	}
	return status;
}

int emit_check_texts(struct mem_arena *a, const struct policy_app *app, struct meta_diag *d)
{
	int status = check_filter(a, &app->seccomp, d);

	for (size_t i = 0; i < app->apparmor.count; i++)
		status |= emit_apparmor_check(&app->apparmor, &app->apparmor.items[i], d);
	for (size_t i = 0; i < app->slots.count; i++)
		for (size_t k = 0; k < app->slots.items[i].matches.count; k++)
			status |= emit_udev_check(&app->slots.items[i].matches.items[k], d);
	return status;
}
