/* SPDX-License-Identifier: Apache-2.0 */
/* What the pack's files say of each other. */
#include "boot.h"

#include "daemons.h"
#include "filter.h"

int boot_policy_check(struct boot *b, struct err *e)
{
	uint32_t listed = manifest_count(&b->manifest, MANIFEST_TABLE_PROFILES);

	if (!b->policy_data)
		return listed ? err_input(e, "cannot use MANIFEST: %u profiles and no policy.aa",
					  listed)
			      : 0;
	if (b->apparmor_fd < 0)
		return err_input(e, "cannot use policy.aa: MANIFEST lists no profile");
	if (aapolicy_verify(b->policy_data, b->policy_size, &b->policy, e))
		return err_prefix(e, "cannot use policy.aa");
	for (uint32_t i = 0; i < b->policy.count; i++) {
		const struct aapolicy_profile *p = &b->policy.profiles[i];

		if (!manifest_row(&b->manifest, MANIFEST_TABLE_PROFILES, p->name) &&
		    GUARD(boot_profile_extra))
			return err_input(e, "cannot use policy.aa: MANIFEST lists no profile %s",
					 p->name);
		if (p->complain && !boot_is_development(b) && GUARD(boot_complain))
			return err_input(e,
					 "cannot use policy.aa: profile %s is in complain mode and "
					 "the image is not marked development",
					 p->name);
	}
	/* Names are unique on both sides, so equal numbers mean equal sets. */
	if (b->policy.count != listed && GUARD(boot_profile_absent))
		return err_input(e, "cannot use policy.aa: %u profiles, MANIFEST lists %u",
				 b->policy.count, listed);
	return 0;
}

/* The pack's file "DIR/NAMESUFFIX" in the MANIFEST, or NULL. */
static const struct manifest_file *find(const struct boot *b, const char *dir, const char *name,
					const char *suffix)
{
	CLEANUP_STR struct str path = { 0 };

	str_printf(&path, "%s/%s%s", dir, name, suffix);
	return manifest_find(&b->manifest, path.text);
}

static int check_filter(const struct boot *b, const struct plan *p, struct err *e)
{
	const char *name = plan_text(p, p->header->filter);
	const struct manifest_file *m = find(b, "filters", name, "");

	if (!m || m->kind != MANIFEST_KIND_FILTER)
		return err_input(e, "MANIFEST lists no filters/%s", name);
	if (memcmp(m->digest, p->header->filter_digest, SHA256_SIZE) != 0 && GUARD(boot_filter))
		return err_input(e, "filters/%s is not the one it names", name);
	/* Read already: the MANIFEST is sorted, filters/ comes before plans/. */
	if (b->files[m - b->manifest.files].logs && !plan_complains(p) && GUARD(boot_filter_logs))
		return err_input(e, "it enforces, filters/%s only logs", name);
	return 0;
}

/* Profile and plan must say the same of the mode: neither may loosen what the other promises. */
static int check_profile(const struct boot *b, const struct plan *p, struct err *e)
{
	const char *label = plan_text(p, p->header->label);
	const struct aapolicy_profile *at = b->policy.profiles, *end = at + b->policy.count;

	while (at < end && !str_eq(at->name, label))
		at++;
	if (at == end && GUARD(boot_plan_profile))
		return err_input(e, "MANIFEST lists no profile %s", label);
	if (at < end && at->complain != plan_complains(p) && GUARD(boot_plan_mode))
		return err_input(e, "its mode is %s, and not that of the profile", plan_mode(p));
	return 0;
}

/* The snap's data belongs to its user: nobody else's app may be given it, or be root beside it. */
static int check_snap(const struct boot *b, const struct plan *p, struct err *e)
{
	const struct plan_header *h = p->header;
	const char *name = plan_text(p, h->snap);
	const struct manifest_snap *s = manifest_row(&b->manifest, MANIFEST_TABLE_SNAPS, name);

	if (!s)
		return err_input(e, "MANIFEST lists no snap %s", name);
	if ((h->uid != s->uid || h->gid != s->gid) && GUARD(boot_user))
		return err_input(e, "uid %u gid %u, MANIFEST gives snap %s %u and %u", h->uid,
				 h->gid, name, s->uid, s->gid);
	return 0;
}

static int check_plan(const struct boot *b, uint32_t at, struct err *e)
{
	const struct plan *p = &b->plans[at];
	const char *label = plan_text(p, p->header->label);

	if (find(b, "plans", label, ".plan") != &b->manifest.files[at])
		return err_input(e, "it is the plan of %s", label);
	if ((p->header->flags & PLAN_FLAG_DEVELOPMENT) && !boot_is_development(b) &&
	    GUARD(boot_development))
		return err_input(e,
				 "a development plan in an image that is not marked development");
	if ((p->header->layers & PLAN_LAYER_APPARMOR) && check_profile(b, p, e))
		return -1;
	if (check_snap(b, p, e))
		return -1;
	if (plan_complains(p))
		fprintf(stderr, "bulkhead-boot: %s: DEVMODE, not confined\n", label);
	return p->header->layers & PLAN_LAYER_SECCOMP ? check_filter(b, p, e) : 0;
}

int boot_plans_check(struct boot *b, struct err *e)
{
	for (uint32_t i = 0; i < manifest_count(&b->manifest, MANIFEST_TABLE_FILES); i++) {
		const struct manifest_file *m = &b->manifest.files[i];
		struct boot_file *f = &b->files[i];
		struct filter filter = { 0 };

		if ((m->kind == MANIFEST_KIND_FILTER &&
		     filter_read(f->data, f->size, &filter, e)) ||
		    (m->kind == MANIFEST_KIND_PLAN &&
		     (plan_read(f->data, f->size, &b->plans[i], e) || check_plan(b, i, e))))
			return err_prefix(e, "cannot use %s", boot_text(b, m->path));
		f->logs = filter.logs;
	}
	return 0;
}

int boot_daemons_check(struct boot *b, struct err *e)
{
	const struct manifest_file *m = manifest_find(&b->manifest, "daemons");
	const struct boot_file *f = m ? &b->files[m - b->manifest.files] : NULL;
	struct daemons d;

	if (!f)
		return 0;
	if (daemons_read(f->data, f->size, &d, e))
		return -1;
	for (uint32_t i = 0; i < d.header->rows_count; i++) {
		const char *label = daemons_text(&d, d.rows[i].label);

		if (!find(b, "plans", label, ".plan"))
			return err_input(e, "cannot use daemons: MANIFEST lists no plan of %s",
					 label);
	}
	return 0;
}
