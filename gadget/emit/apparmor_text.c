/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/wait.h>

#include "apparmor.h"
#include "guard.h"
#include "num.h"

/*
 * Without attach_disconnected, unless an interface asks for it: a descriptor into a detached tree
 * would get a name that can collide with a real path and so with a rule made for it.
 * mediate_deleted is the kernel's default, said aloud so that a parser's default cannot change it.
 */
static void add_flags(struct str *s, const struct policy_app *app)
{
	str_printf(s, "%smediate_deleted%s", app->attach ? "attach_disconnected," : "",
		   emit_pack_is_devmode(app) || !GUARD(emit_mode) ? ",complain" : "");
}

/* Words that begin something other than a rule of the running profile. */
static const char *const directives[] = { "include",	    "#include", "abi", "profile", "hat",
					  "change_profile", "alias",	"if",  "@{",	  "}" };

/*
 * Classes that a target kernel may be unable to mediate, by the word their rules begin with, and
 * what apparmor_parser 3.0 says then.
 */
static const struct unmediated {
	const char *name;
	const char *message;
} unmediated[] = {
	{ "unix", "downgrading extended network unix socket rule to generic network rule" },
	{ "dbus", "dbus rules not enforced" },
};

static bool one_rule(const char *text)
{
	size_t len = strlen(text);
	int depth = 0;

	if (len < 2 || text[len - 1] != ',')
		return false;
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == '#')
			return false;
		depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
		if (depth < 0)
			return false;
	}
	return depth == 0;
}

/* What mount(2) is asked for when it mounts no new file system. */
static bool is_mount_kind(const char *word, size_t len)
{
	static const char *const kinds[] = { "B", "M", "R", "bind", "rbind", "move", "remount" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i]) == len && !strncmp(word, kinds[i], len))
			return true;
	return str_starts(word, "make-");
}

/* The word "mount" or "remount" behind what may stand before it; NULL in any other rule. */
static const char *mount_of(const char *text)
{
	static const char *const before[] = { " ", "audit", "allow", "quiet", "priority=" };
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < ARRAY_SIZE(before); i++)
			if (str_starts(text, before[i])) {
				text += *text == ' ' ? 1 : strcspn(text, " ");
				moved = true;
			}
	}
	return str_starts(text, "mount") || str_starts(text, "remount") ? text : NULL;
}

/*
 * apparmor_parser up to 3.0 makes several rules of a kind and another flag (CVE-2016-1585): the
 * kind, and a new mount of any type with that flag. So a kind has to stand alone.
 */
static bool mount_is_wider(const char *text)
{
	size_t words, kinds;

	words = kinds = str_starts(text, "remount");
	for (const char *p = strstr(text, "options"); p; p = strstr(p, "options")) {
		const char *end;

		p += strlen("options");
		p += strspn(p, "= ");
		end = p + strcspn(p, *p == '(' ? ")" : " ,");
		for (p += strspn(p, "( "); p < end; p += strspn(p, ", ")) {
			size_t len = strcspn(p, ",) ");

			words++;
			kinds += is_mount_kind(p, len);
			p += len;
		}
	}
	return kinds && words > 1;
}

/* All versions up to 5.0 take "in (rw)" for "in (ro)" too (apparmor.d(5), BUGS). */
static bool mount_has_in(const char *text)
{
	for (const char *p = strstr(text, " options"); p; p = strstr(p, " options")) {
		p += strlen(" options");
		p += strspn(p, " ");
		if (str_starts(p, "in") && strchr(" (", p[strlen("in")]))
			return true;
	}
	return false;
}

/*
 * What the parser makes of a remount with "bind" and other flags beside it: a bind of anything, and
 * a new mount with those flags. Both have to be denied at the same place.
 */
static bool rest_is_denied(const struct policy_rules *all, const char *text)
{
	static const char head[] = "mount options=(remount,bind,",
			  bind[] = "deny mount options=(bind) ";
	CLEANUP_STR struct str fs = { 0 };
	const char *flags = text + strlen(head);
	const char *place = str_starts(text, head) ? strchr(flags, ')') : NULL;
	bool no_fs = false, no_bind = false;

	if (!place)
		return false;
	str_printf(&fs, "deny mount fstype=?* options=(%s", flags);
	for (size_t i = 0; i < all->count; i++) {
		const char *rule = all->items[i].text;

		no_fs |= str_eq(rule, str_text(&fs));
		no_bind |= str_starts(rule, bind) && str_ends(rule, place + 1);
	}
	return no_fs && no_bind;
}

static int check_mount(const struct policy_rules *all, const struct policy_rule *r,
		       struct meta_diag *d)
{
	const char *text = mount_of(r->text);

	if (!text || !GUARD(emit_mount))
		return 0;
	if (mount_has_in(text))
		return meta_error(d, &r->loc,
				  "cannot use rule \"%s\": \"options in\" allows the opposite of "
				  "each flag too, write \"options=\"",
				  r->text);
	if (mount_is_wider(text) && !rest_is_denied(all, r->text))
		return meta_error(
			d, &r->loc,
			"cannot use rule \"%s\": bind, move, remount and make-* stand alone "
			"in options, or apparmor_parser allows new mounts too",
			r->text);
	return 0;
}

