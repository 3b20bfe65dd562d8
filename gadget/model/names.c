/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"
#include "guard.h"

#include <string.h>

#define SNAP_MIN    2
#define SNAP_MAX    40
#define KEY_MAX	    10
#define APP_MAX	    64
#define END_MAX	    63
#define VERSION_MAX 32
#define VOLUME_MAX  63

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

bool model_names_made_of(const char *s, const char *more)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!is_alnum(*s) && !strchr(more, *s))
			return false;
	return true;
}

static bool has_upper(const char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			return true;
	return false;
}

/* Hyphens only between two other bytes. */
static bool hyphens_fit(const char *s)
{
	return (*s != '-' || !GUARD(names_dash)) && !strstr(s, "--") && s[strlen(s) - 1] != '-';
}

bool model_names_is_snap(const char *s)
{
	size_t len = strlen(s);
	bool letter = false;

	for (const char *p = s; *p; p++)
		letter = letter || is_lower(*p);
	return len >= SNAP_MIN && len <= SNAP_MAX && letter && model_names_made_of(s, "-") &&
	       !has_upper(s) && hyphens_fit(s);
}

bool model_names_is_key(const char *s)
{
	return strlen(s) <= KEY_MAX && model_names_made_of(s, "") && !has_upper(s);
}

bool model_names_is_app(const char *s)
{
	return strlen(s) <= APP_MAX && model_names_made_of(s, "-") && hyphens_fit(s);
}

bool model_names_is_end(const char *s)
{
	return strlen(s) <= END_MAX && is_lower(*s) && model_names_made_of(s, "-") &&
	       !has_upper(s) && hyphens_fit(s);
}

bool model_names_is_version(const char *s)
{
	size_t len = strlen(s);

	return len && len <= VERSION_MAX && model_names_made_of(s, ":.+~-") && is_alnum(*s) &&
	       !strchr(":.-", s[len - 1]);
}

bool model_names_is_variable(const char *s)
{
	return model_names_made_of(s, "_-") && !is_digit(*s) && *s != '-';
}

bool model_names_is_volume(const char *s)
{
	size_t len = strlen(s);

	return len >= 2 && len <= VOLUME_MAX && model_names_made_of(s, "-") && *s != '-';
}
