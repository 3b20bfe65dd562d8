/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"

#include <regex.h>

#include "expand.h"
#include "files.h"
#include "path.h"
#include "str.h"

/* A line that the console's shell takes whole: busybox edits at most 1023 bytes. */
#define LINE_TEXT_MAX 800
/* Of names, an app's label among them, and of nodes. */
#define NAME_TEXT_MAX 120
#define NODE_TEXT_MAX 100

enum value_form { VALUE_REGEX, VALUE_LINE, VALUE_URL_PATH, VALUE_NAME, VALUE_MAP, VALUE_NONE };

enum option {
	OPT_EXPECT = 1,
	OPT_SAVE = 2,
	OPT_STATUS = 4,
	OPT_ARGUMENTS = 8,
	OPT_NODE = 16, /* node and allows: each needs the other */
};

static const struct step_def {
	const char *key;
	enum step_kind kind;
	enum value_form form;
	unsigned options; /* enum option; timeout goes with every step */
	int status;	  /* where none is written */
} step_defs[] = {
	{ "wait", STEP_WAIT, VALUE_REGEX, 0, 0 },
	{ "seen", STEP_SEEN, VALUE_REGEX, 0, 0 },
	{ "absent", STEP_ABSENT, VALUE_REGEX, 0, 0 },
	{ "run", STEP_RUN, VALUE_LINE, OPT_EXPECT | OPT_SAVE | OPT_STATUS, 0 },
	{ "send", STEP_SEND, VALUE_LINE, 0, 0 },
	{ "fetch", STEP_FETCH, VALUE_URL_PATH, OPT_EXPECT | OPT_SAVE | OPT_STATUS, 200 },
	{ "qmp", STEP_QMP, VALUE_NAME, OPT_EXPECT | OPT_ARGUMENTS, 0 },
	{ "plug", STEP_PLUG, VALUE_MAP, 0, 0 },
	{ "pull", STEP_PULL, VALUE_NAME, 0, 0 },
	{ "power-cut", STEP_POWER_CUT, VALUE_NONE, 0, 0 },
	{ "boot", STEP_BOOT, VALUE_NONE, 0, 0 },
	{ "reboot", STEP_REBOOT, VALUE_NONE, 0, 0 },
	{ "access", STEP_ACCESS, VALUE_NAME, OPT_NODE, 0 },
	{ "off", STEP_OFF, VALUE_NONE, 0, 0 },
	{ "quit", STEP_QUIT, VALUE_NONE, 0, 0 },
};

static const char *const step_keys[] = { "wait",   "seen",    "absent", "run",	     "send",
					 "fetch",  "qmp",     "plug",	"pull",	     "power-cut",
					 "boot",   "reboot",  "access", "off",	     "quit",
					 "expect", "save",    "status", "arguments", "node",
					 "allows", "timeout", NULL };

static const char ALL_STEPS[] =
	"wait, seen, absent, run, send, fetch, qmp, plug, pull, power-cut, boot, "
	"reboot, access, off, quit";

struct reader {
	struct mem_arena *a;
	const struct scenario_vars *vars;
	struct meta_diag *d;
	int64_t step_timeout_ms;
};

static const struct step_def *def_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(step_defs); i++)
		if (str_eq(step_defs[i].key, key))
			return &step_defs[i];
	return NULL;
}

/* Text of a scalar, expanded; an error when it is none or empty. */
static const char *read_text(struct reader *r, const struct meta_node *n, const char *key)
{
	const char *text;

	if (n->kind != META_SCALAR || !*n->text) {
		meta_error(r->d, &n->loc, "cannot use %s: expected text, got %s", key,
			   n->kind == META_SCALAR ? "nothing" : meta_kind_name(n));
		return NULL;
	}
	text = expand_text(r->a, r->vars, n, r->d);
	return text;
}

