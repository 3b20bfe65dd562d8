/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>

#include "signals.h"
#include "sys.h"

/* How long the caller's terminal may take nothing once the app has ended. */
#define DRAIN_MS 1000

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
	if (sys_fchown(slave, uid, TTY_GID) || sys_ioctl(like_fd, TIOCGWINSZ, &size) ||
	    sys_ioctl(slave, TIOCSWINSZ, &size) || sys_ioctl(slave, TIOCSCTTY, NULL))
		return err_sys(e, "cannot set up a terminal of user %u", uid);
	return steal_fd(&slave);
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* One byte of no meaning, and a descriptor beside it. */
#define MESSAGE(control, byte)                                                                     \
	{                                                                                          \
		.msg_iov = &(struct iovec){ byte, 1 }, .msg_iovlen = 1,                            \
		.msg_control = (control)->room, .msg_controllen = sizeof((control)->room)          \
	}

int sys_terminal_send(int socket_fd, int fd, struct err *e)
{
	union control control = { .room = { 0 } };
	char byte = 0;
	struct msghdr msg = MESSAGE(&control, &byte);

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
	struct msghdr msg = MESSAGE(&control, &byte);
	int fd;

	if (sys_recvmsg(socket_fd, &msg, MSG_CMSG_CLOEXEC) != 1 ||
	    control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

int sys_terminal_again(int proc_fd, int fd, int *again, struct err *e)
{
	char path[32];
	int mode;

	if (!isatty(fd))
		return 0;
	/* As root opens it: no more than the caller was given. */
	mode = sys_fcntl(fd, F_GETFL, 0) & O_ACCMODE;
	snprintf(path, sizeof(path), "self/fd/%d", fd);
	*again = sys_openat(proc_fd, path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	/* Hung up in between, the terminal is another's now, and only the caller's is shut. */
	return *again < 0 || (GUARD(terminal_again) && !isatty(fd))
		       ? err_sys(e, "cannot open the terminal on %d again", fd)
		       : 0;
}

void sys_relay_close(struct sys_relay *to)
{
	cleanup_fd(&to->master);
	cleanup_fd(&to->in);
	cleanup_fd(&to->out);
}

/* Bytes on their way. Both ends are non-blocking. */
struct flow {
	int from, to; /* from is -1 once it has ended */
	size_t at, len;
	char bytes[4096];
};

/* Moves what can be moved now. False at the end, whichever side it is: EIO on a master says that
 * the last slave was closed. */
static bool move(struct flow *f)
{
	ssize_t n = 1;

	if (f->len == 0) {
		n = read(f->from, f->bytes, sizeof(f->bytes));
		f->at = 0;
		f->len = n > 0 ? (size_t)n : 0;
	}
	if (f->len > 0) {
		n = write(f->to, f->bytes + f->at, f->len);
		f->at += n > 0 ? (size_t)n : 0;
		f->len -= n > 0 ? (size_t)n : 0;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

struct relay {
	const struct sys_relay *to;
	int signals;
	struct flow keys, screen;
	int status;
	bool done;
};

static void end_keys(struct relay *r)
{
	r->keys.from = -1;
	r->keys.len = 0;
}

/* The kernel joins equal signals, and gives the first process of a PID namespace every orphan. */
static void reap(struct relay *r)
{
	int status;
	pid_t pid;

	while ((pid = sys_waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == r->to->child) {
			r->status = status;
			r->done = true;
		}
}

/* From process 1, root's, or from outside of this PID namespace, where the parent is not root. */
static bool is_for_all(const struct signalfd_siginfo *info)
{
	return info->ssi_uid == 0 && info->ssi_pid <= 1;
}

static void take_signal(struct relay *r)
{
	struct signalfd_siginfo info;
	struct winsize size;

	if (read(r->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(r);
	else if (info.ssi_signo != SIGWINCH && !(r->to->group && is_for_all(&info)))
		(void)!sys_kill(r->to->child, (int)info.ssi_signo);
	else if (info.ssi_signo == SIGWINCH && r->to->out >= 0 &&
		 ioctl(r->to->out, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->to->master, TIOCSWINSZ, &size);
}

/* Until the child ends. A side that takes nothing holds up its own direction alone. */
static void pump(struct relay *r)
{
	struct flow *keys = &r->keys, *screen = &r->screen;

	while (!r->done) {
		short want = (short)((screen->from >= 0 && !screen->len ? POLLIN : 0) |
				     (keys->len ? POLLOUT : 0));
		struct pollfd fds[] = {
			{ .fd = r->signals, .events = POLLIN },
			{ .fd = keys->len ? -1 : keys->from, .events = POLLIN },
			{ .fd = want ? r->to->master : -1, .events = want },
			{ .fd = screen->len ? screen->to : -1, .events = POLLOUT },
		};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return;
		/* Hung up: nobody will read the keys that are left. */
		if (fds[2].revents & POLLHUP)
			end_keys(r);
		if (screen->from >= 0 && (fds[2].revents || fds[3].revents) && !move(screen)) {
			screen->from = -1;
			screen->len = 0;
			end_keys(r);
		}
		if (keys->from >= 0 && (fds[1].revents || fds[2].revents) && !move(keys))
			end_keys(r);
		if (fds[0].revents)
			take_signal(r);
	}
}

/* What the child wrote last, as far as the terminal takes it; descendants are not waited for. */
static void drain(struct flow *screen)
{
	struct pollfd in = { .fd = screen->from, .events = POLLIN };
	struct pollfd out = { .fd = screen->to, .events = POLLOUT };

	while (screen->from >= 0 &&
	       (screen->len ? poll(&out, 1, DRAIN_MS) : poll(&in, 1, 0)) == 1 && move(screen))
		;
}

/* Raw where keys are relayed. Elsewhere it alone makes new lines of \n, and master leaves them. */
static void set_modes(const struct sys_relay *to, bool keys, const struct termios *cooked)
{
	struct termios t = *cooked;

	if (keys) {
		cfmakeraw(&t);
		(void)tcsetattr(to->in, TCSANOW, &t);
	} else if (to->master >= 0 && tcgetattr(to->master, &t) == 0) {
		t.c_oflag &= ~(tcflag_t)OPOST;
		(void)tcsetattr(to->master, TCSANOW, &t);
	}
}

int sys_terminal_relay(const struct sys_relay *to, struct err *e)
{
	static const int taken[] = { SIGCHLD, SIGWINCH, SIGTERM, SIGINT, SIGHUP,
				     SIGQUIT, SIGUSR1,	SIGUSR2, 0 };
	CLEANUP_FD int signals = sys_signals_open(taken, e);
	struct termios cooked = { 0 };
	bool keys = to->master >= 0 && to->in >= 0 && tcgetattr(to->in, &cooked) == 0;
	struct relay r = { .to = to,
			   .signals = signals,
			   .keys = { .from = keys ? to->in : -1, .to = to->master },
			   .screen = { .from = to->out < 0 ? -1 : to->master, .to = to->out } };

	if (signals < 0)
		return -1;
	if (to->master >= 0 && fcntl(to->master, F_SETFL, O_RDWR | O_NONBLOCK))
		return err_sys(e, "cannot relay a terminal");
	set_modes(to, keys, &cooked);
	/* It may have ended before the signal was blocked. */
	reap(&r);
	pump(&r);
	drain(&r.screen);
	if (keys)
		(void)tcsetattr(to->in, TCSANOW, &cooked);
	if (!r.done)
		return err_env(e, "cannot wait for the app");
	return r.status;
}
