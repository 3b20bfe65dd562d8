/* SPDX-License-Identifier: Apache-2.0 */
/* The files that content of a gadget names, in the gadget's folder. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "str.h"
#include "tree.h"
#include "volume.h"

static int look(const struct reader *r, int root, const struct model_content *c, struct stat *out)
{
	const char *path = c->image ? c->image : c->source;
	const char *why;

	/* "/" is the gadget's own folder. */
	if (model_tree_look(root, str_eq(path, "/") ? "." : path, out) == 0)
		return 0;
	if (errno == ENOENT)
		why = "no such file in the gadget";
	else
		why = errno == EXDEV ? "a link leads out of the gadget" : strerror(errno);
	return meta_error(r->d, &c->loc, "cannot use %s \"%.200s\": %s",
			  c->image ? "image" : "source", path, why);
}

static int check_image(const struct reader *r, const struct model_content *c, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return meta_error(r->d, &c->loc, "cannot use image \"%.200s\": not a regular file",
				  c->image);
	if (c->size && (uint64_t)st->st_size > c->size)
		return meta_error(r->d, &c->loc,
				  "cannot use image \"%.200s\": it has %ju bytes, its size says "
				  "%ju",
				  c->image, (uintmax_t)st->st_size, (uintmax_t)c->size);
	return 0;
}

static int check_structure(const struct reader *r, int root, const struct model_structure *s)
{
	uint64_t *sizes = mem_array(r->a, s->content_count, sizeof(*sizes));
	int status = 0;

	for (size_t i = 0; i < s->content_count; i++) {
		const struct model_content *c = &s->content[i];
		struct stat st;

		/* Another snap's. */
		if (c->kernel || c->unread)
			continue;
		sizes[i] = MODEL_CONTENT_LOST;
		if (look(r, root, c, &st) || (c->image && check_image(r, c, &st)))
			status = -1;
		else
			sizes[i] = (uint64_t)st.st_size;
	}
	return status | model_content_fit(r, s, sizes);
}

int model_content_files(const struct reader *r, const struct tree *t, const struct model_gadget *g)
{
	CLEANUP_FD int root = model_tree_open(r, t);
	int status = 0;

	if (root < 0)
		return -1;
	for (size_t i = 0; i < g->volume_count; i++)
		for (size_t k = 0; k < g->volumes[i].structure_count; k++)
			status |= check_structure(r, root, &g->volumes[i].structures[k]);
	return status;
}
