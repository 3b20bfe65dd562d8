/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells DIR [FILE]: what a program that runs containers can do with cgroups, and with the device
 * program above its own. Each line is a try and how it ended, on standard output or in FILE. DIR is
 * a folder that it may write. Stays until it is killed, with a process in a group below.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT  "/sys/fs/cgroup"
#define CELL  ROOT "/cell"
#define IDS   8
#define INSNS 2

static int said(const char *what, long r)
{
	printf("%s: %s\n", what, r < 0 ? strerrorname_np(errno) : "done");
	fflush(stdout);
	return (int)r;
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static long put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long n = fd < 0 ? -1 : write(fd, text, strlen(text));
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return n;
}

/* In a process of its own inside the cell, so that a program there counts. */
static void opens(const char *what, const char *path, int flags)
{
	fflush(stdout);
	if (fork() == 0) {
		if (said("enter", put(CELL "/cgroup.procs", "0")) >= 0)
			said(what, open(path, flags | O_CLOEXEC));
		_exit(0);
	}
	wait(NULL);
}

/* A device program that answers the same to all. */
static int load(int answer)
{
	const struct bpf_insn insns[INSNS] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = answer },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = INSNS,
				.license = (uint64_t)(uintptr_t) "Apache-2.0" };

	return said(answer ? "load all" : "load none", bpf(BPF_PROG_LOAD, &attr));
}

static int attach(enum bpf_cmd cmd, int group, int prog)
{
	union bpf_attr attr = { .target_fd = (uint32_t)group,
				.attach_bpf_fd = (uint32_t)prog,
				.attach_type = BPF_CGROUP_DEVICE,
				.attach_flags = cmd == BPF_PROG_ATTACH ? BPF_F_ALLOW_MULTI : 0 };

	return said(cmd == BPF_PROG_ATTACH ? "attach" : "detach", bpf(cmd, &attr));
}

static unsigned query(const char *what, int group, uint32_t flags, uint32_t ids[IDS])
{
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)group,
					   .attach_type = BPF_CGROUP_DEVICE,
					   .query_flags = flags,
					   .prog_ids = (uint64_t)(uintptr_t)ids,
					   .prog_cnt = IDS } };

	if (bpf(BPF_PROG_QUERY, &attr))
		return said(what, -1), 0;
	printf("%s: %u\n", what, attr.query.prog_cnt);
	return attr.query.prog_cnt;
}

/* By what the kernel says of it: its descriptor, its map, and taking it away from where we are. */
static void reach(int group)
{
	uint32_t ids[IDS] = { 0 }, maps[IDS] = { 0 };
	struct bpf_prog_info info = { .nr_map_ids = IDS, .map_ids = (uint64_t)(uintptr_t)maps };
	union bpf_attr attr = { 0 };
	int prog;

	query("attached", group, 0, ids);
	if (!query("in force", group, BPF_F_QUERY_EFFECTIVE, ids))
		return;
	attr.prog_id = ids[0];
	prog = said("program by id", bpf(BPF_PROG_GET_FD_BY_ID, &attr));
	if (prog < 0)
		return;
	attach(BPF_PROG_DETACH, group, prog);
	attr = (union bpf_attr){ .info = { (uint32_t)prog, sizeof(info),
					   (uint64_t)(uintptr_t)&info } };
	said("program's map ids", bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	attr = (union bpf_attr){ .map_id = maps[0] };
	said("map by id", bpf(BPF_MAP_GET_FD_BY_ID, &attr));
}

/* The root of all cgroups, by what is the same on every kernel: its number (kernfs_create_root() in
 * fs/kernfs/dir.c, Linux 6.1; numbers of 32 bits have a generation above them). */
static long open_above(void)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { { .handle_bytes = 8, .handle_type = 0xfe },
		     sizeof(long) == 8 ? 1 : 1 | 1ULL << 32 };
	int at = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return syscall(SYS_open_by_handle_at, at, &handle, O_RDONLY);
}

