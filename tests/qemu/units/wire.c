/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUS "org.freedesktop.DBus"

static int bus_fd = -1;
static uint32_t serial;

static void put(struct wire_message *m, const void *p, size_t n)
{
	m->full |= m->len + n > WIRE_ROOM;
	if (m->full)
		return;
	memcpy(m->bytes + m->len, p, n);
	m->len += n;
}

static void align(struct wire_message *m, size_t to)
{
	static const uint8_t zeros[8];

	put(m, zeros, (to - m->len % to) % to);
}

void wire_put_u32(struct wire_message *m, uint32_t v)
{
	align(m, 4);
	put(m, &v, 4);
}

void wire_put_text(struct wire_message *m, const char *s)
{
	wire_put_u32(m, (uint32_t)strlen(s));
	put(m, s, strlen(s) + 1);
}

static void put_signature(struct wire_message *m, const char *s)
{
	uint8_t n = (uint8_t)strlen(s);

	put(m, &n, 1);
	put(m, s, n + 1u);
}

/* A field of the header: byte and variant. */
static void put_field(struct wire_message *m, enum wire_field field, const char *type,
		      const char *s)
{
	uint8_t code = (uint8_t)field;

	if (!s || !*s)
		return;
	align(m, 8);
	put(m, &code, 1);
	put_signature(m, type);
	if (*type == 'g')
		put_signature(m, s);
	else
		wire_put_text(m, s);
}

static void patch(struct wire_message *m, size_t at, uint32_t v)
{
	if (!m->full)
		memcpy(m->bytes + at, &v, 4);
}

void wire_begin(struct wire_message *m, enum wire_type type, const struct wire_call *c,
		uint32_t reply_to)
{
	const uint8_t head[4] = { 'l', (uint8_t)type, 0, 1 };
	const uint8_t code = WIRE_REPLY_TO;

	m->len = 0;
	m->full = false;
	put(m, head, 4);
	wire_put_u32(m, 0);
	wire_put_u32(m, ++serial);
	wire_put_u32(m, 0);
	put_field(m, WIRE_PATH, "o", c->path);
	put_field(m, WIRE_INTERFACE, "s", c->interface);
	put_field(m, WIRE_MEMBER, "s", c->member);
	put_field(m, WIRE_TO, "s", c->to);
	put_field(m, WIRE_SIGNATURE, "g", c->signature);
	if (reply_to) {
		align(m, 8);
		put(m, &code, 1);
		put_signature(m, "u");
		wire_put_u32(m, reply_to);
	}
	patch(m, 12, (uint32_t)(m->len - 16));
	align(m, 8);
	m->body = m->len;
}

int wire_send(struct wire_message *m)
{
	patch(m, 4, (uint32_t)(m->len - m->body));
	errno = EMSGSIZE;
	return !m->full && write(bus_fd, m->bytes, m->len) == (ssize_t)m->len ? 0 : -1;
}

static int take(void *p, size_t n)
{
	for (size_t got = 0; got < n;) {
		ssize_t r = read(bus_fd, (char *)p + got, n - got);

		if (r == 0)
			errno = ECONNRESET;
		if (r <= 0)
			return -1;
		got += (size_t)r;
	}
	return 0;
}

uint32_t wire_u32(const struct wire_message *m, size_t at)
{
	uint32_t v = 0;

	if (at + 4 <= m->len)
		memcpy(&v, m->bytes + at, 4);
	return v;
}

int wire_receive(struct wire_message *m)
{
	m->len = 16;
	if (take(m->bytes, 16))
		return -1;
	m->body = 16 + ((wire_u32(m, 12) + 7u) & ~(size_t)7);
	m->len = m->body + wire_u32(m, 4);
	if (m->body >= WIRE_ROOM || m->len >= WIRE_ROOM) {
		errno = EMSGSIZE;
		return -1;
	}
	m->bytes[m->len] = '\0';
	return take(m->bytes + 16, m->len - 16);
}

enum wire_type wire_type(const struct wire_message *m)
{
	return (enum wire_type)m->bytes[1];
}

uint32_t wire_serial(const struct wire_message *m)
{
	return wire_u32(m, 8);
}

