/* SPDX-License-Identifier: Apache-2.0 */
#include "aa_compare.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "mem.h"

#define CLASS_FILE    2u /* AA_CLASS_* of security/apparmor/include/apparmor.h */
#define CLASS_MOUNT   7u
#define CLASS_NETWORK 14u
#define CLASSES	      256u

/* A file's permissions: an owner's half and everybody's, each with what its exec leads to. */
#define HALF_BITS      14
#define HALF_ALLOW     0x7fu
#define HALF_EXEC      0x01u
#define HALF_EXEC_HOW  0x3f80u
#define HALF_LINK      0x10u
#define CHANGE_PROFILE 0x80000000u

/*
 * AA_MAY_PIVOTROOT, AA_MAY_MOUNT, AA_MAY_UMOUNT. AA_MNT_CONT_MATCH, which allows nothing: data are
 * looked at if the flags alone do not allow it.
 */
#define MOUNT_PIVOT  0x01u
#define MOUNT_ALLOW  0x02u
#define MOUNT_UMOUNT 0x04u

/* Behind the target, the source and the type are the flags, behind those the data. */
#define PART_PIVOT 1
#define PART_FLAGS 3
#define PARTS_MAX  4

/* Behind the bytes of a socket's family. */
#define SOCKET_TYPE 2
#define TYPE_MIN    1 /* SOCK_STREAM */
#define TYPE_MAX    10

#define BUCKETS (1u << 16)

static const char *const class_names[CLASSES] = {
	[CLASS_FILE] = "file",	     [CLASS_MOUNT] = "mount", [9] = "ptrace", [10] = "signal",
	[CLASS_NETWORK] = "network", [16] = "label",	      [32] = "dbus",
};

static const char file_letters[] = "xwralkm";

/* A pair of states, and how it was reached first. */
struct pair {
	uint32_t a, b;
	uint32_t parent;
	uint32_t next; /* in its bucket: index + 1 */
	uint8_t byte;
	uint8_t part; /* NULs so far: behind one, of a link, what it leads to; of a socket, bytes */
	bool slash;   /* byte is one */
};

struct walk {
	const struct aa_table *a, *b;
	enum aa_question question;
	unsigned class;
	aa_found *found;
	void *ctx;
	size_t count;  /* of findings */
	uint32_t seen; /* bits already found in this class */
	struct pair *pairs;
	uint32_t used, room;
	uint32_t *buckets;
};

static void visit(struct walk *w, const struct pair *p)
{
	uint32_t *bucket = &w->buckets[(p->a * 2654435761u ^ p->b * 40503u) % BUCKETS];

	for (uint32_t i = *bucket; i; i = w->pairs[i - 1].next)
		if (w->pairs[i - 1].a == p->a && w->pairs[i - 1].b == p->b &&
		    w->pairs[i - 1].part == p->part && w->pairs[i - 1].slash == p->slash)
			return;
	if (w->used == w->room) {
		w->room = w->room ? 2 * w->room : 1024;
		w->pairs = mem_must(realloc(w->pairs, w->room * sizeof(*w->pairs)));
	}
	w->pairs[w->used] = *p;
	w->pairs[w->used].next = *bucket;
	*bucket = ++w->used;
}

/* The bytes that led to pair i, into out; returns how many. */
static size_t path_of(const struct walk *w, uint32_t i, uint8_t **out)
{
	size_t size = 0, at;

	for (uint32_t k = i; k != 0; k = w->pairs[k].parent)
		size++;
	*out = mem_must(malloc(size + 1));
	at = size;
	for (uint32_t k = i; k != 0; k = w->pairs[k].parent)
		(*out)[--at] = w->pairs[k].byte;
	return size;
}

/* What half of a file's permissions a has and b has not. */
static uint32_t half_surplus(uint32_t a, uint32_t b)
{
	uint32_t more = a & ~b & HALF_ALLOW;

	if ((a & b & HALF_EXEC) && (a & HALF_EXEC_HOW) != (b & HALF_EXEC_HOW))
		more |= HALF_EXEC;
	return more;
}

