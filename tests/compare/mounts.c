/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aa_mounts.h"
#include "apparmor.h"
#include "cleanup.h"
#include "compare.h"
#include "fd.h"

#define SET_MAX (16u << 20)

int compare_mount_rules(void)
{
	for (size_t i = 0; i < aa_mount_rule_count; i++)
		printf("profile \"mount.%02zu\" {\n  %s\n}\n", i, aa_mount_rules[i].text);
	return 0;
}

static bool may_have(const struct aa_mount_rule *r)
{
	struct meta_diag d = { 0 };
	int rc = emit_apparmor_check(&(struct policy_rules){ 0 },
				     &(struct policy_rule){ .text = r->text }, &d);

	meta_diag_free(&d);
	return rc == 0;
}

/* Each line of what was found behind the rule. */
static int print_found(const struct aa_mount_rule *r, char *found)
{
	const char *whose = may_have(r) ? "ours" : "refused";
	int n = 0;

	for (char *line = strtok(found, "\n"); line; line = strtok(NULL, "\n")) {
		printf("%s: %s %s\n", whose, r->text, line);
		n++;
	}
	return n;
}

int compare_mounts(const char *set, struct err *e)
{
	CLEANUP_FREE void *data = NULL;
	struct aa_loaded p;
	size_t size, at = 0;
	int found = 0;

	data = fd_read_file(set, SET_MAX, &size, e);
	for (size_t i = 0; data && i < aa_mount_rule_count; i++) {
		CLEANUP_STR struct str out = { 0 };
		char name[32];

		if (aa_load_next(data, size, &at, &p, e))
			return -1;
		snprintf(name, sizeof(name), "mount.%02zu", i);
		if (!str_eq(p.name, name))
			return err_input(e, "cannot use %s: expected profile %s, not %s", set, name,
					 p.name);
		if (aa_mounts_ask(&p, &aa_mount_rules[i], &out))
			found += print_found(&aa_mount_rules[i], out.text);
	}
	return data ? found : -1;
}
