/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/feed_store.h"

#include <errno.h>
#include <string.h>

/* Where a source's counter stands: position = number + base, in turns of the modulus. */
struct counter {
	bool known;
	int64_t base;
	int64_t next;
};

static int load_counter(struct db *db, const char *source, struct counter *out)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_SEQUENCE_GET);
	int rc;

	db_bind_text(stmt, 1, source);
	rc = db_step(stmt);
	*out = (struct counter){ .known = rc > 0 };
	if (rc <= 0)
		return rc;
	out->base = db_int(stmt, 0);
	out->next = db_int(stmt, 1);
	db_finish(stmt);
	return 0;
}

static int save_counter(struct db *db, const char *source, const struct counter *counter)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_SEQUENCE_PUT);

	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, counter->base);
	db_bind_int(stmt, 3, counter->next);
	return db_run(stmt);
}

static int64_t position_of(const struct counter *counter, const struct feed_sequence *sequence)
{
	struct feed_sequence moved = *sequence;

	if (!counter->known)
		return sequence->number;
	moved.number += counter->base;
	return feed_sequence_position(&moved, counter->next);
}

static int64_t number_at(const struct counter *counter, const struct feed_sequence *sequence,
			 int64_t position)
{
	int64_t number = (position - counter->base) % sequence->modulus;

	return number < 0 ? number + sequence->modulus : number;
}

/* ---- did it come before? ---- */

static int compare(struct db_stmt *stmt, const struct cdr_file *file, bool *found, bool *same,
		   char same_as[CDR_NAME_MAX])
{
	const void *hash;
	size_t len;
	int rc = db_step(stmt);

	*found = rc > 0;
	*same = false;
	if (rc <= 0)
		return rc;
	hash = db_blob(stmt, 0, &len);
	*same = len == sizeof(file->hash) && memcmp(hash, file->hash, len) == 0;
	strncpy(same_as, db_text(stmt, 1), CDR_NAME_MAX - 1);
	same_as[CDR_NAME_MAX - 1] = '\0';
	db_finish(stmt);
	return 0;
}

static int look_by_name(struct db *db, const char *source, const struct cdr_file *file,
			enum feed_file_state *state, char same_as[CDR_NAME_MAX])
{
	struct db_stmt *stmt = db_query(db, Q_FEED_FILE_BY_NAME);
	bool found, same;
	int rc;

	db_bind_text(stmt, 1, source);
	db_bind_text(stmt, 2, file->name);
	rc = compare(stmt, file, &found, &same, same_as);
	if (rc == 0)
		*state = same ? FEED_FILE_REPEAT : FEED_FILE_NEW;
	return rc;
}

int feed_store_look(struct db *db, const char *source, const struct cdr_file *file,
		    enum feed_file_state *state, char same_as[CDR_NAME_MAX])
{
	struct counter counter;
	struct db_stmt *stmt;
	bool found, same;
	int rc = load_counter(db, source, &counter);

	if (rc < 0 || !file->sequence.known || !counter.known)
		return rc < 0 ? rc : look_by_name(db, source, file, state, same_as);
	stmt = db_query(db, Q_FEED_FILE_BY_POSITION);
	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, position_of(&counter, &file->sequence));
	rc = compare(stmt, file, &found, &same, same_as);
	if (rc == 0)
		*state = !found ? FEED_FILE_NEW : same ? FEED_FILE_REPEAT : FEED_FILE_OTHER;
	return rc;
}

/* ---- how it stands ---- */

static int add_gap(struct db *db, const char *source, int64_t position, int64_t number,
		   int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_GAP_ADD);

	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, position);
	db_bind_int(stmt, 3, number);
	db_bind_int(stmt, 4, now_ms);
	return db_run(stmt);
}

static int fill_gap(struct db *db, const char *source, int64_t position, bool *filled)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_GAP_FILL);
	int rc;

	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, position);
	rc = db_run(stmt);
	*filled = rc == 0 && db_changes(db) > 0;
	return rc;
}

static int newest_mark(struct db *db, const char *source, int64_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_FILE_NEWEST);
	int rc;

	db_bind_text(stmt, 1, source);
	rc = db_step(stmt);
	*out = rc > 0 && !db_is_null(stmt, 0) ? db_int(stmt, 0) : INT64_MAX;
	if (rc > 0)
		db_finish(stmt);
	return rc < 0 ? rc : 0;
}

static void restart_counter(struct counter *counter, int64_t *position, bool *restarted)
{
	counter->base += counter->next - *position;
	*position = counter->next++;
	*restarted = true;
}

/* Behind the next number: it fills a gap, or it is older than what we know of, or, when what is in
 * it is newer than all that came, the counter began anew. */
static int place_behind(struct db *db, const char *source, struct counter *counter,
			const struct feed_marks *marks, int64_t *position, bool *restarted)
{
	int64_t newest_ms;
	bool filled;
	int rc = fill_gap(db, source, *position, &filled);

	if (rc < 0 || filled)
		return rc;
	rc = newest_mark(db, source, &newest_ms);
	if (rc == 0 && marks->any && marks->to_ms > newest_ms)
		restart_counter(counter, position, restarted);
	return rc;
}

