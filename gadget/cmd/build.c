/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "cmd.h"
#include "emit.h"
#include "files.h"
#include "image.h"
#include "policy.h"
#include "str.h"

struct build {
	struct mem_arena *a;
	const struct cmd_args *args;
	const char *data;
	/* Folders below the stage: what becomes OUT, unpacked snaps, the image's parts. */
	const char *out, *snaps, *work;
	struct model m;
	struct policy p;
	struct meta_diag d;
};

static int make_folder(struct build *b, const char *stage, const char *name, const char **out)
{
	struct meta_loc loc = { 0 };

	*out = mem_printf(b->a, "%s/%s", stage, name);
	if (mkdir(*out, 0755) == 0)
		return 0;
	b->d.environment++;
	return meta_error(&b->d, &loc, "cannot make folder %s: %s", *out, strerror(errno));
}

/* Absolute, since boot.args is read from wherever the image is booted. */
static const char *absolute(struct build *b, const char *path)
{
	CLEANUP_FREE char *full = realpath(path, NULL);

	return full ? mem_strdup(b->a, full) : path;
}

/* Puts value in the place of each name in text. */
static const char *replace(struct mem_arena *a, const char *text, const char *name,
			   const char *value)
{
	CLEANUP_STR struct str s = { 0 };
	const char *hit;

	while ((hit = strstr(text, name))) {
		str_add_bytes(&s, text, (size_t)(hit - text));
		str_add(&s, value);
		text = hit + strlen(name);
	}
	str_add(&s, text);
	return mem_strdup(a, str_text(&s));
}

/* QEMU's arguments, one a line; the image by "%{out}", so that the folder can be moved. */
static int write_boot_args(struct build *b)
{
	const struct model_board *board = &b->m.board;
	CLEANUP_STR struct str s = { 0 };
	const char *path = mem_printf(b->a, "%s/boot.args", b->out);
	const char *disk;
	struct err e = { 0 };

	if (board->qemu_count == 0 || b->m.gadget.volume_count == 0)
		return 0;
	disk = mem_printf(b->a, "%%{out}/%s.img", b->m.gadget.volumes[0].name);
	for (size_t i = 0; i < board->qemu_count; i++) {
		const char *arg = replace(b->a, board->qemu[i], "%{disk}", disk);

		arg = replace(b->a, arg, "%{files}", absolute(b, b->args->files));
		str_printf(&s, "%s\n", arg);
	}
	if (fd_write_file(path, str_text(&s), s.len, 0644, &e))
		return meta_fail(&b->d, NULL, &e);
	return 0;
}

/*
 * The device's programs: as installed, or as the source tree's make wrote them beside this one
 * (build/host-VARIANT/bin and build/ARCH-VARIANT/bin).
 */
static const char *runtime_dir(struct build *b, struct err *e)
{
	const char *dir = b->args->runtime ? b->args->runtime : cmd_program_dir(b->a, e);
	const char *host;
	const char *installed;
	struct stat st;

	if (!dir || b->args->runtime)
		return dir;
	installed = mem_printf(b->a, "%s/../lib/bulkhead/%s", dir, b->m.board.arch);
	host = strstr(dir, "/host-");
	if (!host || stat(installed, &st) == 0)
		return installed;
	return mem_printf(b->a, "%.*s/%s-%s", (int)(host - dir), dir, b->m.board.arch,
			  host + strlen("/host-"));
}

static int write_image(struct build *b)
{
	struct err e = { 0 };
	struct image_options io = {
		.files = b->args->files,
		.pack = mem_printf(b->a, "%s/pack", b->out),
		.hardware = mem_printf(b->a, "%s/hardware", b->out),
		.work = b->work,
		.dry_run = b->args->dry_run,
	};

	io.runtime = runtime_dir(b, &e);
	if (!io.runtime)
		return meta_fail(&b->d, NULL, &e);
	if (image_write(b->a, &b->m, b->out, &io, &b->d))
		return -1;
	return b->args->dry_run ? 0 : write_boot_args(b);
}

