/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device cgroup: the program interpreted here over a map of our own, and, where this machine
 * lets root mount cgroup2 and bpffs in a namespace of its own, the kernel's answers.
 */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "device_prog.h"
#include "fd.h"

#define LABEL	  "snap.unit-test.device"
#define UNIT	  "/sys/fs/cgroup/system.slice/" LABEL ".service"
#define LIVE_SKIP 77

/* --- the program, interpreted ------------------------------------------------------------- */

struct machine {
	uint64_t r[11];
	uint8_t stack[16];
	const struct bpf_cgroup_dev_ctx *ctx;
	const uint32_t (*rows)[4];
	size_t count;
};

static uint64_t lookup(const struct machine *m)
{
	uint32_t key[3];

	memcpy(key, m->stack + 16 - 12, sizeof(key));
	for (size_t i = 0; i < m->count; i++)
		if (!memcmp(m->rows[i], key, sizeof(key)))
			return (uint64_t)i + 1;
	return 0;
}

static uint32_t load(const struct machine *m, const struct bpf_insn *in)
{
	uint32_t word;

	if (in->src_reg == BPF_REG_0)
		return m->rows[m->r[0] - 1][3];
	assert_int_equal(in->src_reg, BPF_REG_6);
	memcpy(&word, (const char *)m->ctx + in->off, sizeof(word));
	return word;
}

static void keep(struct machine *m, const struct bpf_insn *in, uint32_t word)
{
	assert_true(in->off >= -16 && in->off <= -4);
	memcpy(m->stack + 16 + in->off, &word, sizeof(word));
}

static void alu(struct machine *m, const struct bpf_insn *in)
{
	uint64_t v = BPF_SRC(in->code) == BPF_X ? m->r[in->src_reg] : (uint64_t)(int64_t)in->imm;

	switch (BPF_OP(in->code)) {
	case BPF_MOV:
		m->r[in->dst_reg] = v;
		break;
	case BPF_ADD:
		m->r[in->dst_reg] += v;
		break;
	case BPF_AND:
		m->r[in->dst_reg] &= v;
		break;
	case BPF_RSH:
		m->r[in->dst_reg] >>= v;
		break;
	default:
		fail_msg("unexpected operation %#x", in->code);
	}
}

/* Steps to take after the instruction, 0 for exit. */
static int jump(struct machine *m, const struct bpf_insn *in)
{
	uint64_t v = BPF_SRC(in->code) == BPF_X ? m->r[in->src_reg] : (uint64_t)(int64_t)in->imm;

	switch (BPF_OP(in->code)) {
	case BPF_CALL:
		m->r[0] = lookup(m);
		return 1;
	case BPF_EXIT:
		return 0;
	case BPF_JEQ:
		return m->r[in->dst_reg] == v ? 1 + in->off : 1;
	case BPF_JNE:
		return m->r[in->dst_reg] != v ? 1 + in->off : 1;
	default:
		fail_msg("unexpected jump %#x", in->code);
		return 0;
	}
}

static int step(struct machine *m, const struct bpf_insn *in)
{
	switch (BPF_CLASS(in->code)) {
	case BPF_ALU64:
		alu(m, in);
		return 1;
	case BPF_LDX:
		m->r[in->dst_reg] = load(m, in);
		return 1;
	case BPF_STX:
		keep(m, in, (uint32_t)m->r[in->src_reg]);
		return 1;
	case BPF_ST:
		keep(m, in, (uint32_t)in->imm);
		return 1;
	case BPF_LD:
		assert_int_equal(in->imm, 77);
		return 2;
	default:
		return jump(m, in);
	}
}

static bool allows(const uint32_t (*rows)[4], size_t count, uint32_t type, uint32_t major,
		   uint32_t minor, uint32_t access)
{
	struct bpf_cgroup_dev_ctx ctx = { access << 16 | type, major, minor };
	struct machine m = { .ctx = &ctx, .rows = rows, .count = count };
	struct bpf_insn insns[DEVICE_PROG_LEN];
	int pc = 0, n;

	device_prog_build(77, insns);
	while ((n = step(&m, &insns[pc])) > 0) {
		pc += n;
		assert_in_range(pc, 0, DEVICE_PROG_LEN - 1);
	}
	return m.r[0] != 0;
}

