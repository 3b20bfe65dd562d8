/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of a process, compared with what the plan wants. */
#include "launch.h"

#include <linux/capability.h>

#include "num.h"

#define TEXT_ROOM     8192u
#define PROFILES_ROOM (256u * 1024u)

/* Whether the next number has the bits of least and, beyond them, none but those of most. */
static bool next_is(const char **at, unsigned base, uint64_t least, uint64_t most)
{
	size_t n = strcspn(*at, "\t \n");
	char text[24] = "";
	uint64_t bits;

	if (n < sizeof(text))
		memcpy(text, *at, n);
	*at += n + strspn(*at + n, "\t ");
	return num_parse_base(text, base, (struct num_range){ 0, UINT64_MAX }, &bits, NULL) == 0 &&
	       !(bits & ~most) && !(least & ~bits);
}

/* Whether a line is those numbers and no others; step 0: the same one count times. */
static bool has_ids(const char *status, const char *name, const uint32_t *ids, size_t step,
		    size_t count)
{
	size_t len;
	const char *at = sys_look_field(status, name, &len);
	bool same = at;

	for (size_t i = 0; same && i < count; i++, ids += step)
		same = next_is(&at, 10, *ids, *ids);
	return same && *at == '\n';
}

static bool may(const struct launch *l, unsigned cap)
{
	const struct plan_header *h = l->plan.header;

	return launch_has(l, PLAN_LAYER_CAPABILITIES) ? h->caps >> cap & 1 : h->uid == 0;
}

/* Real, effective, saved and file-system id; groups as the kernel sorts them, and the plan too. */
static void compare_ids(const struct launch *l, const char *status, bool running, struct str *bad)
{
	const uint32_t *groups = l->plan.groups;

	if (!(running && may(l, CAP_SETUID)) && !has_ids(status, "Uid", &l->uid, 0, 4))
		str_add(bad, " Uid");
	if (running && may(l, CAP_SETGID))
		return;
	if (!has_ids(status, "Gid", &l->gid, 0, 4))
		str_add(bad, " Gid");
	if (!has_ids(status, "Groups", groups, 1, plan_count(&l->plan, PLAN_TABLE_GROUPS)) &&
	    GUARD(launch_groups))
		str_add(bad, " Groups");
}

void launch_compare(const struct launch *l, const char *status, bool running, struct str *bad)
{
	const struct plan_header *h = l->plan.header;
	/* An app may give up what it was given. */
	uint64_t kept = running ? 0 : UINT64_MAX;
	const struct {
		const char *name;
		uint32_t layer;
		uint64_t least, most;
	} rows[] = {
		{ "Seccomp", running ? PLAN_LAYER_SECCOMP : 0, 2, 2 },
		{ "NoNewPrivs", PLAN_LAYER_CAPABILITIES, 1, 1 },
		{ "CapInh", PLAN_LAYER_CAPABILITIES, h->ambient & kept, h->ambient },
		{ "CapPrm", PLAN_LAYER_CAPABILITIES, h->caps & kept, h->caps },
		{ "CapEff", PLAN_LAYER_CAPABILITIES, h->caps & kept, h->caps },
		{ "CapBnd", PLAN_LAYER_CAPABILITIES, h->caps & kept, h->caps },
		{ "CapAmb", PLAN_LAYER_CAPABILITIES, h->ambient & kept, h->ambient },
	};

	compare_ids(l, status, running, bad);
	for (size_t i = 0, len; i < ARRAY_SIZE(rows); i++) {
		const char *at = sys_look_field(status, rows[i].name, &len);

		if (h->layers & rows[i].layer && GUARD(launch_caps) &&
		    !(at && next_is(&at, 16, rows[i].least, rows[i].most)))
			str_printf(bad, " %s", rows[i].name);
	}
}

/*
 * That the process is in its app's cgroup the devices phase read back, after it had joined; none of
 * those that follow can change it. A cgroup to divide has become the root of all that can be seen
 * since then. No hierarchy of version 1 beside: its release_agent is root's.
 */
static int check_cgroup(struct launch *l, struct err *e)
{
	char text[TEXT_ROOM];

	if (!launch_delegates(l))
		return 0;
	if (sys_look_text(l->self_fd, "cgroup", text, sizeof(text), e) < 0)
		return -1;
	return str_eq(text, "0::/\n") || !GUARD(launch_cgroup)
		       ? 0
		       : err_env(e, "cannot confirm the cgroup: not in 0::/ alone");
}

static int check_onexec(struct launch *l, const char *want, struct err *e)
{
	char text[TEXT_ROOM];

	if (sys_look_text(l->self_fd, "attr/apparmor/exec", text, sizeof(text), e) < 0)
		return -1;
	if (!sys_look_has_line(text, want))
		return err_env(e, "cannot confirm the profile for exec: it is \"%.*s\", not \"%s\"",
			       (int)strcspn(text, "\n"), text, want);
	return 0;
}

static int check_apparmor(struct launch *l, struct err *e)
{
	char want[LABEL_MAX + 16];
	CLEANUP_FREE char *profiles = NULL;

	if (!launch_has(l, PLAN_LAYER_APPARMOR))
		return 0;
	str_join(want, sizeof(want), l->label, " (", plan_mode(&l->plan), ")", NULL);
	if (GUARD(launch_onexec) && check_onexec(l, want, e))
		return -1;
	profiles = mem_must(malloc(PROFILES_ROOM));
	if (sys_look_read(l->profiles_fd, "profiles", profiles, PROFILES_ROOM, e) < 0)
		return -1;
	if (!sys_look_has_line(profiles, want) && GUARD(launch_enforce))
		return err_env(e, "cannot confirm profile \"%s\": not loaded so", want);
	return 0;
}

int launch_readback(struct launch *l, struct err *e)
{
	CLEANUP_STR struct str bad = { 0 };
	char status[TEXT_ROOM];

	if (sys_look_text(l->self_fd, "status", status, sizeof(status), e) < 0)
		return -1;
	launch_compare(l, status, false, &bad);
	if (bad.len)
		return err_env(e, "cannot confirm%s: not as the plan says", bad.text);
	return check_cgroup(l, e) || check_apparmor(l, e) ? -1 : 0;
}