/* The file's place on the line. */
static int place(struct db *db, const char *source, const struct cdr_file *file,
		 const struct feed_marks *marks, int64_t now_ms, int64_t *position, bool *restarted)
{
	struct counter counter;
	int rc = load_counter(db, source, &counter);

	if (rc < 0)
		return rc;
	*position = position_of(&counter, &file->sequence);
	if (!counter.known) {
		counter.next = *position + 1;
	} else if (*position < counter.next) {
		rc = place_behind(db, source, &counter, marks, position, restarted);
	} else if (*position - counter.next > FEED_GAP_MAX) {
		restart_counter(&counter, position, restarted);
	} else {
		for (; rc == 0 && counter.next < *position; counter.next++)
			rc = add_gap(db, source, counter.next,
				     number_at(&counter, &file->sequence, counter.next), now_ms);
		counter.next++;
	}
	return rc < 0 ? rc : save_counter(db, source, &counter);
}

static int insert_file(struct db *db, const char *source, const struct cdr_file *file,
		       const int64_t *position, const struct feed_marks *marks, int64_t now_ms)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_FILE_INSERT);

	db_bind_text(stmt, 1, source);
	db_bind_text(stmt, 2, file->name);
	if (position)
		db_bind_int(stmt, 3, *position);
	db_bind_blob(stmt, 4, file->hash, sizeof(file->hash));
	db_bind_int(stmt, 5, now_ms);
	if (marks->any) {
		db_bind_int(stmt, 6, marks->first_ms);
		db_bind_int(stmt, 7, marks->to_ms);
		if (marks->explicit_ms != INT64_MAX)
			db_bind_int(stmt, 8, marks->explicit_ms);
	}
	return db_run(stmt);
}

static int forget_old(struct db *db, const char *source, int64_t before_ms)
{
	static const enum db_query queries[] = { Q_FEED_FILE_FORGET, Q_FEED_GAP_FORGET };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(queries) / sizeof(*queries); i++) {
		struct db_stmt *stmt = db_query(db, queries[i]);

		db_bind_text(stmt, 1, source);
		db_bind_int(stmt, 2, before_ms);
		rc = db_run(stmt);
	}
	return rc;
}

int feed_store_record(struct db *db, const char *source, const struct cdr_file *file,
		      const struct feed_marks *marks, const struct feed_limits *limits,
		      struct feed_standing *out)
{
	bool restarted = false;
	int64_t position;
	int rc = 0;

	if (file->sequence.known)
		rc = place(db, source, file, marks, limits->now_ms, &position, &restarted);
	if (rc == 0)
		rc = insert_file(db, source, file, file->sequence.known ? &position : NULL, marks,
				 limits->now_ms);
	if (rc == 0)
		rc = forget_old(db, source, limits->now_ms - limits->keep_ms);
	if (rc == 0)
		rc = feed_store_stand(db, source, limits, out);
	if (rc == 0)
		out->restarted = restarted;
	return rc;
}

static int pass_gaps(struct db *db, const char *source, const struct feed_limits *limits,
		     struct feed_standing *out)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_GAP_PASS);
	int rc;

	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, limits->now_ms - limits->gap_wait_ms);
	rc = db_run(stmt);
	out->passed_now = rc == 0 ? (uint32_t)db_changes(db) : 0;
	return rc;
}

static int count_gaps(struct db *db, const char *source, const struct feed_limits *limits,
		      struct feed_standing *out, int64_t *open_position)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_GAP_COUNT);
	int rc;

	db_bind_text(stmt, 1, source);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	out->missing = (uint32_t)db_int(stmt, 0);
	out->passed = (uint32_t)db_int(stmt, 1);
	*open_position = db_is_null(stmt, 2) ? INT64_MAX : db_int(stmt, 2);
	out->wait_until_ms = db_is_null(stmt, 3) ? 0 : db_int(stmt, 3) + limits->gap_wait_ms;
	out->first_missing = db_is_null(stmt, 4) ? -1 : db_int(stmt, 4);
	db_finish(stmt);
	return 0;
}

static int take_marks(struct db *db, const char *source, int64_t before, struct feed_standing *out)
{
	struct db_stmt *stmt = db_query(db, Q_FEED_FILE_MARKS);
	int rc;

	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, before);
	rc = db_step(stmt);
	if (rc <= 0)
		return rc < 0 ? rc : -EIO;
	out->files = (uint32_t)db_int(stmt, 0);
	out->marks.any = !db_is_null(stmt, 2);
	out->marks.first_ms = db_int(stmt, 1);
	out->marks.to_ms = db_int(stmt, 2);
	out->marks.explicit_ms = db_is_null(stmt, 3) ? INT64_MAX : db_int(stmt, 3);
	db_finish(stmt);
	stmt = db_query(db, Q_FEED_FILE_TOLD);
	db_bind_text(stmt, 1, source);
	db_bind_int(stmt, 2, before);
	return db_run(stmt);
}

int feed_store_stand(struct db *db, const char *source, const struct feed_limits *limits,
		     struct feed_standing *out)
{
	int64_t open_position = INT64_MAX;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = pass_gaps(db, source, limits, out);
	if (rc == 0)
		rc = count_gaps(db, source, limits, out, &open_position);
	return rc < 0 ? rc : take_marks(db, source, open_position, out);
}

int feed_store_restart(struct db *db, const char *source)
{
	static const enum db_query queries[] = { Q_FEED_SEQUENCE_DROP, Q_FEED_GAP_DROP,
						 Q_FEED_FILE_UNPLACE };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(queries) / sizeof(*queries); i++) {
		struct db_stmt *stmt = db_query(db, queries[i]);

		db_bind_text(stmt, 1, source);
		rc = db_run(stmt);
	}
	return rc;
}
