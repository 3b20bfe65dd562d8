/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "mem.h"

#if defined(__x86_64__)
const uint32_t ask_native = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
const uint32_t ask_native = AUDIT_ARCH_AARCH64;
#else
const uint32_t ask_native = AUDIT_ARCH_ARM;
#endif

/* The parent's answer: no errno, no result of a call that the child makes. */
#define PASSED 0x5ecc0b

/* In the sixth argument of the calls by which the child loads its filters. */
#define LOADING 0x10adf117u

struct shared {
	atomic_int listener; /* the child's descriptor; 0 not yet, -1 cannot */
	atomic_size_t at;    /* the call that is being made */
	atomic_int taken;    /* the parent has the listener: a call may kill the child */
	atomic_int done;
	struct ask_call calls[];
};

/* All calls go to the parent, but those that load filters. */
static int listen_below(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOADING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog prog = { ARRAY_SIZE(insns), insns };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &prog);
}

#if defined(__x86_64__)
/* The sixth argument goes in ebp, which the compiler may be using: always 0. */
static long call_i386(const struct ask_call *c)
{
	long result;

	__asm__ volatile("push %%rbp\n\txor %%ebp, %%ebp\n\tint $0x80\n\tpop %%rbp"
			 : "=a"(result)
			 : "a"(c->nr), "b"(c->args[0]), "c"(c->args[1]), "d"(c->args[2]),
			   "S"(c->args[3]), "D"(c->args[4])
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}
#endif

#if defined(__arm__)
/* An immediate of 24 bits is for ARM instructions only; the number is in r7 as ever. */
__attribute__((target("arm"), noinline)) static long call_oabi(const struct ask_call *c)
{
	register long r0 __asm__("r0") = (long)c->args[0];
	register long r1 __asm__("r1") = (long)c->args[1];
	register long r2 __asm__("r2") = (long)c->args[2];
	register long r3 __asm__("r3") = (long)c->args[3];
	register long r4 __asm__("r4") = (long)c->args[4];
	register long r5 __asm__("r5") = (long)c->args[5];
	register long r7 __asm__("r7") = (long)c->nr;

	__asm__ volatile("svc 0x900000"
			 : "+r"(r0)
			 : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r7)
			 : "memory");
	return r0;
}
#endif

static long call(const struct ask_call *c)
{
	const uint64_t *a = c->args;
	long result;

#if defined(__x86_64__)
	if (c->arch == AUDIT_ARCH_I386)
		return call_i386(c);
#elif defined(__arm__)
	if (c->oabi)
		return call_oabi(c);
#endif
	result = syscall((long)(int32_t)c->nr, (long)a[0], (long)a[1], (long)a[2], (long)a[3],
			 (long)a[4], (long)a[5]);
	return result == -1 ? -errno : result;
}

/* Never returns: nothing that ends a process is sure to be allowed. */
static void child(struct shared *s, const struct sock_fprog *prog, size_t count)
{
	int fd = listen_below();

	/* The parent answers from here on, and only once it knows the descriptor. */
	atomic_store(&s->listener, fd < 0 ? -1 : fd);
	while (fd >= 0 && atomic_load(&s->taken) == 0)
		;
	if (fd < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, prog, 0, 0, LOADING) != 0) {
		atomic_store(&s->done, -1);
	} else {
		for (size_t i = atomic_load(&s->at); i < count; i++) {
			long result;

			atomic_store(&s->at, i);
			result = call(&s->calls[i]);
			s->calls[i].action = result == PASSED ? SECCOMP_RET_ALLOW
					     : result < 0 && result >= -4095
						     ? SECCOMP_RET_ERRNO | (uint32_t)-result
						     : SECCOMP_RET_LOG;
		}
		atomic_store(&s->done, 1);
	}
	for (;;)
		;
}

static void answer(int fd)
{
	struct seccomp_notif want = { 0 };
	struct seccomp_notif_resp resp = { .val = PASSED };

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &want) != 0)
		return;
	resp.id = want.id;
	(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

static int listener_of(struct shared *s, pid_t pid)
{
	CLEANUP_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd;

	while (atomic_load(&s->listener) == 0)
		usleep(100);
	if (atomic_load(&s->listener) < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, atomic_load(&s->listener), 0);
	atomic_store(&s->taken, 1);
	return fd;
}

/* Answers one child until it is through or dead. Returns 1 when it was killed by a call. */
static int serve(struct shared *s, pid_t pid)
{
	CLEANUP_FD int fd = listener_of(s, pid);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status = 0;

	while (fd >= 0 && atomic_load(&s->done) == 0) {
		if (poll(&p, 1, 1) > 0 && (p.revents & POLLIN))
			answer(fd);
		else if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? 1 : -1;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return fd >= 0 && atomic_load(&s->done) == 1 ? 0 : -1;
}

static int ask(struct shared *s, const struct sock_fprog *prog, size_t count)
{
	int result = 1;

	while (result == 1 && atomic_load(&s->at) < count) {
		pid_t pid;

		atomic_store(&s->listener, 0);
		atomic_store(&s->taken, 0);
		pid = fork();
		if (pid < 0)
			return -1;
		if (pid == 0)
			child(s, prog, count);
		result = serve(s, pid);
		if (result == 1) {
			size_t at = atomic_load(&s->at);

			s->calls[at].action = SECCOMP_RET_KILL_PROCESS;
			atomic_store(&s->at, at + 1);
		}
	}
	return result < 0 ? -1 : 0;
}

int ask_kernel(const struct filter_insn *insns, uint32_t count, struct ask_call *calls,
	       size_t call_count)
{
	struct sock_fprog prog = { (unsigned short)count, (struct sock_filter *)(uintptr_t)insns };
	size_t size = sizeof(struct shared) + call_count * sizeof(*calls);
	struct shared *s =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result;

	if (s == MAP_FAILED)
		return -1;
	memcpy(s->calls, calls, call_count * sizeof(*calls));
	result = ask(s, &prog, call_count);
	memcpy(calls, s->calls, call_count * sizeof(*calls));
	munmap(s, size);
	return result;
}

int ask_has(uint32_t arch)
{
	static const struct filter_insn all[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	struct ask_call probe = { .nr = 20, .arch = arch };

	if (arch != ask_native && !(ask_native == AUDIT_ARCH_X86_64 && arch == AUDIT_ARCH_I386))
		return 0;
	return ask_kernel(all, 1, &probe, 1) == 0 && probe.action == SECCOMP_RET_ALLOW;
}
