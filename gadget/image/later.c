/* SPDX-License-Identifier: Apache-2.0 */
/* What a gadget may say and no image can be written from yet: refused, never passed over. */
#include "disk.h"

static const struct meta_loc *place(const struct meta_node *n, const char *key)
{
	const struct meta_node *v = meta_get(n, key);

	return v ? &v->loc : &n->loc;
}

static int refuse(const struct meta_node *n, const char *key, const char *value,
		  struct meta_diag *d)
{
	if (value)
		return meta_error(d, place(n, key), "cannot use %s \"%s\": not in this version",
				  key, value);
	return meta_error(d, place(n, key), "cannot use %s: not in this version", key);
}

static int check_structure(const struct model_structure *s, struct meta_diag *d)
{
	int status = 0;

	switch (s->role) {
	case MODEL_ROLE_NONE:
	case MODEL_ROLE_MBR:
	case MODEL_ROLE_SYSTEM_BOOT:
	case MODEL_ROLE_SYSTEM_DATA:
	case MODEL_ROLE_SYSTEM_ROOT:
		break;
	case MODEL_ROLE_SYSTEM_SEED:
	case MODEL_ROLE_SYSTEM_SEED_NULL:
	case MODEL_ROLE_SYSTEM_SAVE:
	case MODEL_ROLE_SYSTEM_BOOT_IMAGE:
	case MODEL_ROLE_SYSTEM_BOOT_SELECT:
	case MODEL_ROLE_SYSTEM_BOOT_STATE:
	case MODEL_ROLE_SYSTEM_SEED_IMAGE:
	case MODEL_ROLE_SYSTEM_SEED_SELECT:
	case MODEL_ROLE_BOOTIMG:
	case MODEL_ROLE_BOOTSELECT:
		status = refuse(s->node, "role", model_role_name(s->role), d);
		break;
	}
	if (s->fs == MODEL_FS_VFAT16 || s->fs == MODEL_FS_VFAT32)
		status = refuse(s->node, "filesystem", model_filesystem_name(s->fs), d);
	for (size_t i = 0; i < s->content_count; i++) {
		const struct model_content *c = &s->content[i];

		if (c->kernel)
			status = meta_error(d, &c->loc,
					    "cannot use source of a kernel: not in "
					    "this version");
		if (c->unpack)
			status = meta_error(d, &c->loc, "cannot use unpack: not in this version");
	}
	return status;
}

bool image_map_is_later(const struct model_volume *v)
{
	return v->partial || v->schema == MODEL_SCHEMA_EMMC;
}

static int check_volume(const struct model_volume *v, struct meta_diag *d)
{
	int status = 0;

	if (v->partial)
		status = refuse(v->node, "partial", NULL, d);
	if (v->schema == MODEL_SCHEMA_EMMC)
		status = refuse(v->node, "schema", model_schema_name(v->schema), d);
	if (v->bootloader && !str_eq(v->bootloader, "u-boot"))
		status = refuse(v->node, "bootloader", v->bootloader, d);
	for (size_t i = 0; i < v->structure_count; i++)
		if (check_structure(&v->structures[i], d))
			status = -1;
	return status;
}

int image_map_later(const struct model *m, struct meta_diag *d)
{
	static const char *const keys[] = { "defaults", "kernel-cmdline", "volume-assignments" };
	const struct model_gadget *g = &m->gadget;
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (meta_get(g->node, keys[i]))
			status = refuse(g->node, keys[i], NULL, d);
	if (g->cmdline_file)
		status = meta_error(d, &g->loc, "cannot use the gadget's %s: not in this version",
				    g->cmdline_file);
	for (size_t i = 0; i < g->volume_count; i++)
		if (check_volume(&g->volumes[i], d))
			status = -1;
	return status;
}