/* Commands of bpf() that make, find or keep maps, links and pins, or run a program. */
static void other_commands(void)
{
	static const enum bpf_cmd cmds[] = { BPF_MAP_CREATE,	    BPF_MAP_LOOKUP_ELEM,
					     BPF_MAP_UPDATE_ELEM,   BPF_MAP_DELETE_ELEM,
					     BPF_OBJ_PIN,	    BPF_OBJ_GET,
					     BPF_PROG_TEST_RUN,	    BPF_MAP_GET_NEXT_ID,
					     BPF_MAP_GET_FD_BY_ID,  BPF_RAW_TRACEPOINT_OPEN,
					     BPF_MAP_UPDATE_BATCH,  BPF_LINK_CREATE,
					     BPF_LINK_GET_FD_BY_ID, BPF_PROG_BIND_MAP };
	union bpf_attr attr = { 0 };
	int refused = 0;

	for (size_t i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		refused += bpf(cmds[i], &attr) < 0 && errno == EPERM;
	printf("commands refused: %d of %zu\n", refused, sizeof(cmds) / sizeof(*cmds));
}

static void pins(const char *path)
{
	DIR *dir = said("mount bpf", mount("none", path, "bpf", 0, NULL)) ? NULL : opendir(path);
	int n = 0;

	for (struct dirent *d; dir && (d = readdir(dir));)
		n += strchr(d->d_name, ':') != NULL;
	printf("pins of apps: %d\n", n);
	umount(path);
}

/* The edges of what it sees. */
static void edges(const char *dir)
{
	struct stat a = { 0 }, b = { 0 };
	char path[256];

	said("freeze the root", put(ROOT "/cgroup.freeze", "1"));
	said("take process 1", put(CELL "/cgroup.procs", "1"));
	said("enter process 1", setns((int)syscall(SYS_pidfd_open, 1, 0), CLONE_NEWCGROUP));
	said("namespace of process 1", open("/proc/1/ns/cgroup", O_RDONLY | O_CLOEXEC));
	said("root of process 1", open("/proc/1/root/sys/fs/cgroup", O_RDONLY | O_CLOEXEC));
	said("handle of what is above", open_above());
	snprintf(path, sizeof(path), "%s/again", dir);
	mkdir(path, 0755);
	said("mount devices of version 1", mount("none", path, "cgroup", 0, "devices"));
	pins(path);
	if (said("mount cgroup2", mount("none", path, "cgroup2", 0, NULL)) == 0) {
		stat(ROOT, &a);
		stat(path, &b);
		printf("the same root: %s\n", a.st_ino == b.st_ino ? "yes" : "no");
	}
	/* Options of the mount are those of the first namespace: nsdelegate stays. */
	mount("none", path, "cgroup2", MS_REMOUNT, NULL);
	said("freeze it without nsdelegate", put(ROOT "/cgroup.freeze", "1"));
}

int main(int argc, char *argv[])
{
	char path[256], node[300], text[64] = "";
	int group, fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);

	if (argc < 2 || read(fd, text, sizeof(text) - 1) < 0 ||
	    (argc > 2 && !freopen(argv[2], "w", stdout)))
		return 1;
	printf("mine is %s", text);
	group = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	said("make a group", mkdir(CELL, 0755));
	snprintf(path, sizeof(path), "%s/dev", argv[1]);
	mkdir(path, 0755);
	said("bind /dev", mount("/dev", path, NULL, MS_BIND, NULL));
	snprintf(node, sizeof(node), "%s/vda", path);
	opens("disk", node, O_RDONLY);
	reach(group);
	group = open(CELL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	attach(BPF_PROG_ATTACH, group, load(1));
	opens("disk beside my own", node, O_RDONLY);
	opens("null beside my own", "/dev/null", O_RDONLY);
	attach(BPF_PROG_ATTACH, group, load(0));
	opens("null under my own", "/dev/null", O_RDONLY);
	other_commands();
	edges(argv[1]);
	if (fork() == 0)
		said("stay below", put(CELL "/cgroup.procs", "0"));
	for (;;)
		pause();
}
