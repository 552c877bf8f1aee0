/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_report - what a complete report cannot do without, each by itself in one thread.
 *
 *   bench_report store FILE REPORTS [A_COMMIT]   its rows: the message, the report as verified, its
 *       two events, the reward, and four effects, which are taken out again with the next commit
 *       together with what their delivery says; through the gateway's own statements and schema
 *   bench_report redis PORT REPORTS              its commands, pipelined: the look-up of a week,
 * the event, the credit request, and its share of reading the rewards system's answers
 *
 * One line of JSON. */
#include <hiredis/hiredis.h>
#include <talloc.h>

#include "gateway/message_row.h"
#include "gateway/outbox.h"
#include "gateway/report_row.h"
#include "gateway/reward_book.h"
#include "tests/bench/bench_pdu.h"

enum { A_COMMIT = 1024, EFFECTS = 4, DAYS = 8, ACKS = 200, PIPELINE = 200 };

#define START_MS 1767225600000

static const char detail[] =
	"call=found start=2026-01-01T07:00:00+08:00 entry=own answered=1 duration_s=30 calls=1 "
	"distinct=20 attempts=20 answered_calls=20 talk_s=600 reporters=19 called_back=0 partner=0 "
	"near=- looks_like=- score=80";
static const char answer[] = "您对13700000000(1月1日)的举报已核实成立：通话记录有此来电。"
			     "流量奖励正在办理，到账会通知您。";
static const char event[] =
	"{\"specversion\":\"1.0\",\"id\":\"R7K3M9Q2-2-report.verified\",\"source\":\"/mianrao/"
	"bench\","
	"\"type\":\"report.verified\",\"time\":\"2026-01-01T08:00:00+08:00\",\"subject\":"
	"\"R7K3M9Q2\","
	"\"datacontenttype\":\"application/json\",\"data\":{\"report\":\"R7K3M9Q2\","
	"\"subscriber\":\"+8613900000000\",\"number\":\"+8613700000000\",\"category\":"
	"\"broadband\","
	"\"verdict\":\"verified\",\"forged\":false,\"reasons\":[\"call_found\",\"own_entry\"],"
	"\"call_start\":\"2026-01-01T07:00:00+08:00\",\"reward\":"
	"{\"id\":\"W9060376d9060376d9060376d9060376d\",\"amount_mb\":1024,\"outcome\":\"due\"}}}";

/* ---- SQLite ---- */

static int put_effects(struct db *db, const struct report_row *report)
{
	struct outbox_row row = { .target = report->subscriber.text,
				  .payload = answer,
				  .report_id = report->id,
				  .told = TOLD_RECEIPT,
				  .route = report->route,
				  .created_ms = report->received_ms };
	int rc = outbox_put(db, OUTBOX_SMS, &row);

	row.told = TOLD_VERDICT;
	if (rc == 0)
		rc = outbox_put(db, OUTBOX_SMS, &row);
	row = (struct outbox_row){ .target = "", .payload = event, .report_id = report->id };
	return rc < 0 ? rc : outbox_put(db, OUTBOX_EVENT, &row);
}

static int put_message(struct db *db, const struct bench_message *message, uint32_t i,
		       const char *source, int64_t *id)
{
	uint8_t octets[BENCH_PDU_MAX];
	struct message_row row = { .received_ms = START_MS + i,
				   .account = "centre",
				   .source = source,
				   .state = MESSAGE_DONE,
				   .raw = octets,
				   .len = bench_message_put(message, i, i, octets) };
	int rc = db_next_id(db, DB_SEQUENCE_MESSAGE, &row.id);

	*id = row.report_id = row.id;
	return rc < 0 ? rc : message_row_insert(db, &row);
}

static int put_report(struct db *db, const struct bench_message *message, uint32_t i)
{
	struct report_row report = { .text = bench_texts[BENCH_REPORT].text,
				     .received_ms = START_MS + i,
				     .deadline_ms = START_MS + i + 172800000,
				     .route = "centre/10086999",
				     .score = 80,
				     .call_start_ms = START_MS - 3600000 };
	struct reward_decision decision;
	struct reward_row reward;
	int rc;

	snprintf(report.subscriber.text, NUMBER_MAX, "+86139%08u", i);
	snprintf(report.number.text, NUMBER_MAX, "+86137%08u", i / 20);
	rc = put_message(db, message, i, report.subscriber.text, &report.id);
	if (rc == 0)
		rc = report_row_begin(db, &report, REPORT_STATE_PENDING, report.received_ms,
				      report.text);
	if (rc == 0)
		rc = report_transition(db, &report, REPORT_STATE_VERIFIED, report.received_ms,
				       "call_found,own_entry", detail);
	if (rc == 0)
		rc = reward_book_enter(db, &report, &reward_policy_default, OUTBOX_REWARD,
				       report.received_ms, &decision, &reward);
	return rc < 0 ? rc : put_effects(db, &report);
}

