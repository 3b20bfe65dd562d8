/* SPDX-License-Identifier: Apache-2.0 */
/* Files and programs of the build host, for the parts of the image floor. */
#ifndef IMAGE_TOOL_H
#define IMAGE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "sha256.h"

/* Every time in an image: 2023-01-01. FAT knows nothing before 1980, and no build knows the clock.
 */
#define IMAGE_EPOCH	 1672531200u
#define IMAGE_EPOCH_TEXT "1672531200"

#define IMAGE_UUID_SIZE 37 /* with the NUL */

/* A program that runs: its messages are kept, and shown when it fails. */
struct image_child {
	const char *name;
	pid_t pid;
	int in;	      /* our end of its standard input, or -1 */
	int messages; /* memfd holding its stdout and stderr */
	bool as_root; /* set before the start: it takes itself for uid and gid 0 */
};

/*
 * Starts argv[0], found in the system's own folders, with a closed list of environment variables.
 * pipe_in: its standard input is a socket whose other end is c->in, else it is empty. as_root needs
 * no privilege: who is not root gets a user namespace of one user.
 */
int image_child_start(const char *const argv[], bool pipe_in, struct image_child *c,
		      struct err *e) BASE_WARN_UNUSED;
/* Closes its input, waits, and refuses any end but exit status 0: status or signal are named. */
int image_child_wait(struct image_child *c, struct err *e) BASE_WARN_UNUSED;
/* Ends it without asking how it went. */
void image_child_abort(struct image_child *c);
/* Start and wait. */
int image_run(const char *const argv[], struct err *e) BASE_WARN_UNUSED;

/* Writes to a pipe, socket or file; a reader that went away is an error, not a signal. */
int image_put(int fd, const void *data, size_t len, struct err *e) BASE_WARN_UNUSED;

/* Opens a regular file of the build host for reading, following links; *size is its size. */
int image_open(const char *path, uint64_t *size, struct err *e) BASE_WARN_UNUSED;

/* Creates a file that must not exist yet. */
int image_create(const char *path, struct err *e) BASE_WARN_UNUSED;

/* Size and digest of a regular file. */
int image_digest(const char *path, uint64_t *size, uint8_t digest[SHA256_SIZE],
		 struct err *e) BASE_WARN_UNUSED;

/* Copies a file to an offset of another, leaving holes where there are only zeros. */
int image_copy(const char *path, int to, uint64_t offset, struct err *e) BASE_WARN_UNUSED;

/* A UUID of version 8 (RFC 9562) that follows from seed and name. */
void image_uuid(const uint8_t seed[SHA256_SIZE], const char *name, char out[IMAGE_UUID_SIZE]);

/* The same UUID as a partition table holds it: 32 hexadecimal digits, first three fields turned. */
void image_uuid_disk(const char *uuid, char out[33]);

#endif
