/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of a process, compared with what the plan wants. */
#include "launch.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "look.h"
#include "mem.h"
#include "num.h"
#include "str.h"

#define TEXT_ROOM     8192u
#define PROFILES_ROOM (256u * 1024u)

/* Whether a line of the status is exactly that text, but for blanks behind it. */
static bool has_text(const char *status, const char *name, const struct str *want)
{
	size_t len = 0;
	const char *value = sys_look_field(status, name, &len);

	while (value && len > 0 && value[len - 1] == ' ')
		len--;
	return value && len == want->len && memcmp(value, str_text(want), len) == 0;
}

/* Whether a line has the bits of least and, beyond them, none but those of most. */
static bool has_bits(const char *status, const char *name, uint64_t least, uint64_t most)
{
	size_t len = 0;
	const char *value = sys_look_field(status, name, &len);
	char text[17] = "";
	uint64_t bits;

	if (value && len < sizeof(text))
		memcpy(text, value, len);
	return num_parse_hex(text, 0, UINT64_MAX, &bits, NULL) == 0 && !(bits & ~most) &&
	       !(least & ~bits);
}

static bool may(const struct launch *l, unsigned cap)
{
	const struct plan_header *h = l->plan.header;

	return launch_has(l, PLAN_LAYER_CAPABILITIES) ? h->caps >> cap & 1 : h->uid == 0;
}

/* Real, effective, saved and file-system id; groups as the kernel sorts them, and the plan too. */
static void compare_ids(const struct launch *l, const char *status, bool running, struct str *bad)
{
	CLEANUP_STR struct str uid = { 0 }, gid = { 0 }, groups = { 0 };

	str_printf(&uid, "%u\t%u\t%u\t%u", l->uid, l->uid, l->uid, l->uid);
	str_printf(&gid, "%u\t%u\t%u\t%u", l->gid, l->gid, l->gid, l->gid);
	for (uint32_t i = 0; i < plan_count(&l->plan, PLAN_TABLE_GROUPS); i++)
		str_printf(&groups, "%s%u", i ? " " : "", l->plan.groups[i]);
	if (!(running && may(l, CAP_SETUID)) && !has_text(status, "Uid", &uid))
		str_add(bad, " Uid");
	if (running && may(l, CAP_SETGID))
		return;
	if (!has_text(status, "Gid", &gid))
		str_add(bad, " Gid");
	if (!has_text(status, "Groups", &groups) && GUARD(launch_groups))
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
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (h->layers & rows[i].layer && GUARD(launch_caps) &&
		    !has_bits(status, rows[i].name, rows[i].least, rows[i].most))
			str_printf(bad, " %s", rows[i].name);
}

static int check_cgroup(struct launch *l, struct err *e)
{
	char text[TEXT_ROOM], want[SYS_CGROUP_LINE_SIZE];

	if (!launch_has(l, PLAN_LAYER_DEVICES))
		return 0;
	if (sys_look_text(l->self_fd, "cgroup", text, sizeof(text), e) < 0)
		return -1;
	sys_cgroup_line(l->device.which, l->label, want);
	if (!sys_look_in_cgroup(text, want) && GUARD(launch_cgroup))
		return err_env(e, "cannot confirm the cgroup: not in %s", want);
	return 0;
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
	snprintf(want, sizeof(want), "%s (%s)", l->label, plan_mode(&l->plan));
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
