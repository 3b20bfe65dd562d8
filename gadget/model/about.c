/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of snap.yaml that change nothing in an image but must be right. */
#include "about.h"

#include <string.h>

#include "names.h"
#include "str.h"

#define TITLE_MAX	40
#define SUMMARY_MAX	128
#define DESCRIPTION_MAX 4096
#define DEFAULT_ORIGIN	"global-upload"
#define RELEASE_PREFIX	"snapd"
#define ISA_PREFIX	"isa-"

static bool is_null(const struct meta_node *n)
{
	return !n || n->kind == META_NULL;
}

/* libyaml has refused what is no UTF-8. */
static size_t count_points(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

int model_about_texts(const struct reader *r, const struct meta_node *n)
{
	static const struct {
		const char *key;
		size_t max;
	} texts[] = {
		{ "title", TITLE_MAX },
		{ "summary", SUMMARY_MAX },
		{ "description", DESCRIPTION_MAX },
	};
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = "";

		if (model_reader_text(r, n, texts[i].key, &text))
			status = -1;
		else if (count_points(text) > texts[i].max)
			status = meta_error(r->d, &meta_get(n, texts[i].key)->loc,
					    "cannot use %s: %zu characters, at most %zu",
					    texts[i].key, count_points(text), texts[i].max);
	}
	return status;
}