static const char *read_regex(struct reader *r, const struct meta_node *n, const char *key)
{
	const char *text = read_text(r, n, key);
	char why[128];
	regex_t re;
	int rc;

	if (!text)
		return NULL;
	rc = regcomp(&re, text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (rc != 0) {
		regerror(rc, &re, why, sizeof(why));
		meta_error(r->d, &n->loc, "cannot use %s: %s", key, why);
		return NULL;
	}
	regfree(&re);
	return text;
}

static const char *read_line(struct reader *r, const struct meta_node *n, const char *key)
{
	const char *text = read_text(r, n, key);

	if (!text)
		return NULL;
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			meta_error(r->d, &n->loc,
				   "cannot use %s: a control character or a second line in it",
				   key);
			meta_hint(r->d, "\">-\" folds several lines into one");
			return NULL;
		}
	if (strlen(text) > LINE_TEXT_MAX) {
		meta_error(r->d, &n->loc, "cannot use %s: expected at most %d bytes, got %zu", key,
			   LINE_TEXT_MAX, strlen(text));
		return NULL;
	}
	return text;
}

static const char *read_name(struct reader *r, const struct meta_node *n, const char *key)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_.-";
	const char *text = read_text(r, n, key);

	if (!text)
		return NULL;
	if (text[strspn(text, name)] || *text == '.' || *text == '-' ||
	    strlen(text) > NAME_TEXT_MAX) {
		meta_error(r->d, &n->loc, "cannot use %s: expected a name, got \"%.80s\"", key,
			   text);
		return NULL;
	}
	return text;
}

