/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that nobody is given yet: what can be said of their texts alone. */
#include "apparmor.h"
#include "udev.h"

/* A name that every architecture lacks is one mistake, not one for each of them. */
static int check_filter(struct mem_arena *a, const struct policy_rules *rules, struct meta_diag *d)
{
	static const char *const arches[] = { "arm64", "armhf", "amd64", "i386" };
	struct seccomp_line *lines = mem_array(a, rules->count, sizeof(*lines));
	struct seccomp_request rq = { .lines = lines, .count = rules->count, .strict = true };
	struct seccomp_program ignored;

	for (size_t i = 0; i < rules->count; i++)
		lines[i] = (struct seccomp_line){ rules->items[i].text, rules->items[i].loc };
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		rq.arch = arches[i];
		if (seccomp_compile(a, &rq, &ignored, d))
			return -1;
	}
	return 0;
}

int emit_check_texts(struct mem_arena *a, const struct policy_app *app, struct meta_diag *d)
{
	int status = check_filter(a, &app->seccomp, d);

	for (size_t i = 0; i < app->apparmor.count; i++)
		status |= emit_apparmor_check(&app->apparmor.items[i], d);
	for (size_t i = 0; i < app->slots.count; i++)
		for (size_t k = 0; k < app->slots.items[i].matches.count; k++)
			status |= emit_udev_check(&app->slots.items[i].matches.items[k], d);
	return status;
}
