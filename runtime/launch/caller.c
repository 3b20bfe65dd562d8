/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <limits.h>

#include "num.h"
#include "path.h"

#define FIRST_PASSED 3u
#define FDS_MAX	     64u
#define VALUE_MAX    1024u
#define WORD	     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

static bool is_of(const char *v, const char *alphabet)
{
	return strlen(v) <= VALUE_MAX && v[strspn(v, alphabet)] == '\0';
}

static bool is_word(const char *v)
{
	return *v && is_of(v, WORD);
}

/* LISTEN_FDNAMES, sd_listen_fds_with_names(3): words between colons. */
static bool is_names(const char *v)
{
	return is_of(v, WORD ":@");
}

/* Counts and pids were looked at more closely when they were taken. */
static bool is_number(const char *v)
{
	uint64_t n;

	return num_parse(v, 1, UINT64_MAX, &n, NULL) == 0;
}

/* sd_notify(3): a path, or "@" and an abstract name; at most sun_path. */
static bool is_socket(const char *v)
{
	if (strlen(v) > 107)
		return false;
	return v[0] == '@' ? is_word(v + 1) : path_is_clean(v);
}

/* own_pid: the variable says whom the others are for; it passes as the app's own pid. */
static const struct var {
	const char *name;
	uint32_t pass;
	bool (*valid)(const char *value);
	bool own_pid;
} vars[LAUNCH_VARS] = {
	[LAUNCH_LISTEN_FDS] = { "LISTEN_FDS", PLAN_PASS_LISTEN_FDS, is_number, false },
	[LAUNCH_LISTEN_FDNAMES] = { "LISTEN_FDNAMES", PLAN_PASS_LISTEN_FDS, is_names, false },
	[LAUNCH_LISTEN_PID] = { "LISTEN_PID", PLAN_PASS_LISTEN_FDS, is_number, true },
	[LAUNCH_NOTIFY_SOCKET] = { "NOTIFY_SOCKET", PLAN_PASS_NOTIFY_SOCKET, is_socket, false },
	[LAUNCH_WATCHDOG_USEC] = { "WATCHDOG_USEC", PLAN_PASS_WATCHDOG, is_number, false },
	[LAUNCH_WATCHDOG_PID] = { "WATCHDOG_PID", PLAN_PASS_WATCHDOG, is_number, true },
	[LAUNCH_TERM] = { "TERM", PLAN_PASS_TERM, is_word, false },
};

static void take_variables(char *const environ_[], struct launch_caller *c)
{
	for (size_t i = 0; environ_ && environ_[i]; i++)
		for (size_t v = 0; v < LAUNCH_VARS; v++) {
			size_t n = strlen(vars[v].name);

			if (strncmp(environ_[i], vars[v].name, n) != 0 || environ_[i][n] != '=')
				continue;
			c->twice[v] = c->var[v] != NULL;
			c->var[v] = environ_[i] + n + 1;
		}
}

/* True when the variables are for this process, as sd_listen_fds(3) decides it. */
static bool for_us(const char *value)
{
	uint64_t pid;

	return value && num_parse(value, 1, INT_MAX, &pid, NULL) == 0 &&
	       pid == (uint64_t)sys_getpid();
}

static void forget(struct launch_caller *c, uint32_t pass)
{
	for (size_t v = 0; v < LAUNCH_VARS; v++)
		if (vars[v].pass == pass)
			c->var[v] = NULL;
}

