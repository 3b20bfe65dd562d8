/* SPDX-License-Identifier: Apache-2.0 */
#include "sys_fake_device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"
#include "look.h"
#include "loop.h"
#include "sys_fake.h"

#define GROUPS	16
#define ENTRIES 1024

struct group {
	char label[128];
	struct sys_device_key keys[ENTRIES];
	uint32_t access[ENTRIES];
	size_t count;
	size_t entries;
};

static struct {
	struct group groups[GROUPS];
	size_t count;
	const char *apparmor_dir;
	const struct sys_apparmor_profile *profiles;
	size_t profile_count;
	void *loaded;
	size_t loaded_size;
} fake;

void sys_fake_device_reset(void)
{
	free(fake.loaded);
	memset(&fake, 0, sizeof(fake));
}

static struct group *find(const char *label)
{
	for (size_t i = 0; i < fake.count; i++)
		if (strcmp(fake.groups[i].label, label) == 0)
			return &fake.groups[i];
	return NULL;
}

static int find_key(const struct group *g, const struct sys_device_key *key)
{
	for (size_t i = 0; i < g->count; i++)
		if (memcmp(&g->keys[i], key, sizeof(*key)) == 0)
			return (int)i;
	return -1;
}

uint32_t sys_fake_device_access(const char *label, uint32_t type, uint32_t major, uint32_t minor)
{
	const struct sys_device_key key = { type, major, minor };
	const struct group *g = find(label);
	int at = g ? find_key(g, &key) : -1;

	return at < 0 ? 0 : g->access[at];
}

size_t sys_fake_device_count(const char *label)
{
	const struct group *g = find(label);

	return g ? g->count : 0;
}

void sys_fake_apparmor_dir(const char *path)
{
	fake.apparmor_dir = path;
}

void sys_fake_apparmor_profiles(const struct sys_apparmor_profile *profiles, size_t count)
{
	fake.profiles = profiles;
	fake.profile_count = count;
}

const void *sys_fake_apparmor_loaded(size_t *size)
{
	*size = fake.loaded_size;
	return fake.loaded;
}

/* --- device.h ----------------------------------------------------------------------------- */

static int new_group(const char *label, uint32_t entries, struct err *e)
{
	if (find(label) || fake.count == GROUPS || entries > ENTRIES)
		return err_env(e, "cannot make device cgroup of %s: it exists", label);
	fake.groups[fake.count].entries = entries;
	snprintf(fake.groups[fake.count++].label, sizeof(fake.groups[0].label), "%s", label);
	return 0;
}

int sys_device_make_cgroup(const char *label, struct err *e)
{
	if (sys_fake_call("device_make_cgroup(%s)", label))
		return err_sys(e, "cannot make device cgroup of %s", label);
	return new_group(label, 0, e);
}

int sys_device_create(const char *label, uint32_t entries, struct err *e)
{
	if (sys_fake_call("device_create(%s)", label))
		return err_sys(e, "cannot make device cgroup of %s", label);
	return new_group(label, entries, e);
}

int sys_device_open(const char *label, struct sys_device *out, struct err *e)
{
	const struct group *g = find(label);

	if (sys_fake_call("device_open(%s)", label))
		return err_sys(e, "cannot open device cgroup of %s", label);
	if (!g)
		return err_env(e, "cannot open device cgroup of %s: boot made none", label);
	out->cgroup_fd = -1;
	out->which = sys_cgroup_made();
	return 0;
}

int sys_device_open_map(const char *label, struct sys_device *d, struct err *e)
{
	if (sys_fake_call("device_open_map(%s)", label))
		return err_sys(e, "cannot open device map of %s", label);
	/* No descriptor: the number of the group is all that the fake needs. */
	d->map_fd = (int)(find(label) - fake.groups);
	return 0;
}

void sys_device_close(struct sys_device *d)
{
	d->map_fd = -1;
}

int sys_device_join(struct sys_device *d, const char *label, int self_fd, struct err *e)
{
	(void)d;
	(void)self_fd;
	if (sys_fake_call("device_join(%s)", label))
		return err_sys(e, "cannot join device cgroup of %s", label);
	return SYS_CGROUP_OWN;
}

int sys_device_verify(const struct sys_device *d, const char *label, int in, struct err *e)
{
	(void)d;
	if (sys_fake_call("device_verify(%s)%s", label, in == SYS_CGROUP_OWN ? "" : " outside"))
		return err_sys(e, "cannot verify device cgroup of %s", label);
	return 0;
}

int sys_device_attached(const struct sys_device *d, int cgroup_fd, struct err *e)
{
	(void)d;
	(void)cgroup_fd;
	if (sys_fake_call("device_attached()"))
		return err_sys(e, "cannot ask for its programs");
	return (int)sys_fake_value_of("attached", 1);
}

int sys_device_set(const struct sys_device *d, const struct sys_device_key *key, uint32_t access,
		   struct err *e)
{
	struct group *g = &fake.groups[d->map_fd];
	int at = find_key(g, key);

	if (sys_fake_call("device_set(%s, %u %u:%d, %u)", g->label, key->type, key->major,
			  (int)key->minor, access))
		return err_sys(e, "cannot allow device %u %u:%u", key->type, key->major,
			       key->minor);
	if (access && at < 0) {
		if (g->count == g->entries)
			return err_env(e, "cannot allow device: the map is full");
		at = (int)g->count++;
		g->keys[at] = *key;
	}
	if (access) {
		g->access[at] = access;
	} else if (at >= 0) {
		g->count--;
		g->keys[at] = g->keys[g->count];
		g->access[at] = g->access[g->count];
	}
	return 0;
}

