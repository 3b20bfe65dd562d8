/* SPDX-License-Identifier: Apache-2.0 */
/* FAT and ext4, made by the programs that everybody makes them with. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "path.h"
#include "disk.h"

#define MIB	     (1024u * 1024u)
#define ROOT_ENTRIES 512u

/* Kind and cluster size follow from the size alone, so that the room can be known beforehand. */
struct fat {
	unsigned bits;
	uint64_t cluster;
};

static struct fat fat_of(uint64_t size)
{
	struct fat f = { .bits = 16, .cluster = 2048 };
	/* Microsoft's limits (fatgen103): FAT12 below 4085 clusters, FAT16 below 65525. */
	uint64_t most = 65524;

	if (size < 16ull * MIB) {
		f = (struct fat){ .bits = 12, .cluster = 512 };
		most = 4084;
	} else if (size >= 512ull * MIB) {
		f = (struct fat){ .bits = 32, .cluster = 4096 };
		most = 0x0ffffff5;
	}
	while (size / f.cluster > most)
		f.cluster *= 2;
	return f;
}

void image_vfat_room(const struct image_tree *t, uint64_t size, uint64_t *needed, uint64_t *offered)
{
	struct fat f = fat_of(size);
	uint64_t table = (size / f.cluster + 2) * f.bits / 8 + 512;
	uint64_t fixed = 2 * table + 64 * 512 + ROOT_ENTRIES * 32 + f.cluster;

	*needed = 0;
	for (size_t i = 0; i < t->count; i++) {
		uint64_t n = t->items[i].type == '0' ? t->items[i].size : f.cluster;

		*needed += (n + f.cluster - 1) / f.cluster * f.cluster;
	}
	*offered = size > fixed ? (size - fixed) / f.cluster * f.cluster : 0;
}

static int make_file(const char *path, uint64_t size, struct err *e)
{
	CLEANUP_FD int fd = image_create(path, e);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)size) < 0)
		return err_sys(e, "cannot make %s %llu bytes long", path, (unsigned long long)size);
	return 0;
}

static int format_fat(const struct image_part *p, struct err *e)
{
	struct fat f = fat_of(p->s->size);
	char bits[8], sectors[24], volume[16];
	const char *label = p->s->label ? p->s->label : "NO NAME";
	/* The volume's id is eight hexadecimal digits: those of the partition's. */
	const char *const argv[] = { "mkfs.vfat",
				     "-F",
				     bits,
				     "-s",
				     sectors,
				     "-S",
				     "512",
				     "-f",
				     "2",
				     "-R",
				     f.bits == 32 ? "32" : "1",
				     "-r",
				     "512",
				     "-n",
				     label,
				     "--mbr=n",
				     "-a",
				     "--invariant",
				     "-i",
				     volume,
				     p->file,
				     NULL };

	snprintf(bits, sizeof(bits), "%u", f.bits);
	snprintf(sectors, sizeof(sectors), "%llu", (unsigned long long)f.cluster / 512);
	snprintf(volume, sizeof(volume), "%.8s", p->uuid);
	return image_run(argv, e);
}

static int put_vfat_entry(const struct image_part *p, const struct image_entry *t,
			  const char *source, struct err *e)
{
	char target[PATH_TEXT_MAX + 4];

	snprintf(target, sizeof(target), "::%s", t->path);
	if (t->type == '5') {
		const char *const argv[] = { "mmd", "-i", p->file, target, NULL };

		return image_run(argv, e);
	}
	const char *const argv[] = { "mcopy", "-i", p->file, source, target, NULL };

	return image_run(argv, e);
}

int image_vfat_write(struct mem_arena *a, const struct image_part *p, const struct image_tree *t,
		     const char *work, struct err *e)
{
	uint64_t needed, offered;

	image_vfat_room(t, p->s->size, &needed, &offered);
	if (needed > offered)
		return err_input(e,
				 "cannot put the content into structure \"%s\": it needs %llu "
				 "bytes, the file system has room for %llu of the structure's %llu",
				 p->s->name ? p->s->name : "", (unsigned long long)needed,
				 (unsigned long long)offered, (unsigned long long)p->s->size);
	if (make_file(p->file, p->s->size, e) < 0 || format_fat(p, e) < 0)
		return -1;
	for (size_t i = 0; i < t->count; i++) {
		const struct image_entry *x = &t->items[i];
		const char *source = x->source;

		if (str_eq(x->path, "/"))
			continue;
		if (x->type == '2')
			return err_input(e, "cannot put link %s on a FAT: it has no links",
					 x->path);
		if (x->type == '0' && !source) {
			source = mem_printf(a, "%s/staged-%zu", work, i);
			if (fd_write_file(source, x->bytes, (size_t)x->size, 0644, e) < 0)
				return -1;
		}
		if (put_vfat_entry(p, x, source, e) < 0)
			return err_prefix(e, "cannot write %s", x->path);
	}
	return 0;
}

int image_ext4_write(const struct image_part *p, struct err *e)
{
	char extended[128];
	const char *label = p->s->label ? p->s->label : "";
	/* Without a configuration file every feature is named: no machine's own taste counts. */
	const char *const argv[] = {
		"mke2fs",
		"-q",
		"-F",
		"-t",
		"ext4",
		"-b",
		"4096",
		"-I",
		"256",
		"-i",
		"16384",
		"-m",
		"1",
		"-O",
		"none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,"
		"sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum",
		"-U",
		p->uuid,
		"-L",
		label,
		"-E",
		extended,
		p->file,
		NULL
	};

	snprintf(extended, sizeof(extended),
		 "hash_seed=%s,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard",
		 p->uuid);
	if (make_file(p->file, p->s->size, e) < 0)
		return -1;
	return image_run(argv, e);
}
