/* SPDX-License-Identifier: Apache-2.0 */
/* What "interfaces", "connections" and "interface" share. */
#ifndef CMD_LIST_H
#define CMD_LIST_H

#include "cmd.h"
#include "json.h"

/* Version of what these print with --json: it changes when a key goes or means something else. */
#define JSON_LIST_VERSION 1

/* Each reports what it found; the model is whole when the status is CMD_DONE. */
enum cmd_status cmd_list_ifaces(struct mem_arena *a, const struct cmd_args *args,
				struct model *m) BASE_WARN_UNUSED;
/* The first operand: image.yaml and the metadata that it names; no base, no program of a snap. */
enum cmd_status cmd_list_image(struct mem_arena *a, const struct cmd_args *args,
			       struct model *m) BASE_WARN_UNUSED;

/* Prints the document and releases it. */
void cmd_list_json(struct json *j);

bool cmd_list_is_connected(const struct model *m, const struct model_end *plug);

/* Every slot with the plugs that are connected to it, and the plugs that are not. */
void json_slots(struct json *j, const struct model *m);
void json_connections(struct json *j, const struct model *m);
/* Names and summaries of all. */
void json_summaries(struct json *j, const struct model *m);
void json_iface(struct json *j, const struct model_iface *iface);

/* Bits of a set by name; ends with a NULL name. */
struct list_word {
	unsigned bit;
	const char *name;
};
extern const struct list_word cmd_list_offerers[]; /* enum model_offered */
extern const struct list_word cmd_list_super[];	   /* enum model_super */

#endif
