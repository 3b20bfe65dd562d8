/* SPDX-License-Identifier: Apache-2.0 */
/* A device over the kernel that takes notes, on which an app runs with threads 17 and 18, and what
 * bulkhead-run --verify says of it. */
#ifndef TESTS_VERIFY_WORLD_H
#define TESTS_VERIFY_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "cleanup.h"
#include "launch.h"
#include "mem.h"
#include "sha256.h"
#include "sys.h"
#include "sys_fake.h"
#include "sys_fake_device.h"

#define LABEL	   "snap.demo.app"
#define ROOM	   4096
#define STATUS_MAX 8192
#define STATUS(seccomp, nnp, prm, bnd)                                                             \
	"Uid:\t1001\t1001\t1001\t1001\nGid:\t1001\t1001\t1001\t1001\nGroups:\t29 70000 "           \
	"\nSeccomp:\t" seccomp "\nNoNewPrivs:\t" nnp "\nCapInh:\t0000000000000000\nCapPrm:\t" prm  \
	"\nCapEff:\t0000000000000000\nCapBnd:\t" bnd "\nCapAmb:\t0000000000000000\n"
#define GOOD STATUS("2", "1", "0000000000000001", "0000000000000001")

static inline void give(const char *path, const char *text)
{
	sys_fake_file(path, text, strlen(text));
}

static inline int world_with(uint32_t layers, uint32_t flags, uint64_t caps)
{
	static const struct filter_insn insns[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	struct build_plan p = { 0 };
	CLEANUP_FREE void *filter = NULL;
	CLEANUP_FREE void *plan = NULL;
	size_t size;

	sys_fake_reset();
	sys_fake_device_reset();
	build_plan_start(&p);
	p.header.layers = layers;
	p.header.flags |= flags;
	if (layers != PLAN_LAYERS_ALL)
		p.header.flags |= PLAN_FLAG_DEVELOPMENT;
	p.header.caps = caps;
	p.header.uid = 1001;
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 29 });
	build_plan_row(&p, PLAN_TABLE_GROUPS, &(uint32_t){ 70000 });
	filter = build_filter(insns, ARRAY_SIZE(insns), &size);
	sys_fake_file("filters/" LABEL ".bpf", filter, size);
	sha256_of(filter, size, p.header.filter_digest);
	plan = build_plan_end(&p, &size);
	sys_fake_file("plans/" LABEL ".plan", plan, size);
	sys_fake_fs("proc", PROC_SUPER_MAGIC);
	give("cgroup.threads", "17\n18\n");
	give("status", GOOD);
	give("attr/apparmor/current", LABEL " (enforce)\n");
	return layers & PLAN_LAYER_DEVICES ? sys_device_create(LABEL, 256, NULL) : 0;
}

static inline int world_of(uint32_t layers, uint32_t flags)
{
	return world_with(layers, flags, 1);
}

static inline int world(void **state)
{
	(void)state;
	return world_of(PLAN_LAYERS_ALL, 0);
}

/* Its answer, and what it printed. */
static inline int verify_as(bool started, char out[ROOM], struct err *e)
{
	struct launch l = LAUNCH_INIT;
	CLEANUP_FD int kept = dup(1);
	CLEANUP_FD int file = memfd_create("out", MFD_CLOEXEC);
	ssize_t n;
	int r;

	fflush(stdout);
	dup2(file, 1);
	l.label = LABEL;
	r = launch_verify(&l, started, e);
	fflush(stdout);
	dup2(kept, 1);
	launch_release(&l);
	n = pread(file, out, ROOM - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	return r;
}

/* The verdicts alone: what follows them, one thread in full, is test_recorded's. */
static inline int verify(char out[ROOM], struct err *e)
{
	int r = verify_as(false, out, e);
	char *state = strstr(out, "Pid:\t");

	if (state)
		*state = '\0';
	return r;
}

#endif
