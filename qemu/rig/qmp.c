/* SPDX-License-Identifier: Apache-2.0 */
#include "qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "json.h"

#define LINE_MAX_BYTES (4u * 1024u * 1024u)
/* For the rest of a line whose beginning has come. */
#define EVENT_MS 5000

/* Moves one line out of the buffer; false when there is no whole one. */
static bool take_line(struct qmp *q, struct str *line)
{
	const char *text = str_text(&q->buf);
	const char *end = strchr(text, '\n');
	struct str rest = { 0 };

	if (!end)
		return false;
	str_add_bytes(line, text, (size_t)(end - text));
	str_add(&rest, end + 1);
	str_free(&q->buf);
	q->buf = rest;
	return true;
}

static int read_line(struct qmp *q, struct str *line, int64_t deadline, struct err *e)
{
	char buf[4096];

	while (!take_line(q, line)) {
		struct pollfd p = { .fd = q->fd, .events = POLLIN };
		ssize_t n;

		if (q->buf.len > LINE_MAX_BYTES)
			return err_env(e, "cannot read from QEMU: a line without end");
		if (poll(&p, 1, clock_left(deadline)) == 0)
			return err_input(e, "cannot read from QEMU: no answer in time");
		n = recv(q->fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_input(e, "cannot read from QEMU: it has ended");
		str_add_bytes(&q->buf, buf, (size_t)n);
	}
	return 0;
}

static int send_text(struct qmp *q, const struct str *s, struct err *e)
{
	size_t done = 0;

	while (done < s->len) {
		ssize_t n = send(q->fd, s->text + done, s->len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "cannot write to QEMU");
		done += (size_t)n;
	}
	return 0;
}

/* True when the object's member is that text. */
static bool says(const char *object, const char *member, const char *text)
{
	CLEANUP_STR struct str value = { 0 };
	CLEANUP_STR struct str want = { 0 };

	json_add_string(&want, text);
	return json_member(object, member, &value) == 1 &&
	       str_eq(str_text(&value), str_text(&want));
}

/* {"event": NAME, "data": {"device": ID}, ...} */
static bool is_event(const char *line, const struct qmp_request *request)
{
	CLEANUP_STR struct str data = { 0 };

	return request->event && says(line, "event", request->event) &&
	       json_member(line, "data", &data) == 1 &&
	       says(str_text(&data), "device", request->device);
}

/* {"error": {"class": ..., "desc": "..."}} */
static int refusal(const char *command, const struct str *error, struct err *e)
{
	CLEANUP_STR struct str desc = { 0 };

	if (json_member(str_text(error), "desc", &desc) != 1)
		return err_input(e, "cannot do %s: QEMU answers %s", command, str_text(error));
	return err_input(e, "cannot do %s: QEMU answers %s", command, str_text(&desc));
}

int qmp_call(struct qmp *q, const struct qmp_request *request, struct str *answer, int64_t deadline,
	     struct err *e)
{
	bool answered = false, happened = !request->event;
	CLEANUP_STR struct str out = { 0 };

	str_add(&out, "{\"execute\": ");
	json_add_string(&out, request->command);
	if (request->arguments)
		str_printf(&out, ", \"arguments\": %s", request->arguments);
	str_add(&out, "}\n");
	if (q->fd < 0)
		return err_input(e, "cannot do %s: the machine is off", request->command);
	if (send_text(q, &out, e) < 0)
		return -1;
	while (!answered || !happened) {
		CLEANUP_STR struct str line = { 0 };
		CLEANUP_STR struct str error = { 0 };

		if (read_line(q, &line, deadline, e) < 0)
			return err_prefix(e, "cannot do %s", request->command);
		if (json_member(str_text(&line), "error", &error) == 1)
			return refusal(request->command, &error, e);
		happened = happened || is_event(str_text(&line), request);
		answered = answered || json_member(str_text(&line), "return", answer) == 1;
	}
	return 0;
}

int qmp_take_event(struct qmp *q, const char *event, struct err *e)
{
	bool found = false;

	for (;;) {
		CLEANUP_STR struct str line = { 0 };
		struct pollfd p = { .fd = q->fd, .events = POLLIN };

		if (!strchr(str_text(&q->buf), '\n') && poll(&p, 1, 0) == 0)
			return found;
		if (q->fd < 0)
			return err_input(e, "cannot read from QEMU: the machine is off");
		if (read_line(q, &line, clock_ms() + EVENT_MS, e) < 0)
			return -1;
		found = found || says(str_text(&line), "event", event);
	}
}

int qmp_open(struct qmp *q, int fd, int64_t deadline, struct err *e)
{
	const struct qmp_request request = { .command = "qmp_capabilities" };
	CLEANUP_STR struct str line = { 0 };

	*q = (struct qmp){ .fd = fd };
	if (read_line(q, &line, deadline, e) < 0)
		return -1;
	if (json_member(str_text(&line), "QMP", NULL) != 1)
		return err_env(e, "cannot talk to QEMU: no greeting but \"%.80s\"",
			       str_text(&line));
	return qmp_call(q, &request, NULL, deadline, e);
}

void qmp_close(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	str_free(&q->buf);
	*q = (struct qmp){ .fd = -1 };
}
