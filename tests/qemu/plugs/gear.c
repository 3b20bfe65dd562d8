/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gear KIND NODE: what an app does with hardware of that kind. "serial" and "hid" are daemons, who
 * follow the node through its going and coming; "try" takes many nodes; of others "storm" behind
 * the node opens it until standard input ends, and counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/can/raw.h>
#include <linux/hidraw.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <linux/rtc.h>
#include <linux/spi/spidev.h>
#include <linux/watchdog.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static int said(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* A serial line without any rules of its own, which answers nothing by itself. */
static int make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -1;
	cfmakeraw(&t);
	cfsetspeed(&t, B9600);
	t.c_cflag |= CLOCAL;
	return tcsetattr(fd, TCSANOW, &t);
}

/* What the adapter's other end says when it is asked who it is, or "nothing". */
static void ask(int fd, const char *node)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char answer[32] = "";
	size_t len = 0;
	ssize_t n;

	if (make_raw(fd) < 0 || write(fd, "~#", 2) != 2) {
		said(node);
		return;
	}
	while (len < sizeof(answer) - 1 && poll(&p, 1, 1500) > 0) {
		n = read(fd, answer + len, sizeof(answer) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		answer[len] = '\0';
		if (strchr(answer, '\r'))
			break;
	}
	answer[strcspn(answer, "\r")] = '\0';
	/* Who waits for the answer looks for it on the other side next. */
	if (dprintf(fd, "this is %s\n", node) < 0 || tcdrain(fd) < 0)
		said(node);
	printf("%s answers %s\n", node, len ? answer : "nothing");
}

/* Until the kernel says that the device is gone. */
static void serve_serial(int fd, const char *node)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[64];

	ask(fd, node);
	while (poll(&p, 1, -1) > 0 && !(p.revents & (POLLHUP | POLLERR)))
		if (read(fd, buf, sizeof(buf)) <= 0 && errno != EAGAIN)
			break;
}

static void serve_hid(int fd, const char *node)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char name[64] = "", report[64];

	if (ioctl(fd, HIDIOCGRAWNAME(sizeof(name) - 1), name) < 0)
		said(node);
	printf("%s is %s\n", node, name);
	while (poll(&p, 1, -1) > 0 && !(p.revents & (POLLHUP | POLLERR))) {
		ssize_t n = read(fd, report, sizeof(report));

		if (n > 0)
			printf("%s reports %zd bytes\n", node, n);
		else if (errno != EAGAIN)
			break;
	}
}

