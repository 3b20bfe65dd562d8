/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <linux/bpf.h>
#include <linux/magic.h>

#include "cgroup.h"
#include "device_prog.h"
#include "device_v1.h"
#include "sys.h"

#define LABEL_TEXT_MAX 127
#define PATH_ROOM      256
#define ATTACHED_MAX   16u
#define CGROUP_MOUNT   "/sys/fs/cgroup"
#define BPF_MOUNT      "/sys/fs/bpf"

_Static_assert(sizeof(struct sys_device_key) == 12, "the program stores the key as three words");
_Static_assert(sizeof(struct sys_device_record) == 16, "record layout");

/* Labels come from checked plans; this floor still builds no path from anything that is no name. */
static int check_label(const char *label, struct err *e)
{
	size_t n = strlen(label);

	if ((n == 0 || n > LABEL_TEXT_MAX || label[0] == '.' || strchr(label, '/')) &&
	    GUARD(device_label))
		return err_input(e, "cannot use label \"%s\": not a file name", label);
	return 0;
}

/* bpffs refuses names with a dot (bpf_lookup() in kernel/bpf/inode.c); no label holds a colon. */
static void pin_path(const char *label, const char *leaf, char out[PATH_ROOM])
{
	size_t start = strlen(SYS_DEVICE_PIN_ROOT) + 1;

	str_join(out, PATH_ROOM, SYS_DEVICE_PIN_ROOT "/", label, leaf, NULL);
	for (size_t i = start; i < start + strlen(label); i++)
		if (out[i] == '.')
			out[i] = ':';
}

static int check_mount(const char *path, long magic, const char *what, const char *label,
		       struct err *e)
{
	struct statfs fs;

	if (statfs(path, &fs))
		return err_sys(e, "cannot make device cgroup of %s: cannot read %s", label, path);
	/* f_type is signed and 32 bits wide on armhf: both sides are cut to the same width. */
	if ((uint32_t)fs.f_type != (uint32_t)magic && GUARD(device_mount))
		return err_env(e, "cannot make device cgroup of %s: %s is not a %s file system",
			       label, path, what);
	return 0;
}

static int make_dir(const char *path, mode_t mode, bool fresh, const char *label, struct err *e)
{
	if (mkdir(path, mode) == 0 || (!fresh && errno == EEXIST))
		return 0;
	return err_sys(e, "cannot make device cgroup of %s: cannot make %s", label, path);
}

static int create_map(const char *label, uint32_t entries, struct err *e)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH,
				.key_size = sizeof(struct sys_device_key),
				.value_size = sizeof(uint32_t),
				.max_entries = entries };
	int fd = sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));

	return fd < 0 ? err_sys(e, "cannot make device map of %s", label) : fd;
}

static int load_program(const char *label, int map_fd, struct err *e)
{
	struct bpf_insn insns[DEVICE_PROG_LEN];
	/* No helper used is GPL-only: the program may carry the licence of this file. */
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = DEVICE_PROG_LEN,
				.license = (uint64_t)(uintptr_t) "Apache-2.0" };
	int fd;

	device_prog_build(map_fd, insns);
	fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? err_sys(e, "cannot load device program of %s", label) : fd;
}

static int pin(const char *label, int fd, const char *leaf, struct err *e)
{
	char path[PATH_ROOM];
	union bpf_attr attr = { .pathname = (uint64_t)(uintptr_t)path, .bpf_fd = (uint32_t)fd };

	pin_path(label, leaf, path);
	/* The kernel makes pins 0600 less the umask; boot's umask is not relied on. */
	if (sys_bpf(BPF_OBJ_PIN, &attr, sizeof(attr)) || chmod(path, 0600))
		return err_sys(e, "cannot pin %s", path);
	return 0;
}