int emit_apparmor_check(const struct policy_rules *all, const struct policy_rule *r,
			struct meta_diag *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (str_starts(r->text, directives[i]))
			return meta_error(d, &r->loc,
					  "cannot use rule \"%s\": \"%s\" is not allowed in a rule",
					  r->text, directives[i]);
	if (check_mount(all, r, d))
		return -1;
	if (GUARD(emit_rule) && !one_rule(r->text))
		return meta_error(d, &r->loc,
				  "cannot use rule \"%s\": expected one rule that ends in a comma",
				  r->text);
	return 0;
}

int emit_apparmor_text(struct pack *k, const struct policy_app *app, const char **out)
{
	CLEANUP_STR struct str s = { 0 };
	int rc = 0;

	str_printf(&s, "profile \"%s\" flags=(", app->app->label);
	add_flags(&s, app);
	str_add(&s, ") {\n");
	for (size_t i = 0; i < app->apparmor.count; i++) {
		const struct policy_rule *r = &app->apparmor.items[i];

		rc |= emit_apparmor_check(&app->apparmor, r, k->d);
		str_printf(&s, "  %s", r->text);
		emit_pack_provenance(&s, &r->loc, r->reason);
		str_add(&s, "\n");
	}
	str_add(&s, "}\n");
	*out = rc ? NULL : mem_strdup(k->a, str_text(&s));
	return rc;
}

bool emit_apparmor_accepts(const struct model *m, const char *name)
{
	/* Without an image nobody was asked yet. */
	if (m->bare)
		return true;
	for (size_t i = 0; i < m->image.accept_count; i++)
		if (str_eq(m->image.accept_unmediated[i], name))
			return true;
	return false;
}

/* The class that a line of the parser's is about, or NULL. */
static const struct unmediated *class_of(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(unmediated); i++)
		if (str_ends(line, unmediated[i].message))
			return &unmediated[i];
	return NULL;
}

/* The first rule of a class, qualifiers such as "audit deny" before it left aside. */
static const struct policy_rule *rule_of_class(const struct policy_app *app, const char *name)
{
	for (size_t i = 0; i < app->apparmor.count; i++) {
		const char *hit = strstr(app->apparmor.items[i].text, name);
		const char *end = hit ? hit + strlen(name) : NULL;

		if (hit && (hit == app->apparmor.items[i].text || hit[-1] == ' ') &&
		    strchr(" ,(", *end))
			return &app->apparmor.items[i];
	}
	return NULL;
}

/* The rule whose line the parser names ("... at line 12: ..."), or NULL. */
static const struct policy_rule *rule_at_line(struct pack *k, const struct policy_app *app,
					      const char *line)
{
	const char *hit = strstr(line, " line ");
	uint64_t n;

	if (!hit)
		return NULL;
	hit += strlen(" line ");
	if (num_parse(mem_strndup(k->a, hit, strspn(hit, "0123456789")), APPARMOR_HEAD_LINES + 1,
		      APPARMOR_HEAD_LINES + app->apparmor.count, &n, NULL))
		return NULL;
	return &app->apparmor.items[n - APPARMOR_HEAD_LINES - 1];
}

static int complain(struct pack *k, const struct policy_app *app, const char *line)
{
	const struct unmediated *u = class_of(line);
	const struct policy_rule *r = u ? rule_of_class(app, u->name) : rule_at_line(k, app, line);
	const struct meta_loc *loc = r ? &r->loc : &app->app->loc;

	if (!u)
		return meta_error(k->d, loc, "cannot compile profile %s: apparmor_parser: %s",
				  app->app->label, line);
	meta_error(k->d, loc, "cannot compile profile %s: this kernel does not mediate %s",
		   app->app->label, u->name);
	meta_hint(k->d, "\"accept-unmediated: [%s]\" in image.yaml accepts that", u->name);
	return -1;
}

static int judge_line(struct pack *k, const struct policy_app *app, const char *line, int status)
{
	const struct unmediated *u = class_of(line);

	if (!line[0] || !GUARD(emit_unmediated))
		return 0;
	if (u && emit_apparmor_accepts(k->m, u->name) && status == 0 &&
	    str_starts(line, "Warning from profile "))
		return 0;
	return complain(k, app, line);
}

int emit_apparmor_judge(struct pack *k, const struct policy_app *app, const char *messages,
			int status)
{
	int rc = 0;

	while (*messages && rc == 0) {
		size_t len = strcspn(messages, "\n");

		rc = judge_line(k, app, mem_strndup(k->a, messages, len), status);
		messages += len;
		if (*messages)
			messages++;
	}
	if (rc || status == 0)
		return rc;
	return meta_error(k->d, &app->app->loc,
			  "cannot compile profile %s: apparmor_parser ended with %s %d",
			  app->app->label, WIFEXITED(status) ? "status" : "signal",
			  WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
