/* SPDX-License-Identifier: Apache-2.0 */
/* The apps of a snap; not for other floors. */
#ifndef MODEL_APP_H
#define MODEL_APP_H

#include "reader.h"

/* Reads the map "apps:" into snap->apps, in its order, without plugs and slots. */
int model_app_read_all(const struct reader *r, const struct meta_node *apps,
		       struct model_snap *snap) BASE_WARN_UNUSED;

/*
 * Once plugs and slots are bound: what needs one of them has it; last, of each app that was found
 * right, what no image has yet.
 */
int model_app_check_ends(const struct reader *r, const struct meta_node *apps,
			 const struct model_snap *snap) BASE_WARN_UNUSED;

struct app_env {
	struct model_env *items;
	size_t count;
};

/* Reads "environment:" of map n, in the order written. *out is empty on failure. */
int model_app_read_env(const struct reader *r, const struct meta_node *n,
		       struct app_env *out) BASE_WARN_UNUSED;

/* Reads "command-chain:" into argv, which has room for one more behind it. */
int model_app_read_chain(const struct reader *r, const struct meta_node *n,
			 struct model_app *app) BASE_WARN_UNUSED;

/* A command: the bytes that one may have. key is for the message. */
int model_app_check_text(const struct reader *r, const struct meta_node *n, const char *key,
			 const char **out) BASE_WARN_UNUSED;

/* Resolves "after:" and "before:" of all apps, which must have no cycle. */
int model_app_order(const struct reader *r, const struct meta_node *apps,
		    struct model_snap *snap) BASE_WARN_UNUSED;

/* The keys of daemons, and those that only what is no daemon has. */
int model_service_read(const struct reader *r, const struct meta_node *n,
		       struct model_app *app) BASE_WARN_UNUSED;

/* Of an app that was found right: what no image has yet. */
int model_service_later(const struct reader *r, const struct meta_node *n) BASE_WARN_UNUSED;

/* "sockets:" of a daemon; user: of one of a user's session. */
int model_socket_read(const struct reader *r, const struct meta_node *n,
		      const struct model_app *app, bool user) BASE_WARN_UNUSED;

/* True when text is a schedule as "mon-fri,9:00-17:00/2,,sat5,10:00". */
bool model_timer_is_schedule(const char *text);

#endif
