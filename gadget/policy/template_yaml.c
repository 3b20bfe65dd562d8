/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

#include "str.h"

/* One map of a template's list being read; errors gather in d, the caller looks at failed. */
struct row {
	struct mem_arena *a;
	const struct meta_node *map;
	struct meta_diag *d;
	bool failed;
};

static const struct template_word mount_ops[] = {
	{ "dir", POLICY_MOUNT_DIR },   { "file", POLICY_MOUNT_FILE },
	{ "bind", POLICY_MOUNT_BIND }, { "symlink", POLICY_MOUNT_SYMLINK },
	{ "base", POLICY_MOUNT_BASE }, { "tmpfs", POLICY_MOUNT_TMPFS },
	{ "root", POLICY_MOUNT_ROOT }, { "over", POLICY_MOUNT_OVER },
	{ "back", POLICY_MOUNT_BACK },
};

static const struct template_word mount_flags[] = {
	{ "readonly", POLICY_MOUNT_READONLY }, { "nosuid", POLICY_MOUNT_NOSUID },
	{ "nodev", POLICY_MOUNT_NODEV },       { "noexec", POLICY_MOUNT_NOEXEC },
	{ "owned", POLICY_MOUNT_OWNED },
};

static const struct template_word device_types[] = {
	{ "block", POLICY_DEVICE_BLOCK },
	{ "char", POLICY_DEVICE_CHAR },
};

static const struct template_word accesses[] = {
	{ "r", POLICY_ACCESS_READ },
	{ "w", POLICY_ACCESS_WRITE },
	{ "rw", POLICY_ACCESS_READ | POLICY_ACCESS_WRITE },
};

int policy_template_word(const struct template_word *table, size_t count, const char *word,
			 unsigned *out)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(table[i].word, word)) {
			*out = table[i].value;
			return 0;
		}
	}
	return -1;
}

/* Text of a key; "" when it is absent. */
static const char *text_of(struct row *r, const char *key)
{
	const struct meta_node *n = meta_get(r->map, key);
	const char *text = "";

	if (n && meta_text(n, key, &text, r->d))
		r->failed = true;
	return text;
}

static unsigned int_of(struct row *r, const char *key, int64_t max)
{
	const struct meta_node *n = meta_get(r->map, key);
	int64_t value = 0;

	if (n && meta_int(n, key, (struct meta_range){ 0, max }, &value, r->d))
		r->failed = true;
	return (unsigned)value;
}

static unsigned word_of(struct row *r, const char *key, const struct template_word *table,
			size_t count)
{
	const char *text = text_of(r, key);
	unsigned value = 0;

	if (policy_template_word(table, count, text, &value)) {
		meta_error(r->d, &r->map->loc, "cannot use %s: \"%s\" is not known", key, text);
		r->failed = true;
	}
	return value;
}

static unsigned mode_of(struct row *r)
{
	const char *text = text_of(r, "mode");
	unsigned mode = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '7' || mode > 01777 / 8) {
			meta_error(r->d, &r->map->loc,
				   "cannot use mode: \"%s\" is no octal number "
				   "of at most 1777",
				   text);
			r->failed = true;
			break;
		}
		mode = mode * 8 + (unsigned)(*p - '0');
	}
	return mode;
}

/* The list under key, empty when it is absent; NULL after recording that it is none. */
static const struct meta_node *words_of(struct row *r, const char *key)
{
	static const struct meta_node none = { .kind = META_LIST };
	const struct meta_node *list = meta_get(r->map, key);

	if (!list || list->kind == META_LIST)
		return list ? list : &none;
	meta_error(r->d, &list->loc, "cannot use %s: expected a list, got %s", key,
		   meta_kind_name(list));
	r->failed = true;
	return NULL;
}

static unsigned flags_of(struct row *r)
{
	const struct meta_node *list = words_of(r, "flags");
	unsigned flags = 0;

	for (size_t i = 0; list && i < list->count; i++) {
		const struct meta_node *n = list->items[i];
		unsigned flag = 0;

		if (n->kind != META_SCALAR ||
		    policy_template_word(mount_flags, ARRAY_SIZE(mount_flags), n->text, &flag)) {
			meta_error(r->d, &n->loc,
				   "cannot use flags: expected readonly, nosuid, nodev, noexec or "
				   "owned");
			r->failed = true;
			return 0;
		}
		flags |= flag;
	}
	return flags;
}

struct names {
	const char **items;
	size_t count;
};

