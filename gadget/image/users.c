/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/passwd and /etc/group: snaps that have a user of their own are named there where the base
 * has a D-Bus daemon, which takes no number that has no name (dbus-daemon 1.14, seen).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "fd.h"
#include "num.h"
#include "stage.h"

#define SIZE_MOST (256u * 1024u)
#define DAEMON	  "/usr/bin/dbus-daemon"

#define PASSWD "/etc/passwd"
#define GROUP  "/etc/group"

bool image_users_names(const struct image_build *b, const char *path)
{
	return (str_eq(path, PASSWD) || str_eq(path, GROUP)) &&
	       model_base_find(&b->m->image.base, DAEMON);
}

/* True when a line's first field is that name, or its third that number. */
static bool has(const char *text, const char *name, uint32_t id)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, ":\n");
		const char *x = line + n;
		char number[16] = "";
		uint64_t value;

		if (n == strlen(name) && memcmp(line, name, n) == 0)
			return true;
		x += *x == ':';
		x += strcspn(x, ":\n");
		x += *x == ':';
		n = strcspn(x, ":\n");
		if (n < sizeof(number))
			memcpy(number, x, n);
		if (num_parse(number, 0, UINT32_MAX, &value, NULL) == 0 && value == id)
			return true;
	}
	return false;
}

int image_users_add(const struct image_build *b, const char *path, struct image_entry *x,
		    struct err *e)
{
	CLEANUP_STR struct str s = { 0 };
	CLEANUP_FREE char *bytes = NULL;
	uint64_t whole;
	CLEANUP_FD int fd = image_open(x->source, &whole, e);

	if (fd < 0)
		return -1;
	if (x->size > SIZE_MOST)
		return err_input(e, "cannot use %s of the base: more than %u bytes", path,
				 SIZE_MOST);
	bytes = mem_must(calloc(x->size + 1, 1));
	if (pread(fd, bytes, x->size, (off_t)x->offset) != (ssize_t)x->size)
		return err_env(e, "cannot read %s of the base", path);
	str_add(&s, bytes);
	if (s.len && s.text[s.len - 1] != '\n')
		str_add(&s, "\n");
	for (size_t i = 0; i < b->m->snap_count; i++) {
		const struct model_snap *snap = &b->m->snaps[i];

		if (!snap->uid)
			continue;
		if (has(bytes, mem_printf(b->a, "snap.%s", snap->instance), snap->uid))
			return err_input(e,
					 "cannot name user %u of snap \"%s\": %s of the base has "
					 "that number or snap.%s",
					 snap->uid, snap->instance, path, snap->instance);
		str_printf(&s, "snap.%s:x:%u:", snap->instance, snap->uid);
		if (str_eq(path, PASSWD))
			str_printf(&s, "%u::/nonexistent:/usr/sbin/nologin", snap->gid);
		str_add(&s, "\n");
	}
	x->bytes = mem_strdup(b->a, str_text(&s));
	x->size = s.len;
	x->source = NULL;
	x->offset = 0;
	return 0;
}
