/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of this process, compared with what the plan wants, before exec. */
#include "launch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "look.h"
#include "mem.h"

#define TEXT_ROOM     8192u
#define PROFILES_ROOM (256u * 1024u)

static int check_field(const char *status, const char *name, const char *want, struct err *e)
{
	size_t len = 0;
	const char *value = sys_look_field(status, name, &len);

	if (!value || len != strlen(want) || memcmp(value, want, len) != 0)
		return err_env(e, "cannot confirm %s: it is \"%.*s\", not \"%s\"", name,
			       value ? (int)len : 0, value ? value : "", want);
	return 0;
}

/* Real, effective, saved and file-system id. */
static int check_ids(const char *status, const char *name, uint32_t id, struct err *e)
{
	char want[64];

	snprintf(want, sizeof(want), "%u\t%u\t%u\t%u", id, id, id, id);
	return check_field(status, name, want, e);
}

static int check_caps(struct launch *l, const char *status, struct err *e)
{
	const struct plan_header *h = l->plan.header;
	const struct {
		const char *name;
		uint64_t want;
	} sets[] = {
		{ "CapInh", h->ambient }, { "CapPrm", h->caps },    { "CapEff", h->caps },
		{ "CapBnd", h->caps },	  { "CapAmb", h->ambient },
	};
	char want[17];

	if (!launch_has(l, PLAN_LAYER_CAPABILITIES) || !GUARD(launch_caps))
		return 0;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		snprintf(want, sizeof(want), "%016" PRIx64, sets[i].want);
		if (check_field(status, sets[i].name, want, e))
			return -1;
	}
	return check_field(status, "NoNewPrivs", "1", e);
}

static int check_cgroup(struct launch *l, struct err *e)
{
	char text[TEXT_ROOM], want[LABEL_MAX + 16];

	if (!launch_has(l, PLAN_LAYER_DEVICES))
		return 0;
	if (sys_look_text(l->self_fd, "cgroup", text, sizeof(text), e) < 0)
		return -1;
	snprintf(want, sizeof(want), "0::/bulkhead/%s", l->label);
	if (!sys_look_has_line(text, want) && GUARD(launch_cgroup))
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
	const struct plan_header *h = l->plan.header;
	char status[TEXT_ROOM];

	if (sys_look_text(l->self_fd, "status", status, sizeof(status), e) < 0)
		return -1;
	return check_ids(status, "Uid", h->uid, e) || check_ids(status, "Gid", h->gid, e) ||
			       check_caps(l, status, e) || check_cgroup(l, e) ||
			       check_apparmor(l, e)
		       ? -1
		       : 0;
}