static void test_program(void **state)
{
	static const uint32_t rows[][4] = {
		{ 2, 1, 3, 6 },	  { 2, 4, 64, 2 }, { 2, 136, SYS_DEVICE_MINOR_ANY, 6 },
		{ 2, 136, 9, 2 }, { 1, 8, 0, 4 },
	};
	static const struct {
		uint32_t type, major, minor, access;
		bool allowed;
	} cases[] = {
		{ 2, 1, 3, 2, true },	 { 2, 1, 3, 4, true },	  { 2, 1, 3, 6, true },
		{ 2, 1, 3, 1, false },	 { 2, 1, 3, 7, false },	  { 1, 1, 3, 2, false },
		{ 2, 4, 64, 2, true },	 { 2, 4, 64, 4, false },  { 2, 4, 64, 6, false },
		{ 2, 4, 65, 2, false },	 { 2, 136, 0, 6, true },  { 2, 136, 70000, 6, true },
		{ 2, 136, 9, 4, false }, { 2, 136, 9, 2, true },  { 1, 136, 0, 2, false },
		{ 1, 8, 0, 4, true },	 { 1, 8, 0, 2, false },	  { 2, 8, 0, 4, false },
		{ 2, 10, 1, 2, false },	 { 2, 136, 0, 1, false }, { 0, 1, 3, 2, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (allows(rows, 5, cases[i].type, cases[i].major, cases[i].minor,
			   cases[i].access) != cases[i].allowed)
			fail_msg("case %zu", i);
	assert_false(allows(rows, 0, 2, 1, 3, 2));
}

/* --- refusals that need no privilege ------------------------------------------------------- */

static void test_labels(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", ".hidden" };
	struct sys_device d = SYS_DEVICE_NONE;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sys_device_create(bad[i], 16, &e), -1);
		assert_non_null(strstr(e.text, "not a file name"));
		assert_int_equal(sys_device_open(bad[i], &d, &e), -1);
	}
}

static void test_access(void **state)
{
	struct sys_device_key key = { 2, 1, 3 };
	struct sys_device d = SYS_DEVICE_NONE;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sys_device_set(&d, &key, 1, &e), -1);
	assert_string_equal(e.text, "cannot allow device 2 1:3: access 0x1 is not read or write");
	assert_int_equal(sys_device_set(&d, &key, 8 | 2, &e), -1);
}

/* --- the kernel's answers, in a child with mounts of its own ------------------------------- */

static int tmpfs_over(const char *path)
{
	return mount("tmpfs", path, "tmpfs", 0, "mode=0755,size=1m");
}

/* 0 when the namespace stands; the machine may lack cgroup2 or BPF. None is mounted over itself. */
static int live_setup(void)
{
	/* A user-mode emulator passes no bpf(2) on. */
	if ((syscall(SYS_bpf, -1, NULL, 0) < 0 && errno == ENOSYS) || geteuid() != 0 ||
	    unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	(void)!(umount2("/sys/fs/cgroup", MNT_DETACH) | umount2("/sys/fs/bpf", MNT_DETACH));
	if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL) || tmpfs_over("/run") ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700"))
		return -1;
	return mkdir("/run/bulkhead", 0700) || mkdir("/run/bulkhead/devices", 0700) ? -1 : 0;
}

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

#define NEED(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #cond,     \
				e.text);                                                           \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static int live_keys(const struct sys_device *d)
{
	struct sys_device_key keys[16];
	struct err e = { 0 };

	return sys_device_keys(d, keys, 16, &e);
}

