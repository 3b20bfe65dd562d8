/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules to the policy pack: artefacts and MANIFEST below OUT/pack, a readable twin of each
 * below OUT/twins. Same model, same bytes.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "model.h"
#include "policy.h"

struct emit_options {
	const char *out;      /* existing folder: pack/ and twins/ are made in it */
	const char *features; /* folder: apparmor/ (feature tree), kernel (SHA-256, hexadecimal);
				 NULL: none, for emit_text() */
};

/*
 * Writes the pack and the twins into the folder o->out. Compiles AppArmor text with
 * apparmor_parser (design: -QTK and the target's features, no host configuration); verifies the
 * result with format/aapolicy.h; simulates nothing it did not emit. Errors are located where the
 * rule that caused them was written.
 */
int emit_pack(struct mem_arena *a, const struct model *m, const struct policy *p,
	      const struct emit_options *o, struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * What emit_pack() refuses, with a pack in o->out that nobody wants. Where this machine has no
 * apparmor_parser a warning says that nobody compiled the profiles, and only what can be said
 * without is: connections that the image can do nothing for, hardware whose place the board does
 * not say, confinement that only a development image may leave out, kernel features, rules,
 * filters.
 */
int emit_check(struct mem_arena *a, const struct model *m, const struct policy *p,
	       const struct emit_options *o, struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * Of an image that is refused already: what emit_check() says without apparmor_parser, and no word
 * of that.
 */
int emit_check_part(struct mem_arena *a, const struct model *m, const struct policy *p,
		    const struct emit_options *o, struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * The same policy as text, below the folder o->out: apparmor/LABEL, seccomp/LABEL (in the language
 * of docs/seccomp.md), udev/70-snap.NAME.rules, devices, kmod. With o->features profiles and
 * filters are compiled as well, for the model's board, to see that they can be; without, nothing
 * here depends on a board.
 */
int emit_text(struct mem_arena *a, const struct model *m, const struct policy *p,
	      const struct emit_options *o, struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * What slots of each interface of the model find their device by, as bulkheadctl reads it
 * (format/hwtable.h): OUT/hardware, and OUT/hardware.txt to be read by people. A match that an
 * attribute's value cannot be read from is left out.
 */
int emit_hardware(struct mem_arena *a, const struct model *m, const char *out,
		  struct meta_diag *d) BASE_WARN_UNUSED;

/*
 * Checks the texts of rules, filter lines and udev matches, for every architecture and without
 * apparmor_parser. A system call that no architecture has is an error here. Records every error.
 */
int emit_check_texts(struct mem_arena *a, const struct policy_app *app,
		     struct meta_diag *d) BASE_WARN_UNUSED;

#endif