/*
 * A link is decided by both names with a NUL between: what the first name alone accepts only says
 * that such a rule is there, and no deny rule takes it away.
 */
static uint32_t file_answer(const struct walk *w, const struct pair *p, uint32_t a, uint32_t b)
{
	uint32_t half = p->part ? HALF_LINK : HALF_ALLOW & ~HALF_LINK;
	uint32_t both = half | half << HALF_BITS | CHANGE_PROFILE;

	if (w->question == AA_COMMON)
		return a & b & both;
	return (half_surplus(a, b) | half_surplus(a >> HALF_BITS, b >> HALF_BITS) << HALF_BITS |
		(a & ~b & CHANGE_PROFILE)) &
	       both;
}

/* What the kernel asks there; the parsers differ in what else they leave behind a target. */
static uint32_t mount_asked(const struct pair *p)
{
	if (p->part == 0)
		return MOUNT_UMOUNT;
	return p->part == PART_PIVOT ? MOUNT_PIVOT : p->part >= PART_FLAGS ? MOUNT_ALLOW : 0;
}

static uint32_t answer(const struct walk *w, const struct pair *p, uint32_t a, uint32_t b)
{
	uint32_t bits = w->question == AA_COMMON ? a & b : a & ~b;

	if (w->class == CLASS_FILE)
		return file_answer(w, p, a, b);
	return w->class == CLASS_MOUNT ? bits & mount_asked(p) : bits;
}

static void judge(struct walk *w, uint32_t i, uint32_t accept_a, uint32_t accept_b)
{
	struct aa_finding f = { .class = class_names[w->class] };
	uint8_t *bytes;

	f.bits = answer(w, &w->pairs[i], accept_a, accept_b) & ~w->seen;
	/* What the first state accepts says that the class is mediated. */
	if (!f.bits || i == 0)
		return;
	w->seen |= f.bits;
	f.size = path_of(w, i, &bytes);
	f.bytes = bytes;
	if (!f.class)
		f.class = "class";
	w->found(w->ctx, &f);
	w->count++;
	free(bytes);
}

/* Flags that allow a mount whatever its data allow it with all data. */
static bool is_decided(const struct walk *w, const struct pair *p, uint32_t accept_b)
{
	return w->class == CLASS_MOUNT && w->question == AA_SURPLUS && p->part >= PART_FLAGS &&
	       (accept_b & MOUNT_ALLOW);
}

/*
 * Whether the kernel asks for a name that goes on so. It never makes one with two slashes in a row,
 * and a socket's is family and type, high bytes first, of types that a family has (below SOCK_MAX;
 * none has 0).
 */
static bool is_asked(const struct walk *w, const struct pair *p, uint8_t byte)
{
	if (w->class == CLASS_FILE)
		return !p->slash || byte != '/';
	if (w->class == CLASS_NETWORK && p->part == SOCKET_TYPE)
		return byte == 0;
	return w->class != CLASS_NETWORK || p->part != SOCKET_TYPE + 1 ||
	       (byte >= TYPE_MIN && byte <= TYPE_MAX);
}

static uint8_t next_part(const struct walk *w, const struct pair *p, uint8_t byte)
{
	bool more = w->class == CLASS_NETWORK || byte == 0;

	return p->part + (more && p->part < PARTS_MAX);
}

/* Letters, digits and slashes first: of several shortest examples the most legible. */
static const char legible[] = "abcdefghijklmnopqrstuvwxyz0123456789/-_.:";

static uint8_t byte_in_order(size_t i)
{
	return i < sizeof(legible) - 1 ? (uint8_t)legible[i] : (uint8_t)(i - sizeof(legible) + 1);
}