/* Without naming the program, by a read-only descriptor: what ALLOW_MULTI is there to refuse. */
static int detach(const struct sys_device *d)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)d->cgroup_fd;
	attr.attach_bpf_fd = UINT32_MAX;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return (int)syscall(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof(attr));
}

#define JOIN(d)	  sys_device_join(d, LABEL, self_fd, &e)
#define VERIFY(d) sys_device_verify(d, LABEL, sys_cgroup_has(self_fd, "cgroup", LABEL, &e), &e)

static int live_enforce(struct sys_device *d, int self_fd)
{
	const struct sys_device_key null = { 2, 1, 3 };
	const struct sys_device_key mem = { 2, 1, SYS_DEVICE_MINOR_ANY };
	union bpf_attr map = { .map_fd = (uint32_t)d->map_fd };
	struct err e = { 0 };

	NEED(VERIFY(d) == -1);
	NEED(strstr(e.text, "the process is not in it"));
	NEED(JOIN(d) == SYS_CGROUP_OWN && JOIN(d) == SYS_CGROUP_OWN && VERIFY(d) == 0);
	NEED(detach(d) == -1 && opens("/dev/null", O_RDONLY) == EPERM);
	NEED(sys_device_set(d, &null, 2, &e) == 0 && live_keys(d) == 1);
	NEED(opens("/dev/null", O_RDONLY) == 0 && opens("/dev/null", O_RDWR) == EPERM);
	NEED(sys_device_set(d, &null, 6, &e) == 0 && opens("/dev/null", O_RDWR) == 0);
	NEED(opens("/dev/zero", O_RDONLY) == EPERM);
	NEED(sys_device_set(d, &mem, 2, &e) == 0 && opens("/dev/zero", O_RDONLY) == 0);
	NEED(mknod("/run/node", S_IFCHR | 0600, makedev(1, 3)) == -1 && errno == EPERM);
	NEED(sys_device_set(d, &null, 0, &e) == 0 && sys_device_set(d, &null, 0, &e) == 0);
	NEED(opens("/dev/null", O_RDWR) == EPERM && live_keys(d) == 1);
	/* What is as it was is not written. For good: a map stays frozen. */
	NEED(syscall(SYS_bpf, BPF_MAP_FREEZE, &map, sizeof(map)) == 0);
	NEED(sys_device_set(d, &mem, 2, &e) == 0 && sys_device_set(d, &mem, 6, &e) == -1);
	NEED(sys_cgroup_nest(d->cgroup_fd, &e) == 0 && opens("/dev/null", O_RDWR) == EPERM);
	return 0;
}

/* In the group of a unit of that label it stays, with the program attached there. */
static int live_unit(int self_fd)
{
	struct sys_device d = SYS_DEVICE_NONE, again = SYS_DEVICE_NONE;
	struct err e = { 0 };
	int own;

	NEED(mkdir("/sys/fs/cgroup/system.slice", 0755) == 0 || errno == EEXIST);
	NEED(mkdir(UNIT, 0755) == 0);
	NEED(fd_write_kernel(AT_FDCWD, UNIT "/cgroup.procs", "0", 1, &e) == 0);
	NEED(sys_device_open(LABEL, &d, &e) == 0 && sys_device_open(LABEL, &again, &e) == 0);
	NEED(VERIFY(&d) == -1);
	NEED(strstr(e.text, "the process is not in it") && opens("/dev/null", O_RDWR) == 0);
	/* That it is in the unit's group is not enough. */
	own = d.cgroup_fd;
	d.which = SYS_CGROUP_UNIT;
	d.cgroup_fd = sys_cgroup_open(SYS_CGROUP_UNIT, LABEL, &e);
	NEED(VERIFY(&d) == -1);
	NEED(strstr(e.text, "nothing of ours guards it"));
	close(own);
	NEED(JOIN(&d) == SYS_CGROUP_UNIT && d.which == SYS_CGROUP_UNIT && VERIFY(&d) == 0);
	NEED(JOIN(&again) == SYS_CGROUP_UNIT && VERIFY(&again) == 0);
	NEED(sys_cgroup_has(self_fd, "cgroup", LABEL, &e) == SYS_CGROUP_UNIT);
	NEED(sys_cgroup_has(self_fd, "cgroup", LABEL "2", &e) == SYS_CGROUP_NONE);
	NEED(detach(&d) == -1 && opens("/dev/null", O_RDWR) == EPERM);
	sys_device_close(&d);
	sys_device_close(&again);
	return 0;
}

