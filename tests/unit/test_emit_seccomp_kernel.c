/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel as oracle: the base filter, compiled for this machine and loaded by seccomp(2) in a
 * child, gives calls the answers that the simulator gave. Every call is harmless where allowed: a
 * bad descriptor or a bad address makes it fail with another errno than the filter's.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "bpfsim.h"
#include "cleanup.h"
#include "fd.h"
#include "seccomp.h"
#include "seccomp_rules.h"

#if defined(__x86_64__)
#define ARCH "amd64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#elif defined(__arm__)
#define ARCH "armhf"
#endif

/* "alone": the errno of the call without a filter, so that ALLOW can be told from the filter's. */
static const struct row {
	long nr;
	long args[4];
	int alone;
} rows[] = {
	{ SYS_getppid, { 0 }, 0 },
	{ SYS_read, { -1 }, EBADF },
	{ SYS_ioctl, { -1, 0x5413 }, EBADF },
	{ SYS_ioctl, { -1, 0x5412 }, EBADF },
	{ SYS_ioctl, { -1, (long)0xdead000000005412ull }, EBADF },
	{ SYS_ioctl, { -1, (long)0x10000541cull }, EBADF },
	{ SYS_fchmod, { -1, 0644 }, EBADF },
	{ SYS_fchmod, { -1, 04755 }, EBADF },
	{ SYS_fchmod, { -1, 0x12340000 + 02755 }, EBADF },
	{ SYS_openat, { -1, 0, O_RDONLY }, EFAULT },
	{ SYS_openat, { -1, 0, O_WRONLY | O_CREAT, 04755 }, EFAULT },
	{ SYS_mknodat, { -1, 0, 0100644 }, EFAULT },
	{ SYS_mknodat, { -1, 0, 0020644 }, EFAULT },
	{ SYS_socket, { 1, 7 }, ESOCKTNOSUPPORT },
	{ SYS_socket, { 2, 99 }, EINVAL },
	{ SYS_socket, { 17, 99 }, ESOCKTNOSUPPORT },
	{ SYS_unshare, { 0x1 }, EINVAL },
	{ SYS_setns, { -1 }, EBADF },
	{ SYS_clone3, { 0, 0 }, EINVAL },
	{ SYS_mount, { 0, 0 }, EFAULT },
	{ SYS_bpf, { 99, 0, 0 }, EINVAL },
	{ SYS_prctl, { PR_GET_DUMPABLE }, 0 },
	{ SYS_prctl, { PR_SET_MM, 99 }, EINVAL },
	{ SYS_setpriority, { 0, 0, 0 }, 0 },
	{ SYS_setpriority, { 9, 0, 0 }, EINVAL },
	{ SYS_prlimit64, { 0, 99, 0, 0 }, EINVAL },
	{ SYS_prlimit64, { 1, 99, 0, 0 }, EINVAL },
	{ SYS_prlimit64, { 1, 99, 1, 0 }, EFAULT },
	{ SYS_setuid, { -1 }, EINVAL },
	{ 700, { 0 }, ENOSYS },
};

static void compile(struct mem_arena *a, struct seccomp_program *p)
{
	static struct seccomp_line lines[1024];
	struct seccomp_request rq = { .lines = lines, .arch = ARCH };
	struct meta_diag d = { 0 };
	char *text, *rest;
	size_t len;

	text = fd_read_file("gadget/templates/default.seccomp", 1 << 20, &len, NULL);
	assert_non_null(text);
	rest = mem_strdup(a, text);
	free(text);
	while (rest) {
		assert_true(rq.count < ARRAY_SIZE(lines));
		lines[rq.count++] = (struct seccomp_line){ .text = strsep(&rest, "\n") };
	}
	assert_int_equal(seccomp_compile(a, &rq, p, &d), 0);
	assert_int_equal(d.count, 0);
	meta_diag_free(&d);
}

/* Loads the filter and writes each row's errno; nothing here needs more than the filter allows. */
static void child(const struct seccomp_program *p, int out)
{
	struct sock_fprog prog = { .len = (unsigned short)p->count,
				   .filter = (struct sock_filter *)(uintptr_t)p->insns };
	int got[ARRAY_SIZE(rows)];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) != 0)
		_exit(errno);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const long *a = rows[i].args;

		errno = 0;
		got[i] = syscall(rows[i].nr, a[0], a[1], a[2], a[3]) < 0 ? errno : 0;
	}
	_exit(write(out, got, sizeof(got)) == sizeof(got) ? 0 : 1);
}

static int expected(const struct seccomp_program *p, const struct row *row)
{
	struct bpfsim_data data = { .nr = (int32_t)row->nr, .arch = p->arch[0] };
	struct bpfsim_result r;

	for (unsigned i = 0; i < 4; i++)
		data.args[i] = (unsigned long)row->args[i];
	assert_int_equal(bpfsim_run(p->insns, p->count, &data, &r, NULL), 0);
	if (r.action == SECCOMP_RET_ALLOW)
		return row->alone;
	assert_int_equal(r.action & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	return (int)(r.action & SECCOMP_RET_DATA);
}

static void kernel_agrees(void **state)
{
	struct mem_arena a = { 0 };
	struct seccomp_program p;
	int got[ARRAY_SIZE(rows)];
	int fds[2], status;
	pid_t pid;

	(void)state;
	compile(&a, &p);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(&p, fds[1]);
	close(fds[1]);
	assert_int_equal(read(fds[0], got, sizeof(got)), sizeof(got));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int want = expected(&p, &rows[i]);

		if (got[i] != want)
			fail_msg("row %zu (call %ld): kernel %s, simulator %s", i, rows[i].nr,
				 strerror(got[i]), strerror(want));
	}
	mem_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(kernel_agrees) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
