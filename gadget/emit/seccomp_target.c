/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures, and the names and numbers of their system calls: all that libseccomp is asked. */
#include "seccomp_rules.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>

#include "cleanup.h"
#include "seccomp.h"
#include "str.h"

/*
 * The newest calls have numbers below 512 on all of them; ARM's private ones begin at 0x0f0000
 * (arch/arm/include/uapi/asm/unistd.h, __ARM_NR_BASE).
 */
static const struct seccomp_target targets[] = {
	{ "amd64",
	  NULL,
	  AUDIT_ARCH_X86_64,
	  SCMP_ARCH_X86_64,
	  64,
	  SECCOMP_ABI_64,
	  0,
	  { 0, 1024 },
	  { 0, 0 } },
	{ "arm64",
	  NULL,
	  AUDIT_ARCH_AARCH64,
	  SCMP_ARCH_AARCH64,
	  64,
	  SECCOMP_ABI_64,
	  1,
	  { 0, 1024 },
	  { 0, 0 } },
	{ "armhf",
	  "arm64",
	  AUDIT_ARCH_ARM,
	  SCMP_ARCH_ARM,
	  32,
	  SECCOMP_ABI_ARM,
	  1,
	  { 0, 1024 },
	  { 0xf0000, 0xf0040 } },
	{ "i386",
	  "amd64",
	  AUDIT_ARCH_I386,
	  SCMP_ARCH_X86,
	  32,
	  SECCOMP_ABI_X86,
	  0,
	  { 0, 1024 },
	  { 0, 0 } },
};

const struct seccomp_target *seccomp_target(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		if (str_eq(targets[i].name, name))
			return &targets[i];
	}
	return NULL;
}

const struct seccomp_target *seccomp_target_audit(uint32_t audit)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		if (targets[i].audit == audit)
			return &targets[i];
	}
	return NULL;
}

const char *seccomp_target_list(struct mem_arena *a)
{
	CLEANUP_STR struct str s = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		str_printf(&s, "%s%s", i ? ", " : "", targets[i].name);
	return mem_strdup(a, str_text(&s));
}

int seccomp_arch(struct mem_arena *a, const char *word, struct seccomp_request *rq, struct err *e)
{
	CLEANUP_STR struct str pairs = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		const struct seccomp_target *t = &targets[i];
		const char *pair =
			t->compat_of ? mem_printf(a, "%s+%s", t->compat_of, t->name) : NULL;

		rq->arch = pair && str_eq(word, pair) ? t->compat_of : t->name;
		rq->compat = rq->arch == t->name ? NULL : t->name;
		if (rq->compat || str_eq(word, t->name))
			return 0;
		if (pair)
			str_printf(&pairs, ", %s", pair);
	}
	return err_input(e, "cannot use --arch \"%.64s\": expected one of %s%s", word,
			 seccomp_target_list(a), str_text(&pairs));
}

/*
 * libseccomp gives i386's socket and IPC calls pseudo numbers, since socketcall and ipc can do them
 * too; the kernel (4.3, 5.1) has numbers of their own for them as well.
 */
static bool direct(const struct seccomp_target *t, const char *name, uint32_t *nr)
{
	for (uint32_t i = t->range[0]; i < t->range[1]; i++) {
		CLEANUP_FREE char *found = seccomp_syscall_resolve_num_arch(t->resolver, (int)i);

		if (found && str_eq(found, name)) {
			*nr = i;
			return true;
		}
	}
	return false;
}

enum seccomp_known seccomp_number(const struct seccomp_target *t, const char *name, uint32_t *nr)
{
	int n = seccomp_syscall_resolve_name_arch(t->resolver, name);

	/* Negative but for -1: a pseudo number, the name exists, perhaps elsewhere only. */
	if (n == __NR_SCMP_ERROR)
		return SECCOMP_UNKNOWN;
	if (n < 0)
		return t->abi == SECCOMP_ABI_X86 && direct(t, name, nr) ? SECCOMP_HERE
									: SECCOMP_ELSEWHERE;
	*nr = (uint32_t)n;
	return SECCOMP_HERE;
}

static size_t scan(struct mem_arena *a, const struct seccomp_target *t, const uint32_t range[2],
		   struct seccomp_call *calls)
{
	size_t count = 0;

	for (uint32_t nr = range[0]; nr < range[1]; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(t->resolver, (int)nr);

		if (!name)
			continue;
		calls[count].nr = nr;
		calls[count].name = mem_strdup(a, name);
		count++;
		free(name);
	}
	return count;
}

size_t seccomp_calls(struct mem_arena *a, const struct seccomp_target *t, struct seccomp_call **out)
{
	size_t room = t->range[1] - t->range[0] + t->range2[1] - t->range2[0];
	struct seccomp_call *calls = mem_array(a, room, sizeof(*calls));
	size_t count = scan(a, t, t->range, calls);

	count += scan(a, t, t->range2, calls + count);
	*out = calls;
	return count;
}
