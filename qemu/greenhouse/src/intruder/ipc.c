/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets, shared memory and queues of others, and the network. */
#include "attempt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lures.h"

#define WEBUI_PORT 8080

static enum result connect_to(int type, const struct sockaddr *a, socklen_t len)
{
	int fd = socket(a->sa_family, type | SOCK_CLOEXEC, 0);
	int rc = fd < 0 ? -1 : connect(fd, a, len);
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return attempt_result(rc);
}

/* udev's socket belongs to root and takes commands from root. */
static enum result socket_path(const struct victims *v, const char **fact)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/run/udev/control" };

	(void)v;
	(void)fact;
	return connect_to(SOCK_SEQPACKET, (struct sockaddr *)&a, sizeof(a));
}

static enum result socket_abstract(const struct victims *v, const char **fact)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)v;
	(void)fact;
	memcpy(a.sun_path + 1, LURE_SOCKET, strlen(LURE_SOCKET));
	return connect_to(
		SOCK_STREAM, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(LURE_SOCKET)));
}

static enum result sysv_shm(const struct victims *v, const char **fact)
{
	int id = shmget(LURE_SHM_KEY, 0, 0);

	(void)v;
	(void)fact;
	return id < 0 || shmat(id, NULL, SHM_RDONLY) == (void *)-1 ? STOPPED : SUCCEEDED;
}

static enum result posix_queue(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(mq_open(LURE_QUEUE, O_RDONLY));
}

static enum result socket_raw(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static enum result socket_packet(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
}

/* To other machines on this one: a hypervisor, or its guests. */
static enum result socket_vsock(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/* The kernel's own ciphers. */
static enum result socket_crypto(const struct victims *v, const char **fact)
{
	(void)v;
	(void)fact;
	return attempt_result(socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

/* Devices as they come and go, from the kernel; a sender there is who udev listens to. */
static enum result socket_uevent(const struct victims *v, const char **fact)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof(a));
	int saved = errno;

	(void)v;
	(void)fact;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return attempt_result(rc);
}

static enum result socket_inet(const struct victims *v, const char **fact)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(WEBUI_PORT),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	(void)v;
	(void)fact;
	return connect_to(SOCK_STREAM, (struct sockaddr *)&a, sizeof(a));
}

const struct attempt attempts_ipc[] = {
	{ "socket-path", socket_path },
	{ "socket-abstract", socket_abstract },
	{ "sysv-shm", sysv_shm },
	{ "posix-queue", posix_queue },
	{ "socket-raw", socket_raw },
	{ "socket-packet", socket_packet },
	{ "socket-uevent", socket_uevent },
	{ "socket-vsock", socket_vsock },
	{ "socket-crypto", socket_crypto },
	{ "socket-inet", socket_inet },
	{ NULL, NULL },
};