static struct names names_of(struct row *r, const char *key)
{
	const struct meta_node *list = words_of(r, key);
	struct names out = { 0 };

	if (!list)
		return out;
	out.items = mem_array(r->a, list->count, sizeof(*out.items));
	for (size_t i = 0; i < list->count; i++)
		if (meta_text(list->items[i], key, &out.items[i], r->d))
			r->failed = true;
	out.count = list->count;
	return out;
}

static void read_mount(struct row *r, struct policy_mount *m)
{
	static const char *const known[] = { "op",    "source",	  "target", "mode", "except",
					     "flags", "size-kib", "names",  NULL };
	struct names names = names_of(r, "names"), except = names_of(r, "except");
	bool of_base;

	if (meta_known_keys(r->map, known, true, r->d))
		r->failed = true;
	*m = (struct policy_mount){
		.op = word_of(r, "op", mount_ops, ARRAY_SIZE(mount_ops)),
		.flags = flags_of(r),
		.source = text_of(r, "source"),
		.target = text_of(r, "target"),
		.mode = mode_of(r),
		.size_kib = int_of(r, "size-kib", 1 << 30),
		.reason = "template",
		.names = names.items,
		.name_count = names.count,
		.except = except.items,
		.except_count = except.count,
		.loc = r->map->loc,
	};
	of_base = m->op >= POLICY_MOUNT_BASE;
	if (of_base != (m->name_count > 0) || of_base == (m->target[0] != '\0') ||
	    (m->except_count && m->op != POLICY_MOUNT_OVER)) {
		meta_error(r->d, &r->map->loc,
			   "cannot use mount: op base, root, over and back have names, over may "
			   "have except, any other has a target");
		r->failed = true;
	}
}

static void read_device(struct row *r, struct policy_device *v)
{
	static const char *const known[] = { "node", "type", "major", "minor", "access", NULL };
	bool any = str_eq(text_of(r, "minor"), "any");

	if (meta_known_keys(r->map, known, true, r->d))
		r->failed = true;
	*v = (struct policy_device){
		.node = text_of(r, "node"),
		.type = word_of(r, "type", device_types, ARRAY_SIZE(device_types)),
		.major = int_of(r, "major", 0xfff),
		.minor = any ? POLICY_MINOR_ANY : int_of(r, "minor", 0xfffff),
		.access = word_of(r, "access", accesses, ARRAY_SIZE(accesses)),
		.reason = "template",
		.loc = r->map->loc,
	};
}

static void read_sysctl(struct row *r, struct policy_sysctl *s)
{
	static const char *const known[] = { "name", "value", NULL };

	if (meta_known_keys(r->map, known, true, r->d))
		r->failed = true;
	*s = (struct policy_sysctl){ .name = text_of(r, "name"), .value = text_of(r, "value") };
}

/* The list under key; NULL after recording what is wrong. */
static const struct meta_node *list_of(const struct meta_node *root, const char *key,
				       struct meta_diag *d)
{
	const struct meta_node *list = meta_get(root, key);

	if (list && list->kind == META_LIST)
		return list;
	meta_error(d, &root->loc, "cannot use %s: expected a list, got %s", key,
		   meta_kind_name(list));
	return NULL;
}

static const struct meta_node *load(struct mem_arena *a, const char *dir, const char *file,
				    struct meta_diag *d)
{
	const struct meta_node *root = meta_load(a, mem_printf(a, "%s/%s", dir, file),
						 mem_printf(a, "templates/%s", file), d);

	return root && !root->faulty ? root : NULL;
}

static int load_places(struct mem_arena *a, const struct meta_node *root,
		       struct policy_templates *out, struct meta_diag *d)
{
	const struct meta_node *list;

	if (!meta_get(root, "places"))
		return 0;
	if (!(list = list_of(root, "places", d)))
		return -1;
	out->places = mem_array(a, list->count, sizeof(*out->places));
	for (size_t i = 0; i < list->count; i++)
		if (meta_text(list->items[i], "places", &out->places[i], d))
			return -1;
	out->place_count = list->count;
	return 0;
}

static int load_mount_list(struct mem_arena *a, const struct meta_node *list,
			   struct policy_mounts *out, struct meta_diag *d)
{
	if (!list)
		return -1;
	out->items = mem_array(a, list->count, sizeof(*out->items));
	for (size_t i = 0; i < list->count; i++) {
		struct row r = { .a = a, .map = list->items[i], .d = d };

		read_mount(&r, &out->items[i]);
		if (r.failed)
			return -1;
	}
	out->count = list->count;
	return 0;
}

