/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "meet serve": a compositor's part in tests/qemu/sharing: a socket in XDG_RUNTIME_DIR, made anew
 * at each start. "meet ask [PATH]": a client's: what the server says, from WAYLAND_DISPLAY.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int stop(const char *what)
{
	perror(what);
	return 1;
}

static int serve(int fd, const struct sockaddr_un *at)
{
	unlink(at->sun_path);
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) || listen(fd, 4))
		return stop(at->sun_path);
	for (;;) {
		struct ucred who = { 0 };
		socklen_t size = sizeof(who);
		char text[64];
		int client = accept(fd, NULL, NULL);

		if (client < 0 || getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size))
			return stop("accept");
		snprintf(text, sizeof(text), "met uid %s\n", who.uid ? "of another" : "0");
		if (write(client, text, strlen(text)) < 0)
			return stop("write");
		close(client);
	}
}

static int ask(int fd, const struct sockaddr_un *at)
{
	char text[64];
	ssize_t n;

	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)))
		return stop(at->sun_path);
	n = read(fd, text, sizeof(text));
	return n <= 0 || fwrite(text, 1, (size_t)n, stdout) != (size_t)n;
}

int main(int argc, char **argv)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");
	const char *display = argc > 2 ? argv[2] : getenv("WAYLAND_DISPLAY");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc < 2 || !folder || fd < 0)
		return 2;
	if (strcmp(argv[1], "serve") == 0) {
		snprintf(at.sun_path, sizeof(at.sun_path), "%s/wayland-0", folder);
		return serve(fd, &at);
	}
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", display ? display : "none");
	return ask(fd, &at);
}
