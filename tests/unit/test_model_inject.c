/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N-11: text that means something to a policy's language, in every place of a gadget or a snap that
 * ends up in one. With the interfaces of this tree: each is refused, so none reaches a profile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "mem.h"
#include "model.h"
#include "place.h"

#define LONG_NAME 4096

/* One image; at most one text of it is not the good one. */
struct texts {
	const char *snap, *app, *plug, *slot, *node, *name, *device, *bus;
};

static const struct texts good = { "app",	 "run",	 "port",    "uart",
				   "/dev/ttyS1", "gpio", "/dev/g0", "/dev/i2c-1" };

static const size_t places[] = {
	offsetof(struct texts, snap),	offsetof(struct texts, app),  offsetof(struct texts, plug),
	offsetof(struct texts, slot),	offsetof(struct texts, node), offsetof(struct texts, name),
	offsetof(struct texts, device), offsetof(struct texts, bus),
};

/* As double-quoted YAML has them; put behind the good text, which keeps its beginning. */
static const char *const bad[] = {
	"\\\"",
	"\\n",
	"\\r",
	",",
	"#",
	" #",
	"{a,b}",
	"}",
	"*",
	"**",
	"?",
	"[0-9]",
	"^",
	"@{PROC}",
	"%{label}",
	"$(reboot)",
	"\\\\",
	"'",
	"\\t",
	"\\0",
	"\\x7f",
	"/../../etc/shadow",
	/* Overlong "/" and NUL, a surrogate, an end without a beginning. */
	"\xc0\xaf",
	"\xc0\x80",
	"\xe0\x80\xaf",
	"\xed\xa0\x80",
	"\x80",
	"\xff",
	" rw,\\n  /etc/shadow",
	"\\\", RUN+=\\\"/bin/sh",
};

static char dir[64];

/* Not fd_write_file(): it waits for the disk. */
static void put_file(const char *path, const char *text)
{
	char full[256];
	FILE *out;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	out = fopen(full, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(full, 0755), 0);
}

static int set_up(void **state)
{
	static const char *const folders[] = {
		"app",	 "app/bin",	 "app/meta",	      "base",
		"board", "board/gadget", "board/gadget/meta", "base/etc"
	};
	char full[256];

	(void)state;
	strcpy(dir, "/tmp/bulkhead-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(full, sizeof(full), "%s/%s", dir, folders[i]);
		assert_int_equal(mkdir(full, 0755), 0);
	}
	put_file("board/board.yaml", "board: b1\narch: arm64\nconsole: ttyS0\nkernel: vmlinuz\n");
	put_file("board/gadget/meta/gadget.yaml", "volumes:\n  disk:\n    bootloader: u-boot\n");
	put_file("base/etc/group", "root:x:0:\n");
	put_file("app/bin/run", "#!/bin/sh\n");
	put_file("image.yaml", "image: demo\nboard: ./board\nbase: ./base\nsnaps: [./app]\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return place_remove(dir);
}

/* What model_load() says of that image. */
static int load(const struct texts *t)
{
	struct model_options o = { .data = ".", .scratch = dir };
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	struct model m;
	int rc;

	put_file("app/meta/snap.yaml",
		 mem_printf(&a,
			    "name: \"%s\"\nversion: 1\napps:\n  \"%s\":\n    command: bin/run\n"
			    "    plugs: [\"%s\"]\nplugs:\n  \"%s\": serial-port\n",
			    t->snap, t->app, t->plug, t->plug));
	put_file("board/gadget/meta/snap.yaml",
		 mem_printf(&a,
			    "name: b1\nversion: 1\ntype: gadget\nslots:\n"
			    "  \"%s\": {interface: serial-port, path: \"%s\"}\n"
			    "  g: {interface: custom-device, custom-device: \"%s\", devices: "
			    "[\"%s\"]}\n"
			    "  b: {interface: i2c, path: \"%s\"}\n",
			    t->slot, t->node, t->name, t->device, t->bus));
	rc = model_load(&a, mem_printf(&a, "%s/image.yaml", dir), &o, &m, &d);
	meta_diag_free(&d);
	mem_free(&a);
	return rc;
}

static int load_with(size_t place, const char *text)
{
	struct texts t = good;

	*(const char **)(void *)((char *)&t + place) = text;
	return load(&t);
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(load(&good), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
			char text[128];

			snprintf(text, sizeof(text), "%s%s",
				 *(const char *const *)(const void *)((const char *)&good +
								      places[i]),
				 bad[k]);
			if (load_with(places[i], text) != -1)
				fail_msg("place %zu takes \"%s\"", i, text);
		}
}

static void too_long(void **state)
{
	char text[LONG_NAME + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *from =
			*(const char *const *)(const void *)((const char *)&good + places[i]);

		memset(text, 'a', LONG_NAME);
		text[LONG_NAME] = '\0';
		memcpy(text, from, strlen(from));
		if (load_with(places[i], text) != -1)
			fail_msg("place %zu takes %u bytes", i, LONG_NAME);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