static int live_body(void)
{
	struct sys_device d = SYS_DEVICE_NONE;
	struct sys_device_record r;
	struct err e = { 0 };
	struct stat st;
	int self_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd, rc;

	NEED(sys_device_create(LABEL, 16, &e) == 0);
	NEED(sys_device_create(LABEL, 16, &e) == -1 && strstr(e.text, "File exists"));
	NEED(stat("/sys/fs/bpf/bulkhead/snap:unit-test:device/map", &st) == 0);
	NEED((st.st_mode & 0777) == 0600);
	NEED(stat("/sys/fs/bpf/bulkhead/snap:unit-test:device", &st) == 0);
	NEED((st.st_mode & 0777) == 0700);
	NEED(sys_device_open(LABEL, &d, &e) == 0 && sys_device_open_map(LABEL, &d, &e) == 0);
	rc = live_enforce(&d, self_fd);
	sys_device_close(&d);
	rc = rc ? rc : live_unit(self_fd);
	if (rc)
		return rc;
	fd = open("/run/bulkhead/devices/" LABEL, O_RDWR | O_CLOEXEC);
	NEED(read(fd, &r, sizeof(r)) == (ssize_t)sizeof(r));
	r.map_id++;
	NEED(pwrite(fd, &r, sizeof(r), 0) == (ssize_t)sizeof(r));
	NEED(sys_device_open(LABEL, &d, &e) == 0 && sys_device_open_map(LABEL, &d, &e) == -1);
	NEED(strstr(e.text, "not the one boot made"));
	r.map_id--;
	r.cgroup_inode++;
	NEED(pwrite(fd, &r, sizeof(r), 0) == (ssize_t)sizeof(r));
	NEED(sys_device_open(LABEL, &d, &e) == -1 && strstr(e.text, "not the one boot made"));
	NEED(ftruncate(fd, 15) == 0 && sys_device_open(LABEL, &d, &e) == -1);
	NEED(umount2("/sys/fs/bpf", MNT_DETACH) == 0 && sys_device_create(LABEL "2", 16, &e) == -1);
	NEED(strstr(e.text, "/sys/fs/bpf is not a bpf file system"));
	NEED(tmpfs_over("/sys/fs/cgroup") == 0 && sys_device_create(LABEL "2", 16, &e) == -1);
	NEED(strstr(e.text, "/sys/fs/cgroup is not a cgroup2 file system"));
	return 0;
}

/* The cgroup outlives the namespace: found again by a mount of our own and removed. */
static void live_clean(void)
{
	if (fork() == 0) {
		if (live_setup() == 0) {
			rmdir(SYS_CGROUP_ROOT "/" LABEL "/" SYS_CGROUP_NESTED);
			rmdir(SYS_CGROUP_ROOT "/" LABEL);
			rmdir(SYS_CGROUP_ROOT "/" LABEL "2");
			rmdir(SYS_CGROUP_ROOT);
			/* Of this machine's systemd, if it has one, the slice stays. */
			rmdir(UNIT);
		}
		exit(0);
	}
	wait(NULL);
}

