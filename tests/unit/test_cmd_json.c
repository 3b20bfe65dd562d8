/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_check.h"

static void document(void **state)
{
	struct json j = { 0 };

	(void)state;
	json_map(&j, NULL);
	json_number(&j, "n", UINT64_MAX);
	json_list(&j, "l");
	json_text(&j, NULL, "a\"\\\n\x01\xc3\xa4");
	json_null(&j, NULL);
	json_text(&j, NULL, "\xff\xe2\x82");
	json_list_end(&j);
	json_map(&j, "empty");
	json_map_end(&j);
	json_word(&j, "w", "");
	json_bool(&j, "b", true);
	json_map_end(&j);
	assert_string_equal(str_text(&j.text), "{\n"
					       "  \"n\": 18446744073709551615,\n"
					       "  \"l\": [\n"
					       "    \"a\\\"\\\\\\u000a\\u0001\xc3\xa4\",\n"
					       "    null,\n"
					       "    \"\\ufffd\\ufffd\\ufffd\"\n"
					       "  ],\n"
					       "  \"empty\": {},\n"
					       "  \"w\": null,\n"
					       "  \"b\": true\n"
					       "}\n");
	str_free(&j.text);
}

/* What was refused is not shown as understood; messages come in the order of place. */
static void refused(void **state)
{
	static const struct meta_loc late = { "g.yaml", 7, 1 };
	static const struct meta_loc early = { "g.yaml", 2, 3 };
	struct model_gadget gadget = { 0 };
	struct model_checked file = { .name = "g.yaml",
				      .kind = MODEL_FILE_GADGET,
				      .gadget = &gadget };
	struct model_checks checks = { .items = &file, .count = 1 };
	struct meta_diag d = { 0 };
	struct json j = { 0 };
	const char *text;

	(void)state;
	assert_int_equal(meta_error(&d, &late, "late"), -1);
	assert_int_equal(meta_error(&d, &early, "early"), -1);
	json_checks(&j, &checks, &d);
	text = str_text(&j.text);
	assert_non_null(strstr(text, "\"version\": 1,\n  \"ok\": false"));
	assert_null(strstr(text, "\"gadget\": {"));
	assert_true(strstr(text, "early") < strstr(text, "late"));
	meta_diag_free(&d);
	str_free(&j.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