static int attach(const char *label, int cgroup_fd, int prog_fd, struct err *e)
{
	/* Without ALLOW_MULTI any user detaches it with a read-only descriptor of the cgroup. */
	union bpf_attr attr = { .target_fd = (uint32_t)cgroup_fd,
				.attach_bpf_fd = (uint32_t)prog_fd,
				.attach_type = BPF_CGROUP_DEVICE,
				.attach_flags = GUARD(device_multi) ? BPF_F_ALLOW_MULTI : 0 };

	if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)))
		return err_sys(e, "cannot attach device program of %s", label);
	return 0;
}

static int object_info(int fd, void *info, uint32_t size, const char *label, struct err *e)
{
	union bpf_attr attr = {
		.info = { (uint32_t)fd, size, (uint64_t)(uintptr_t)info },
	};

	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return err_sys(e, "cannot read device map and program of %s", label);
	return 0;
}

/* Pins both and reads their ids; the directory is new, so nobody's old pins are taken over. */
static int pin_both(const char *label, int map_fd, int prog_fd, struct sys_device_record *r,
		    struct err *e)
{
	struct bpf_map_info map = { 0 };
	struct bpf_prog_info prog = { 0 };
	char path[PATH_ROOM];

	pin_path(label, "", path);
	if (make_dir(SYS_DEVICE_PIN_ROOT, 0700, false, label, e) ||
	    make_dir(path, 0700, true, label, e) || pin(label, map_fd, "/map", e) ||
	    pin(label, prog_fd, "/prog", e) || object_info(map_fd, &map, sizeof(map), label, e) ||
	    object_info(prog_fd, &prog, sizeof(prog), label, e))
		return -1;
	r->map_id = map.id;
	r->prog_id = prog.id;
	return 0;
}

int sys_device_make_cgroup(const char *label, struct err *e)
{
	bool v1 = sys_cgroup_made() == SYS_CGROUP_V1;
	const char *root = v1 ? SYS_CGROUP_ROOT_V1 : SYS_CGROUP_ROOT;
	char path[PATH_ROOM];

	if (check_label(label, e) ||
	    (!v1 && check_mount(CGROUP_MOUNT, CGROUP2_SUPER_MAGIC, "cgroup2", label, e)) ||
	    make_dir(root, 0755, false, label, e))
		return -1;
	str_join(path, sizeof(path), root, "/", label, NULL);
	return make_dir(path, 0755, true, label, e);
}

static int make_program(const char *label, int cgroup_fd, uint32_t entries,
			struct sys_device_record *r, struct err *e)
{
	CLEANUP_FD int map_fd = -1, prog_fd = -1;

	if (check_mount(BPF_MOUNT, BPF_FS_MAGIC, "bpf", label, e))
		return -1;
	map_fd = create_map(label, entries, e);
	prog_fd = map_fd < 0 ? -1 : load_program(label, map_fd, e);
	return prog_fd < 0 || attach(label, cgroup_fd, prog_fd, e) ||
			       pin_both(label, map_fd, prog_fd, r, e)
		       ? -1
		       : 0;
}

int sys_device_create(const char *label, uint32_t entries, struct err *e)
{
	enum sys_cgroup which = sys_cgroup_made();
	struct sys_device_record record = { 0 };
	CLEANUP_FD int cgroup_fd = -1;
	char path[PATH_ROOM];
	struct stat st;

	if (sys_device_make_cgroup(label, e))
		return -1;
	cgroup_fd = sys_cgroup_open(which, label, e);
	if (cgroup_fd < 0 ||
	    (which == SYS_CGROUP_V1 ? device_v1_shut(cgroup_fd, e)
				    : make_program(label, cgroup_fd, entries, &record, e)))
		return -1;
	if (fstat(cgroup_fd, &st))
		return err_sys(e, "cannot read device cgroup of %s", label);
	record.cgroup_inode = st.st_ino;
	str_join(path, sizeof(path), SYS_DEVICE_RECORD_ROOT "/", label, NULL);
	return fd_write_new(AT_FDCWD, path, &record, sizeof(record), e);
}

