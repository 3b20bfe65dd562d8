/* SPDX-License-Identifier: Apache-2.0 */
/* N-17, N-59: what a squashfs may hold, as unsquashfs lists it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listing.h"
#include "str.h"

/* What comes before the path; the type and mode, and the size, are put in. */
#define LINE(mode, size, path) mode " 0/0 " size " 2026-01-02 03:04 squashfs-root" path "\n"
#define FOLDER(path)	       LINE("drwxr-xr-x", "27", path)
#define FILE_OF(size, path)    LINE("-rwxr-xr-x", size, path)
#define TO(path, target)       LINE("lrwxrwxrwx", "4", path " -> " target)

/* NULL: accepted. */
static const char *judge(struct mem_arena *a, const char *text)
{
	struct meta_diag d = { 0 };
	const struct reader r = { .a = a, .d = &d };
	struct tree t = { .name = "x.snap" };
	int status = model_listing_check(&r, &t, text);
	const char *message = d.count ? mem_strdup(a, d.messages[0].text) : NULL;

	assert_int_equal(status, message ? -1 : 0);
	assert_true(d.errors <= 1);
	meta_diag_free(&d);
	return message;
}

static void accepted(void **state)
{
	static const char *const texts[] = {
		"",
		"Parallel unsquashfs: Using 2 processors\n\n" FOLDER("") FOLDER("/meta")
			FILE_OF("17", "/meta/snap.yaml"),
		FOLDER("") TO("/l", "../../etc/passwd") FILE_OF("1", "/a b") FILE_OF("0", "/..."),
		/* A sticky folder, and one that keeps its group: no program is started from them.
		 */
		LINE("drwxrwxrwt", "27", "/tmp") LINE("drwxr-sr-x", "27", "/g"),
		FILE_OF("4294967296", "/all"),
	};
	struct mem_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_null(judge(&a, texts[i]));
	mem_free(&a);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ FOLDER("") LINE("crw-r--r--", "1,  3", "/null"), "it holds a device node" },
		{ LINE("brw-r--r--", "8,  0", "/sda"), "it holds a device node" },
		{ LINE("prw-r--r--", "0", "/f"), "it holds a FIFO or a socket" },
		{ LINE("srw-r--r--", "0", "/s"), "it holds a FIFO or a socket" },
		{ FILE_OF("1", "/../up"), "it holds a name with \".\" or \"..\" in it" },
		{ FOLDER("/a/.."), "it holds a name with \".\" or \"..\" in it" },
		{ FILE_OF("1", "/a/./b"), "it holds a name with \".\" or \"..\" in it" },
		/* Written through the link: the file lands where it leads. */
		{ TO("/a", "/etc") FOLDER("/a") FILE_OF("1", "/a/passwd"),
		  "it holds two files of one name" },
		{ FILE_OF("1", "/b") FILE_OF("1", "/a") FILE_OF("2", "/b"),
		  "it holds two files of one name" },
		{ FILE_OF("4294967297", "/a"), "its files are larger than 4 GiB" },
		{ FILE_OF("4294967296", "/a") FILE_OF("1", "/b"),
		  "its files are larger than 4 GiB" },
		{ FILE_OF("99999999999999999999", "/a"), "its listing cannot be read" },
		{ FILE_OF("one", "/a"), "its listing cannot be read" },
		{ "-rwxr-xr-x 0/0 1\n", "its listing cannot be read" },
	};
	struct mem_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(judge(&a, cases[i].text),
				    mem_printf(&a, "cannot unpack snap: %s", cases[i].why));
	mem_free(&a);
}

static void many(void **state)
{
	struct mem_arena a = { 0 };
	struct str text = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		str_printf(&text, FILE_OF("1", "/f%d"), i);
	assert_null(judge(&a, str_text(&text)));
	str_add(&text, FILE_OF("1", "/one-more"));
	assert_string_equal(judge(&a, str_text(&text)),
			    "cannot unpack snap: it holds more than 100000 files");
	str_free(&text);
	mem_free(&a);
}

/* Who refuses them knows whether it is a base. */
static void set_ids(void **state)
{
	static const char text[] = FOLDER("") LINE("-rwsr-xr-x", "1", "/bin/su")
		LINE("-rwSr--r--", "1", "/u") LINE("-rwxr-sr-x", "1", "/bin/a b")
			LINE("drwxr-sr-x", "27", "/g") FILE_OF("1", "/plain");
	static const char *const paths[] = { "bin/su", "u", "bin/a b" };
	struct mem_arena a = { 0 };
	struct meta_diag d = { 0 };
	const struct reader r = { .a = &a, .d = &d };
	struct tree t = { .name = "x.snap" };

	(void)state;
	assert_int_equal(model_listing_check(&r, &t, text), 0);
	assert_int_equal(t.lent_count, ARRAY_SIZE(paths));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_string_equal(t.lent[i].path, paths[i]);
		assert_true(t.lent[i].set_id);
	}
	mem_free(&a);
}

/* What a base may hold, and nothing else may: a set-id file twice, as root finds it. */
static int settle(struct mem_arena *a, struct model_snap *snap, const char **message)
{
	static const struct tree_lent lent[] = {
		{ "bin/su", TREE_SET_ID, true },
		{ "bin/ping", "it has file capabilities", false },
		{ "bin/mail", TREE_SET_ID, true },
		{ "bin/su", TREE_SET_ID, true },
	};
	struct meta_diag d = { 0 };
	const struct reader r = { .a = a, .d = &d };
	struct tree t = { .name = "x.snap" };
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(lent); i++)
		model_tree_lend(&r, &t, &lent[i]);
	status = model_tree_settle(&r, &t, snap);
	assert_int_equal(d.errors, status ? 3 : 0);
	for (size_t i = 0; i < d.count; i++)
		message[i] = mem_printf(a, "%s: %s", d.messages[i].loc.file, d.messages[i].text);
	meta_diag_free(&d);
	return status;
}

static void lent_to_a_base(void **state)
{
	static const enum model_snap_type others[] = { MODEL_SNAP_APP, MODEL_SNAP_GADGET,
						       MODEL_SNAP_KERNEL, MODEL_SNAP_OS,
						       MODEL_SNAP_SNAPD };
	struct model_snap base = { .type = MODEL_SNAP_BASE };
	struct mem_arena a = { 0 };
	const char *message[3];

	(void)state;
	assert_int_equal(settle(&a, &base, message), 0);
	assert_int_equal(base.set_id_count, 2);
	assert_string_equal(base.set_ids[0], "bin/mail");
	assert_string_equal(base.set_ids[1], "bin/su");
	assert_int_equal(settle(&a, NULL, message), -1);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct model_snap other = { .type = others[i] };

		assert_int_equal(settle(&a, &other, message), -1);
		assert_int_equal(other.set_id_count, 0);
		assert_string_equal(message[0],
				    "x.snap/bin/mail: cannot use file: it has set-id bits");
		assert_string_equal(message[1], "x.snap/bin/ping: cannot use file: it has file "
						"capabilities");
		assert_string_equal(message[2],
				    "x.snap/bin/su: cannot use file: it has set-id bits");
	}
	mem_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),	  cmocka_unit_test(refused),
		cmocka_unit_test(many),		  cmocka_unit_test(set_ids),
		cmocka_unit_test(lent_to_a_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
