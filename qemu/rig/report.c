/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "files.h"
#include "str.h"

void report_tap_start(FILE *f, const struct scenario *s)
{
	fprintf(f, "TAP version 13\n1..%zu\n", s->count);
	fflush(f);
}

/* "#" would start a directive. */
static void tap_text(FILE *f, const char *text)
{
	for (; *text; text++)
		fprintf(f, *text == '#' ? "\\#" : "%c", *text);
}

void report_tap_step(FILE *f, const struct scenario *s, size_t i, const struct report_row *row)
{
	fprintf(f, "%s %zu - ", row->outcome == OUTCOME_FAILED ? "not ok" : "ok", i + 1);
	tap_text(f, s->steps[i].title);
	fprintf(f, "%s\n", row->outcome == OUTCOME_SKIPPED ? " # SKIP not reached" : "");
	if (row->outcome == OUTCOME_FAILED)
		fprintf(f, "# %s\n", row->reason);
	fflush(f);
}

static void xml_text(struct str *s, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			str_add(s, "&lt;");
		else if (*text == '>')
			str_add(s, "&gt;");
		else if (*text == '&')
			str_add(s, "&amp;");
		else if (*text == '"')
			str_add(s, "&quot;");
		else if ((unsigned char)*text >= 0x20)
			str_add_bytes(s, text, 1);
		else
			str_add(s, " ");
	}
}

static void junit_case(struct str *s, const struct scenario *sc, size_t i,
		       const struct report_row *row)
{
	str_add(s, "  <testcase classname=\"");
	xml_text(s, sc->name);
	str_printf(s, "\" name=\"%zu ", i + 1);
	xml_text(s, sc->steps[i].title);
	str_printf(s, "\" time=\"%lld.%03lld\"", (long long)row->ms / 1000,
		   (long long)row->ms % 1000);
	switch (row->outcome) {
	case OUTCOME_PASSED:
		str_add(s, "/>\n");
		return;
	case OUTCOME_SKIPPED:
		str_add(s, "><skipped/></testcase>\n");
		return;
	case OUTCOME_FAILED:
		str_add(s, "><failure message=\"");
		xml_text(s, row->reason);
		str_add(s, "\"/></testcase>\n");
		return;
	}
}

int report_junit(const char *path, const struct scenario *s, const struct report_row *rows,
		 struct err *e)
{
	CLEANUP_STR struct str out = { 0 };
	size_t failed = 0, skipped = 0;

	for (size_t i = 0; i < s->count; i++) {
		failed += rows[i].outcome == OUTCOME_FAILED;
		skipped += rows[i].outcome == OUTCOME_SKIPPED;
	}
	str_add(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"");
	xml_text(&out, s->name);
	str_printf(&out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		   s->count, failed, skipped);
	for (size_t i = 0; i < s->count; i++)
		junit_case(&out, s, i, &rows[i]);
	str_add(&out, "</testsuite>\n");
	return fd_write_file(path, str_text(&out), out.len, 0644, e);
}