static int read_record(const char *label, struct sys_device_record *out, struct err *e)
{
	CLEANUP_FREE struct sys_device_record *r = NULL;
	char path[PATH_ROOM];
	size_t len;

	str_join(path, sizeof(path), SYS_DEVICE_RECORD_ROOT "/", label, NULL);
	r = fd_read_file(path, sizeof(*r), &len, e);
	if (!r)
		return -1;
	if (len != sizeof(*r))
		return err_env(e, "cannot use %s: %zu bytes instead of %zu", path, len, sizeof(*r));
	*out = *r;
	return 0;
}

static int open_pin(const char *label, const char *leaf, struct err *e)
{
	char path[PATH_ROOM];
	union bpf_attr attr = { .pathname = (uint64_t)(uintptr_t)path };
	int fd;

	pin_path(label, leaf, path);
	fd = sys_bpf(BPF_OBJ_GET, &attr, sizeof(attr));
	return fd < 0 ? err_sys(e, "cannot open %s", path) : fd;
}

int sys_device_open(const char *label, struct sys_device *out, struct err *e)
{
	struct sys_device_record record;
	CLEANUP_FD int cgroup_fd = -1;
	struct stat st;

	if (check_label(label, e) || read_record(label, &record, e))
		return -1;
	out->which = record.prog_id ? SYS_CGROUP_OWN : SYS_CGROUP_V1;
	cgroup_fd = sys_cgroup_open(out->which, label, e);
	if (cgroup_fd < 0)
		return -1;
	if (fstat(cgroup_fd, &st))
		return err_sys(e, "cannot read device cgroup of %s", label);
	if (st.st_ino != record.cgroup_inode && GUARD(device_inode))
		return err_env(e, "cannot use device cgroup of %s: not the one boot made", label);
	out->cgroup_fd = steal_fd(&cgroup_fd);
	out->record = record;
	return 0;
}

int sys_device_open_map(const char *label, struct sys_device *d, struct err *e)
{
	struct bpf_map_info info = { 0 };
	CLEANUP_FD int fd = -1;

	if (d->which == SYS_CGROUP_V1)
		return 0;
	fd = open_pin(label, "/map", e);
	if (fd < 0 || object_info(fd, &info, sizeof(info), label, e))
		return -1;
	/* A program's descriptor answers too, with other fields: id and type together decide. */
	if (info.type != BPF_MAP_TYPE_HASH || (info.id != d->record.map_id && GUARD(device_map)) ||
	    info.key_size != sizeof(struct sys_device_key) || info.value_size != sizeof(uint32_t))
		return err_env(e, "cannot use device map of %s: not the one boot made", label);
	d->map_fd = steal_fd(&fd);
	return 0;
}

void sys_device_close(struct sys_device *d)
{
	cleanup_fd(&d->cgroup_fd);
	cleanup_fd(&d->map_fd);
}

int sys_device_attached(const struct sys_device *d, int cgroup_fd, struct err *e)
{
	uint32_t ids[ATTACHED_MAX] = { 0 };
	union bpf_attr attr = { .query = { .target_fd = (uint32_t)cgroup_fd,
					   .attach_type = BPF_CGROUP_DEVICE,
					   .prog_ids = (uint64_t)(uintptr_t)ids,
					   .prog_cnt = ATTACHED_MAX } };

	if (d->which == SYS_CGROUP_V1)
		return device_v1_lists(cgroup_fd, e);
	if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof(attr)))
		return err_sys(e, "cannot ask for its programs");
	for (uint32_t i = 0; i < attr.query.prog_cnt && i < ATTACHED_MAX; i++)
		if (ids[i] == d->record.prog_id)
			return 1;
	return 0;
}

/* The group is new with each start of the unit; where a start follows one that hung, it is not. */
static int enter_unit(struct sys_device *d, const char *label, struct err *e)
{
	CLEANUP_FD int cgroup_fd = sys_cgroup_open(SYS_CGROUP_UNIT, label, e);
	int done = cgroup_fd < 0 ? -1 : sys_device_attached(d, cgroup_fd, e);
	CLEANUP_FD int prog_fd = done ? -1 : open_pin(label, "/prog", e);

	if (done < 0 || (done == 0 && (prog_fd < 0 || attach(label, cgroup_fd, prog_fd, e))))
		return -1;
	cleanup_fd(&d->cgroup_fd);
	d->cgroup_fd = steal_fd(&cgroup_fd);
	d->which = SYS_CGROUP_UNIT;
	return 0;
}

