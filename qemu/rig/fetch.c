/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "num.h"

int fetch_parse(const struct str *answer, int *status, struct str *body)
{
	const char *text = str_text(answer);
	const char *end = strstr(text, "\r\n\r\n");
	char digits[4] = "";
	uint64_t code;

	if (!end || !str_starts(text, "HTTP/1.") || strlen(text) < 13 || text[8] != ' ')
		return -1;
	memcpy(digits, text + 9, 3);
	if (num_parse(digits, 100, 599, &code, NULL) < 0)
		return -1;
	*status = (int)code;
	end += 4;
	str_add_bytes(body, end, answer->len - (size_t)(end - text));
	return 0;
}

static bool send_request(int fd, const struct fetch_request *request)
{
	CLEANUP_STR struct str s = { 0 };

	str_printf(&s, "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n",
		   request->path, request->port);
	return send(fd, s.text, s.len, MSG_NOSIGNAL) == (ssize_t)s.len;
}

/* True when an answer came whole: HTTP/1.0 ends with the connection. */
static bool try_once(const struct fetch_request *request, struct str *answer)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)request->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char buf[4096];

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    !send_request(fd, request))
		return false;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, clock_left(request->deadline)) <= 0)
			return false;
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0 || answer->len > FETCH_SIZE_MAX)
			return false;
		if (n == 0)
			return answer->len > 0;
		str_add_bytes(answer, buf, (size_t)n);
	}
}

int fetch_get(const struct fetch_request *request, int *status, struct str *body, struct err *e)
{
	do {
		CLEANUP_STR struct str answer = { 0 };

		if (try_once(request, &answer)) {
			if (fetch_parse(&answer, status, body) == 0)
				return 0;
			return err_input(e, "cannot fetch %s: the answer is no HTTP",
					 request->path);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	} while (clock_left(request->deadline) > 0);
	return err_input(e, "cannot fetch %s: no answer in time", request->path);
}
