/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attempts of raider, with intruder's main(): systemd and what it watches over. Whoever reaches
 * its private socket, or the bus as root, has any program run as root, outside every app.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempt.h"
#include "wire.h"

#define PRIVATE "/run/systemd/private"

static enum result connect_to(int type, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return attempt_result(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof(a)));
}

static enum result send_to(const char *path, const char *text)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return attempt_result(
		fd < 0 ? -1 : sendto(fd, text, strlen(text), 0, (struct sockaddr *)&a, sizeof(a)));
}

static enum result make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0)
		unlink(path);
	return attempt_result(fd);
}

static enum result private_run(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	if (wire_open(PRIVATE, false))
		return STOPPED;
	return attempt_result(wire_start_unit("raid-private.service", "true"));
}

static enum result bus_run(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	if (wire_open(WIRE_BUS, true))
		return STOPPED;
	return attempt_result(wire_start_unit("raid-bus.service", "true"));
}

static enum result init_notify(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return send_to("/run/systemd/notify", "STATUS=raided");
}

static enum result journal_stream(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return connect_to(SOCK_STREAM, "/run/systemd/journal/stdout");
}

static enum result journal_forge(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return send_to("/run/systemd/journal/socket", "MESSAGE=forged\nPRIORITY=6\n");
}

static enum result journal_syslog(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return send_to("/dev/log", "<6>forged");
}

static enum result journal_read(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(open("/run/log/journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static enum result udev_control(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return connect_to(SOCK_SEQPACKET, "/run/udev/control");
}

static enum result unit_write(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return make("/run/systemd/system/raid.service");
}

static enum result udev_rule_write(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return make("/run/udev/raid.rules");
}

static enum result tmpfiles_write(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return make("/run/tmpfiles.d/raid.conf");
}

static enum result unit_cgroup(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(open("/sys/fs/cgroup/system.slice/dbus.service/cgroup.procs",
				   O_WRONLY | O_CLOEXEC));
}

static enum result init_signal(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(kill(1, 0));
}

static enum result init_root(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return connect_to(SOCK_STREAM, "/proc/1/root" PRIVATE);
}

static enum result unit_memory(const struct victims *v, const char **fact)
{
	char path[64];

	(void)fact;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)v->pids[0]);
	return attempt_result(open(path, O_RDWR | O_CLOEXEC));
}

static const struct attempt attempts_systemd[] = {
	{ "systemd-private-run", private_run }, { "systemd-bus-run", bus_run },
	{ "systemd-notify", init_notify },	{ "systemd-signal", init_signal },
	{ "systemd-proc-root", init_root },	{ "journal-stream", journal_stream },
	{ "journal-forge", journal_forge },	{ "journal-syslog", journal_syslog },
	{ "journal-read", journal_read },	{ "udev-control", udev_control },
	{ "unit-write", unit_write },		{ "udev-file-write", udev_rule_write },
	{ "tmpfiles-write", tmpfiles_write },	{ "unit-cgroup", unit_cgroup },
	{ "unit-memory", unit_memory },		{ NULL, NULL },
};

const struct attempt *const attempt_topics[] = { attempts_systemd, NULL };
