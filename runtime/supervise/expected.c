/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "guard.h"
#include "mem.h"
#include "num.h"
#include "plan.h"
#include "str.h"

#define VALUE_ROOM 64

/* The first word after "NAME:" in a line of /proc/PID/status. */
static int field(const char *status, const char *name, char out[VALUE_ROOM], struct err *e)
{
	size_t n = strlen(name);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		size_t len;

		line += *line == '\n';
		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, "\t ");
		len = strcspn(line, "\t \n");
		if (len == 0 || len >= VALUE_ROOM)
			break;
		memcpy(out, line, len);
		out[len] = '\0';
		return 0;
	}
	return err_env(e, "cannot read %s of its status", name);
}

static int check_label(const struct expected *x, const char *current, struct err *e)
{
	size_t n = strcspn(current, "\n");
	char want[192];

	snprintf(want, sizeof(want), "%s (enforce)", x->label);
	if (strlen(want) == n && strncmp(current, want, n) == 0)
		return 0;
	/* Boot loads profiles in complain mode from development packs only. */
	snprintf(want, sizeof(want), "%s (complain)", x->label);
	if (x->development && strlen(want) == n && strncmp(current, want, n) == 0)
		return 0;
	return err_env(e, "its AppArmor label is \"%.*s\", not \"%s (enforce)\"", (int)n, current,
		       x->label);
}

static int check_word(const char *status, const char *name, const char *want, struct err *e)
{
	char have[VALUE_ROOM];

	if (field(status, name, have, e))
		return -1;
	if (!str_eq(have, want))
		return err_env(e, "%s is %s, not %s", name, have, want);
	return 0;
}

/* An app may give capabilities up by itself, so fewer are right; more never are. */
static int check_caps(const char *status, const char *name, uint64_t most, struct err *e)
{
	char text[VALUE_ROOM];
	uint64_t have;

	if (field(status, name, text, e) || num_parse_hex(text, 0, UINT64_MAX, &have, e))
		return -1;
	if (have & ~most)
		return err_env(e, "%s is %s, its plan allows %016llx", name, text,
			       (unsigned long long)most);
	return 0;
}

static int check_all_caps(const struct expected *x, const char *status, struct err *e)
{
	const struct {
		const char *name;
		uint64_t most;
	} sets[] = {
		{ "CapEff", x->caps }, { "CapPrm", x->caps },	 { "CapBnd", x->caps },
		{ "CapInh", x->caps }, { "CapAmb", x->ambient },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (check_caps(status, sets[i].name, sets[i].most, e))
			return -1;
	return check_word(status, "NoNewPrivs", "1", e);
}

int expected_check(const struct expected *x, const char *status, const char *current, struct err *e)
{
	char uid[VALUE_ROOM];

	if (!GUARD(expected_check))
		return 0;
	if ((x->layers & PLAN_LAYER_APPARMOR) && check_label(x, current, e))
		return -1;
	if ((x->layers & PLAN_LAYER_SECCOMP) && check_word(status, "Seccomp", "2", e))
		return -1;
	if ((x->layers & PLAN_LAYER_CAPABILITIES) && check_all_caps(x, status, e))
		return -1;
	/* An app that starts as root may change; one that does not cannot come back. */
	if (!x->uid)
		return 0;
	snprintf(uid, sizeof(uid), "%u", x->uid);
	return check_word(status, "Uid", uid, e);
}
