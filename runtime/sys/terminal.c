/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"
#include "mem.h"
#include "sys.h"

#define TTY_GID 5 /* of every devpts in Debian: the group that write(1) uses */

int sys_terminal_make(int ptmx_fd, int like_fd, uid_t uid, struct err *e)
{
	CLEANUP_FD int slave = -1;
	struct winsize size = { 0 };
	int unlock = 0;

	if (sys_ioctl(ptmx_fd, TIOCSPTLCK, &unlock))
		return err_sys(e, "cannot unlock a terminal");
	/* By request, not by name: no path can lead elsewhere. */
	slave = sys_ioctl(ptmx_fd, TIOCGPTPEER, (void *)(intptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (slave < 0)
		return err_sys(e, "cannot open a terminal");
	if (sys_fchown(slave, uid, TTY_GID))
		return err_sys(e, "cannot give a terminal to user %u", uid);
	if (sys_ioctl(like_fd, TIOCGWINSZ, &size) || sys_ioctl(slave, TIOCSWINSZ, &size))
		return err_sys(e, "cannot size a terminal");
	if (sys_ioctl(slave, TIOCSCTTY, NULL))
		return err_sys(e, "cannot take control of a terminal");
	return steal_fd(&slave);
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int sys_terminal_send(int socket_fd, int fd, struct err *e)
{
	union control control = { .room = { 0 } };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sys_sendmsg(socket_fd, &msg) < 0 ? err_sys(e, "cannot hand over a terminal") : 0;
}

int sys_terminal_take(int socket_fd)
{
	union control control = { .room = { 0 } };
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	int fd;

	if (sys_recvmsg(socket_fd, &msg, MSG_CMSG_CLOEXEC) != 1 ||
	    control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* One read, written whole. 1 when bytes moved, 0 at the end, whichever side it is. */
static int carry(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	/* EIO on a master: the last slave was closed. */
	if (n <= 0)
		return n < 0 && errno == EINTR;
	return fd_write_all(to, buf, (size_t)n, "a terminal", NULL) == 0;
}

struct relay {
	struct pollfd fds[3]; /* signals, caller, master */
	int out;	      /* the caller's terminal */
	pid_t child;
	int status;
	bool done;
};

static void take_signal(struct relay *r)
{
	struct signalfd_siginfo info;
	struct winsize size;

	if (read(r->fds[0].fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		r->done = sys_waitpid(r->child, &r->status, WNOHANG) == r->child;
	else if (info.ssi_signo == SIGWINCH && r->fds[2].fd >= 0) {
		if (ioctl(r->out, TIOCGWINSZ, &size) == 0)
			(void)ioctl(r->fds[2].fd, TIOCSWINSZ, &size);
	} else if (info.ssi_signo != SIGWINCH)
		(void)!sys_kill(r->child, (int)info.ssi_signo);
}

static void pump(struct relay *r)
{
	while (!r->done) {
		if (poll(r->fds, ARRAY_SIZE(r->fds), -1) < 0) {
			if (errno != EINTR)
				return;
			continue;
		}
		if (r->fds[2].revents && !carry(r->fds[2].fd, r->out))
			r->fds[2].fd = -1;
		if (r->fds[1].revents && (r->fds[2].fd < 0 || !carry(0, r->fds[2].fd)))
			r->fds[1].fd = -1;
		if (r->fds[0].revents)
			take_signal(r);
	}
	/* What the child wrote last; descendants that hold its terminal are not waited for. */
	while (r->fds[2].fd >= 0 && poll(&r->fds[2], 1, 0) == 1 && carry(r->fds[2].fd, r->out))
		;
}

/* Raw where keys are relayed. Elsewhere it alone makes new lines of \n, and master leaves them. */
static void set_modes(int master, bool keys, const struct termios *cooked)
{
	struct termios t = *cooked;

	if (keys) {
		cfmakeraw(&t);
		(void)tcsetattr(0, TCSADRAIN, &t);
	} else if (master >= 0 && tcgetattr(master, &t) == 0) {
		t.c_oflag &= ~(tcflag_t)OPOST;
		(void)tcsetattr(master, TCSANOW, &t);
	}
}

int sys_terminal_relay(int master, pid_t child, struct err *e)
{
	static const int taken[] = { SIGCHLD, SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct termios cooked = { 0 };
	struct relay r = { .out = isatty(1) ? 1 : isatty(2) ? 2 : 0, .child = child };
	CLEANUP_FD int signals = -1;
	sigset_t set;
	bool keys = master >= 0 && tcgetattr(0, &cooked) == 0;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		sigaddset(&set, taken[i]);
	if (sys_sigprocmask(SIG_BLOCK, &set))
		return err_sys(e, "cannot block signals");
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return err_sys(e, "cannot wait for signals");
	r.fds[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
	r.fds[1] = (struct pollfd){ .fd = keys ? 0 : -1, .events = POLLIN };
	r.fds[2] = (struct pollfd){ .fd = master, .events = POLLIN };
	set_modes(master, keys, &cooked);
	/* It may have ended before the signal was blocked. */
	r.done = sys_waitpid(child, &r.status, WNOHANG) == child;
	pump(&r);
	if (keys)
		(void)tcsetattr(0, TCSADRAIN, &cooked);
	if (!r.done)
		return err_env(e, "cannot wait for the app");
	return WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) : WEXITSTATUS(r.status);
}
