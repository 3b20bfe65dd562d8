/* SPDX-License-Identifier: Apache-2.0 */
/*
 * without WHAT PROGRAM [ARGUMENT...]: the program, as on a kernel that was built without WHAT:
 * calls that such a kernel does not know, or that it refuses, answer as they do there. "nothing" is
 * none.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANY	       0xffffffffu
#define QUERY_PROGRAMS 16 /* BPF_PROG_QUERY */
#define LENGTH(a)      (sizeof(a) / sizeof((a)[0]))
#define LOAD(member)                                                                               \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, member))
#define UNLESS(k, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, skip)

static const struct {
	const char *what;
	unsigned number, first; /* the call; its first argument, or ANY */
	unsigned error;
} rows[] = {
	{ "seccomp", SYS_seccomp, ANY, ENOSYS },
	{ "seccomp", SYS_prctl, PR_SET_SECCOMP, EINVAL },
	{ "bpf", SYS_bpf, ANY, ENOSYS },
	{ "cgroup-bpf", SYS_bpf, QUERY_PROGRAMS, EINVAL },
	{ "namespaces", SYS_unshare, ANY, EINVAL },
	{ "namespaces", SYS_setns, ANY, EINVAL },
	/* New in Linux 5.6. */
	{ "openat2", SYS_openat2, ANY, ENOSYS },
};

static int answer(const char *what)
{
	struct sock_filter code[LENGTH(rows) * 5 + 1];
	struct sock_fprog program = { .filter = code };
	unsigned n = 0;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		const int any = rows[i].first == ANY;

		if (strcmp(rows[i].what, what) != 0)
			continue;
		code[n++] = (struct sock_filter)LOAD(nr);
		code[n++] = (struct sock_filter)UNLESS(rows[i].number, any ? 1 : 3);
		if (!any) {
			code[n++] = (struct sock_filter)LOAD(args[0]);
			code[n++] = (struct sock_filter)UNLESS(rows[i].first, 1);
		}
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							 SECCOMP_RET_ERRNO | rows[i].error);
	}
	if (n == 0)
		return strcmp(what, "nothing") == 0 ? 0 : -1;
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char *argv[])
{
	if (argc < 3 || answer(argv[1])) {
		fprintf(stderr, "without: cannot do without %s\n",
			argc < 3 ? "a program" : argv[1]);
		return 124;
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 124;
}
