/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/settlement_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/file_swap.h"
#include "gateway/iso_time.h"
#include "gateway/json_out.h"
#include "gateway/reward_row.h"
#include "rules/report_id.h"

enum { LINE_MAX_OCTETS = 2048, FORMAT = 1, DAY_MS = 86400000 };
static const char suffix[] = ".ndjson";

/* ---- days ---- */

static void fill_day(struct calendar_date date, struct settlement_day *out)
{
	out->date = date;
	out->from_ms = calendar_date_start(date);
	out->to_ms = out->from_ms + DAY_MS;
	snprintf(out->text, sizeof(out->text), "%04u-%02u-%02u", (unsigned)date.year % 10000,
		 (unsigned)date.month % 100, (unsigned)date.day % 100);
}

int settlement_day_read(const char *text, struct settlement_day *out)
{
	static const char form[] = "dddd-dd-dd";
	struct calendar_date date;

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return -EINVAL;
	date.year = (int)strtol(text, NULL, 10);
	date.month = (int)strtol(text + 5, NULL, 10);
	date.day = (int)strtol(text + 8, NULL, 10);
	if (!calendar_date_valid(date))
		return -EINVAL;
	fill_day(date, out);
	return 0;
}

void settlement_day_at(int64_t ms, struct settlement_day *out)
{
	fill_day(calendar_date_at(ms), out);
}

void settlement_path(const struct settlement_place *place, const struct settlement_day *day,
		     char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%s%s", place->folder, day->text, suffix);
}

/* ---- writing ---- */

struct writer {
	FILE *file;
	struct sha256_ctx hash;
	struct settlement_totals *totals;
	struct json_out out;
	char line[LINE_MAX_OCTETS];
};

static void begin_line(struct writer *to)
{
	json_out_begin(&to->out, to->line, sizeof(to->line) - 1); /* room for the line's end */
	json_out_open(&to->out, NULL, '{');
}

static int end_line(struct writer *to)
{
	size_t len;

	json_out_close(&to->out, '}');
	if (json_out_end(&to->out) < 0)
		return -EMSGSIZE;
	len = strlen(to->line);
	to->line[len++] = '\n';
	sha256_update(&to->hash, len, (const uint8_t *)to->line);
	return fwrite(to->line, 1, len, to->file) == len ? 0 : -EIO;
}

static int put_header(struct writer *to, const char *instance, const struct settlement_day *day,
		      int64_t now_ms)
{
	char time[ISO_TIME_MAX];

	begin_line(to);
	json_out_text(&to->out, "settlement", day->text);
	json_out_int(&to->out, "format", FORMAT);
	json_out_text(&to->out, "instance", instance);
	json_out_text(&to->out, "from", iso_time_format(day->from_ms, time));
	json_out_text(&to->out, "to", iso_time_format(day->to_ms, time));
	json_out_text(&to->out, "written", iso_time_format(now_ms, time));
	return end_line(to);
}

static void add_totals(struct settlement_totals *totals, const struct reward_row *row,
		       bool adjustment)
{
	bool done = row->state == REWARD_STATE_CREDITED;

	totals->count++;
	totals->adjustments += adjustment;
	totals->sum_mb += row->amount_mb;
	if (done && row->kind == REWARD_CREDIT)
		totals->credited_mb += row->amount_mb;
	if (done && row->kind == REWARD_REVERSAL)
		totals->reversed_mb += row->amount_mb;
}

static int put_entry(struct writer *to, const struct reward_row *row,
		     const struct settlement_day *day)
{
	bool adjustment = row->created_ms < day->from_ms;
	char report[REPORT_ID_MAX];
	char time[ISO_TIME_MAX];

	report_id_format(row->report_id, report);
	begin_line(to);
	json_out_text(&to->out, "id", row->id);
	json_out_text(&to->out, "type", reward_kind_name(row->kind));
	json_out_text(&to->out, "state", reward_state_name(row->kind, row->state));
	json_out_int(&to->out, "amount_mb", row->amount_mb);
	json_out_text(&to->out, "subscriber", row->subscriber.text);
	json_out_text(&to->out, "caller", row->caller.text);
	json_out_text(&to->out, "call_start", iso_time_format(row->call_start_ms, time));
	json_out_text(&to->out, "report", report);
	json_out_text(&to->out, "created", iso_time_format(row->created_ms, time));
	if (row->settled_ms)
		json_out_text(&to->out, "settled", iso_time_format(row->settled_ms, time));
	json_out_text(&to->out, "reason", row->reason);
	json_out_bool(&to->out, "adjustment", adjustment);
	add_totals(to->totals, row, adjustment);
	return end_line(to);
}

static int put_entries(struct writer *to, struct db *db, const struct settlement_day *day)
{
	struct db_stmt *stmt = db_query(db, Q_LEDGER_DAY);
	struct reward_row row;
	int rc;

	db_bind_int(stmt, 1, day->from_ms);
	db_bind_int(stmt, 2, day->to_ms);
	while ((rc = db_step(stmt)) > 0) {
		reward_row_load(stmt, &row);
		rc = put_entry(to, &row, day);
		if (rc < 0)
			break;
	}
	return rc;
}

