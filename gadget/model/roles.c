/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: the labels that they imply, and which of them a kind of model must and may have. */
#include <string.h>
#include <strings.h>

#include "str.h"
#include "volume.h"

/* Those that are there once only, over all volumes. */
enum single { SEED, SEED_NULL, BOOT, DATA, SAVE, ROOT, SINGLES };

static const struct {
	enum model_role role;
	const char *label; /* on a system with modes, or NULL */
} singles[SINGLES] = {
	[SEED] = { MODEL_ROLE_SYSTEM_SEED, "ubuntu-seed" },
	[SEED_NULL] = { MODEL_ROLE_SYSTEM_SEED_NULL, "ubuntu-seed" },
	[BOOT] = { MODEL_ROLE_SYSTEM_BOOT, "ubuntu-boot" },
	[DATA] = { MODEL_ROLE_SYSTEM_DATA, "ubuntu-data" },
	[SAVE] = { MODEL_ROLE_SYSTEM_SAVE, "ubuntu-save" },
	[ROOT] = { MODEL_ROLE_SYSTEM_ROOT, NULL },
};

#define LABEL_DATA_NO_MODES "writable"
#define LABEL_BOOT_NO_MODES "system-boot"

struct place {
	const struct model_volume *v;
	const struct model_structure *s;
};

struct roles {
	const struct reader *r;
	const struct model_gadget *g;
	const struct meta_loc *loc; /* of "volumes:" */
	struct place found[SINGLES];
	bool modes;
	bool open; /* there may be more roles than were found: some could not be read */
};

/* --- labels ---------------------------------------------------------------------------------- */

static const char *implied_label(enum model_kind kind, enum model_role role)
{
	if (kind == MODEL_KIND_NONE)
		return NULL;
	if (kind == MODEL_KIND_UC16_18 || kind == MODEL_KIND_CLASSIC)
		return role == MODEL_ROLE_SYSTEM_DATA ? LABEL_DATA_NO_MODES : NULL;
	for (size_t i = 0; i < SINGLES; i++)
		if (singles[i].role == role)
			return singles[i].label;
	return NULL;
}

static bool is_vfat(const struct model_structure *s)
{
	return s->fs == MODEL_FS_VFAT || s->fs == MODEL_FS_VFAT16 || s->fs == MODEL_FS_VFAT32;
}

/* vfat knows no case. */
static bool same_label(const struct model_structure *a, const struct model_structure *b)
{
	if (is_vfat(a) || is_vfat(b))
		return strcasecmp(a->label, b->label) == 0;
	return str_eq(a->label, b->label);
}

static int check_labels(const struct reader *r, const struct model_volume *v)
{
	int status = 0;

	for (size_t i = 1; i < v->structure_count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct model_structure *a = &v->structures[k];
			const struct model_structure *b = &v->structures[i];

			if (!a->label || !b->label || !same_label(a, b))
				continue;
			if (!meta_get(b->node, "filesystem-label"))
				b = a, a = &v->structures[i];
			status = meta_error(r->d, model_gadget_place(b->node, "filesystem-label"),
					    "cannot use filesystem-label \"%s\": already used in "
					    "line %u",
					    b->label, a->loc.line);
			if (!meta_get(a->node, "filesystem-label"))
				meta_hint(r->d, "role %s implies it", model_role_name(a->role));
			break;
		}
	}
	return status;
}

/* Gadgets of old name the structure to boot from by its label alone. */
static bool boots_by_label(const struct model_structure *s)
{
	return s->label && str_eq(s->label, LABEL_BOOT_NO_MODES) &&
	       !(s->unread & MODEL_UNREAD_ROLE) && (s->role == MODEL_ROLE_NONE || s->role_by_label);
}

static bool has_role(const struct model_gadget *g, enum model_role role)
{
	for (size_t i = 0; i < g->volume_count; i++)
		for (size_t k = 0; k < g->volumes[i].structure_count; k++)
			if (g->volumes[i].structures[k].role == role)
				return true;
	return false;
}

