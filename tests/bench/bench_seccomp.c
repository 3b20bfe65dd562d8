/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our filter against libseccomp's for the same system calls, on this machine's kernel: how long it
 * takes to load, and what a call costs under it. The names are those that the base template allows
 * whatever the arguments: a filter that both can express. Each figure comes from a child of its
 * own.
 */
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "cleanup.h"
#include "fd.h"
#include "seccomp.h"
#include "seccomp_rules.h"

#define ROUNDS 41
#define CALLS  200000
#define LINES  1024

#if defined(__x86_64__)
#define ARCH "amd64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#else
#define ARCH "armhf"
#endif

struct names {
	struct seccomp_line lines[LINES];
	size_t count;
};

struct program {
	const char *title;
	const struct filter_insn *insns;
	uint32_t count;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Names of the template's lines that say nothing about arguments and are not denied anywhere. */
static void read_names(struct mem_arena *a, const char *path, struct names *out)
{
	CLEANUP_FREE char *text = NULL;
	char *rest;
	size_t len;

	text = fd_read_file(path, 1 << 20, &len, NULL);
	if (!text)
		exit(3);
	rest = text;
	while (rest && out->count < LINES) {
		char *line = strsep(&rest, "\n");

		if (line[0] && !strpbrk(line, " ~#"))
			out->lines[out->count++].text = mem_strdup(a, line);
	}
}

static struct program ours(struct mem_arena *a, const struct names *names)
{
	struct seccomp_request rq = { names->lines, names->count, ARCH, NULL, false };
	struct seccomp_program p;
	struct meta_diag d = { 0 };

	if (seccomp_compile(a, &rq, &p, &d) < 0)
		exit(1);
	return (struct program){ "bulkhead", p.insns, p.count };
}

static struct program theirs(struct mem_arena *a, const struct names *names, uint32_t optimise)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(1));
	CLEANUP_FD int fd = memfd_create("filter", MFD_CLOEXEC);
	struct program p = { optimise == 2 ? "libseccomp, optimise=2" : "libseccomp, linear", NULL,
			     0 };
	struct filter_insn *insns;
	off_t size;

	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimise);
	for (size_t i = 0; i < names->count; i++) {
		int nr = seccomp_syscall_resolve_name(names->lines[i].text);

		if (nr >= 0)
			seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	if (seccomp_export_bpf(ctx, fd) != 0)
		exit(1);
	size = lseek(fd, 0, SEEK_END);
	insns = mem_alloc(a, (size_t)size);
	if (pread(fd, insns, (size_t)size, 0) != size)
		exit(3);
	p.insns = insns;
	p.count = (uint32_t)((size_t)size / sizeof(*insns));
	seccomp_release(ctx);
	return p;
}

static double per_call(long nr, long a0)
{
	double start = now();

	for (int i = 0; i < CALLS; i++)
		syscall(nr, a0, 0, 0);
	return (now() - start) / CALLS;
}

/* Out: nanoseconds to load, per getppid (answered from the kernel's cache), per write of nothing.
 */
static void measure(const struct program *p, double out[3])
{
	struct sock_fprog prog = { (unsigned short)p->count,
				   (struct sock_filter *)(uintptr_t)p->insns };
	int fds[2];
	pid_t pid;

	if (pipe(fds) != 0)
		exit(3);
	pid = fork();
	if (pid == 0) {
		double start;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		start = now();
		if (p->count && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) != 0)
			_exit(3);
		out[0] = now() - start;
		out[1] = per_call(SYS_getppid, 0);
		out[2] = per_call(SYS_read, -1);
		_exit(write(fds[1], out, 3 * sizeof(double)) == 3 * sizeof(double) ? 0 : 3);
	}
	if (read(fds[0], out, 3 * sizeof(double)) != 3 * sizeof(double))
		exit(3);
	close(fds[0]);
	close(fds[1]);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	struct mem_arena a = { 0 };
	static struct names names;
	struct program programs[4] = { { "none", NULL, 0 } };
	static double all[4][3][ROUNDS];

	read_names(&a, argc > 1 ? argv[1] : "gadget/templates/default.seccomp", &names);
	programs[1] = ours(&a, &names);
	programs[2] = theirs(&a, &names, 2);
	programs[3] = theirs(&a, &names, 1);
	/* One after the other in each round, so that the machine's moods touch all alike. */
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < 4; i++) {
			double out[3];

			measure(&programs[i], out);
			for (int k = 0; k < 3; k++)
				all[i][k][round] = out[k];
		}
	}
	printf("%-24s %12s %10s %12s %10s\n", "filter", "instructions", "load us", "getppid ns",
	       "read ns");
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < 3; k++)
			qsort(all[i][k], ROUNDS, sizeof(double), compare);
		printf("%-24s %12u %10.1f %12.0f %10.0f\n", programs[i].title, programs[i].count,
		       all[i][0][ROUNDS / 2] / 1000, all[i][1][ROUNDS / 2], all[i][2][ROUNDS / 2]);
	}
	mem_free(&a);
	return 0;
}