/* The effects of the reports that went with the last commit. */
static int remove_effects(struct db *db, int64_t first_id, int64_t end_id)
{
	struct db_stmt *stmt;
	int rc = 0;

	for (int64_t id = first_id; rc == 0 && id < end_id; id++) {
		stmt = db_query(db, Q_REPORT_TOLD);
		db_bind_int(stmt, 1, TOLD_RECEIPT | TOLD_VERDICT);
		db_bind_int(stmt, 2, id);
		rc = db_run(stmt);
	}
	for (int channel = 0; rc == 0 && channel < OUTBOX_CHANNEL_COUNT; channel++) {
		stmt = db_query(db, Q_OUTBOX_DELETE);
		db_bind_int(stmt, 1, channel);
		db_bind_int(stmt, 2, 0);
		db_bind_int(stmt, 3, INT64_MAX);
		rc = db_run(stmt);
	}
	return rc;
}

static int put_group(struct db *db, const struct bench_message *message, uint32_t first,
		     uint32_t count, uint32_t before)
{
	int rc = db_begin(db);

	if (rc == 0 && before > 0)
		rc = remove_effects(db, first + 1 - before, first + 1); /* ids begin with 1 */
	for (uint32_t i = first; rc == 0 && i < first + count; i++)
		rc = put_report(db, message, i);
	return rc < 0 ? rc : db_commit(db);
}

static int store_reports(const char *path, uint32_t count, uint32_t a_commit)
{
	struct bench_message message;
	struct db *db;
	uint32_t before = 0;
	int rc;

	if (!bench_message_make(BENCH_REPORT, &message) || db_open(NULL, path, DB_WRITER, &db) < 0)
		return -1;
	rc = 0;
	for (uint32_t i = 0; rc == 0 && i < count; i += before) {
		uint32_t group = count - i < a_commit ? count - i : a_commit;

		rc = put_group(db, &message, i, group, before);
		before = group;
	}
	if (rc < 0)
		fprintf(stderr, "bench_report: %s\n", db_error(db));
	talloc_free(db);
	return rc;
}

/* ---- Redis ---- */

static void append_report(redisContext *redis, uint32_t i)
{
	for (int day = 0; day < DAYS; day++)
		redisAppendCommand(redis, "HGET bench:calls:{+86139%06u}:2026010%d %02u", i / 100,
				   day + 1, i % 100);
	redisAppendCommand(redis, "XADD bench:events * event %s", event);
	redisAppendCommand(redis,
			   "XADD bench:rewards * id W%032u subscriber +86139%08u caller +86137%08u "
			   "call_start 2026-01-01T07:00:00+08:00 amount_mb 1024 report R7K3M9Q2 "
			   "requested 2026-01-01T08:00:00+08:00",
			   i, i, i / 20);
}

static int take_replies(redisContext *redis, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		redisReply *reply = NULL;

		if (redisGetReply(redis, (void **)&reply) != REDIS_OK)
			return -1;
		if (reply->type == REDIS_REPLY_ERROR)
			rc = -1;
		freeReplyObject(reply);
	}
	return rc;
}

static int publish_reports(redisContext *redis, uint32_t count)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < count; i += PIPELINE) {
		uint32_t group = count - i < PIPELINE ? count - i : PIPELINE;

		for (uint32_t j = 0; j < group; j++)
			append_report(redis, i + j);
		redisAppendCommand(redis, "XREADGROUP GROUP g c COUNT %d STREAMS bench:acks >",
				   ACKS);
		rc = take_replies(redis, (size_t)group * (DAYS + 2) + 1);
	}
	return rc;
}

/* A call for each, and an answer for each to be read. */
static int prepare(redisContext *redis, uint32_t count)
{
	int rc = 0;

	redisAppendCommand(redis, "XGROUP CREATE bench:acks g 0 MKSTREAM");
	rc = take_replies(redis, 1);
	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		redisAppendCommand(redis, "HSET bench:calls:{+86139%06u}:20260108 %02u %b", i / 100,
				   i % 100, detail, (size_t)14);
		redisAppendCommand(redis, "XADD bench:acks * id W%032u status credited", i);
		if (i % PIPELINE == PIPELINE - 1 || i + 1 == count)
			rc = take_replies(redis, 2 * (size_t)(i % PIPELINE + 1));
	}
	return rc;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	uint32_t a_commit = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : A_COMMIT;
	redisContext *redis = NULL;
	int64_t started_ns;
	int rc = 0;

	if (count == 0 || a_commit == 0) {
		fprintf(stderr, "usage: bench_report store FILE REPORTS [A_COMMIT]\n"
				"       bench_report redis PORT REPORTS\n");
		return 2;
	}
	if (strcmp(argv[1], "redis") == 0) {
		redis = redisConnect("127.0.0.1", atoi(argv[2]));
		rc = redis && !redis->err ? prepare(redis, count) : -1;
	}
	started_ns = bench_now_ns();
	if (rc == 0)
		rc = redis ? publish_reports(redis, count)
			   : store_reports(argv[2], count, a_commit);
	printf("{\"count\": %u, \"seconds\": %.6f}\n", count,
	       (double)(bench_now_ns() - started_ns) / 1e9);
	if (redis)
		redisFree(redis);
	return rc < 0;
}