static void end_hash(struct sha256_ctx *hash, char out[SETTLEMENT_SHA256_MAX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(hash, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static int put_trailer(struct writer *to)
{
	struct settlement_totals *totals = to->totals;

	end_hash(&to->hash, totals->sha256);
	begin_line(to);
	json_out_int(&to->out, "count", (int64_t)totals->count);
	json_out_int(&to->out, "adjustments", (int64_t)totals->adjustments);
	json_out_int(&to->out, "sum_mb", (int64_t)totals->sum_mb);
	json_out_int(&to->out, "credited_mb", (int64_t)totals->credited_mb);
	json_out_int(&to->out, "reversed_mb", (int64_t)totals->reversed_mb);
	json_out_text(&to->out, "sha256", totals->sha256);
	return end_line(to);
}

static int fill_file(struct writer *to, struct db *db, const struct settlement_place *place,
		     const struct settlement_day *day, int64_t now_ms)
{
	int rc = put_header(to, place->instance, day, now_ms);

	if (rc == 0)
		rc = put_entries(to, db, day);
	if (rc == 0)
		rc = put_trailer(to);
	return rc;
}

int settlement_write(struct db *db, const struct settlement_place *place,
		     const struct settlement_day *day, int64_t now_ms,
		     struct settlement_totals *out)
{
	struct writer to = { .totals = out };
	char name[32], beside[32];
	struct file_swap swap;
	int rc;

	*out = (struct settlement_totals){ 0 };
	if (mkdir(place->folder, 0750) < 0 && errno != EEXIST)
		return -errno;
	snprintf(name, sizeof(name), "%s%s", day->text, suffix);
	snprintf(beside, sizeof(beside), ".%s.tmp", day->text);
	rc = file_swap_begin(&swap, place->folder, name, beside);
	if (rc < 0)
		return rc;
	to.file = swap.file;
	sha256_init(&to.hash);
	rc = fill_file(&to, db, place, day, now_ms);
	if (rc == 0)
		return file_swap_commit(&swap);
	file_swap_abort(&swap);
	return rc;
}

/* ---- reading ---- */

static int take_trailer(const char *line, const char *sha256, struct settlement_totals *out)
{
	json_int_t count, adjustments, sum, credited, reversed;
	const char *stated;
	json_t *trailer = json_loads(line, 0, NULL);
	int rc = json_unpack(trailer, "{sI sI sI sI sI ss}", "count", &count, "adjustments",
			     &adjustments, "sum_mb", &sum, "credited_mb", &credited, "reversed_mb",
			     &reversed, "sha256", &stated);

	if (rc == 0 && strcmp(stated, sha256) == 0 && out->count == (uint64_t)count + 1) {
		*out = (struct settlement_totals){ .count = (uint64_t)count,
						   .adjustments = (uint64_t)adjustments,
						   .sum_mb = (uint64_t)sum,
						   .credited_mb = (uint64_t)credited,
						   .reversed_mb = (uint64_t)reversed };
		memcpy(out->sha256, sha256, sizeof(out->sha256));
	} else {
		rc = -EBADMSG;
	}
	json_decref(trailer);
	return rc;
}

/* Each line is hashed when the next one has come: the last one is the trailer. */
static int check_lines(FILE *file, struct settlement_totals *out)
{
	char line[LINE_MAX_OCTETS];
	char last[LINE_MAX_OCTETS] = "";
	char sha256[SETTLEMENT_SHA256_MAX];
	struct sha256_ctx hash;

	sha256_init(&hash);
	while (fgets(line, sizeof(line), file)) {
		sha256_update(&hash, strlen(last), (const uint8_t *)last);
		out->count += last[0] != '\0';
		memcpy(last, line, sizeof(last));
	}
	end_hash(&hash, sha256);
	return take_trailer(last, sha256, out);
}

int settlement_check(const struct settlement_place *place, const struct settlement_day *day,
		     struct settlement_totals *out)
{
	char path[PATH_MAX];
	FILE *file;
	int rc;

	*out = (struct settlement_totals){ 0 };
	settlement_path(place, day, path);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	rc = check_lines(file, out);
	fclose(file);
	return rc;
}

/* ---- the folder ---- */

static bool is_file_of(const char *name, struct settlement_day *day)
{
	char text[SETTLEMENT_DAY_MAX];
	size_t len = strlen(name);
	size_t stem = len - (sizeof(suffix) - 1);

	if (len < sizeof(suffix) || stem >= sizeof(text) || strcmp(name + stem, suffix) != 0)
		return false;
	memcpy(text, name, stem);
	text[stem] = '\0';
	return settlement_day_read(text, day) == 0;
}

int settlement_newest(const struct settlement_place *place, struct settlement_day *out)
{
	DIR *folder = opendir(place->folder);
	struct settlement_day day;
	const struct dirent *entry;
	bool found = false;

	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		if (!is_file_of(entry->d_name, &day) || (found && day.from_ms < out->from_ms))
			continue;
		*out = day;
		found = true;
	}
	closedir(folder);
	return found ? 0 : -ENOENT;
}

void settlement_expire(const struct settlement_place *place, int64_t before_ms)
{
	DIR *folder = opendir(place->folder);
	struct settlement_day day;
	const struct dirent *entry;
	char path[PATH_MAX];

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (!is_file_of(entry->d_name, &day) || day.from_ms >= before_ms)
			continue;
		settlement_path(place, &day, path);
		unlink(path);
	}
	closedir(folder);
}