static void walk_from(struct walk *w, uint32_t a, uint32_t b)
{
	size_t steps = sizeof(legible) - 1 + 256;

	w->seen = 0;
	w->used = 0;
	memset(w->buckets, 0, BUCKETS * sizeof(*w->buckets));
	visit(w, &(struct pair){ .a = a, .b = b });
	for (uint32_t i = 0; i < w->used; i++) {
		struct pair p = w->pairs[i];
		uint32_t accept_b = p.b ? aa_accept(w->b, p.b) : 0;

		judge(w, i, aa_accept(w->a, p.a), accept_b);
		for (size_t k = 0; k < steps && !is_decided(w, &p, accept_b); k++) {
			uint8_t byte = byte_in_order(k);
			struct pair next = { .parent = i, .byte = byte };

			if (!is_asked(w, &p, byte))
				continue;
			next.slash = byte == '/';
			next.part = next_part(w, &p, byte);
			next.a = aa_walk(w->a, p.a, &byte, 1);
			next.b = p.b ? aa_walk(w->b, p.b, &byte, 1) : 0;
			if (next.a && (next.b || w->question == AA_SURPLUS))
				visit(w, &next);
		}
	}
}

static void unmediated(struct walk *w, unsigned class)
{
	const uint8_t byte = (uint8_t) class;

	w->found(w->ctx, &(struct aa_finding){ "unmediated", 0, &byte, 1 });
	w->count++;
}

static void walk_rest(struct walk *w, const struct aa_loaded *a, const struct aa_loaded *b)
{
	w->a = &a->rest;
	w->b = &b->rest;
	for (unsigned class = 0; class < CLASSES; class ++) {
		uint8_t byte = (uint8_t) class;
		uint32_t from_a = aa_walk(w->a, a->rest.start, &byte, 1);
		uint32_t from_b = aa_walk(w->b, b->rest.start, &byte, 1);

		w->class = class;
		/* A class that labels are looked up in has a state too, and accepts nothing. */
		if (aa_accept(w->b, from_b) && !from_a && w->question == AA_SURPLUS)
			unmediated(w, class);
		if (from_a && from_b)
			walk_from(w, from_a, from_b);
	}
}

static void compare_capabilities(struct walk *w, uint64_t bits)
{
	for (uint32_t i = 0; i < 64; i++)
		if (bits >> i & 1) {
			w->found(w->ctx, &(struct aa_finding){ "capability", i, NULL, 0 });
			w->count++;
		}
}

size_t aa_compare(const struct aa_loaded *a, const struct aa_loaded *b, enum aa_question q,
		  aa_found *found, void *ctx)
{
	CLEANUP_FREE uint32_t *buckets = mem_must(malloc(BUCKETS * sizeof(*buckets)));
	struct walk w = { .question = q, .found = found, .ctx = ctx, .buckets = buckets };

	compare_capabilities(&w, q == AA_COMMON ? a->caps & b->caps : a->caps & ~b->caps);
	walk_rest(&w, a, b);
	w.class = CLASS_FILE;
	w.a = &a->files;
	w.b = &b->files;
	if (a->files.dfa.states)
		walk_from(&w, a->files.start, b->files.dfa.states ? b->files.start : 0);
	free(w.pairs);
	return w.count;
}

static void describe_letters(struct str *s, uint32_t half)
{
	for (unsigned i = 0; i < sizeof(file_letters) - 1; i++)
		if (half >> i & 1)
			str_add_bytes(s, &file_letters[i], 1);
}

static void describe_bits(struct str *s, const struct aa_finding *f)
{
	uint32_t other = f->bits >> HALF_BITS & HALF_ALLOW;

	if (!str_eq(f->class, "file")) {
		str_printf(s, "0x%x", f->bits);
		return;
	}
	describe_letters(s, other);
	if (f->bits & HALF_ALLOW & ~other) {
		str_add(s, other ? ", owner " : "owner ");
		describe_letters(s, f->bits & HALF_ALLOW & ~other);
	}
	if (f->bits & CHANGE_PROFILE)
		str_add(s, " change_profile");
}

void aa_describe(struct str *s, const struct aa_finding *f)
{
	str_printf(s, "%s: ", f->class);
	describe_bits(s, f);
	if (f->bytes)
		str_add(s, ": ");
	for (size_t i = 0; i < f->size; i++) {
		uint8_t c = f->bytes[i];

		if (c > ' ' && c < 0x7f && c != '\\')
			str_add_bytes(s, &c, 1);
		else
			str_printf(s, "\\x%02x", c);
	}
}