static bool is_operator(const char *s, size_t len)
{
	static const char *const words[] = { "AND", "OR", "WITH" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (len == strlen(words[i]) && strncmp(s, words[i], len) == 0)
			return true;
	return false;
}

/* An expression of SPDX as "GPL-2.0 WITH x OR (MIT AND y)": its form, not its names. */
static bool is_license(struct mem_arena *a, const char *s)
{
	size_t depth = 0;
	bool wanted = true; /* an operand comes next */

	while (*s) {
		size_t len = strcspn(s, " ()");
		bool op = is_operator(s, len);

		if (len && op == wanted)
			return false;
		if (len) {
			if (!model_names_made_of(mem_strndup(a, s, len), ".+-"))
				return false;
			wanted = op;
		} else if (*s == '(' && wanted) {
			depth++;
		} else if (*s == ')' && !wanted && depth) {
			depth--;
		} else if (*s != ' ') {
			return false;
		}
		s += len ? len : 1;
	}
	return !wanted && depth == 0;
}

static int read_license(const struct reader *r, const struct meta_node *root)
{
	const char *text = "";

	if (model_reader_text(r, root, "license", &text))
		return -1;
	if (!*text || is_license(r->a, text))
		return 0;
	return meta_error(r->d, &meta_get(root, "license")->loc,
			  "cannot use license \"%.200s\": expected an SPDX expression", text);
}

/* --- links ----------------------------------------------------------------------------------- */

/* [a-zA-Z](-?[a-zA-Z0-9])*, as the keys of links. */
static bool is_link_key(const char *s)
{
	return model_names_is_app(s) && !(*s >= '0' && *s <= '9');
}

/* http:, https: or mailto:, or an address without a scheme. */
static bool is_link(const char *link)
{
	static const char *const schemes[] = { "http", "https" };
	size_t len = strcspn(link, ":/?#");

	for (size_t i = 0; link[len] == ':' && i < ARRAY_SIZE(schemes); i++)
		if (len == strlen(schemes[i]) && strncmp(link, schemes[i], len) == 0)
			return true;
	if (link[len] == ':' && strncmp(link, "mailto", len) != 0)
		return false;
	return len > 0 && strchr(link, '@') && !strpbrk(link, " \t\n");
}

static int read_link_list(const struct reader *r, const struct meta_node *key,
			  const struct meta_node *list)
{
	int status = 0;

	if (!is_link_key(key->text))
		status = meta_error(r->d, &key->loc,
				    "cannot use \"%.64s\" as a key of links: expected letters, "
				    "digits and single hyphens, a letter first",
				    key->text);
	if (model_reader_list(r, list, "links"))
		return -1;
	if (list->count == 0)
		return meta_error(r->d, &list->loc, "cannot use links \"%s\": the list is empty",
				  key->text);
	for (size_t i = 0; i < list->count; i++) {
		const char *link;

		if (meta_text(list->items[i], "links", &link, r->d))
			status = -1;
		else if (!is_link(link))
			status = meta_error(r->d, &list->items[i]->loc,
					    "cannot use links \"%.200s\": expected http://, "
					    "https:// or an address",
					    link);
	}
	return status;
}

static int read_links(const struct reader *r, const struct meta_node *root)
{
	const struct meta_node *map = meta_get(root, "links");
	int status = 0;

	if (is_null(map))
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc, "cannot use links: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; i < map->count; i++)
		if (read_link_list(r, map->keys[i], map->items[i]))
			status = -1;
	return status;
}

static int read_provenance(const struct reader *r, const struct meta_node *root)
{
	const struct meta_node *n = meta_get(root, "provenance");
	const char *text = "";

	if (model_reader_text(r, root, "provenance", &text))
		return -1;
	if (!*text)
		return 0;
	if (str_eq(text, DEFAULT_ORIGIN))
		return meta_error(r->d, &n->loc,
				  "cannot use provenance \"" DEFAULT_ORIGIN
				  "\": the default may not be written");
	if (!model_names_is_app(text))
		return meta_error(r->d, &n->loc,
				  "cannot use provenance \"%.64s\": expected letters, digits and "
				  "single hyphens",
				  text);
	return 0;
}

/* --- assumes --------------------------------------------------------------------------------- */

/* "2.55" or "2.55.4" */
static bool is_release(const char *s)
{
	size_t parts = 0;

	for (; *s; s += *s == '.') {
		size_t len = strspn(s, "0123456789");

		if (!len || (s[len] && s[len] != '.') || (s[len] == '.' && !s[len + 1]))
			return false;
		s += len;
		parts++;
	}
	return parts == 2 || parts == 3;
}

static bool is_lower_name(const char *s)
{
	return model_names_is_app(s) &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

static int check_feature(const struct reader *r, const struct meta_node *n)
{
	/* Of the reference's features: what every app here has. */
	static const char *const known[] = { "command-chain", "common-data-dir", "snap-env", NULL };
	const char *text;
	const char *release;

	if (meta_text(n, "assumes", &text, r->d))
		return -1;
	release = text + strlen(RELEASE_PREFIX);
	if (str_starts(text, RELEASE_PREFIX) && is_release(release))
		return 0;
	if (!is_lower_name(text))
		return meta_error(r->d, &n->loc,
				  "cannot use assumes \"%.64s\": expected snapdX.Y, isa-ARCH-NAME "
				  "or the name of a feature",
				  text);
	for (size_t i = 0; known[i]; i++)
		if (str_eq(known[i], text))
			return 0;
	return model_reader_later(r, &n->loc, "assumes \"%s\"", text);
}

static int read_assumes(const struct reader *r, const struct meta_node *root)
{
	const struct meta_node *list = meta_get(root, "assumes");
	int status = 0;

	if (is_null(list))
		return 0;
	if (model_reader_list(r, list, "assumes"))
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (check_feature(r, list->items[i]))
			status = -1;
	return status;
}

/* --- system-usernames ------------------------------------------------------------------------ */

static int check_user(const struct reader *r, const struct meta_node *key,
		      const struct meta_node *n)
{
	static const char *const known[] = { "snap_daemon",  "_daemon_",       "snap_microk8s",
					     "snap_aziotdu", "snap_aziotedge", NULL };
	static const struct model_reader_word scopes[] = {
		{ "shared", 0 }, { "private", 0 }, { "external", 0 }, { NULL, 0 }
	};
	const struct meta_node *scope = n->kind == META_MAP ? meta_get(n, "scope") : n;
	int status = 0;
	int ignored;

	if (!model_names_made_of(key->text, "_-"))
		status = meta_error(r->d, &key->loc,
				    "cannot use system-usernames: \"%.64s\" is no name of a user",
				    key->text);
	if (n->kind == META_LIST)
		return meta_error(r->d, &n->loc,
				  "cannot use system-usernames: \"%s\" has a list, expected a "
				  "scope",
				  key->text);
	if (is_null(scope) || scope->kind != META_SCALAR || !*scope->text)
		return meta_error(r->d, &key->loc,
				  "cannot use system-usernames: \"%s\" has no scope", key->text);
	status |= model_reader_word(r, scope, "system-usernames", scopes, &ignored);
	if ((n->kind == META_MAP && model_reader_attrs(r, n, "system-usernames")) || status)
		return -1;
	for (size_t i = 0; known[i]; i++)
		if (str_eq(known[i], key->text))
			return 0;
	meta_warn(r->d, &key->loc, "cannot use system-usernames: no user \"%.64s\" is known",
		  key->text);
	if (meta_nearest(key->text, known))
		meta_hint(r->d, "did you mean \"%s\"?", meta_nearest(key->text, known));
	return 0;
}

static int read_users(const struct reader *r, const struct meta_node *root)
{
	const struct meta_node *map = meta_get(root, "system-usernames");
	int status = 0;

	if (is_null(map))
		return 0;
	if (map->kind != META_MAP)
		return meta_error(r->d, &map->loc,
				  "cannot use system-usernames: expected a map, got %s",
				  meta_kind_name(map));
	for (size_t i = 0; i < map->count; i++)
		if (check_user(r, map->keys[i], map->items[i]))
			status = -1;
	return status ? -1 : model_reader_later_key(r, root, "system-usernames");
}

/* --- all ------------------------------------------------------------------------------------- */

static int read_grade(const struct reader *r, const struct meta_node *root)
{
	static const struct model_reader_word words[] = { { "stable", 0 },
							  { "devel", 0 },
							  { NULL, 0 } };
	const struct meta_node *n = meta_get(root, "grade");
	int ignored;

	if (is_null(n) || (n->kind == META_SCALAR && !*n->text))
		return 0;
	return model_reader_word(r, n, "grade", words, &ignored);
}

int model_about_read(const struct reader *r, const struct meta_node *root)
{
	struct model_reader_texts archs;
	int status = model_about_texts(r, root);

	status |= read_grade(r, root);
	status |= read_license(r, root);
	status |= read_links(r, root);
	status |= read_provenance(r, root);
	status |= read_assumes(r, root);
	status |= read_users(r, root);
	if (model_reader_texts(r, root, "architectures", &archs)) {
		status = -1;
		meta_hint(r->d,
			  "a list of names as amd64; build-on and run-on are snapcraft.yaml's");
	}
	return status;
}
