/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/answer.h"

#include <errno.h>
#include <talloc.h>

#include "gateway/held_text.h"
#include "gateway/subscriber_row.h"
#include "rules/reply_book.h"
#include "rules/report_id.h"

struct hold {
	const struct reply_book *book;
};

static int let_go(struct hold *hold)
{
	reply_book_unref(hold->book);
	return 0;
}

int answer_manner(void *ctx, const struct config *live, struct reply_manner *out)
{
	struct hold *hold = talloc(ctx, struct hold);

	if (!hold)
		return -ENOMEM;
	hold->book = reply_book_ref(live->reports.book);
	talloc_set_destructor(hold, let_go);
	*out = (struct reply_manner){ .book = hold->book,
				      .language = live->reports.language,
				      .style = live->reports.style };
	return 0;
}

bool answer_is_person(const char *number)
{
	enum number_form form = number_form(number);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED ||
	       form == NUMBER_FORM_FOREIGN;
}

static int put_at(struct db *db, enum reply_kind kind, const struct reply_manner *manner,
		  struct reply_values *values, const struct outbox_row *row, int64_t due_ms)
{
	struct reply_manner spoken = *manner;
	struct outbox_row out = *row;
	char text[REPLY_MAX];
	char id[REPORT_ID_MAX];
	int rc;

	if (!answer_is_person(row->target))
		return 0;
	rc = subscriber_row_style(db, row->target, &spoken.style);
	if (rc < 0)
		return rc;
	if (row->report_id) {
		report_id_format(row->report_id, id);
		values->id = id;
	}
	if (reply_format(kind, &spoken, values, text, sizeof(text)) < 0)
		return -EINVAL;
	out.payload = text;
	if (due_ms > row->created_ms)
		return held_text_put(db, &out, due_ms);
	return outbox_put(db, OUTBOX_SMS, &out);
}

int answer_put(struct db *db, enum reply_kind kind, const struct reply_manner *manner,
	       struct reply_values *values, const struct outbox_row *row)
{
	return put_at(db, kind, manner, values, row, row->created_ms);
}

int answer_put_gently(struct db *db, enum reply_kind kind, const struct reply_manner *manner,
		      struct reply_values *values, const struct outbox_row *row,
		      const struct quiet_hours *quiet)
{
	return put_at(db, kind, manner, values, row, quiet_hours_end(quiet, row->created_ms));
}
