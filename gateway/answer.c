/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/answer.h"

#include <errno.h>
#include <talloc.h>

#include "gateway/held_text.h"
#include "gateway/subscriber_row.h"
#include "rules/reply_book.h"
#include "rules/report_id.h"
#include "smpp/smpp_text.h"

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

static bool fits_in(enum reply_kind kind, const struct reply_manner *manner,
		    enum reply_language tongue, const struct reply_values *values,
		    unsigned parts_max)
{
	struct smpp_parts parts;
	char text[REPLY_MAX];
	const struct reply_manner one = { manner->book, tongue, manner->style };
	ssize_t len = reply_format(kind, &one, values, text, sizeof(text));

	return len >= 0 && smpp_text_segment(text, (size_t)len, 0, &parts) == 0 &&
	       parts.count <= parts_max;
}

/* In each of the languages that the text is in. */
static bool fits(enum reply_kind kind, const struct reply_manner *manner,
		 const struct reply_values *values, unsigned parts_max)
{
	return (manner->language == REPLY_EN ||
		fits_in(kind, manner, REPLY_ZH, values, parts_max)) &&
	       (manner->language == REPLY_ZH || fits_in(kind, manner, REPLY_EN, values, parts_max));
}

/* Takes one of the list at `count` away until the text fits. */
static int cut(struct db *db, const char *subscriber, enum reply_kind kind,
	       const struct reply_manner *manner, const struct reply_values *values, size_t *count,
	       unsigned parts_max)
{
	struct reply_manner spoken = *manner;
	int rc = subscriber_row_style(db, subscriber, &spoken.style);

	while (rc == 0 && *count > 1 && !fits(kind, &spoken, values, parts_max))
		--*count;
	return rc;
}

int answer_fit_blocked(struct db *db, const char *subscriber, enum reply_kind kind,
		       const struct reply_manner *manner, const struct reply_values *values,
		       struct blocked_list *list)
{
	return cut(db, subscriber, kind, manner, values, &list->count, 2);
}

int answer_fit_rules(struct db *db, const char *subscriber, enum reply_kind kind,
		     const struct reply_manner *manner, const struct reply_values *values,
		     struct reply_rules *rules)
{
	return cut(db, subscriber, kind, manner, values, &rules->count, 1);
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
