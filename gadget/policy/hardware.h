/* SPDX-License-Identifier: Apache-2.0 */
/* What the templates' facts and the board say of hardware by its names. Private to this floor. */
#ifndef POLICY_HARDWARE_H
#define POLICY_HARDWARE_H

#include "match.h"
#include "rules.h"

/* What a match says with all that follows from it. */
struct full {
	struct match match;
	const struct policy_fact *raw;	       /* it is of the device below other nodes; or NULL */
	bool bus;			       /* of nodes that reach what hangs on them */
	const struct model_hardware *hardware; /* that the board says it is of; or NULL */
};

/* Empty where text is nothing that is known: nothing contradicts it, and it is not told apart. */
void policy_hardware_fill(const struct rules_build *b, const char *text, struct full *out);

/* x is of a bus that y, or the path in the device tree, hangs on. */
bool policy_hardware_reaches(const struct full *x, const struct full *y);
bool policy_hardware_is_below(const struct full *x, const char *of_path);

/* Whether these are of that piece of hardware: APART also where nothing is known of it. */
enum match_relation policy_hardware_match(const struct rules_build *b, const struct full *f,
					  const struct model_hardware *h);
enum match_relation policy_hardware_files(const struct policy_late *l,
					  const struct model_hardware *h);
enum match_relation policy_hardware_chip(const struct policy_made *m,
					 const struct model_hardware *h);

/* The match is of devices of the class that the files are of. */
bool policy_hardware_of_class(const struct policy_late *l, const struct full *f);

#endif
