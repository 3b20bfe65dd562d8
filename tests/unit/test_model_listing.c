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
	int status = model_listing_check(&r, "x.snap", text);
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
		{ LINE("-rwsr-xr-x", "1", "/su"), "it holds a file with set-id bits" },
		{ LINE("-rwSr--r--", "1", "/su"), "it holds a file with set-id bits" },
		{ LINE("-rwxr-sr-x", "1", "/su"), "it holds a file with set-id bits" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