/* Says each change once: what opening answers, which number it was, when it went. */
static _Noreturn void follow(const char *node, void (*serve)(int fd, const char *node))
{
	int before = 0;

	for (;;) {
		int fd = open(node, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		struct stat st;

		if (fd < 0 && errno != before) {
			before = errno;
			said(node);
		}
		if (fd >= 0 && fstat(fd, &st) == 0) {
			before = 0;
			printf("%s opened %u:%u\n", node, major(st.st_rdev), minor(st.st_rdev));
			serve(fd, node);
			printf("%s is gone\n", node);
		}
		if (fd >= 0)
			close(fd);
		poll(NULL, 0, 250);
	}
}

static int try_one(const char *node)
{
	static const struct {
		const char *name;
		int flags;
	} ways[] = { { "read", O_RDONLY }, { "write", O_WRONLY } };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd = open(node, ways[i].flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		printf("%s %s: %s\n", ways[i].name, node, fd < 0 ? strerror(errno) : "done");
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static int use_i2c(int fd, const char *node)
{
	unsigned long functions = 0;

	if (ioctl(fd, I2C_FUNCS, &functions) < 0 || ioctl(fd, I2C_SLAVE, 0x50L) < 0)
		return said(node);
	printf("%s is an I2C bus: %s\n", node, functions & I2C_FUNC_I2C ? "yes" : "no");
	/* Nothing is wired to it: no answer is what the bus itself has found out. */
	printf("address 0x50: %s\n", write(fd, "", 1) == 1 ? "answers" : strerror(errno));
	return 0;
}

static int use_spi(int fd, const char *node)
{
	char out[2] = { 0x55, 0x0f }, in[2];
	struct spi_ioc_transfer t = { .tx_buf = (unsigned long)out,
				      .rx_buf = (unsigned long)in,
				      .len = sizeof(out) };

	if (ioctl(fd, SPI_IOC_MESSAGE(1), &t) != (int)sizeof(out))
		return said(node);
	printf("%s transferred 2 bytes\n", node);
	return 0;
}

static int use_rtc(int fd, const char *node)
{
	struct rtc_time t;

	if (ioctl(fd, RTC_RD_TIME, &t) < 0)
		return said(node);
	printf("%s says the year %d\n", node, t.tm_year + 1900);
	return 0;
}

static int use_dog(int fd, const char *node)
{
	struct watchdog_info info;

	if (ioctl(fd, WDIOC_GETSUPPORT, &info) < 0 || write(fd, "\n", 1) != 1)
		return said(node);
	/* "V" is its way of saying that nobody will feed it any more, and that this is right. */
	printf("%s fed: %s, %s\n", node, (const char *)info.identity,
	       write(fd, "V", 1) == 1 ? "stopped" : strerror(errno));
	return 0;
}

static int open_can(const char *link)
{
	struct sockaddr_can a = { .can_family = AF_CAN, .can_ifindex = (int)if_nametoindex(link) };
	int s = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);

	return s >= 0 && bind(s, (struct sockaddr *)&a, sizeof(a)) == 0 ? s : -1;
}

/* One end says it, the other hears it. */
static int use_can(const char *link)
{
	struct can_frame out = { .can_id = 0x123, .can_dlc = 2, .data = { 0xca, 0xfe } }, in;
	int from = open_can(link), to = open_can(link);

	if (from < 0 || to < 0 || write(from, &out, sizeof(out)) != (ssize_t)sizeof(out) ||
	    read(to, &in, sizeof(in)) != (ssize_t)sizeof(in))
		return said(link);
	printf("%s carried %03x#%02x%02x\n", link, in.can_id, in.data[0], in.data[1]);
	return 0;
}

/* What opening answers meanwhile: yes, no, or something else. */
static int storm(const char *node)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned long opened = 0, refused = 0, failed = 0;

	while (poll(&in, 1, 2) == 0) {
		int fd = open(node, O_RDWR | O_CLOEXEC);

		if (fd >= 0) {
			opened++;
			close(fd);
		} else if (errno == EPERM || errno == EACCES) {
			refused++;
		} else {
			failed++;
		}
	}
	printf("%s: more than 100 times: %s, refused %lu, failed %lu\n", node,
	       opened > 100 ? "yes" : "no", refused, failed);
	return 0;
}

int main(int argc, char *argv[])
{
	static const struct {
		const char *kind;
		int (*use)(int fd, const char *node);
	} kinds[] = {
		{ "i2c", use_i2c }, { "spi", use_spi }, { "rtc", use_rtc }, { "dog", use_dog }
	};
	const char *kind = argc > 2 ? argv[1] : "";
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(kind, "serial") == 0)
		follow(argv[2], serve_serial);
	if (strcmp(kind, "hid") == 0)
		follow(argv[2], serve_hid);
	if (strcmp(kind, "can") == 0)
		return use_can(argv[2]);
	for (int i = 2; strcmp(kind, "try") == 0 && i < argc; i++)
		try_one(argv[i]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i].kind) != 0)
			continue;
		if (argc > 3 && strcmp(argv[3], "storm") == 0)
			return storm(argv[2]);
		fd = open(argv[2], O_RDWR | O_CLOEXEC);
		return fd < 0 ? said(argv[2]) : kinds[i].use(fd, argv[2]);
	}
	return strcmp(kind, "try") != 0;
}
