/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual console: who has it open can also mark what stands on the screen and paste it as input.
 */
#include "console.h"

#include <fcntl.h>
#include <linux/tiocl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "attempt.h"

#define CONSOLE "/dev/tty1"
/* From the upper left corner of an empty screen. */
#define SCREEN "\033[H\033[2Jrm"
#define MARKED 2

static enum result keys(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(ioctl(0, TIOCSTI, "x"));
}

/* What the kernel takes is not aligned: a byte, and then the corners. */
static enum result paste(const struct victims *v, const char **fact)
{
	const struct tiocl_selection s = { 1, 1, MARKED, 1, TIOCL_SELCHAR };
	char mark[1 + sizeof(s)] = { TIOCL_SETSEL };
	char put[] = { TIOCL_PASTESEL };

	(void)v;
	(void)fact;
	memcpy(mark + 1, &s, sizeof(s));
	if (ioctl(0, TIOCLINUX, mark) < 0)
		return STOPPED;
	return attempt_result(ioctl(0, TIOCLINUX, put));
}

const struct attempt attempts_console[] = {
	{ "console-keys", keys },
	{ "console-paste", paste },
	{ NULL, NULL },
};

/* Raw: else only whole lines count as waiting. */
static int take_console(void)
{
	struct termios t;
	int fd;

	setsid();
	fd = open(CONSOLE, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 1) < 0 || tcgetattr(fd, &t) < 0)
		return -1;
	cfmakeraw(&t);
	if (tcsetattr(fd, TCSAFLUSH, &t) < 0 || write(fd, SCREEN, strlen(SCREEN)) < 0)
		return -1;
	return fd;
}

/* The end of the session's first process would empty the terminal: it counts itself. */
static int lead_session(char **argv)
{
	int console = take_console(), status = 0, waiting = 0;
	pid_t pid = console < 0 ? -1 : fork();

	if (pid < 0) {
		perror("intruder: cannot take " CONSOLE);
		return 125;
	}
	if (pid == 0) {
		dup2(console, 0);
		execv(argv[0], argv);
		_exit(125);
	}
	if (waitpid(pid, &status, 0) != pid || ioctl(console, FIONREAD, &waiting) < 0)
		return 125;
	printf("KEYS %d\n", waiting);
	fflush(stdout);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

int console_run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(lead_session(argv));
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									       : 125;
}
