/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus own NAME TEXT                  owns NAME on the system's D-Bus, answers each call with TEXT
 * bus call NAME PATH INTERFACE MEMBER [TEXT]...   prints the answer's first text, or its error
 * bus hear RULE                      prints the member of the first signal that RULE matches
 * bus run UNIT COMMAND               asks systemd over the bus to run COMMAND as UNIT
 *
 * Exit status: 0 answered, 1 refused by the bus or who was called, 3 no bus.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire.h"

static int fail(void)
{
	fprintf(stderr, "bus: cannot talk to the bus: %s\n", strerror(errno));
	return 3;
}

static void say(const struct wire_message *m)
{
	const char *signature = wire_field(m, WIRE_SIGNATURE, NULL);
	const char *error = wire_field(m, WIRE_ERROR_NAME, NULL);

	if (error)
		printf("error %s\n", error);
	if (signature && (*signature == 's' || *signature == 'o') && m->body + 4 < m->len)
		printf("%s\n", (const char *)m->bytes + m->body + 4);
	else if (signature && *signature == 'u')
		printf("%u\n", wire_u32(m, m->body));
	fflush(stdout);
}

static int call(char **argv)
{
	struct wire_call c = { argv[0], argv[1], argv[2], argv[3], NULL };
	static struct wire_message m;
	char signature[16] = "";

	for (char **a = argv + 4; *a && strlen(signature) + 1 < sizeof(signature); a++)
		strcat(signature, "s");
	c.signature = signature;
	if (wire_open(WIRE_BUS, true))
		return fail();
	wire_begin(&m, WIRE_CALL, &c, 0);
	for (char **a = argv + 4; *a; a++)
		wire_put_text(&m, *a);
	if (wire_send(&m) || wire_answer(&m))
		return fail();
	say(&m);
	return wire_type(&m) == WIRE_ERROR;
}

static int run(const char *unit, const char *command)
{
	if (wire_open(WIRE_BUS, true))
		return fail();
	if (wire_start_unit(unit, command) == 0)
		return 0;
	fprintf(stderr, "bus: cannot run %s: %s\n", unit, strerror(errno));
	return 1;
}

static int hear(const char *rule)
{
	static const struct wire_call match = { "org.freedesktop.DBus", "/org/freedesktop/DBus",
						"org.freedesktop.DBus", "AddMatch", "s" };
	static struct wire_message m;

	if (wire_open(WIRE_BUS, true))
		return fail();
	wire_begin(&m, WIRE_CALL, &match, 0);
	wire_put_text(&m, rule);
	if (wire_send(&m) || wire_answer(&m))
		return fail();
	say(&m);
	if (wire_type(&m) == WIRE_ERROR)
		return 1;
	puts("listening");
	fflush(stdout);
	while (wire_receive(&m) == 0) {
		const char *from = wire_field(&m, WIRE_FROM, NULL);

		/* The bus tells of itself, unasked. */
		if (wire_type(&m) != WIRE_SIGNAL || strcmp(from, "org.freedesktop.DBus") == 0)
			continue;
		puts(wire_field(&m, WIRE_MEMBER, NULL));
		return 0;
	}
	return fail();
}

static int own(const char *name, const char *text)
{
	static const struct wire_call request = { "org.freedesktop.DBus", "/org/freedesktop/DBus",
						  "org.freedesktop.DBus", "RequestName", "su" };
	static struct wire_message m, reply;

	if (wire_open(WIRE_BUS, true))
		return fail();
	wire_begin(&m, WIRE_CALL, &request, 0);
	wire_put_text(&m, name);
	wire_put_u32(&m, 4); /* do not queue */
	if (wire_send(&m) || wire_answer(&m))
		return fail();
	say(&m);
	if (wire_type(&m) == WIRE_ERROR || wire_u32(&m, m.body) != 1)
		return 1;
	while (wire_receive(&m) == 0) {
		const struct wire_call back = { .to = wire_field(&m, WIRE_FROM, NULL),
						.signature = "s" };

		if (wire_type(&m) != WIRE_CALL)
			continue;
		wire_begin(&reply, WIRE_REPLY, &back, wire_serial(&m));
		wire_put_text(&reply, text);
		if (wire_send(&reply))
			break;
	}
	return fail();
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "own") == 0)
		return own(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "hear") == 0)
		return hear(argv[2]);
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run(argv[2], argv[3]);
	if (argc >= 6 && strcmp(argv[1], "call") == 0)
		return call(argv + 2);
	fprintf(stderr,
		"usage: bus own NAME TEXT | bus call NAME PATH INTERFACE MEMBER [TEXT]... | "
		"bus hear RULE | bus run UNIT COMMAND\n");
	return 2;
}
