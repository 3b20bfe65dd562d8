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

#endif
