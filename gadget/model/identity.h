/* SPDX-License-Identifier: Apache-2.0 */
/* What tells a device from others of its kind: gadget/templates/identities.yaml. */
#ifndef MODEL_IDENTITY_H
#define MODEL_IDENTITY_H

#include "reader.h"

/* Reads the templates beside a folder of interfaces into m; no identities where there are none. */
int model_identity_load(const struct reader *r, const char *ifaces,
			struct model *m) BASE_WARN_UNUSED;

/* The identity of that name; NULL after recording an error. */
const struct model_identity *model_identity_find(const struct reader *r, const struct meta_node *n);

/* Adds the attributes of v's identity to its own, and the parts to its udev matches. */
int model_identity_attrs(const struct reader *r, struct model_variant *v) BASE_WARN_UNUSED;
int model_identity_udev(const struct reader *r, struct model_variant *v) BASE_WARN_UNUSED;

#endif