int policy_template_load_mounts(struct mem_arena *a, const char *dir, struct policy_templates *out,
				struct meta_diag *d)
{
	static const char *const known[] = { "places", "mounts", NULL };
	const struct meta_node *root = load(a, dir, "mounts.yaml", d);

	if (!root || meta_known_keys(root, known, true, d) || load_places(a, root, out, d))
		return -1;
	return load_mount_list(a, list_of(root, "mounts", d), &out->mounts, d);
}

static int load_device_list(struct mem_arena *a, const struct meta_node *list,
			    struct policy_devices *out, struct meta_diag *d)
{
	if (!list)
		return -1;
	out->items = mem_array(a, list->count, sizeof(*out->items));
	for (size_t i = 0; i < list->count; i++) {
		struct row r = { .a = a, .map = list->items[i], .d = d };

		read_device(&r, &out->items[i]);
		if (r.failed)
			return -1;
	}
	out->count = list->count;
	return 0;
}

static void read_fact(struct row *r, struct policy_fact *f)
{
	static const char *const known[] = { "when", "then", "raw", NULL };
	const struct meta_node *raw = meta_get(r->map, "raw");

	if (meta_known_keys(r->map, known, true, r->d))
		r->failed = true;
	*f = (struct policy_fact){ .when = text_of(r, "when"), .then = text_of(r, "then") };
	if (raw && meta_bool(raw, "raw", &f->raw, r->d))
		r->failed = true;
}

static int load_facts(struct mem_arena *a, const struct meta_node *root,
		      struct policy_templates *out, struct meta_diag *d)
{
	const struct meta_node *list;

	if (!meta_get(root, "facts"))
		return 0;
	if (!(list = list_of(root, "facts", d)))
		return -1;
	out->facts = mem_array(a, list->count, sizeof(*out->facts));
	for (size_t i = 0; i < list->count; i++) {
		struct row r = { .a = a, .map = list->items[i], .d = d };

		read_fact(&r, &out->facts[i]);
		if (r.failed)
			return -1;
	}
	out->fact_count = list->count;
	return 0;
}

/* "buses" and "chips". */
static int load_kinds(struct mem_arena *a, const struct meta_node *root,
		      struct policy_templates *out, struct meta_diag *d)
{
	const struct meta_node *chips = meta_get(root, "chips");
	const struct meta_node *list;

	if (chips && meta_text(chips, "chips", &out->chips, d))
		return -1;
	if (!meta_get(root, "buses"))
		return 0;
	if (!(list = list_of(root, "buses", d)))
		return -1;
	out->buses = mem_array(a, list->count, sizeof(*out->buses));
	for (size_t i = 0; i < list->count; i++)
		if (meta_text(list->items[i], "buses", &out->buses[out->bus_count++], d))
			return -1;
	return 0;
}

int policy_template_load_devices(struct mem_arena *a, const char *dir, struct policy_templates *out,
				 struct meta_diag *d)
{
	static const char *const known[] = {
		"every-app", "fixed", "facts", "buses", "chips", NULL
	};
	const struct meta_node *root = load(a, dir, "devices.yaml", d);

	if (!root || meta_known_keys(root, known, true, d))
		return -1;
	if (load_device_list(a, list_of(root, "every-app", d), &out->every_app, d) ||
	    load_facts(a, root, out, d) || load_kinds(a, root, out, d))
		return -1;
	return load_device_list(a, list_of(root, "fixed", d), &out->fixed, d);
}

int policy_template_load_sysctls(struct mem_arena *a, const char *dir, struct policy_templates *out,
				 struct meta_diag *d)
{
	static const char *const known[] = { "sysctls", NULL };
	const struct meta_node *root = load(a, dir, "sysctls.yaml", d);
	const struct meta_node *list;

	if (!root || meta_known_keys(root, known, true, d) || !(list = list_of(root, "sysctls", d)))
		return -1;
	out->sysctls = mem_array(a, list->count, sizeof(*out->sysctls));
	for (size_t i = 0; i < list->count; i++) {
		struct row r = { .a = a, .map = list->items[i], .d = d };

		read_sysctl(&r, &out->sysctls[i]);
		if (r.failed)
			return -1;
	}
	out->sysctl_count = list->count;
	return 0;
}