const char *wire_field(const struct wire_message *m, enum wire_field want, uint32_t *number)
{
	size_t end = 16 + wire_u32(m, 12);

	for (size_t at = 16; at + 4 < end && end <= m->len; at = (at + 7) & ~(size_t)7) {
		bool found = m->bytes[at] == want;
		char type = (char)m->bytes[at + 2];
		size_t value = at + 4;

		if (type == 'g') {
			if (found)
				return (const char *)m->bytes + value + 1;
			at = value + m->bytes[value] + 2u;
			continue;
		}
		value = (value + 3) & ~(size_t)3;
		if (found && number)
			*number = wire_u32(m, value);
		if (found)
			return (const char *)m->bytes + value + 4;
		at = type == 'u' ? value + 4 : value + 4 + wire_u32(m, value) + 1;
	}
	return NULL;
}

int wire_answer(struct wire_message *m)
{
	uint32_t to;

	do {
		to = 0;
		if (wire_receive(m))
			return -1;
		wire_field(m, WIRE_REPLY_TO, &to);
	} while ((wire_type(m) != WIRE_REPLY && wire_type(m) != WIRE_ERROR) || to != serial);
	return 0;
}

/* SASL EXTERNAL: our own user, who the kernel says we are. */
static int authenticate(void)
{
	char line[256], hex[64] = "", uid[32];
	int n = snprintf(uid, sizeof(uid), "%u", (unsigned)getuid());

	for (int i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned)uid[i]);
	n = snprintf(line, sizeof(line), "%cAUTH EXTERNAL %s\r\n", 0, hex);
	if (write(bus_fd, line, (size_t)n) != n || read(bus_fd, line, sizeof(line)) < 2)
		return -1;
	errno = EACCES;
	return memcmp(line, "OK", 2) == 0 && write(bus_fd, "BEGIN\r\n", 7) == 7 ? 0 : -1;
}

int wire_open(const char *socket_path, bool hello)
{
	static const struct wire_call greet = { BUS, "/org/freedesktop/DBus", BUS, "Hello", NULL };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	static struct wire_message m;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", socket_path);
	bus_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bus_fd < 0 || connect(bus_fd, (struct sockaddr *)&a, sizeof(a)) || authenticate())
		return -1;
	if (!hello)
		return 0;
	wire_begin(&m, WIRE_CALL, &greet, 0);
	return wire_send(&m) || wire_answer(&m) ? -1 : 0;
}

/* a(sv) with ExecStart of one command, and a(sa(sv)) with nothing. */
void wire_put_unit(struct wire_message *m, const char *command)
{
	size_t array, start, inner, exec, argv;

	align(m, 4);
	array = m->len;
	wire_put_u32(m, 0);
	align(m, 8);
	start = m->len;
	wire_put_text(m, "ExecStart");
	put_signature(m, "a(sasb)");
	align(m, 4);
	inner = m->len;
	wire_put_u32(m, 0);
	align(m, 8);
	exec = m->len;
	wire_put_text(m, "/bin/sh");
	align(m, 4);
	argv = m->len;
	wire_put_u32(m, 0);
	wire_put_text(m, "/bin/sh");
	wire_put_text(m, "-c");
	wire_put_text(m, command);
	patch(m, argv, (uint32_t)(m->len - argv - 4));
	wire_put_u32(m, 0);
	patch(m, inner, (uint32_t)(m->len - exec));
	patch(m, array, (uint32_t)(m->len - start));
	wire_put_u32(m, 0);
	align(m, 8);
}

int wire_start_unit(const char *unit, const char *command)
{
	static const struct wire_call start = { "org.freedesktop.systemd1",
						"/org/freedesktop/systemd1",
						"org.freedesktop.systemd1.Manager",
						"StartTransientUnit", "ss" WIRE_UNIT };
	static struct wire_message m;

	wire_begin(&m, WIRE_CALL, &start, 0);
	wire_put_text(&m, unit);
	wire_put_text(&m, "fail");
	wire_put_unit(&m, command);
	if (wire_send(&m) || wire_answer(&m))
		return -1;
	errno = EACCES;
	return wire_type(&m) == WIRE_REPLY ? 0 : -1;
}