int sys_device_keys(const struct sys_device *d, struct sys_device_key *keys, size_t max,
		    struct err *e)
{
	const struct group *g = &fake.groups[d->map_fd];

	if (sys_fake_call("device_keys(%s)", g->label) || g->count > max)
		return err_sys(e, "cannot list a device map");
	memcpy(keys, g->keys, g->count * sizeof(*keys));
	return (int)g->count;
}

/* --- apparmor.h --------------------------------------------------------------------------- */

int sys_apparmor_open(int root_fd, struct err *e)
{
	int fd;

	(void)root_fd;
	if (sys_fake_call("apparmor_open()"))
		return err_sys(e, "cannot start apps");
	if (!fake.apparmor_dir)
		return err_env(e, "cannot start apps: AppArmor is not enabled in this kernel");
	fd = open(fake.apparmor_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "cannot start apps") : fd;
}

int sys_apparmor_replace(int dir_fd, const void *policy, size_t size, struct err *e)
{
	(void)dir_fd;
	if (sys_fake_call("apparmor_replace(%zu bytes)", size))
		return err_sys(e, "cannot load AppArmor policy");
	free(fake.loaded);
	fake.loaded = malloc(size);
	if (!fake.loaded)
		return err_env(e, "no memory");
	memcpy(fake.loaded, policy, size);
	fake.loaded_size = size;
	return 0;
}

int sys_apparmor_profiles(int dir_fd, sys_apparmor_visit *visit, void *ctx, struct err *e)
{
	(void)dir_fd;
	if (sys_fake_call("apparmor_profiles()"))
		return err_sys(e, "cannot list AppArmor profiles");
	for (size_t i = 0; i < fake.profile_count; i++)
		if (visit(ctx, &fake.profiles[i], e))
			return -1;
	return 0;
}

int sys_apparmor_lock(int root_fd, struct err *e)
{
	(void)root_fd;
	return sys_fake_call("apparmor_lock()") ? err_sys(e, "cannot lock AppArmor policy") : 0;
}

/* --- loop.h ------------------------------------------------------------------------------- */

int sys_loop_attach(int file_fd, const char *name, char dev[SYS_LOOP_NAME_MAX], struct err *e)
{
	(void)file_fd;
	if (sys_fake_call("loop_attach(%s)", name))
		return err_sys(e, "cannot mount %s", name);
	snprintf(dev, SYS_LOOP_NAME_MAX, "/dev/loop7");
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* --- cgroup.h ----------------------------------------------------------------------------- */

enum sys_cgroup sys_cgroup_made(void)
{
	return sys_fake_value_of("v1", 0) ? SYS_CGROUP_V1 : SYS_CGROUP_OWN;
}

int sys_cgroup_open(enum sys_cgroup which, const char *label, struct err *e)
{
	const char *of = which == SYS_CGROUP_UNIT ? " of its unit" : "";

	if (sys_fake_call("cgroup_open(%s)%s", label, of))
		return err_sys(e, "cannot open the cgroup of %s", label);
	errno = ENOENT;
	if (*of && !sys_fake_value_of("unit", 0))
		return err_sys(e, "cannot open the cgroup of %s", label);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int sys_cgroup_has(int dirfd, const char *path, const char *label, struct err *e)
{
	(void)dirfd;
	return sys_fake_call("cgroup_has(%s, %s)", path, label)
		       ? err_sys(e, "cannot read %s", path)
		       : (int)sys_fake_value_of("cgroup", SYS_CGROUP_OWN);
}

int sys_cgroup_populated(int cgroup_fd, struct err *e)
{
	(void)cgroup_fd;
	return sys_fake_call("cgroup_populated()") ? err_sys(e, "cannot read cgroup.events") : 0;
}

int sys_cgroup_nest(int cgroup_fd, struct err *e)
{
	(void)cgroup_fd;
	return sys_fake_call("cgroup_nest()") ? err_sys(e, "cannot make a cgroup") : 0;
}

int sys_cgroup_lines(int cgroup_fd, const char *file, struct str *out, struct err *e)
{
	CLEANUP_FD int fd = sys_look_open(cgroup_fd, file, O_RDONLY, e);
	char text[4096];

	if (fd < 0 || sys_look_read(fd, file, text, sizeof(text), e) < 0)
		return -1;
	str_add(out, text);
	return 0;
}

int sys_cgroup_processes(int cgroup_fd, pid_t *pids, size_t max, struct err *e)
{
	int n = (int)sys_fake_value_of("cgroup_processes", 0);

	(void)cgroup_fd;
	if (sys_fake_call("cgroup_processes()"))
		return err_sys(e, "cannot read cgroup.procs");
	for (int i = 0; i < n && (size_t)i < max; i++)
		pids[i] = 17 + i;
	return n;
}

int sys_cgroup_signal(int cgroup_fd, const char *label, int sig, struct err *e)
{
	(void)cgroup_fd;
	return sys_fake_call("cgroup_signal(%s, %d)", label, sig)
		       ? err_sys(e, "cannot signal %s", label)
		       : 0;
}

int sys_cgroup_kill(int cgroup_fd, struct err *e)
{
	(void)cgroup_fd;
	return sys_fake_call("cgroup_kill()") ? err_sys(e, "cannot write cgroup.kill") : 0;
}
