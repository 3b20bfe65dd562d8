/* SPDX-License-Identifier: Apache-2.0 */
/* Writer of format/key.h and its twin. */
#include "key.h"

#include "pack.h"
#include "table.h"

int emit_pack_key(struct pack *k)
{
	CLEANUP_TABLE struct table_file f = TABLE_FILE(struct key_header);
	CLEANUP_STR struct str twin = { 0 };
	const struct pack_features *from = &k->features;
	struct key_header h = { .magic = KEY_MAGIC, .version = KEY_VERSION };
	struct key found;
	struct err e = { 0 };
	const void *data;
	size_t size;

	h.parser = emit_table_ref(&f, k->parser);
	h.kernel = emit_table_ref(&f, from->kernel);
	h.features_offset = emit_table_offset(&f);
	h.features_count = (uint32_t)from->count;
	str_printf(&twin, "parser %s\nkernel %s\n", k->parser, from->kernel);
	for (size_t i = 0; i < from->count; i++) {
		const struct key_feature row = { emit_table_ref(&f, from->items[i].path),
						 emit_table_ref(&f, from->items[i].value) };

		emit_table_row(&f, &row, sizeof(row));
		str_printf(&twin, "%s: %s\n", from->items[i].path, from->items[i].value);
	}
	h.strings_offset = emit_table_offset(&f);
	h.strings_size = emit_table_strings_size(&f);
	h.size = h.strings_offset + h.strings_size;
	data = emit_table_finish(k->a, &f, &h, &size);
	if (key_read(data, size, &found, &e))
		return meta_error(k->d, &k->m->image.loc, "cannot write KEY: %s", e.text);
	if (emit_pack_write(k, MANIFEST_KIND_KEY, "KEY", data, size))
		return -1;
	return emit_pack_twin(k, "KEY.txt", str_text(&twin));
}