int launch_caller_read(char *const environ_[], struct launch_caller *c, struct err *e)
{
	uint64_t fds = 0;
	struct stat st = { 0 };

	*c = (struct launch_caller){ 0 };
	take_variables(environ_, c);
	if (!for_us(c->var[LAUNCH_LISTEN_PID]))
		forget(c, PLAN_PASS_LISTEN_FDS);
	if (c->var[LAUNCH_WATCHDOG_PID] && !for_us(c->var[LAUNCH_WATCHDOG_PID]))
		forget(c, PLAN_PASS_WATCHDOG);
	if (c->var[LAUNCH_LISTEN_FDS] &&
	    num_parse(c->var[LAUNCH_LISTEN_FDS], 1, FDS_MAX, &fds, NULL))
		return err_env(e, "cannot use LISTEN_FDS: not a number from 1 to %u", FDS_MAX);
	/* A folder of the host's leads to others, whatever root the app has. */
	for (int fd = 0; fd < (int)(FIRST_PASSED + fds); fd++)
		if ((GUARD(launch_closed) && sys_fstat(fd, &st)) ||
		    (S_ISDIR(st.st_mode) && GUARD(launch_folder)))
			return err_env(e, "cannot use descriptor %d: closed, or a folder", fd);
	c->fds = (unsigned)fds;
	if (GUARD(launch_fds) && sys_close_range(FIRST_PASSED + c->fds, ~0U, 0))
		return err_sys(e, "cannot close the caller's descriptors");
	return 0;
}

static int add_variable(struct launch *l, size_t v, char **out, struct err *e)
{
	const char *value = l->caller.var[v];
	int n;

	if (l->caller.twice[v])
		return err_env(e, "cannot pass %s: it is there twice", vars[v].name);
	if (!vars[v].valid(value) && GUARD(launch_variable))
		return err_env(e, "cannot pass %s: its value is malformed", vars[v].name);
	n = vars[v].own_pid ? asprintf(out, "%s=%d", vars[v].name, (int)sys_getpid())
			    : asprintf(out, "%s=%s", vars[v].name, value);
	return n < 0 ? err_sys(e, "cannot pass %s", vars[v].name) : 0;
}

/* The plan's or the shell, then what the caller adds to it. */
static void build_argv(struct launch *l)
{
	uint32_t planned = l->shell ? 1 : plan_count(&l->plan, PLAN_TABLE_ARGV);
	size_t added = 0;

	while (l->args[added])
		added++;
	l->argv = mem_must(calloc(planned + added + 1, sizeof(*l->argv)));
	for (uint32_t i = 0; i < planned; i++)
		l->argv[i] = l->shell ? (char *)LAUNCH_SHELL
				      : (char *)(uintptr_t)plan_text(&l->plan, l->plan.argv[i]);
	memcpy(l->argv + planned, l->args, added * sizeof(*l->argv));
}

int launch_environment(struct launch *l, struct err *e)
{
	uint32_t planned = plan_count(&l->plan, PLAN_TABLE_ENV);
	size_t used = 0;

	build_argv(l);
	l->envp = mem_must(calloc(planned + LAUNCH_VARS + 1, sizeof(*l->envp)));
	for (uint32_t i = 0; i < planned; i++)
		l->envp[used++] = mem_must(strdup(plan_text(&l->plan, l->plan.env[i])));
	for (size_t v = 0; v < LAUNCH_VARS; v++) {
		if (!(l->plan.header->pass & vars[v].pass) || !l->caller.var[v])
			continue;
		if (add_variable(l, v, &l->envp[used++], e))
			return -1;
	}
	return 0;
}

/*
 * Ours are O_CLOEXEC and still needed: the kernel closes them, and whatever else is open, in the
 * exec itself.
 */
int launch_descriptors(struct launch *l, struct err *e)
{
	unsigned passed = l->plan.header->pass & PLAN_PASS_LISTEN_FDS ? l->caller.fds : 0;

	if (passed > l->plan.header->passed_fds)
		return err_env(e, "cannot pass %u descriptors: the plan allows %u", passed,
			       l->plan.header->passed_fds);
	for (unsigned i = 0; i < passed; i++)
		if (sys_fcntl((int)(FIRST_PASSED + i), F_SETFD, 0))
			return err_sys(e, "cannot pass descriptor %u", FIRST_PASSED + i);
	if (GUARD(launch_fds) && sys_close_range(FIRST_PASSED + passed, ~0U, CLOSE_RANGE_CLOEXEC))
		return err_sys(e, "cannot mark descriptors to be closed");
	return 0;
}