static void give_boot_role(struct model_gadget *g)
{
	for (size_t i = 0; i < g->volume_count; i++) {
		for (size_t k = 0; k < g->volumes[i].structure_count; k++) {
			struct model_structure *s = &g->volumes[i].structures[k];

			if (!boots_by_label(s) || has_role(g, MODEL_ROLE_SYSTEM_BOOT))
				continue;
			s->role = MODEL_ROLE_SYSTEM_BOOT;
			s->role_by_label = true;
		}
	}
}

int model_roles_label(const struct reader *r, struct model_gadget *g)
{
	int status = 0;

	give_boot_role(g);
	for (size_t i = 0; i < g->volume_count; i++) {
		struct model_volume *v = &g->volumes[i];

		for (size_t k = 0; k < v->structure_count; k++)
			if (!v->structures[k].label && v->schema != MODEL_SCHEMA_EMMC &&
			    !(v->structures[k].unread & MODEL_UNREAD_LABEL))
				v->structures[k].label =
					implied_label(g->kind, v->structures[k].role);
		status |= check_labels(r, v);
	}
	return status;
}

/* --- rules ----------------------------------------------------------------------------------- */

static const struct meta_loc *role_place(const struct place *p)
{
	return model_gadget_place(p->s->node, "role");
}

/* The label counts as a role on systems without modes only. */
static enum model_role role_of(const struct roles *x, const struct model_structure *s)
{
	bool old = x->g->kind == MODEL_KIND_UC16_18 || x->g->kind == MODEL_KIND_CLASSIC;

	if (boots_by_label(s))
		return old ? MODEL_ROLE_SYSTEM_BOOT : MODEL_ROLE_NONE;
	return s->role;
}

static int find_one(struct roles *x, const struct model_volume *v, const struct model_structure *s)
{
	enum model_role role = role_of(x, s);

	for (size_t i = 0; i < SINGLES; i++) {
		if (singles[i].role != role)
			continue;
		if (x->found[i].s)
			return meta_error(x->r->d, model_gadget_place(s->node, "role"),
					  "cannot use role %s: the structure in line %u has it",
					  model_role_name(role), x->found[i].s->loc.line);
		x->found[i] = (struct place){ v, s };
	}
	return 0;
}

static int find_all(struct roles *x)
{
	int status = 0;

	for (size_t i = 0; i < x->g->volume_count; i++) {
		const struct model_volume *v = &x->g->volumes[i];

		x->open |= v->unread & MODEL_UNREAD_STRUCTURES;
		for (size_t k = 0; k < v->structure_count; k++) {
			x->open |= v->structures[k].unread & MODEL_UNREAD_ROLE;
			status |= find_one(x, v, &v->structures[k]);
		}
	}
	if (x->found[SEED].s && x->found[SEED_NULL].s)
		status = meta_error(x->r->d, role_place(&x->found[SEED_NULL]),
				    "cannot use role system-seed-null: the structure in line %u "
				    "has role system-seed",
				    x->found[SEED].s->loc.line);
	return status;
}

/* Labels that the system takes for its own partitions. */
static int check_reserved(const struct roles *x)
{
	static const char *const labels[] = { "ubuntu-seed", "ubuntu-data", "ubuntu-boot",
					      "ubuntu-save" };
	/* Without modes there is neither a boot nor a save partition of its own. */
	size_t count = x->modes ? 4 : 2;
	int status = 0;

	for (size_t i = 0; i < x->g->volume_count; i++) {
		const struct model_volume *v = &x->g->volumes[i];

		for (size_t k = 0; k < v->structure_count * count; k++) {
			const struct model_structure *s = &v->structures[k / count];

			if (s->role != MODEL_ROLE_NONE || (s->unread & MODEL_UNREAD_ROLE) ||
			    !s->label || !str_eq(s->label, labels[k % count]))
				continue;
			status =
				meta_error(x->r->d, model_gadget_place(s->node, "filesystem-label"),
					   "cannot use filesystem-label \"%s\": reserved for a "
					   "role",
					   s->label);
		}
	}
	return status;
}

static int check_label(const struct roles *x, enum single which, const char *wanted)
{
	const struct model_structure *s = x->found[which].s;

	if (!s || !s->label || str_eq(s->label, wanted))
		return 0;
	return meta_error(x->r->d, model_gadget_place(s->node, "filesystem-label"),
			  "cannot use filesystem-label \"%s\" with role %s: expected \"%s\", or "
			  "none",
			  s->label, model_role_name(s->role), wanted);
}

