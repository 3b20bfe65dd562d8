/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor policy into the kernel, and what the kernel then says it has. */
#include "boot.h"

#include "apparmor.h"

struct seen {
	const struct boot *b;
	bool *found; /* parallel to b->policy.profiles */
};

static int compare(const struct boot *b, const struct aapolicy_profile *want,
		   const struct sys_apparmor_profile *have, struct err *e)
{
	const char *mode = want->complain ? "complain" : "enforce";
	/* boot_policy_check() saw that each is listed. */
	const struct manifest_profile *row =
		manifest_row(&b->manifest, MANIFEST_TABLE_PROFILES, want->name);
	const char *sha1 = boot_text(b, row->sha1);

	if (!str_eq(have->mode, mode) && GUARD(boot_mode))
		return err_env(e, "cannot use AppArmor profile %s: loaded as %.32s, not %s",
			       want->name, have->mode, mode);
	if (!str_eq(have->sha1, sha1) && GUARD(boot_sha1))
		return err_env(e,
			       "cannot use AppArmor profile %s: the kernel holds %.40s, MANIFEST "
			       "says %s",
			       want->name, have->sha1, sha1);
	return 0;
}

static int visit(void *ctx, const struct sys_apparmor_profile *have, struct err *e)
{
	struct seen *s = ctx;

	for (uint32_t i = 0; i < s->b->policy.count; i++) {
		const struct aapolicy_profile *want = &s->b->policy.profiles[i];

		if (!str_eq(want->name, have->name))
			continue;
		/* The kernel lists a profile that was sent twice twice (seen). */
		if (s->found[i] && GUARD(boot_twice))
			return err_env(e, "cannot use AppArmor profile %s: loaded twice",
				       want->name);
		s->found[i] = true;
		return compare(s->b, want, have, e);
	}
	return 0; /* somebody else's */
}

int boot_policy_load(struct boot *b, struct err *e)
{
	CLEANUP_FREE bool *found = NULL;
	struct seen s = { .b = b };

	if (!b->policy_data)
		return 0;
	if (sys_apparmor_replace(b->apparmor_fd, b->policy_data, b->policy_size, e))
		return -1;
	found = mem_must(calloc(b->policy.count + 1, sizeof(*found)));
	s.found = found;
	if (sys_apparmor_profiles(b->apparmor_fd, visit, &s, e))
		return -1;
	for (uint32_t i = 0; i < b->policy.count; i++)
		if (!found[i] && GUARD(boot_listed))
			return err_env(e, "cannot use AppArmor profile %s: the kernel lists none",
				       b->policy.profiles[i].name);
	return 0;
}

int boot_policy_lock(struct boot *b, struct err *e)
{
	if (b->apparmor_fd < 0 || boot_is_development(b) || !GUARD(boot_lock))
		return 0;
	return sys_apparmor_lock(b->root_fd, e);
}
