/* SPDX-License-Identifier: Apache-2.0 */
/* One run tells all errors: in files of our own formats no mistake hides one of another key. */

#include "image.h"
#include "reader.h"
#include "yaml_fixture.h"

static const struct meta_node *parse(struct fixture *f, const char *text)
{
	return yaml(f, "x.yaml", text);
}

/* The places of all messages, "LINE:COLUMN LINE:COLUMN". */
static const char *places(struct fixture *f)
{
	const char *all = "";

	meta_sort(&f->d);
	for (size_t i = 0; i < f->d.count; i++)
		all = mem_printf(&f->a, "%s%s%u:%u", all, i ? " " : "", f->d.messages[i].loc.line,
				 f->d.messages[i].loc.col);
	return all;
}

static const char *iface_head =
	"interface: lines\nsummary: s\nslots: {offered-by: [gadget]}\nvariants:\n"
	"  - name: v\n    attrs: {chips: {type: word, list: true}, lines: {type: ranges}}\n";

/* Each slot that has a line of an earlier one is told, once. */
static void apart(void **state)
{
	struct fixture *f = *state;
	struct model_iface iface = { 0 };
	struct model m = { .ifaces = &iface, .iface_count = 1 };
	struct model_snap snap = { 0 };
	struct reader r = { .a = &f->a, .d = &f->d, .m = &m };

	assert_int_equal(
		model_reader_iface(
			&r,
			parse(f, mem_printf(&f->a, "%s    apart: [lines, chips]\n", iface_head)),
			&iface),
		0);
	assert_int_equal(
		model_read_snap(&f->a,
				parse(f, "name: board\n"
					 "version: 1\n"
					 "type: gadget\n"
					 "slots:\n"
					 "  a: {interface: lines, chips: [x, z], lines: 0-3}\n"
					 "  b: {interface: lines, chips: [x], lines: '4,6'}\n"
					 "  c: {interface: lines, chips: [z, x], lines: '3'}\n"
					 "  d: {interface: lines, chips: [w], lines: 0-511}\n"
					 "  e: {interface: lines, chips: [x], lines: 5-9}\n"),
				&m, &snap, &f->d),
		-1);
	assert_string_equal(places(f), "7:47 9:44");
	assert_string_equal(f->d.messages[0].text,
			    "cannot use lines \"3\": slot \"a\" has 3 of chips \"x\"");
	assert_string_equal(f->d.messages[1].text,
			    "cannot use lines \"5-9\": slot \"b\" has 6 of chips \"x\"");
}

static void apart_of_what(void **state)
{
	static const char *const wrong[] = { "[lines]", "[chips, lines]", "[lines, lines]",
					     "[lines, chips, chips]", "[lines, other]" };
	struct fixture *f = *state;
	struct model_iface iface = { 0 };
	struct reader r = { .a = &f->a, .d = &f->d };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *text = mem_printf(&f->a, "%s    apart: %s\n", iface_head, wrong[i]);

		assert_int_equal(model_reader_iface(&r, parse(f, text), &iface), -1);
		assert_int_equal(f->d.errors, i + 1);
		assert_non_null(strstr(f->d.messages[i].text, "cannot use apart: "));
	}
}

static void image(void **state)
{
	struct fixture *f = *state;
	struct reader r = { .a = &f->a, .d = &f->d };
	struct image_file file = { 0 };
	struct model_image out = { 0 };

	assert_int_equal(model_image_read(&r,
					  parse(f, "image: a_b\n"
						   "bsae: x\n"
						   "snaps: [{snap: x, mode: y}, {snip: x}]\n"
						   "accept-unmediated: [z]\n"
						   "model: uc21\n"
						   "sysctl: [a]\n"
						   "keep-setuid: [x]\n"
						   "development: perhaps\n"),
					  &file, &out),
			 -1);
	assert_string_equal(places(f), "1:8 2:1 3:25 3:29 3:30 4:21 5:8 6:9 7:15 8:14");
}

static void board(void **state)
{
	struct fixture *f = *state;
	struct model_board out;

	assert_int_equal(model_read_board(&f->a,
					  parse(f, "board: b/x\n"
						   "arch: mips\n"
						   "consle: a\n"
						   "kernel: ../x\n"
						   "modules: [a/b]\n"
						   "features: /x\n"
						   "gpio-chips: [a b, c, d e]\n"),
					  "x", &out, &f->d),
			 -1);
	/* The first is the console that is missing. */
	assert_string_equal(places(f), "1:1 1:8 2:7 3:1 4:9 5:11 6:11 7:14 7:22");
}

static void iface(void **state)
{
	struct fixture *f = *state;
	struct reader r = { .a = &f->a, .d = &f->d };
	struct model_iface out = { 0 };

	assert_int_equal(model_reader_iface(&r,
					    parse(f, "interface: a_b\n"
						     "slots: {offered-by: [me]}\n"
						     "connect: perhaps\n"
						     "conflicts: [a b, c, d e]\n"
						     "variants:\n"
						     "  - name: v_\n"
						     "    apparmor: {a: b}\n"
						     "    host-network: perhaps\n"
						     "    delegate: 2\n"
						     "    attach-disconnected: 2\n"
						     "    frob: 1\n"
						     "  - name: w\n"
						     "    attrs: {path: {type: nod}}\n"),
					    &out),
			 -1);
	/* The first is the summary that is missing; a variant's name is told at the variant. */
	assert_string_equal(places(f),
			    "1:1 1:12 2:22 3:10 4:13 4:21 6:5 7:15 8:19 9:15 10:26 11:5 13:26");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(board, set_up, tear_down),
		cmocka_unit_test_setup_teardown(iface, set_up, tear_down),
		cmocka_unit_test_setup_teardown(apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(apart_of_what, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