/* Asked for here, where kernel and base are known: on the device it would be too late. */
static int check_modules(struct build *b)
{
	int status = 0;

	for (size_t i = 0; i < b->p.app_count; i++) {
		const struct policy_modules *all = &b->p.apps[i].modules;

		for (size_t k = 0; k < all->count; k++) {
			const struct policy_module *from = &all->items[k];
			const struct image_module x = { from->name, from->config, from->reason,
							from->use };

			if (*from->config)
				status |=
					image_check_module(b->a, &b->m, b->args->files, &x, &b->d);
		}
	}
	return status;
}

static int derive(struct build *b, struct policy_templates *t)
{
	const char *templates = mem_printf(b->a, "%s/gadget/templates", b->data);

	return policy_load_templates(b->a, templates, t, &b->d) ||
			       policy_build(b->a, &b->m, t, &b->p, &b->d)
		       ? -1
		       : 0;
}

/* What the policy of the parts without an error would be refused for, is told too. */
static int refuse_rest(struct build *b, struct policy_templates *t, const struct emit_options *eo)
{
	int status = -1;

	if (b->m.judged && derive(b, t) == 0)
		status |= emit_check_part(b->a, &b->m, &b->p, eo, &b->d);
	return status;
}

static int build_all(struct build *b)
{
	struct policy_templates t = { 0 };
	struct model_options o = {
		.data = b->data,
		.board = b->args->board,
		.base = b->args->base,
		.features = b->args->features,
		.files = b->args->files,
		.scratch = b->snaps,
	};
	struct emit_options eo = { .out = b->out };

	int status = model_load(b->a, b->args->operands[0], &o, &b->m, &b->d);

	/* Each of these tells its errors, whatever the others found. */
	if (!b->args->pack_only && b->m.gadget.sound)
		status |= image_check_gadget(b->a, &b->m, &b->d);
	eo.features = b->m.board.features;
	if (status)
		return refuse_rest(b, &t, &eo);
	if (!b->args->pack_only)
		status = image_check_kernel(b->a, &b->m, b->args->files, &b->d);
	if (derive(b, &t))
		return -1;
	if (!b->args->pack_only && !status)
		status = check_modules(b);
	if (emit_pack(b->a, &b->m, &b->p, &eo, &b->d) ||
	    emit_hardware(b->a, &b->m, b->out, &b->d) || status)
		return -1;
	return b->args->pack_only ? 0 : write_image(b);
}

static enum cmd_status work(void *arg)
{
	struct build *b = arg;

	if (build_all(b) && !b->d.errors)
		(void)meta_error(&b->d, NULL, "cannot build: no reason was given");
	return cmd_report(&b->d);
}

static enum cmd_status build_in(struct build *b, const char *stage)
{
	enum cmd_status status;
	struct err e = { 0 };

	if (make_folder(b, stage, "out", &b->out) || make_folder(b, stage, "snaps", &b->snaps) ||
	    make_folder(b, stage, "work", &b->work))
		return cmd_report(&b->d);
	status = cmd_stage_run(stage, work, b);
	if (status == CMD_DONE && !b->args->dry_run && cmd_stage_publish(b->out, b->args->out, &e))
		status = cmd_fail(&e);
	return status;
}

static int check_args(const struct cmd_args *args, struct err *e)
{
	if (!args->out)
		return err_input(e, "cannot build: -o names no folder to write to");
	if (!args->files && !args->pack_only)
		return err_input(e, "cannot build: --files names no fetched files");
	return 0;
}

enum cmd_status cmd_build(struct mem_arena *a, const struct cmd_args *args)
{
	struct build b = { .a = a, .args = args };
	struct err e = { 0 };
	const char *stage;
	enum cmd_status status;

	if (check_args(args, &e)) {
		fprintf(stderr, "bulkhead: %s. Try 'bulkhead --help'\n", e.text);
		return CMD_USAGE;
	}
	b.data = cmd_data_dir(a, args, &e);
	if (!b.data || cmd_stage_check(args->out, &e))
		return cmd_fail(&e);
	stage = cmd_stage_make(a, args->out, &e);
	if (!stage)
		return cmd_fail(&e);
	status = build_in(&b, stage);
	cmd_stage_end(stage);
	return status;
}
