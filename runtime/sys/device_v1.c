/* SPDX-License-Identifier: Apache-2.0 */
#include "device_v1.h"

#include <string.h>

#include "cleanup.h"
#include "fd.h"
#include "guard.h"
#include "num.h"

#define LIST_MAX (256u * 1024u)
#define ALL	 7u /* mknod too */

int device_v1_shut(int cgroup_fd, struct err *e)
{
	return fd_write_kernel(cgroup_fd, "devices.deny", "a", 1, e);
}

int device_v1_lists(int cgroup_fd, struct err *e)
{
	size_t len;
	CLEANUP_FREE char *list = fd_read_kernel(cgroup_fd, "devices.list", LIST_MAX, &len, e);

	return list ? list[0] != 'a' || !GUARD(device_v1_all) : -1;
}

/* "c 136:* rw" into one of the two files. */
static int tell(int cgroup_fd, const char *file, const struct sys_device_key *key, uint32_t access,
		struct err *e)
{
	char minor[16] = "*", text[64];
	int n;

	if (key->minor != SYS_DEVICE_MINOR_ANY)
		snprintf(minor, sizeof(minor), "%u", key->minor);
	n = snprintf(text, sizeof(text), "%c %u:%s %s%s%s", "?bc"[key->type % 3], key -> major,
		     minor, access & 2 ? "r" : "", access & 4 ? "w" : "", access & 1 ? "m" : "");
	return access ? fd_write_kernel(cgroup_fd, file, text, (size_t)n, e) : 0;
}

int device_v1_set(int cgroup_fd, const struct sys_device_key *key, uint32_t access, struct err *e)
{
	return tell(cgroup_fd, "devices.allow", key, access, e) ||
			       tell(cgroup_fd, "devices.deny", key, ALL & ~access, e)
		       ? -1
		       : 0;
}

static int read_line(char *line, struct sys_device_key *key, struct err *e)
{
	const char *type = strsep(&line, " "), *major = strsep(&line, ":");
	const char *minor = strsep(&line, " ");
	uint64_t numbers[2] = { 0, SYS_DEVICE_MINOR_ANY };

	if (!minor || num_parse(major, 0, UINT32_MAX, &numbers[0], NULL) ||
	    (strcmp(minor, "*") != 0 && num_parse(minor, 0, UINT32_MAX, &numbers[1], NULL)))
		return err_env(e, "cannot read devices.list: not a device in each line");
	*key = (struct sys_device_key){ type[0] == 'b' ? 1 : 2, (uint32_t)numbers[0],
					(uint32_t)numbers[1] };
	return 0;
}

int device_v1_keys(int cgroup_fd, struct sys_device_key *keys, size_t max, struct err *e)
{
	size_t len, n = 0;
	CLEANUP_FREE char *list = fd_read_kernel(cgroup_fd, "devices.list", LIST_MAX, &len, e);

	if (!list)
		return -1;
	for (char *rest = list, *line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n")) {
		if (n == max)
			return err_env(e, "cannot read devices.list: it has more than %zu", max);
		if (read_line(line, &keys[n++], e))
			return -1;
	}
	return (int)n;
}
