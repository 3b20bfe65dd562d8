/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-Bus by hand (specification 0.38), so that a client runs without a library. One connection a
 * process; functions that talk return -1 with errno.
 */
#ifndef UNITS_WIRE_H
#define UNITS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_BUS  "/run/dbus/system_bus_socket"
#define WIRE_ROOM 65536u

enum wire_type { WIRE_CALL = 1, WIRE_REPLY, WIRE_ERROR, WIRE_SIGNAL };
enum wire_field {
	WIRE_PATH = 1,
	WIRE_INTERFACE,
	WIRE_MEMBER,
	WIRE_ERROR_NAME,
	WIRE_REPLY_TO,
	WIRE_TO,
	WIRE_FROM,
	WIRE_SIGNATURE,
};

struct wire_message {
	uint8_t bytes[WIRE_ROOM];
	size_t len;
	size_t body; /* where it begins */
	bool full;
};

struct wire_call {
	const char *to, *path, *interface, *member, *signature;
};

/* hello: a bus wants to be greeted; systemd's private socket is none. */
int wire_open(const char *socket_path, bool hello);

/* A message of that type; the answer to reply_to unless that is 0. Arguments follow, then send. */
void wire_begin(struct wire_message *m, enum wire_type type, const struct wire_call *c,
		uint32_t reply_to);
void wire_put_u32(struct wire_message *m, uint32_t v);
void wire_put_text(struct wire_message *m, const char *s);
/* Arguments of signature WIRE_UNIT: a unit that runs command by the shell, and no others. */
#define WIRE_UNIT "a(sv)a(sa(sv))"
void wire_put_unit(struct wire_message *m, const char *command);
int wire_send(struct wire_message *m);

/* Any message; the answer to our last one. */
int wire_receive(struct wire_message *m);
int wire_answer(struct wire_message *m);

enum wire_type wire_type(const struct wire_message *m);
uint32_t wire_serial(const struct wire_message *m);
uint32_t wire_u32(const struct wire_message *m, size_t at);
/* A field of the header, found by its code: its text, or NULL; its number, when that is asked for.
 */
const char *wire_field(const struct wire_message *m, enum wire_field want, uint32_t *number);

/* systemd's Manager.StartTransientUnit. 0 done, -1 with errno: EACCES when the answer is an error.
 */
int wire_start_unit(const char *unit, const char *command);

#endif
