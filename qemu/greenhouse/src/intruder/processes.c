/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of others: signals, tracing. SIGCONT does nothing to a process that runs. */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* SUCCEEDED when it works on any of them. */
static enum result on_any(const struct victims *v, long (*act)(pid_t pid))
{
	for (size_t i = 0; i < v->count; i++)
		if (act(v->pids[i]) >= 0)
			return SUCCEEDED;
	return STOPPED;
}

static long act_kill(pid_t pid)
{
	return kill(pid, SIGCONT);
}

static long act_tgkill(pid_t pid)
{
	return syscall(SYS_tgkill, pid, pid, SIGCONT);
}

static long act_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	long rc = fd < 0 ? -1 : syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0);
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return rc;
}

static long act_sigqueue(pid_t pid)
{
	siginfo_t info = { .si_signo = SIGCONT, .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, pid, SIGCONT, &info);
}

/* Of no range at all: who may ask is looked at first. */
static long act_madvise(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	long rc = fd < 0 ? -1 : syscall(SYS_process_madvise, fd, NULL, 0, MADV_COLD, 0);
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return rc;
}

/* One that this process alone has entered is left with it. */
static long act_setns(pid_t pid)
{
	char path[64];
	long rc;
	int fd, saved;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	rc = fd < 0 ? -1 : syscall(SYS_setns, fd, CLONE_NEWIPC);
	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return rc;
}

static long open_of(pid_t pid, const char *file, int flags)
{
	char path[64];
	int fd, saved;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, flags | O_CLOEXEC);
	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return fd;
}

static long act_memory(pid_t pid)
{
	return open_of(pid, "mem", O_RDWR);
}

/* The program that it runs: what is opened now could be written to once it has ended. */
static long act_program(pid_t pid)
{
	return open_of(pid, "exe", O_RDONLY);
}

/* Seizing does not stop the tracee, and ends with this process. */
static long act_ptrace(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL);
}

static enum result try_kill(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_kill);
}

static enum result try_tgkill(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_tgkill);
}

static enum result try_pidfd(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_pidfd);
}

static enum result try_sigqueue(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_sigqueue);
}

static enum result try_madvise(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_madvise);
}

static enum result try_setns(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_setns);
}

static enum result try_ptrace(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_ptrace);
}

static enum result try_memory(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_memory);
}

static enum result try_program(const struct victims *v, const char **fact)
{
	(void)fact;
	return on_any(v, act_program);
}

const struct attempt attempts_processes[] = {
	{ "kill", try_kill },
	{ "tgkill", try_tgkill },
	{ "pidfd-signal", try_pidfd },
	{ "sigqueue", try_sigqueue },
	{ "process-madvise", try_madvise },
	{ "join-namespace", try_setns },
	{ "ptrace", try_ptrace },
	{ "memory-open", try_memory },
	{ "program-open", try_program },
	{ NULL, NULL },
};
