/* SPDX-License-Identifier: Apache-2.0 */
/* An app with two slots, its plan in a folder of its own, and what udev and the kernel would say.
 */
#ifndef TESTS_HELPER_WORLD_H
#define TESTS_HELPER_WORLD_H

#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "fd.h"
#include "mem.h"
#include "place.h"
#include "str.h"
#include "sys_fake.h"
#include "sys_fake_device.h"
#include "sys_fake_udev.h"

#define LABEL "snap.demo.app"

#define UART "snap_demo_dapp_suart-1"
#define DISK "snap_demo_dapp_sdisk"

/* One device of the plan's, 65 of slots doubled, and what is spare. */
#define ENTRIES (1 + 2 * 65 + PLAN_MAP_SPARE)

/* A tree with a plan of two slots, and a map as boot leaves it. */
struct fixture {
	char root[64];
	int root_fd;
	struct err e;
};

static inline void put(struct fixture *f, const char *path, const void *data, size_t size)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", f->root, path);
	place_file(full, data, size, 0600);
}

static inline void put_plan(struct fixture *f, const char *name, uint32_t no_layer)
{
	struct build_plan p = { 0 };
	struct plan_device null = { PLAN_DEVICE_CHAR, 1, 3, 6 };
	struct plan_slot disk, uart;
	char path[128];
	size_t size;
	void *data;

	build_plan_start(&p);
	if (no_layer) {
		p.header.flags |= PLAN_FLAG_DEVELOPMENT;
		p.header.layers &= ~no_layer;
	}
	disk = (struct plan_slot){ build_text(&p.b, DISK), 2, 64, 0 };
	uart = (struct plan_slot){ build_text(&p.b, UART), 6, 1, PLAN_SLOT_ONE };
	build_plan_row(&p, PLAN_TABLE_DEVICES, &null);
	build_plan_row(&p, PLAN_TABLE_SLOTS, &disk);
	build_plan_row(&p, PLAN_TABLE_SLOTS, &uart);
	data = build_plan_end(&p, &size);
	snprintf(path, sizeof(path), "run/bulkhead/pack/plans/%s.plan", name);
	put(f, path, data, size);
	free(data);
}

static inline void make_map(void)
{
	struct sys_device d = SYS_DEVICE_NONE;
	struct sys_device_key null = { 2, 1, 3 };

	assert_int_equal(sys_device_create(LABEL, ENTRIES, NULL), 0);
	assert_int_equal(sys_device_open(LABEL, &d, NULL), 0);
	assert_int_equal(sys_device_open_map(LABEL, &d, NULL), 0);
	assert_int_equal(sys_device_set(&d, &null, 6, NULL), 0);
}

static inline void make(struct fixture *f)
{
	static const char *const dirs[] = { "run/bulkhead/pack/plans", "run/bulkhead/devices",
					    "run/bulkhead/slots", "run/snapd/lock", "dev" };
	char path[256];

	memset(f, 0, sizeof(*f));
	sys_fake_reset();
	sys_fake_device_reset();
	sys_fake_udev_reset();
	snprintf(f->root, sizeof(f->root), "/tmp/test-helper-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->root, dirs[i]);
		place_folder(path, 0700);
	}
	put_plan(f, LABEL, 0);
	put(f, "run/bulkhead/booted", "x", 1);
	make_map();
	f->root_fd = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline void done(struct fixture *f)
{
	close(f->root_fd);
	place_remove(f->root);
}

/* An event that does not say of which number it is: everything is counted. */
static inline int handle(struct fixture *f)
{
	return helper_handle(f->root_fd, &(struct helper_event){ .label = LABEL }, &f->e);
}

static inline int handle_one(struct fixture *f, uint32_t type, uint32_t major, uint32_t minor)
{
	const struct helper_event event = { .label = LABEL, .key = { type, major, minor } };

	return helper_handle(f->root_fd, &event, &f->e);
}

static inline void said(struct fixture *f, const char *want)
{
	CLEANUP_FREE char *text = NULL;
	char path[256];
	size_t len;

	snprintf(path, sizeof(path), "%s/dev/kmsg", f->root);
	text = fd_read_file(path, 4096, &len, &f->e);
	assert_non_null(text);
	assert_string_equal(text, want);
}

#endif