int sys_device_join(struct sys_device *d, const char *label, int self_fd, struct err *e)
{
	int in = sys_cgroup_has(self_fd, "cgroup", label, e);

	if (in == SYS_CGROUP_NONE)
		in = fd_write_kernel(d->cgroup_fd, "cgroup.procs", "0", 1, e)
			     ? -1
			     : sys_cgroup_has(self_fd, "cgroup", label, e);
	else if (in == SYS_CGROUP_UNIT && enter_unit(d, label, e))
		in = -1;
	return in < 0 ? err_prefix(e, "cannot join device cgroup of %s", label) : in;
}

int sys_device_verify(const struct sys_device *d, const char *label, int in, struct err *e)
{
	int attached;

	if (in != (int)d->which && GUARD(device_member))
		return err_env(e, "cannot verify device cgroup of %s: the process is not in it",
			       label);
	attached = sys_device_attached(d, d->cgroup_fd, e);
	if (attached < 0)
		return err_prefix(e, "cannot verify device cgroup of %s", label);
	return attached || !GUARD(device_attached)
		       ? 0
		       : err_env(e, "cannot verify device cgroup of %s: nothing of ours guards it",
				 label);
}

int sys_device_set(const struct sys_device *d, const struct sys_device_key *key, uint32_t access,
		   struct err *e)
{
	union bpf_attr attr = { .map_fd = (uint32_t)d->map_fd,
				.key = (uint64_t)(uintptr_t)key,
				.value = access ? (uint64_t)(uintptr_t)&access : 0 };
	uint32_t now = 0;
	union bpf_attr look = attr;

	if (access & ~SYS_DEVICE_ACCESS_ALL && GUARD(device_access))
		return err_input(e, "cannot allow device %u %u:%u: access %#x is not read or write",
				 key->type, key->major, key->minor, access);
	if (d->which == SYS_CGROUP_V1)
		return device_v1_set(d->cgroup_fd, key, access, e);
	/* What is there already is not written: one that replaces an element adds the new one at
	 * the head of its list before it takes the old one away, and who is between the two while
	 * he looks for it finds neither (htab_map_update_elem(), kernel/bpf/hashtab.c). */
	look.value = (uint64_t)(uintptr_t)&now;
	if (access && !sys_bpf(BPF_MAP_LOOKUP_ELEM, &look, sizeof(look)) && now == access &&
	    GUARD(device_same))
		return 0;
	if (sys_bpf(access ? BPF_MAP_UPDATE_ELEM : BPF_MAP_DELETE_ELEM, &attr, sizeof(attr)) &&
	    (access || errno != ENOENT))
		return err_sys(e, "cannot %s device %u %u:%u", access ? "allow" : "withdraw",
			       key->type, key->major, key->minor);
	return 0;
}

int sys_device_keys(const struct sys_device *d, struct sys_device_key *keys, size_t max,
		    struct err *e)
{
	struct sys_device_key key;
	union bpf_attr attr = { .map_fd = (uint32_t)d->map_fd,
				.next_key = (uint64_t)(uintptr_t)&key };
	size_t n = 0;

	if (d->which == SYS_CGROUP_V1)
		return device_v1_keys(d->cgroup_fd, keys, max, e);
	for (; sys_bpf(BPF_MAP_GET_NEXT_KEY, &attr, sizeof(attr)) == 0; n++) {
		if (n == max)
			return err_env(e, "cannot list a device map: it has more than %zu", max);
		keys[n] = key;
		attr.key = (uint64_t)(uintptr_t)&keys[n];
	}
	return errno == ENOENT ? (int)n : err_sys(e, "cannot list a device map");
}
