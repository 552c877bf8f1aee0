/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/answer.h"

#include <errno.h>

#include "gateway/held_text.h"
#include "rules/report_id.h"

bool answer_is_person(const char *number)
{
	enum number_form form = number_form(number);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED ||
	       form == NUMBER_FORM_FOREIGN;
}

static int put_at(struct db *db, enum reply_kind kind, enum reply_language language,
		  struct reply_values *values, const struct outbox_row *row, int64_t due_ms)
{
	struct outbox_row out = *row;
	char text[REPLY_MAX];
	char id[REPORT_ID_MAX];

	if (!answer_is_person(row->target))
		return 0;
	if (row->report_id) {
		report_id_format(row->report_id, id);
		values->id = id;
	}
	if (reply_format(kind, language, values, text, sizeof(text)) < 0)
		return -EINVAL;
	out.payload = text;
	if (due_ms > row->created_ms)
		return held_text_put(db, &out, due_ms);
	return outbox_put(db, OUTBOX_SMS, &out);
}

int answer_put(struct db *db, enum reply_kind kind, enum reply_language language,
	       struct reply_values *values, const struct outbox_row *row)
{
	return put_at(db, kind, language, values, row, row->created_ms);
}

int answer_put_gently(struct db *db, enum reply_kind kind, enum reply_language language,
		      struct reply_values *values, const struct outbox_row *row,
		      const struct quiet_hours *quiet)
{
	return put_at(db, kind, language, values, row, quiet_hours_end(quiet, row->created_ms));
}
