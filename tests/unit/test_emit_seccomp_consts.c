/* SPDX-License-Identifier: Apache-2.0 */
/* The table of constants against the headers of the machine that the test runs on. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <asm/ioctls.h>
#include <linux/netlink.h>
#include <linux/prctl.h>

#include "seccomp_rules.h"

#if defined(__x86_64__)
#define COLUMN 0
#else
#define COLUMN 1
#endif

#define ROW(name)                                                                                  \
	{                                                                                          \
#name, (uint32_t)(name)                                                            \
	}

static const struct {
	const char *name;
	uint32_t value;
} rows[] = {
	ROW(AF_ALG),
	ROW(AF_APPLETALK),
	ROW(AF_ASH),
	ROW(AF_ATMPVC),
	ROW(AF_AX25),
	ROW(AF_BLUETOOTH),
	ROW(AF_BRIDGE),
	ROW(AF_CAIF),
	ROW(AF_CAN),
	ROW(AF_ECONET),
	ROW(AF_FILE),
	ROW(AF_IB),
	ROW(AF_IEEE802154),
	ROW(AF_INET),
	ROW(AF_INET6),
	ROW(AF_IPX),
	ROW(AF_IRDA),
	ROW(AF_ISDN),
	ROW(AF_IUCV),
	ROW(AF_KCM),
	ROW(AF_KEY),
	ROW(AF_LLC),
	ROW(AF_LOCAL),
	ROW(AF_MPLS),
	ROW(AF_NETBEUI),
	ROW(AF_NETLINK),
	ROW(AF_NETROM),
	ROW(AF_NFC),
	ROW(AF_PACKET),
	ROW(AF_PHONET),
	ROW(AF_PPPOX),
	ROW(AF_QIPCRTR),
	ROW(AF_RDS),
	ROW(AF_ROSE),
	ROW(AF_ROUTE),
	ROW(AF_RXRPC),
	ROW(AF_SECURITY),
	ROW(AF_SMC),
	ROW(AF_SNA),
	ROW(AF_TIPC),
	ROW(AF_UNIX),
	ROW(AF_UNSPEC),
	ROW(AF_VSOCK),
	ROW(AF_WANPIPE),
	ROW(AF_X25),
	ROW(AF_XDP),
	ROW(CLONE_CHILD_CLEARTID),
	ROW(CLONE_CHILD_SETTID),
	ROW(CLONE_DETACHED),
	ROW(CLONE_FILES),
	ROW(CLONE_FS),
	ROW(CLONE_IO),
	ROW(CLONE_NEWCGROUP),
	ROW(CLONE_NEWIPC),
	ROW(CLONE_NEWNET),
	ROW(CLONE_NEWNS),
	ROW(CLONE_NEWPID),
	ROW(CLONE_NEWTIME),
	ROW(CLONE_NEWUSER),
	ROW(CLONE_NEWUTS),
	ROW(CLONE_PARENT),
	ROW(CLONE_PARENT_SETTID),
	ROW(CLONE_PIDFD),
	ROW(CLONE_PTRACE),
	ROW(CLONE_SETTLS),
	ROW(CLONE_SIGHAND),
	ROW(CLONE_SYSVSEM),
	ROW(CLONE_THREAD),
	ROW(CLONE_UNTRACED),
	ROW(CLONE_VFORK),
	ROW(CLONE_VM),
	ROW(NETLINK_AUDIT),
	ROW(NETLINK_CONNECTOR),
	ROW(NETLINK_CRYPTO),
	ROW(NETLINK_DNRTMSG),
	ROW(NETLINK_ECRYPTFS),
	ROW(NETLINK_FIB_LOOKUP),
	ROW(NETLINK_FIREWALL),
	ROW(NETLINK_GENERIC),
	ROW(NETLINK_INET_DIAG),
	ROW(NETLINK_IP6_FW),
	ROW(NETLINK_ISCSI),
	ROW(NETLINK_KOBJECT_UEVENT),
	ROW(NETLINK_NETFILTER),
	ROW(NETLINK_NFLOG),
	ROW(NETLINK_RDMA),
	ROW(NETLINK_ROUTE),
	ROW(NETLINK_SCSITRANSPORT),
	ROW(NETLINK_SELINUX),
	ROW(NETLINK_SMC),
	ROW(NETLINK_SOCK_DIAG),
	ROW(NETLINK_UNUSED),
	ROW(NETLINK_USERSOCK),
	ROW(NETLINK_XFRM),
	ROW(O_ACCMODE),
	ROW(O_APPEND),
	ROW(O_CLOEXEC),
	ROW(O_CREAT),
	ROW(O_DIRECT),
	ROW(O_DIRECTORY),
	ROW(O_DSYNC),
	ROW(O_EXCL),
	ROW(O_NOATIME),
	ROW(O_NOCTTY),
	ROW(O_NOFOLLOW),
	ROW(O_NONBLOCK),
	ROW(O_PATH),
	ROW(O_RDONLY),
	ROW(O_RDWR),
	ROW(O_TMPFILE),
	ROW(O_TRUNC),
	ROW(O_WRONLY),
	ROW(PRIO_PGRP),
	ROW(PRIO_PROCESS),
	ROW(PRIO_USER),
	ROW(PR_CAPBSET_DROP),
	ROW(PR_CAPBSET_READ),
	ROW(PR_CAP_AMBIENT),
	ROW(PR_CAP_AMBIENT_CLEAR_ALL),
	ROW(PR_CAP_AMBIENT_IS_SET),
	ROW(PR_CAP_AMBIENT_LOWER),
	ROW(PR_CAP_AMBIENT_RAISE),
	ROW(PR_GET_CHILD_SUBREAPER),
	ROW(PR_GET_DUMPABLE),
	ROW(PR_GET_ENDIAN),
	ROW(PR_GET_FPEMU),
	ROW(PR_GET_FPEXC),
	ROW(PR_GET_IO_FLUSHER),
	ROW(PR_GET_KEEPCAPS),
	ROW(PR_GET_NAME),
	ROW(PR_GET_NO_NEW_PRIVS),
	ROW(PR_GET_PDEATHSIG),
	ROW(PR_GET_SECCOMP),
	ROW(PR_GET_SECUREBITS),
	ROW(PR_GET_SPECULATION_CTRL),
	ROW(PR_GET_TAGGED_ADDR_CTRL),
	ROW(PR_GET_THP_DISABLE),
	ROW(PR_GET_TID_ADDRESS),
	ROW(PR_GET_TIMERSLACK),
	ROW(PR_GET_TIMING),
	ROW(PR_GET_TSC),
	ROW(PR_GET_UNALIGN),
	ROW(PR_MCE_KILL),
	ROW(PR_MCE_KILL_GET),
	ROW(PR_MPX_DISABLE_MANAGEMENT),
	ROW(PR_MPX_ENABLE_MANAGEMENT),
	ROW(PR_PAC_GET_ENABLED_KEYS),
	ROW(PR_PAC_RESET_KEYS),
	ROW(PR_PAC_SET_ENABLED_KEYS),
	ROW(PR_SCHED_CORE),
	ROW(PR_SET_CHILD_SUBREAPER),
	ROW(PR_SET_DUMPABLE),
	ROW(PR_SET_ENDIAN),
	ROW(PR_SET_FPEMU),
	ROW(PR_SET_FPEXC),
	ROW(PR_SET_IO_FLUSHER),
	ROW(PR_SET_KEEPCAPS),
	ROW(PR_SET_MM),
	ROW(PR_SET_MM_ARG_END),
	ROW(PR_SET_MM_ARG_START),
	ROW(PR_SET_MM_AUXV),
	ROW(PR_SET_MM_BRK),
	ROW(PR_SET_MM_END_CODE),
	ROW(PR_SET_MM_END_DATA),
	ROW(PR_SET_MM_ENV_END),
	ROW(PR_SET_MM_ENV_START),
	ROW(PR_SET_MM_EXE_FILE),
	ROW(PR_SET_MM_MAP),
	ROW(PR_SET_MM_MAP_SIZE),
	ROW(PR_SET_MM_START_BRK),
	ROW(PR_SET_MM_START_CODE),
	ROW(PR_SET_MM_START_DATA),
	ROW(PR_SET_MM_START_STACK),
	ROW(PR_SET_NAME),
	ROW(PR_SET_NO_NEW_PRIVS),
	ROW(PR_SET_PDEATHSIG),
	ROW(PR_SET_PTRACER),
	ROW(PR_SET_SECCOMP),
	ROW(PR_SET_SECUREBITS),
	ROW(PR_SET_SPECULATION_CTRL),
	ROW(PR_SET_SYSCALL_USER_DISPATCH),
	ROW(PR_SET_TAGGED_ADDR_CTRL),
	ROW(PR_SET_THP_DISABLE),
	ROW(PR_SET_TIMERSLACK),
	ROW(PR_SET_TIMING),
	ROW(PR_SET_TSC),
	ROW(PR_SET_UNALIGN),
	ROW(PR_SET_VMA),
	ROW(PR_SET_VMA_ANON_NAME),
	ROW(PR_SME_GET_VL),
	ROW(PR_SME_SET_VL),
	ROW(PR_SVE_GET_VL),
	ROW(PR_SVE_SET_VL),
	ROW(PR_TASK_PERF_EVENTS_DISABLE),
	ROW(PR_TASK_PERF_EVENTS_ENABLE),
	ROW(PTRACE_ATTACH),
	ROW(PTRACE_CONT),
	ROW(PTRACE_DETACH),
	ROW(PTRACE_GETREGSET),
	ROW(PTRACE_PEEKDATA),
	ROW(PTRACE_PEEKUSER),
#if defined(__x86_64__)
	ROW(PTRACE_GETFPREGS),
	ROW(PTRACE_GETFPXREGS),
	ROW(PTRACE_GETREGS),
#endif
	ROW(SOCK_CLOEXEC),
	ROW(SOCK_DCCP),
	ROW(SOCK_DGRAM),
	ROW(SOCK_NONBLOCK),
	ROW(SOCK_PACKET),
	ROW(SOCK_RAW),
	ROW(SOCK_RDM),
	ROW(SOCK_SEQPACKET),
	ROW(SOCK_STREAM),
	ROW(S_IFBLK),
	ROW(S_IFCHR),
	ROW(S_IFDIR),
	ROW(S_IFIFO),
	ROW(S_IFLNK),
	ROW(S_IFMT),
	ROW(S_IFREG),
	ROW(S_IFSOCK),
	ROW(S_IRWXG),
	ROW(S_IRWXO),
	ROW(S_IRWXU),
	ROW(S_ISGID),
	ROW(S_ISUID),
	ROW(S_ISVTX),
	ROW(TIOCCONS),
	ROW(TIOCGPGRP),
	ROW(TIOCGPTPEER),
	ROW(TIOCGWINSZ),
	ROW(TIOCLINUX),
	ROW(TIOCNOTTY),
	ROW(TIOCSCTTY),
	ROW(TIOCSETD),
	ROW(TIOCSPGRP),
	ROW(TIOCSSERIAL),
	ROW(TIOCSTI),
	ROW(TIOCSWINSZ),
	ROW(TIOCVHANGUP),
};

static void headers_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint32_t *value = seccomp_constant(rows[i].name);

		if (!value || value[COLUMN] != rows[i].value)
			fail_msg("%s: expected %u", rows[i].name, rows[i].value);
	}
}

/* What differs between the architectures: only these (uapi/asm/fcntl.h, ptrace.h). */
static void targets_differ(void **state)
{
	static const struct {
		const char *name;
		uint32_t x86, arm;
	} expected[] = {
		{ "O_DIRECT", 040000, 0200000 },	 { "O_DIRECTORY", 0200000, 040000 },
		{ "O_NOFOLLOW", 0400000, 0100000 },	 { "O_TMPFILE", 020200000, 020040000 },
		{ "PTRACE_GETFPXREGS", 18, UINT32_MAX },
	};
	size_t differing = 0;

	(void)state;
	for (size_t i = 0; seccomp_constant_row(i); i++) {
		const uint32_t *value = seccomp_constant(seccomp_constant_row(i));

		differing += value[0] != value[1];
	}
	assert_int_equal(differing, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(seccomp_constant(expected[i].name)[0], expected[i].x86);
		assert_int_equal(seccomp_constant(expected[i].name)[1], expected[i].arm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_agree),
		cmocka_unit_test(targets_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
