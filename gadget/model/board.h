/* SPDX-License-Identifier: Apache-2.0 */
/* board.yaml and where it is; not for other floors. */
#ifndef MODEL_BOARD_H
#define MODEL_BOARD_H

#include "reader.h"

/* Reads board.yaml of a folder; o may name other features than the board's. */
int model_board_load(const struct reader *r, const struct model_options *o, const char *dir,
		     struct model_board *out) BASE_WARN_UNUSED;

/* The same by what a command line says: the folder's path, or its name below boards/ when it has
 * no slash. */
int model_board_find(const struct reader *r, const struct model_options *o, const char *board,
		     struct model_board *out) BASE_WARN_UNUSED;

/* What board.yaml says under "hardware": the names that each piece has. */
int model_board_hardware(const struct reader *r, const struct meta_node *root,
			 struct model_board *out) BASE_WARN_UNUSED;

/* A folder below /sys/devices; the label of a GPIO chip, as the kernel shows one. */
bool model_board_is_prefix(const char *path);
bool model_board_is_label(const char *text);

#endif
