/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "disk.h"
#include "fd.h"
#include "str.h"

#define ARGS_MAX      512
#define ARGS_SIZE_MAX (64u * 1024u)

static const char OUT_VAR[] = "%{out}";

/* Argument of one line; a disk image it names is entered in m->disks. */
static const char *expand_arg(struct mem_arena *a, struct machine *m,
			      const struct machine_options *o, const char *line)
{
	CLEANUP_STR struct str s = { 0 };
	const char *var;

	while ((var = strstr(line, OUT_VAR))) {
		const char *rest = var + strlen(OUT_VAR);
		size_t n = strcspn(rest, ",");
		const char *file = mem_strndup(a, rest, n);

		str_add_bytes(&s, line, (size_t)(var - line));
		if (*file == '/' && str_ends(file, ".img") && !strchr(file + 1, '/')) {
			m->disks[m->disk_count] = mem_printf(a, "%s%s", o->log_dir, file);
			str_add(&s, m->disks[m->disk_count++]);
		} else {
			str_printf(&s, "%s%s", o->image, file);
		}
		line = rest + n;
	}
	str_add(&s, line);
	return mem_strdup(a, str_text(&s));
}

int machine_args(struct mem_arena *a, struct machine *m, const struct machine_options *o,
		 const char *text, struct err *e)
{
	size_t n = 0;

	/* Room for what add_own_args() appends. */
	m->argv = mem_array(a, ARGS_MAX + 32, sizeof(*m->argv));
	m->disks = mem_array(a, ARGS_SIZE_MAX / strlen(OUT_VAR) + 1, sizeof(*m->disks));
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len == 0 || n == ARGS_MAX)
			return err_input(e, "cannot use %s/boot.args: %s", o->image,
					 len ? "too many lines" : "an empty line");
		m->argv[n++] = expand_arg(a, m, o, mem_strndup(a, text, len));
		text += len + (text[len] == '\n');
	}
	if (n == 0 || *m->argv[0] == '-')
		return err_input(e, "cannot use %s/boot.args: its first line names no program",
				 o->image);
	return 0;
}

/* A port that is free now; somebody else may take it before QEMU does, who then says so. */
static int free_port(unsigned *port, struct err *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)*port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a);
	int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return err_sys(e, "cannot use port %u of 127.0.0.1", *port);
	*port = ntohs(a.sin_port);
	return 0;
}

/* The console on descriptors 0 and 1, QMP on a socket that we listen on; no way out of the guest.
 */
static int add_own_args(struct mem_arena *a, struct machine *m, const struct machine_options *o,
			struct err *e)
{
	const char *own[20];
	size_t n = 0, at = 0;

	own[n++] = "-display";
	own[n++] = "none";
	own[n++] = "-monitor";
	own[n++] = "none";
	own[n++] = "-chardev";
	own[n++] = "stdio,id=rig-console,signal=off";
	own[n++] = "-serial";
	own[n++] = "chardev:rig-console";
	own[n++] = "-chardev";
	own[n++] = mem_printf(a, "socket,id=rig-qmp,path=%s/qmp", m->dir);
	own[n++] = "-mon";
	own[n++] = "chardev=rig-qmp,mode=control";
	if (o->forward_guest) {
		m->host_port = o->forward_host;
		if (free_port(&m->host_port, e) < 0)
			return -1;
		own[n++] = "-netdev";
		own[n++] = mem_printf(a, "user,id=rig,restrict=on,hostfwd=tcp:127.0.0.1:%u-:%u",
				      m->host_port, o->forward_guest);
		own[n++] = "-device";
		own[n++] = "virtio-net-pci,netdev=rig,romfile=";
	} else {
		own[n++] = "-nic";
		own[n++] = "none";
	}
	while (m->argv[at])
		at++;
	memcpy(&m->argv[at], own, n * sizeof(own[0]));
	return 0;
}

static int copy_disks(struct machine *m, const struct machine_options *o, struct err *e)
{
	for (size_t i = 0; i < m->disk_count; i++) {
		CLEANUP_STR struct str from = { 0 };

		str_printf(&from, "%s%s", o->image, strrchr(m->disks[i], '/'));
		if (unlink(m->disks[i]) < 0 && errno != ENOENT)
			return err_sys(e, "cannot remove %s", m->disks[i]);
		if (disk_copy(str_text(&from), m->disks[i], e) < 0)
			return -1;
	}
	return 0;
}

