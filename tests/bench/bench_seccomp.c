/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our filter against libseccomp's for the same system calls, on this machine's kernel: how long it
 * takes to load, and what a call costs under it. The names are those that the base template allows
 * whatever the arguments: a filter that both can express. Each figure comes from a child of its
 * own.
 */
#include <math.h>
#include <seccomp.h>
#include <stdbool.h>
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

#include "bpfsim.h"
#include "cleanup.h"
#include "fd.h"
#include "seccomp.h"
#include "seccomp_rules.h"

#define ROUNDS	  41
#define CALLS	  500
#define STRETCHES 60
#define LINES	  1024

/* Ours and the optimised one are measured twice: what two runs of one filter differ by is the
 * noise. */
enum { NONE, OURS, OPTIMISED, LINEAR, OURS_AGAIN, OPTIMISED_AGAIN, PROGRAMS };

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
	struct seccomp_request rq = { .lines = names->lines, .count = names->count, .arch = ARCH };
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

/* The least of many short stretches: no other process falls into all of them. */
static double per_call(long nr, long a0)
{
	double best = 0;

	for (int i = 0; i < STRETCHES; i++) {
		double start = now(), took;

		for (int k = 0; k < CALLS; k++)
			syscall(nr, a0, 0, 0);
		took = (now() - start) / CALLS;
		if (i == 0 || took < best)
			best = took;
	}
	return best;
}

/* What is measured of each filter, in nanoseconds but for the last. */
enum { LOAD, CACHED, CACHED_READ, REFUSED, STEPS, KINDS };

static const struct {
	const char *title;
	const char *unit;
	double scale;
} kinds[KINDS] = {
	[LOAD] = { "load", "us", 1000 },
	[CACHED] = { "getppid, allowed", "ns", 1 },
	[CACHED_READ] = { "read, allowed", "ns", 1 },
	[REFUSED] = { "mount, refused", "ns", 1 },
	[STEPS] = { "instructions a call", "", 1 },
};

/* Loads the filter in a child and makes calls there. Allowed ones the kernel answers from its
 * cache of constant answers, for a refused one it runs the program. */
static void measure(const struct program *p, double out[KINDS])
{
	struct sock_fprog prog = { (unsigned short)p->count,
				   (struct sock_filter *)(uintptr_t)p->insns };
	const size_t size = STEPS * sizeof(double);
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
		out[LOAD] = now() - start;
		out[CACHED] = per_call(SYS_getppid, 0);
		out[CACHED_READ] = per_call(SYS_read, -1);
		out[REFUSED] = per_call(SYS_mount, 0);
		_exit(write(fds[1], out, size) == (ssize_t)size ? 0 : 3);
	}
	if (read(fds[0], out, size) != (ssize_t)size)
		exit(3);
	close(fds[0]);
	close(fds[1]);
	waitpid(pid, NULL, 0);
}

/* Instructions that one call of each name takes, on average: what does not depend on the machine.
 */
static double steps(const struct program *p, const struct names *names)
{
	double sum = 0, count = 0;

	for (size_t i = 0; p->count && i < names->count; i++) {
		struct bpfsim_data data = { .arch = seccomp_target(ARCH)->audit };
		struct bpfsim_result r;

		data.nr = seccomp_syscall_resolve_name(names->lines[i].text);
		if (data.nr < 0 || bpfsim_run(p->insns, p->count, &data, &r, NULL) < 0)
			continue;
		sum += r.steps;
		count++;
	}
	return count > 0 ? sum / count : 0;
}

/* The least of all rounds: whatever else the machine does only adds to it. */
static void measure_all(const struct program programs[PROGRAMS], const struct names *names,
			double best[PROGRAMS][KINDS])
{
	for (int round = 0; round < ROUNDS; round++) {
		for (int turn = 0; turn < PROGRAMS; turn++) {
			double out[KINDS] = { 0 };
			/* In turn, and each first once, so that the machine's moods touch all
			 * alike. */
			int i = (turn + round) % PROGRAMS;

			measure(&programs[i], out);
			out[STEPS] = steps(&programs[i], names);
			for (int k = 0; k < KINDS; k++) {
				if (round == 0 || out[k] < best[i][k])
					best[i][k] = out[k];
			}
		}
	}
}

static double apart(double a, double b)
{
	return fmax(a, b) / fmin(a, b) - 1.0;
}

/* The goal: ours at most 1.0 times the better of the others, as exactly as this run can tell. */
static bool print_ratio(double best[PROGRAMS][KINDS], int k)
{
	double ours = fmin(best[OURS][k], best[OURS_AGAIN][k]);
	double theirs = fmin(fmin(best[OPTIMISED][k], best[OPTIMISED_AGAIN][k]), best[LINEAR][k]);
	double noise = fmax(apart(best[OURS][k], best[OURS_AGAIN][k]),
			    apart(best[OPTIMISED][k], best[OPTIMISED_AGAIN][k]));
	bool met = rint(ours / theirs * 1000) <= rint((1.0 + noise) * 1000); /* as printed */

	printf("%-24s %7.3f times the better of libseccomp's (two runs of one filter: %.3f): %s\n",
	       kinds[k].title, ours / theirs, 1.0 + noise, met ? "met" : "MISSED");
	return met;
}

int main(int argc, char **argv)
{
	struct mem_arena a = { 0 };
	static struct names names;
	struct program programs[PROGRAMS] = { { "none", NULL, 0 } };
	double best[PROGRAMS][KINDS];
	bool met = true;

	read_names(&a, argc > 1 ? argv[1] : "gadget/templates/default.seccomp", &names);
	programs[OURS] = ours(&a, &names);
	programs[OPTIMISED] = theirs(&a, &names, 2);
	programs[LINEAR] = theirs(&a, &names, 1);
	programs[OURS_AGAIN] = programs[OURS];
	programs[OPTIMISED_AGAIN] = programs[OPTIMISED];
	measure_all(programs, &names, best);
	printf("%-24s %12s", "filter", "size");
	for (int k = 0; k < KINDS; k++)
		printf(" %20s", kinds[k].title);
	for (int i = 0; i < PROGRAMS; i++) {
		printf("\n%-24s %12u", programs[i].title, programs[i].count);
		for (int k = 0; k < KINDS; k++)
			printf(" %17.1f %-2s", best[i][k] / kinds[k].scale, kinds[k].unit);
	}
	printf("\n\ngoal: at most 1.0 for the same names\n");
	for (int k = 0; k < KINDS; k++)
		met &= print_ratio(best, k);
	mem_free(&a);
	return met ? 0 : 1;
}
