/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"
#include "str.h"
#include "udev_tag.h"

static const char long_label[] =
	"snap.abcdefghijabcdefghijabcdefghijabcdefghij_abcdefghij."
	"appappappappappappappappappappappappappappappappappappappappappappappap";

static void test_labels(void **state)
{
	static const char *const valid[] = {
		"snap.demo.app",
		"snap.a0.B",
		"snap.demo_1.app",
		"snap.demo.hook",
		"snap.demo.hook.configure",
		"snap.demo_key.hook.pre-refresh",
		"snap.demo+comp.hook.install",
		"snap.demo_k+comp.hook.install",
		"snap.demo.My-App",
		"snap.0-a.x",
	};
	static const char *const invalid[] = {
		"",
		"snap",
		"snap.",
		"snap.demo",
		"snap.demo.",
		"snap..app",
		"demo.app",
		"snap.Demo.app",
		"snap.a.app",  /* a snap has two bytes at least */
		"snap.12.app", /* and a letter */
		"snap.-demo.app",
		"snap.demo-.app",
		"snap.de--mo.app",
		"snap.demo_.app",
		"snap.demo_abcdefghijk.app",
		"snap.demo_A.app",
		"snap.demo.app.more",
		"snap.demo.-app",
		"snap.demo.app_x",
		"snap.demo.hook.",
		"snap.demo.hook.Configure",
		"snap.demo.hook.1st",
		"snap.demo+comp.app",
		"snap.demo+.hook.install",
		"snap.demo+c.hook.install",
		"snap.demo+comp+more.hook.install",
		"snap.demo/../x.app",
		"snap.demo.app\n",
		"snap.abcdefghijabcdefghijabcdefghijabcdefghijk.app",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
		if (!tag_label_valid(valid[i]))
			fail_msg("%s is a label", valid[i]);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		if (tag_label_valid(invalid[i]))
			fail_msg("%s is no label", invalid[i]);
	assert_true(strlen(long_label) > LABEL_MAX);
	assert_false(tag_label_valid(long_label));
}

static void test_slots(void **state)
{
	(void)state;
	assert_true(tag_slot_valid("gpio-1"));
	assert_true(tag_slot_valid("g"));
	assert_false(tag_slot_valid(""));
	assert_false(tag_slot_valid("1gpio"));
	assert_false(tag_slot_valid("gpio--1"));
	assert_false(tag_slot_valid("gpio-"));
	assert_false(tag_slot_valid("Gpio"));
	assert_false(tag_slot_valid("gpio_1"));
	assert_true(
		tag_slot_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_false(
		tag_slot_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void test_encode(void **state)
{
	char tag[TAG_MAX + 1];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(tag_encode("snap.demo_x.my-app", "gpio-1", tag, &e), 0);
	assert_string_equal(tag, "snap_demo__x_dmy-app_sgpio-1");
	assert_int_equal(tag_encode("snap.demo+comp.hook.install", "s", tag, &e), 0);
	assert_string_equal(tag, "snap_demo_pcomp_dhook_dinstall_ss");
	assert_int_equal(tag_encode("snap.demo", "gpio", tag, &e), -1);
	assert_string_equal(e.text, "cannot make udev tag: \"snap.demo\" is no label");
	assert_int_equal(tag_encode("snap.demo.app", "Gpio", tag, &e), -1);
	assert_string_equal(e.text, "cannot make udev tag: \"Gpio\" is no slot name");
}

/* The one way back: each escape is two bytes, and the mark of the slot is one of them. */
static void decode(const char *tag, char label[LABEL_MAX + 1], char slot[SLOT_MAX + 1])
{
	static const char *const codes[] = { "__", "_d.", "_p+" };
	char *out = label + sprintf(label, "snap.");

	assert_true(str_starts(tag, "snap_"));
	for (tag += strlen("snap_"); *tag && !str_starts(tag, "_s"); tag++) {
		if (*tag != '_') {
			*out++ = *tag;
			continue;
		}
		tag++;
		*out = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
			if (*tag == codes[i][1])
				*out = codes[i][strlen(codes[i]) - 1];
		assert_true(*out++);
	}
	*out = '\0';
	assert_true(str_starts(tag, "_s"));
	strcpy(slot, tag + 2);
}

/* What was ambiguous elsewhere: an instance key or an app named as a part of the syntax. */
static void test_round_trip(void **state)
{
	static const char *const labels[] = { "snap.demo.app",	   "snap.demo_hook.app",
					      "snap.demo.hook",	   "snap.demo_s.s",
					      "snap.demo.hook.s",  "snap.ss_s.s",
					      "snap.d-d_d.p-p",	   "snap.demo.hook.d",
					      "snap.p0+d0.hook.s", "snap.demo_d.hook.x" };
	static const char *const slots[] = { "s", "d", "p", "gpio-1", "s-s" };
	char tags[ARRAY_SIZE(labels) * ARRAY_SIZE(slots)][TAG_MAX + 1];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(slots); j++, n++) {
			char label[LABEL_MAX + 1], slot[64];
			struct err e = { 0 };

			assert_int_equal(tag_encode(labels[i], slots[j], tags[n], &e), 0);
			decode(tags[n], label, slot);
			assert_string_equal(label, labels[i]);
			assert_string_equal(slot, slots[j]);
			for (size_t k = 0; k < n; k++)
				assert_string_not_equal(tags[k], tags[n]);
		}
	}
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % below;
}

/* Letters that escapes are made of, mostly; a name between hyphens as the validators want it. */
static char *add_name(char *out, uint32_t *seed, const char *first, uint32_t most)
{
	static const char rest[] = "sdp-dsp-a0sd";
	uint32_t n = draw(seed, most);

	*out++ = first[draw(seed, (uint32_t)strlen(first))];
	while (n--) {
		*out = rest[draw(seed, sizeof(rest) - 1)];
		if (*out == '-' && (n == 0 || out[-1] == '-'))
			*out = 's';
		out++;
	}
	*out = '\0';
	return out;
}

/* snap.NAME[_KEY].APP, or with [+COMPONENT].hook.HOOK. */
static void draw_label(uint32_t *seed, char label[LABEL_MAX + 1])
{
	char *p = add_name(label + sprintf(label, "snap."), seed, "spd", 12);
	bool hook = draw(seed, 2);

	*p++ = 's';
	if (draw(seed, 2))
		p = add_name(p + sprintf(p, "_"), seed, "sdp", 4);
	if (hook && draw(seed, 2))
		p = add_name(p + sprintf(p, "+"), seed, "sdp", 4);
	p += sprintf(p, hook ? ".hook." : ".");
	add_name(p, seed, "sdph", 12);
}

/* Whatever legal names: the tag is a name of udev's, and label and slot are what it leads back to.
 */
static void test_property(void **state)
{
	uint32_t seed = 5;
	int legal = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char label[LABEL_MAX + 1], slot[64], tag[TAG_MAX + 1];
		char label_again[LABEL_MAX + 1], slot_again[64];
		struct err e = { 0 };

		draw_label(&seed, label);
		add_name(slot, &seed, "sdp", 12);
		if (!tag_label_valid(label) || !tag_slot_valid(slot))
			continue;
		legal++;
		assert_int_equal(tag_encode(label, slot, tag, &e), 0);
		if (tag[strspn(tag,
			       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
			fail_msg("%s is no tag", tag);
		decode(tag, label_again, slot_again);
		assert_string_equal(label_again, label);
		assert_string_equal(slot_again, slot);
	}
	assert_true(legal > 100000);
}

/* The longest there is: nothing is cut, and it comes back. */
static void test_longest(void **state)
{
	static const char slot[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char label[LABEL_MAX + 1] = "snap.abcdefghij-bcdefghij-bcdefghij-bcdefghij_abcdefghij"
				    "+abcdefghij.hook.";
	char tag[TAG_MAX + 1], label_again[LABEL_MAX + 1], slot_again[64];
	struct err e = { 0 };

	(void)state;
	memset(label + strlen(label), 'h', LABEL_MAX - strlen(label));
	assert_int_equal(tag_encode(label, slot, tag, &e), 0);
	decode(tag, label_again, slot_again);
	assert_string_equal(label_again, label);
	assert_string_equal(slot_again, slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),	cmocka_unit_test(test_slots),
		cmocka_unit_test(test_encode),	cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_longest), cmocka_unit_test(test_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