int machine_open(struct mem_arena *a, struct machine *m, const struct machine_options *o,
		 struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	char dir[] = "/tmp/bulkhead-rig-XXXXXX";
	size_t len;

	*m = (struct machine){ .console = -1, .qmp.fd = -1 };
	text = fd_read_file(mem_printf(a, "%s/boot.args", o->image), ARGS_SIZE_MAX, &len, e);
	if (!text)
		return -1;
	if (strlen(text) != len)
		return err_input(e, "cannot use %s/boot.args: a NUL in it", o->image);
	if (machine_args(a, m, o, text, e) < 0)
		return -1;
	if (!mkdtemp(dir))
		return err_sys(e, "cannot create %s", dir);
	m->dir = mem_strdup(a, dir);
	m->errors = mem_printf(a, "%s/qemu.err", o->log_dir);
	if (add_own_args(a, m, o, e) < 0)
		return -1;
	return copy_disks(m, o, e);
}

static int listen_qmp(const struct machine *m, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/qmp", m->dir);
	unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1) < 0)
		return err_sys(e, "cannot listen on %s", a.sun_path);
	return steal_fd(&fd);
}

/* In the child. Its own failure goes to the parent as an errno; the pipe closes at exec. */
static _Noreturn void exec_qemu(const struct machine *m, int console, int report, pid_t parent)
{
	int log = open(m->errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	sigset_t none;
	int err;

	sigemptyset(&none);
	/* The parent may have gone before the prctl. */
	if (log >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0 && dup2(console, 0) == 0 &&
	    dup2(console, 1) == 1 && dup2(log, 2) == 2)
		execvp(m->argv[0], (char *const *)m->argv);
	err = errno;
	_exit(write(report, &err, sizeof(err)) == sizeof(err) ? 127 : 126);
}

static int spawn(struct machine *m, int console, struct err *e)
{
	CLEANUP_FD int report_read = -1;
	CLEANUP_FD int report_write = -1;
	pid_t parent = getpid();
	int ends[2], err = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot make a pipe");
	report_read = ends[0];
	report_write = ends[1];
	m->pid = fork();
	if (m->pid < 0) {
		m->pid = 0;
		return err_sys(e, "cannot start a process");
	}
	if (m->pid == 0)
		exec_qemu(m, console, report_write, parent);
	close(steal_fd(&report_write));
	if (read(report_read, &err, sizeof(err)) != sizeof(err))
		return 0;
	machine_cut(m);
	errno = err;
	return err_sys(e, "cannot run %s", m->argv[0]);
}

/* What it had to say about its arguments is in its own messages. */
static int ended_at_once(const struct machine *m, struct err *e)
{
	return err_env(e, "cannot start %s: it ended at once, see %s", m->argv[0], m->errors);
}

/* Takes the connection; QEMU may have made it and then refuse something else. */
static int greet(struct machine *m, int fd, int64_t deadline, struct err *e)
{
	if (qmp_open(&m->qmp, fd, deadline, e) == 0)
		return 0;
	for (int i = 0; i < 20; i++) {
		if (machine_check_ended(m))
			return ended_at_once(m, e);
		(void)poll(NULL, 0, 50);
	}
	return -1;
}

/* Waits for QEMU to connect; it may refuse its arguments and end. */
static int accept_qmp(struct machine *m, int listener, int64_t deadline, struct err *e)
{
	for (;;) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		int fd;

		if (clock_left(deadline) == 0)
			return err_env(e, "cannot start %s: no QMP connection in time", m->argv[0]);
		(void)poll(&p, 1, 100);
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			return greet(m, fd, deadline, e);
		if (machine_check_ended(m))
			return ended_at_once(m, e);
	}
}

int machine_start(struct machine *m, int64_t deadline, struct err *e)
{
	CLEANUP_FD int listener = -1;
	CLEANUP_FD int theirs = -1;
	int pair[2];

	if (m->pid)
		return err_input(e, "cannot boot: the machine is on");
	listener = listen_qmp(m, e);
	if (listener < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "cannot make a socket pair");
	m->console = pair[0];
	theirs = pair[1];
	m->ended = false;
	if (fcntl(m->console, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, "cannot use a socket pair");
	if (spawn(m, theirs, e) < 0)
		return -1;
	return accept_qmp(m, listener, deadline, e);
}

bool machine_check_ended(struct machine *m)
{
	if (!m->pid)
		return true;
	if (waitpid(m->pid, &m->end_status, WNOHANG) != m->pid)
		return false;
	m->pid = 0;
	m->ended = true;
	qmp_close(&m->qmp);
	return true;
}

void machine_cut(struct machine *m)
{
	if (m->pid) {
		kill(m->pid, SIGKILL);
		while (waitpid(m->pid, &m->end_status, 0) < 0 && errno == EINTR)
			;
		m->pid = 0;
	}
	qmp_close(&m->qmp);
	if (m->console >= 0)
		close(steal_fd(&m->console));
}

void machine_close(struct machine *m)
{
	CLEANUP_STR struct str path = { 0 };

	machine_cut(m);
	for (size_t i = 0; i < m->disk_count; i++)
		unlink(m->disks[i]);
	if (m->dir) {
		str_printf(&path, "%s/qmp", m->dir);
		unlink(str_text(&path));
		rmdir(m->dir);
	}
}