static const char *read_url_path(struct reader *r, const struct meta_node *n, const char *key)
{
	const char *text = read_text(r, n, key);

	if (!text)
		return NULL;
	for (const char *p = text; *p; p++)
		if (*text != '/' || (unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f) {
			meta_error(r->d, &n->loc, "cannot use %s: expected a path, got \"%.80s\"",
				   key, text);
			return NULL;
		}
	return text;
}

static const char *read_map(struct reader *r, const struct meta_node *n, const char *key)
{
	if (n->kind != META_MAP) {
		meta_error(r->d, &n->loc, "cannot use %s: expected a map, got %s", key,
			   meta_kind_name(n));
		return NULL;
	}
	return expand_json(r->a, r->vars, n, r->d);
}

/* Sets text or arguments from the action's value. */
static int read_value(struct reader *r, const struct step_def *def, const struct meta_node *n,
		      struct scenario_step *step)
{
	step->text = "";
	switch (def->form) {
	case VALUE_REGEX:
		step->text = read_regex(r, n, def->key);
		break;
	case VALUE_LINE:
		step->text = read_line(r, n, def->key);
		break;
	case VALUE_URL_PATH:
		step->text = read_url_path(r, n, def->key);
		break;
	case VALUE_NAME:
		step->text = read_name(r, n, def->key);
		break;
	case VALUE_MAP:
		step->arguments = read_map(r, n, def->key);
		if (!step->arguments)
			return -1;
		break;
	case VALUE_NONE:
		if (n->kind != META_NULL && n->kind != META_SCALAR)
			return meta_error(r->d, &n->loc, "cannot use %s: it takes no value",
					  def->key);
		if (n->kind == META_SCALAR && !str_eq(n->text, def->key))
			return meta_error(r->d, &n->loc, "cannot use %s: it takes no value",
					  def->key);
		break;
	}
	if (!step->text)
		return -1;
	step->title = *step->text	? mem_printf(r->a, "%s: %s", def->key, step->text)
		      : step->arguments ? mem_printf(r->a, "%s: %s", def->key, step->arguments)
					: def->key;
	return 0;
}

static int read_status(struct reader *r, const struct meta_node *n, struct scenario_step *step)
{
	int64_t value;

	if (n->kind == META_SCALAR && str_eq(n->text, "any")) {
		step->status = SCENARIO_STATUS_ANY;
		return 0;
	}
	if (meta_int(n, "status", (struct meta_range){ 0, 999 }, &value, r->d) < 0)
		return -1;
	step->status = (int)value;
	return 0;
}

static int read_seconds(struct reader *r, const struct meta_node *n, const char *key, int64_t *ms)
{
	int64_t value;

	if (meta_int(n, key, (struct meta_range){ 1, 24 * 3600 }, &value, r->d) < 0)
		return -1;
	*ms = value * 1000;
	return 0;
}

/* A node that a line of the shell can hold as it stands. */
static const char *read_node(struct reader *r, const struct meta_node *n)
{
	static const char clean[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_.:@+-/";
	const char *text = read_text(r, n, "node");

	if (!text)
		return NULL;
	if (!path_is_clean(text) || !path_is_below(text, "/dev") || text[strspn(text, clean)] ||
	    strlen(text) > NODE_TEXT_MAX) {
		meta_error(r->d, &n->loc,
			   "cannot use node: expected a path below /dev, got \"%.80s\"", text);
		return NULL;
	}
	return text;
}

static int read_allows(struct reader *r, const struct meta_node *n, unsigned *allows)
{
	static const char *const words[] = { "none", "r", "w", "rw" };
	const char *text = read_text(r, n, "allows");

	if (!text)
		return -1;
	for (*allows = 0; *allows < ARRAY_SIZE(words); ++*allows)
		if (str_eq(words[*allows], text))
			return 0;
	return meta_error(r->d, &n->loc,
			  "cannot use allows: expected r, w, rw or none, got \"%.80s\"", text);
}

/* What an access step says besides the app: both, always. */
static int read_access(struct reader *r, const struct meta_node *map, struct scenario_step *step)
{
	const struct meta_node *node = meta_get(map, "node");
	const struct meta_node *allows = meta_get(map, "allows");

	if (!node || !allows)
		return meta_error(r->d, &step->loc, "cannot use access: %s is missing",
				  node ? "allows" : "node");
	step->node = read_node(r, node);
	if (!step->node || read_allows(r, allows, &step->allows) < 0)
		return -1;
	step->title = mem_printf(r->a, "%s: %s", step->title, step->node);
	return 0;
}

/* An option may be there only where it has a meaning. */
static const struct meta_node *option(struct reader *r, const struct meta_node *step,
				      const struct step_def *def, unsigned bit, const char *key)
{
	const struct meta_node *n = meta_get(step, key);

	if (n && !(def->options & bit)) {
		(void)meta_error(r->d, &n->loc, "cannot use %s: it does not go with %s", key,
				 def->key);
		return NULL;
	}
	return n;
}

static int read_options(struct reader *r, const struct meta_node *map, const struct step_def *def,
			struct scenario_step *step)
{
	const struct meta_node *expect = option(r, map, def, OPT_EXPECT, "expect");
	const struct meta_node *save = option(r, map, def, OPT_SAVE, "save");
	const struct meta_node *status = option(r, map, def, OPT_STATUS, "status");
	const struct meta_node *arguments = option(r, map, def, OPT_ARGUMENTS, "arguments");
	const struct meta_node *timeout = meta_get(map, "timeout");

	if (timeout && read_seconds(r, timeout, "timeout", &step->timeout_ms) < 0)
		return -1;
	if (status && read_status(r, status, step) < 0)
		return -1;
	if (expect && !(step->expect = read_regex(r, expect, "expect")))
		return -1;
	if (save && !(step->save = read_name(r, save, "save")))
		return -1;
	if (arguments && !(step->arguments = read_map(r, arguments, "arguments")))
		return -1;
	(void)option(r, map, def, OPT_NODE, "node");
	(void)option(r, map, def, OPT_NODE, "allows");
	return def->options & OPT_NODE ? read_access(r, map, step) : 0;
}

/* The one action among the keys of a step; *value is what stands behind it. */
static const struct step_def *action_of(const struct meta_node *n, const struct meta_node **value)
{
	const struct step_def *found = NULL;

	if (n->kind == META_SCALAR) {
		found = def_of(n->text);
		*value = n;
		return found && found->form == VALUE_NONE ? found : NULL;
	}
	for (size_t i = 0; n->kind == META_MAP && i < n->count; i++) {
		const struct step_def *def = def_of(n->keys[i]->text);

		if (!def)
			continue;
		if (found)
			return NULL;
		found = def;
		*value = n->items[i];
	}
	return found;
}

static int read_step(struct reader *r, const struct meta_node *n, struct scenario_step *step)
{
	const struct meta_node *value = NULL;
	const struct step_def *def;

	if (n->kind == META_MAP && meta_known_keys(n, step_keys, true, r->d) < 0)
		return -1;
	def = action_of(n, &value);
	if (!def)
		return meta_error(r->d, &n->loc, "cannot use step: expected exactly one of %s",
				  ALL_STEPS);
	*step = (struct scenario_step){ .kind = def->kind,
					.loc = n->loc,
					.status = def->status,
					.timeout_ms =
						def->kind == STEP_ABSENT ? 0 : r->step_timeout_ms };
	if (read_value(r, def, value, step) < 0)
		return -1;
	return n->kind == META_MAP ? read_options(r, n, def, step) : 0;
}

static int read_steps(struct reader *r, const struct meta_node *n, struct scenario *out)
{
	int rc = 0;

	if (n->kind != META_LIST || n->count == 0)
		return meta_error(r->d, &n->loc, "cannot use steps: expected a list, got %s",
				  n->kind == META_LIST ? "an empty one" : meta_kind_name(n));
	out->steps = mem_array(r->a, n->count, sizeof(*out->steps));
	out->count = n->count;
	for (size_t i = 0; i < n->count; i++)
		if (read_step(r, n->items[i], &out->steps[i]) < 0)
			rc = -1;
	return rc;
}

static int read_forward(struct reader *r, const struct meta_node *n, struct scenario *out)
{
	static const char *const keys[] = { "host", "guest", NULL };
	const struct meta_node *host = meta_get(n, "host");
	const struct meta_node *guest = meta_get(n, "guest");
	int64_t port = 0;

	if (n->kind != META_MAP)
		return meta_error(r->d, &n->loc, "cannot use forward: expected a map, got %s",
				  meta_kind_name(n));
	if (meta_known_keys(n, keys, true, r->d) < 0)
		return -1;
	if (!guest)
		return meta_error(r->d, &n->loc, "cannot use forward: guest is missing");
	if (host && meta_int(host, "host", (struct meta_range){ 0, 65535 }, &port, r->d) < 0)
		return -1;
	out->forward_host = (unsigned)port;
	if (meta_int(guest, "guest", (struct meta_range){ 1, 65535 }, &port, r->d) < 0)
		return -1;
	out->forward_guest = (unsigned)port;
	return 0;
}

static const char *need_text(struct reader *r, const struct meta_node *root, const char *key)
{
	const struct meta_node *n = meta_get(root, key);

	if (n)
		return str_eq(key, "image") ? read_text(r, n, key) : read_name(r, n, key);
	meta_error(r->d, &root->loc, "cannot use scenario: %s is missing", key);
	return NULL;
}

/* Steps that need the forwarded port, where none is. */
static int check_forward(struct reader *r, const struct scenario *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->steps[i].kind == STEP_FETCH && s->forward_guest == 0)
			return meta_error(r->d, &s->steps[i].loc,
					  "cannot use fetch: the scenario has no forward");
	return 0;
}

int scenario_read(struct mem_arena *a, const struct meta_node *root,
		  const struct scenario_vars *vars, struct scenario *out, struct meta_diag *d)
{
	static const char *const keys[] = { "scenario", "image", "timeout", "step-timeout",
					    "forward",	"steps", NULL };
	struct reader r = { .a = a, .vars = vars, .d = d, .step_timeout_ms = 30000 };
	const struct meta_node *n;
	size_t before = d->errors;

	*out = (struct scenario){ .timeout_ms = 300000 };
	if (root->kind != META_MAP)
		return meta_error(d, &root->loc, "cannot use scenario: expected a map, got %s",
				  meta_kind_name(root));
	if (meta_known_keys(root, keys, true, d) < 0)
		return -1;
	out->name = need_text(&r, root, "scenario");
	out->image = need_text(&r, root, "image");
	if ((n = meta_get(root, "timeout")) && read_seconds(&r, n, "timeout", &out->timeout_ms) < 0)
		return -1;
	if ((n = meta_get(root, "step-timeout")) &&
	    read_seconds(&r, n, "step-timeout", &r.step_timeout_ms) < 0)
		return -1;
	if ((n = meta_get(root, "forward")) && read_forward(&r, n, out) < 0)
		return -1;
	n = meta_get(root, "steps");
	if (!n)
		return meta_error(d, &root->loc, "cannot use scenario: steps is missing");
	if (read_steps(&r, n, out) < 0 || check_forward(&r, out) < 0)
		return -1;
	return d->errors > before ? -1 : 0;
}

int scenario_load(struct mem_arena *a, const char *path, const struct scenario_vars *vars,
		  struct scenario *out, struct meta_diag *d)
{
	const struct meta_node *root = meta_load(a, path, path, d);

	return !root || scenario_read(a, root, vars, out, d) || root->faulty ? -1 : 0;
}
