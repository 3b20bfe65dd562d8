/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds AppArmor policy binaries for tests, as apparmor_parser lays them out, right or wrong in
 * one place. The formats: security/apparmor/policy_unpack.c and match.c of Linux.
 */
#ifndef TESTS_BUILD_AA_H
#define TESTS_BUILD_AA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

#define BUILD_AA_STATES 8
#define BUILD_AA_STEPS	300
#define BUILD_AA_TABLES 9

/* A DFA; build_aa_dfa() makes one of three states that matches nothing. */
struct build_aa_dfa {
	uint32_t magic, header_size;
	uint16_t flags;
	uint32_t accept[BUILD_AA_STATES], accept2[BUILD_AA_STATES], base[BUILD_AA_STATES];
	uint16_t defaults[BUILD_AA_STATES], next[BUILD_AA_STEPS], check[BUILD_AA_STEPS];
	uint8_t classes[256];
	/* By the table's number in the stream, 1 to 8: elements written (0: no table), the width
	 * said. */
	uint32_t count[BUILD_AA_TABLES];
	uint16_t width[BUILD_AA_TABLES];
	uint16_t id[BUILD_AA_TABLES]; /* the number written */
	uint32_t tail;		      /* bytes behind the last table */
	int32_t size_lie;	      /* added to the size that the header says */
};

struct build_aa_dfa build_aa_dfa(void);

/* A profile. What is NULL or 0 is not written, unless it must be there. */
struct build_aa {
	uint32_t version; /* 0: no version */
	const char *namespace, *name, *rename, *attach, *disconnected;
	const struct build_aa_dfa *xmatch;
	bool xmatch_len;
	uint32_t mode;
	const uint32_t *path_flags;
	bool caps64, capsx;
	const char *const *xattrs; /* NULL-terminated */
	uint16_t rlimits;
	const struct build_aa_dfa *policydb; /* with its structure */
	bool policydb_empty;		     /* the structure alone */
	const uint32_t *start;
	const struct build_aa_dfa *file;
	const uint32_t *dfa_start;
	const char *const *xtable;
	bool data;
};

/* Version 7, snap.demo.app, enforce, both DFAs as build_aa_dfa() makes them (borrowed: d). */
struct build_aa build_aa(const struct build_aa_dfa *d);

/* Appends the profile to a set. */
void build_aa_add(struct str *set, const struct build_aa *p);

#endif
