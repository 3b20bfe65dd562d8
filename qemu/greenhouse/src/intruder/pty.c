/* SPDX-License-Identifier: Apache-2.0 */
#include "pty.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "bystander.h"

static void run_child(const char *slave, char **argv)
{
	struct termios t;
	int fd;

	setsid();
	fd = open(slave, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || tcgetattr(fd, &t) < 0)
		_exit(125);
	/* What gets into its input must not come back as output. */
	t.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(fd, TCSANOW, &t) < 0)
		_exit(125);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	execv(argv[0], argv);
	_exit(125);
}

/* Copies what the command printed, but for the enquiries, which it answers; -1 at the end. */
static int copy_output(int master, const char *bystander)
{
	char buf[4096];
	/* The master answers EIO once nobody has the slave open. */
	ssize_t n = read(master, buf, sizeof(buf));
	size_t kept = 0, enquiries = 0;

	if (n <= 0)
		return -1;
	for (ssize_t i = 0; i < n; i++)
		if (bystander && buf[i] == BYSTANDER_ENQUIRY)
			enquiries++;
		else
			buf[kept++] = buf[i];
	if (write(1, buf, kept) != (ssize_t)kept)
		return -1;
	for (; enquiries > 0; enquiries--) {
		bystander_run(bystander);
		if (write(master, "\n", 1) != 1)
			return -1;
	}
	return 0;
}

int pty_run(char **argv, const char *bystander)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char slave[64];
	int status = 0;
	pid_t pid;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, slave, sizeof(slave)) != 0 || (pid = fork()) < 0) {
		perror("intruder: cannot make a terminal");
		return 125;
	}
	if (pid == 0)
		run_child(slave, argv);
	while (copy_output(master, bystander) == 0)
		;
	close(master);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 125;
	return WEXITSTATUS(status);
}
