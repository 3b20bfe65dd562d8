/* SPDX-License-Identifier: Apache-2.0 */
/* The closed alphabets of names. Facts of the formats; not for other floors. */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <stdbool.h>

/* Snap: 2 to 40 of [a-z0-9-], a letter among them, no hyphen at an end or beside another. */
bool model_names_is_snap(const char *s);
/* Key of a parallel instance: [a-z0-9]{1,10}. */
bool model_names_is_key(const char *s);
/* App: [a-zA-Z0-9](-?[a-zA-Z0-9])*, at most 64 bytes. */
bool model_names_is_app(const char *s);
/* Plug, slot, interface: [a-z](-?[a-z0-9])*, at most 63 bytes. */
bool model_names_is_end(const char *s);
/* Version of a snap: [a-zA-Z0-9]([a-zA-Z0-9:.+~-]{0,30}[a-zA-Z0-9+~])?. */
bool model_names_is_version(const char *s);
/* Environment variable: [a-zA-Z_][a-zA-Z0-9_-]*. */
bool model_names_is_variable(const char *s);
/* Volume, image, board: [a-zA-Z0-9][a-zA-Z0-9-]+. */
bool model_names_is_volume(const char *s);

/* True when s is not empty and every byte is a letter or digit of ASCII or in more. */
bool model_names_made_of(const char *s, const char *more);

#endif
