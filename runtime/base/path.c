/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include <stddef.h>
#include <string.h>

static bool components_clean(const char *p)
{
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '/' && !*++p)
			return false;
	}
	return true;
}

static bool bytes_clean(const char *p)
{
	size_t n = 0;

	for (; p[n]; n++)
		if ((unsigned char)p[n] < 0x20 || p[n] == 0x7f)
			return false;
	return n <= PATH_TEXT_MAX;
}

bool path_is_clean(const char *path)
{
	return path[0] == '/' && bytes_clean(path) && components_clean(path + 1);
}

bool path_is_clean_relative(const char *path)
{
	return path[0] && path[0] != '/' && bytes_clean(path) && components_clean(path);
}
