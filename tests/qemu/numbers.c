/* SPDX-License-Identifier: Apache-2.0 */
/*
 * numbers FILTER NAME ARCH [END]: what the kernel answers to every number of a system call below
 * END (512) and ARM's private ones under a compiled filter, as rows of a vector file. ARM's twice:
 * entered as today and as programs of the old ABI do.
 */
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "fd.h"
#include "mem.h"
#include "num.h"

#define PRIVATE	    0xf0000u /* __ARM_NR_BASE */
#define PRIVATE_END 0xf0010u

/* On both sides of what the base filter asks of sockets, modes, flags and terminals. */
static const uint64_t arguments[][6] = {
	{ 0 },
	{ 1, 2, 3, 4, 5, 0 },
	{ 2, 0x5412, 0100644, 0, 0, 0 },
	{ 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0 },
	{ 0x100000001, 0x100005412, 0x100000800, 0x1000009ff, 0x100000000, 0 },
};

static const struct {
	uint32_t action;
	const char *name;
} results[] = {
	{ SECCOMP_RET_ALLOW, "ALLOW" },	      { SECCOMP_RET_KILL_PROCESS, "KILL" },
	{ SECCOMP_RET_ERRNO | 1, "EPERM" },   { SECCOMP_RET_ERRNO | 13, "EACCES" },
	{ SECCOMP_RET_ERRNO | 38, "ENOSYS" },
};

static void print(const char *name, const char *arch, const struct ask_call *c)
{
	const char *result = "?";

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		if (results[i].action == c->action)
			result = results[i].name;
	}
	printf("%s %s #%u", name, arch, c->nr);
	for (unsigned i = 0; i < 5; i++)
		printf(" 0x%llx", (unsigned long long)c->args[i]);
	printf(" %s\n", result);
}

static size_t fill(struct ask_call *calls, uint32_t start, uint32_t end, bool oabi)
{
	size_t count = 0;

	for (uint32_t nr = start; nr < end; nr++) {
		for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
			calls[count] =
				(struct ask_call){ .nr = nr, .arch = ask_native, .oabi = oabi };
			for (unsigned k = 0; k < 6; k++)
				calls[count].args[k] = arguments[i][k];
			count++;
		}
	}
	return count;
}

int main(int argc, char **argv)
{
	static struct ask_call calls[2 * (512 + PRIVATE_END - PRIVATE) * ARRAY_SIZE(arguments)];
	struct filter f;
	struct err e = { 0 };
	uint64_t end = 512;
	size_t size, count;
	void *data;

	if (argc < 4 || (argc > 4 && num_parse(argv[4], 1, 512, &end, &e)))
		return 2;
	data = fd_read_file(argv[1], 1 << 20, &size, &e);
	if (!data || filter_read(data, size, &f, &e)) {
		printf("numbers: %s\n", e.text);
		return 3;
	}
	count = fill(calls, 0, (uint32_t)end, false);
	if (ask_native == 0x40000028) {
		count += fill(calls + count, PRIVATE, PRIVATE_END, false);
		/* The kernel reads r7 whichever instruction enters it: no way round the number. */
		count += fill(calls + count, 0, (uint32_t)end, true);
		count += fill(calls + count, PRIVATE, PRIVATE_END, true);
	}
	if (ask_kernel(f.insns, f.count, calls, count)) {
		printf("numbers: cannot ask the kernel\n");
		return 3;
	}
	for (size_t i = 0; i < count; i++)
		print(argv[2], argv[3], &calls[i]);
	free(data);
	return 0;
}