static void test_live(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	live_clean();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		exit(live_setup() ? LIVE_SKIP : live_body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	live_clean();
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == LIVE_SKIP) {
		print_message("skip: no root, no cgroup2 or no bpffs on this machine\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- cgroup v1, where this machine has the controller --------------------------------------- */

static int v1_setup(void)
{
	/* User-mode emulators have no openat2(2), and fd.c no way around it. */
	if ((syscall(SYS_openat2, AT_FDCWD, "", NULL, 0) < 0 && errno == ENOSYS) ||
	    geteuid() != 0 || sys_cgroup_made() != SYS_CGROUP_V1 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || tmpfs_over("/run"))
		return -1;
	return mkdir("/run/bulkhead", 0700) || mkdir("/run/bulkhead/devices", 0700) ? -1 : 0;
}

static int v1_enforce(struct sys_device *d, int self_fd)
{
	const struct sys_device_key null = { 2, 1, 3 };
	const struct sys_device_key mem = { 2, 1, SYS_DEVICE_MINOR_ANY };
	const struct sys_device_key disk = { 1, 8, 0 };
	struct err e = { 0 };

	NEED(VERIFY(d) == -1);
	NEED(strstr(e.text, "the process is not in it"));
	NEED(JOIN(d) == SYS_CGROUP_V1 && JOIN(d) == SYS_CGROUP_V1 && VERIFY(d) == 0);
	NEED(live_keys(d) == 0 && opens("/dev/null", O_RDONLY) == EPERM);
	NEED(sys_device_set(d, &null, 6, &e) == 0 && opens("/dev/null", O_RDWR) == 0);
	NEED(sys_device_set(d, &null, 2, &e) == 0 && opens("/dev/null", O_RDWR) == EPERM);
	NEED(opens("/dev/null", O_RDONLY) == 0 && live_keys(d) == 1);
	NEED(sys_device_set(d, &null, 1, &e) == -1);
	NEED(opens("/dev/zero", O_RDONLY) == EPERM);
	NEED(sys_device_set(d, &mem, 2, &e) == 0 && opens("/dev/zero", O_RDONLY) == 0);
	NEED(sys_device_set(d, &disk, 4, &e) == 0 && live_keys(d) == 3);
	NEED(mknod("/run/node", S_IFCHR | 0600, makedev(1, 3)) == -1 && errno == EPERM);
	NEED(sys_device_set(d, &null, 0, &e) == 0 && sys_device_set(d, &null, 0, &e) == 0);
	NEED(sys_device_set(d, &mem, 0, &e) == 0 && live_keys(d) == 1);
	NEED(opens("/dev/null", O_RDONLY) == EPERM);
	return 0;
}

static int v1_body(void)
{
	struct sys_device d = SYS_DEVICE_NONE;
	struct err e = { 0 };
	int fd, self_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	NEED(sys_device_create(LABEL, 16, &e) == 0);
	NEED(sys_device_create(LABEL, 16, &e) == -1 && strstr(e.text, "File exists"));
	NEED(sys_device_open(LABEL, &d, &e) == 0 && d.which == SYS_CGROUP_V1);
	NEED(sys_device_open_map(LABEL, &d, &e) == 0 && d.map_fd == -1);
	if (v1_enforce(&d, self_fd))
		return 1;
	/* As a cgroup is that nobody has prepared. */
	fd = openat(d.cgroup_fd, "devices.allow", O_WRONLY | O_CLOEXEC);
	NEED(write(fd, "a", 1) == 1 && VERIFY(&d) == -1);
	NEED(strstr(e.text, "cannot verify device cgroup of " LABEL ": nothing of ours guards it"));
	sys_device_close(&d);
	return 0;
}

static void v1_clean(void)
{
	rmdir(SYS_CGROUP_ROOT_V1 "/" LABEL);
	rmdir(SYS_CGROUP_ROOT_V1);
}

static void test_v1(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	fflush(NULL);
	v1_clean();
	pid = fork();
	if (pid == 0)
		exit(v1_setup() ? LIVE_SKIP : v1_body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	v1_clean();
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == LIVE_SKIP) {
		print_message("skip: no root, no openat2 or no devices of cgroup v1\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program), cmocka_unit_test(test_labels),
		cmocka_unit_test(test_access),	cmocka_unit_test(test_live),
		cmocka_unit_test(test_v1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
