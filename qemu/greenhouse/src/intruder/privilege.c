/* SPDX-License-Identifier: Apache-2.0 */
/* More than was given: the terminal's input, another profile, capabilities. */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* Puts a byte into the input of the terminal that this was started from. */
static enum result tiocsti_with(unsigned long request, const char **fact)
{
	struct termios t;

	if (tcgetattr(0, &t) < 0) {
		*fact = "standard input is no terminal";
		return BROKEN;
	}
	return attempt_result(syscall(SYS_ioctl, 0, request, " "));
}

static enum result tiocsti(const struct victims *v, const char **fact)
{
	(void)v;
	return tiocsti_with(TIOCSTI, fact);
}

/* The kernel looks at the low 32 bits only; a filter that compares 64 lets it pass. */
static enum result tiocsti_high(const struct victims *v, const char **fact)
{
	(void)v;
	if (sizeof(long) == 4) {
		*fact = "an argument of a system call has 32 bits here";
		return ABSENT;
	}
	return tiocsti_with(TIOCSTI | 1ul << (sizeof(long) * 4), fact);
}

static enum result change_profile(const struct victims *v, const char **fact)
{
	static const char request[] = "changeprofile unconfined";
	int fd = open("/proc/thread-self/attr/apparmor/current", O_WRONLY | O_CLOEXEC);

	(void)v;
	(void)fact;
	return attempt_result(fd < 0 ? -1 : write(fd, request, strlen(request)));
}

/* Asks for all, then does what needs one: AppArmor checks at the use. */
static enum result capabilities(const struct victims *v, const char **fact)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)v;
	(void)fact;
	memset(data, 0, sizeof(data));
	data[0].effective = data[0].permitted = ~0u;
	data[1].effective = data[1].permitted = (1u << (CAP_LAST_CAP - 31)) - 1;
	if (syscall(SYS_capset, &head, data) < 0)
		return STOPPED;
	return attempt_result(setpriority(PRIO_PROCESS, 0, -1));
}

const struct attempt attempts_privilege[] = {
	{ "tiocsti", tiocsti },
	{ "tiocsti-high-bits", tiocsti_high },
	{ "change-profile", change_profile },
	{ "capabilities", capabilities },
	{ NULL, NULL },
};