/* Each of the others, where there is one, lies in the volume of with. */
static int check_volume(const struct roles *x, const struct place *with, const enum single *others,
			size_t count)
{
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		const struct place *p = &x->found[others[i]];

		if (p->v && with->v && p->v != with->v)
			status = meta_error(x->r->d, role_place(p),
					    "cannot use role %s in volume %s: role %s is in volume "
					    "%s",
					    model_role_name(p->s->role), p->v->name,
					    model_role_name(with->s->role), with->v->name);
	}
	return status;
}

static const struct place *seed_of(const struct roles *x)
{
	return x->found[SEED].s ? &x->found[SEED] : &x->found[SEED_NULL];
}

static int check_without_modes(const struct roles *x)
{
	int status = check_label(x, DATA, LABEL_DATA_NO_MODES);

	if (x->found[SEED].s)
		status = meta_error(x->r->d, role_place(&x->found[SEED]),
				    "cannot use role system-seed: this kind of model has no seed");
	if (x->found[SAVE].s)
		status = meta_error(
			x->r->d, role_place(&x->found[SAVE]), "cannot use role system-save: %s",
			x->g->kind == MODEL_KIND_NONE ? "no structure has role system-seed"
						      : "this kind of model has none");
	return status;
}

static int check_labels_of_modes(const struct roles *x)
{
	static const enum single labelled[] = { SEED, SEED_NULL, DATA, SAVE };
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(labelled); i++)
		status |= check_label(x, labelled[i], singles[labelled[i]].label);
	return status;
}

static int check_modes(const struct roles *x)
{
	static const enum single same[] = { BOOT, DATA, SAVE };
	const struct place *seed = seed_of(x);
	int status = check_labels_of_modes(x);

	/* What is missing may be what could not be read. */
	if (x->open)
		return status | check_volume(x, seed, same, ARRAY_SIZE(same));
	if (!x->found[SEED].s && x->g->kind == MODEL_KIND_UC20PLUS)
		status = meta_error(x->r->d, x->loc,
				    "cannot use volumes: no structure has role system-seed");
	if (!x->found[DATA].s && seed->s)
		status = meta_error(x->r->d, role_place(seed),
				    "cannot use role %s: no structure has role system-data",
				    model_role_name(seed->s->role));
	else if (!x->found[DATA].s)
		status = meta_error(x->r->d, x->loc,
				    "cannot use volumes: no structure has role system-data");
	return status | check_volume(x, seed, same, ARRAY_SIZE(same));
}

static int check_classic_with_modes(const struct roles *x)
{
	static const enum single needed[] = { BOOT, DATA };
	static const enum single same[] = { SEED, SEED_NULL, SAVE };
	int status = check_labels_of_modes(x) | check_label(x, BOOT, singles[BOOT].label);

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!x->found[needed[i]].s && !x->open)
			status = meta_error(x->r->d, x->loc,
					    "cannot use volumes: no structure has role %s",
					    model_role_name(singles[needed[i]].role));
	return status | check_volume(x, &x->found[BOOT], same, ARRAY_SIZE(same));
}

int model_roles_check(const struct reader *r, const struct meta_node *volumes,
		      const struct model_gadget *g)
{
	struct roles x = { .r = r, .g = g, .loc = &volumes->loc };
	int status = find_all(&x);

	if (r->kind_open)
		return status;
	switch (g->kind) {
	case MODEL_KIND_NONE:
		x.modes = seed_of(&x)->s != NULL;
		break;
	case MODEL_KIND_UC16_18:
	case MODEL_KIND_CLASSIC:
		break;
	case MODEL_KIND_UC20PLUS:
	case MODEL_KIND_CLASSIC_WITH_MODES:
		x.modes = true;
		break;
	}
	status |= check_reserved(&x);
	/* Which rules hold, one of those roles may decide. */
	if (g->kind == MODEL_KIND_NONE && x.open && !x.modes)
		return status;
	if (g->kind == MODEL_KIND_CLASSIC_WITH_MODES)
		return status | check_classic_with_modes(&x);
	return status | (x.modes ? check_modes(&x) : check_without_modes(&x));
}
