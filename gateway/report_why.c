/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/report_why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/commands_query.h"
#include "gateway/iso_time.h"
#include "gateway/policy_store.h"
#include "rules/verdict_why.h"

enum report_state verdict_state(enum verdict_kind kind)
{
	static const enum report_state states[VERDICT_KIND_COUNT] = {
		[VERDICT_WAIT] = REPORT_STATE_PENDING,
		[VERDICT_VERIFIED] = REPORT_STATE_VERIFIED,
		[VERDICT_REJECTED] = REPORT_STATE_REJECTED,
		[VERDICT_UNPROVED] = REPORT_STATE_UNPROVED,
		[VERDICT_REVIEW] = REPORT_STATE_REVIEW,
	};

	return states[kind];
}

void verdict_join_reasons(const struct verdict *verdict, char out[REPORT_REASONS_MAX])
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < verdict->reason_count; i++)
		at += (size_t)snprintf(out + at, REPORT_REASONS_MAX - at, "%s%s", i ? "," : "",
				       verdict_reason_name(verdict->reasons[i]));
}

/* Only events out of `pending` are verdicts of policy; the detail of others may be a subscriber's
 * text, and hold anything. */
int stored_verdict_load(struct db *db, int64_t report_id, struct stored_verdict *out)
{
	struct db_stmt *stmt = db_query(db, Q_EVENTS_OF_REPORT);
	int found = -ENOENT;
	int rc;

	db_bind_int(stmt, 1, report_id);
	while ((rc = db_step(stmt)) > 0) {
		if (db_int(stmt, 2) != REPORT_STATE_PENDING)
			continue;
		found = evidence_parse(db_text(stmt, 5), &out->note);
		out->seq = db_int(stmt, 0);
		out->at_ms = db_int(stmt, 1);
		out->state = (enum report_state)db_int(stmt, 3);
		snprintf(out->reasons, sizeof(out->reasons), "%s", db_text(stmt, 4));
	}
	return rc < 0 ? rc : found;
}

/* ---- as JSON ---- */

static json_t *call_json(const struct evidence *evidence)
{
	if (evidence->call != EVIDENCE_CALL_FOUND)
		return json_string(evidence_call_name(evidence->call));
	return json_pack("{so ss sb sI sb sI}", "start", query_time(evidence->record.start_ms),
			 "entry", call_entry_name(evidence->record.entry), "answered",
			 evidence->record.answered, "duration_s",
			 (json_int_t)evidence->record.duration_s, "asserted_differs",
			 evidence->record.caller_differs, "calls_in_window",
			 (json_int_t)evidence->calls_in_window);
}

static json_t *near_json(const struct evidence *evidence)
{
	json_t *list = json_array();

	for (size_t i = 0; i < evidence->near_count; i++)
		json_array_append_new(list, query_masked(evidence->near[i].text));
	return list;
}

static json_t *evidence_json(const struct evidence_note *note)
{
	const struct evidence *evidence = &note->evidence;

	return json_pack("{ss ss so so s{sI sI sI sI} sI sI sb so so sb}", "intent",
			 report_intent_name(evidence->intent), "category",
			 report_category_name(evidence->category), "number",
			 query_masked(evidence->number.text), "call", call_json(evidence), "fanout",
			 "distinct_people", (json_int_t)evidence->distinct_called, "attempts",
			 (json_int_t)evidence->attempts, "answered", (json_int_t)evidence->answered,
			 "talk_s", (json_int_t)evidence->seconds, "other_reporters",
			 (json_int_t)evidence->reporters, "calls_back",
			 (json_int_t)evidence->calls_back, "partner", evidence->partner, "near",
			 near_json(evidence), "deadline", query_time(note->deadline_ms),
			 "deadline_passed", evidence->deadline_passed);
}

static int32_t points_of(const struct verdict *verdict, enum verdict_reason reason)
{
	for (size_t i = 0; i < verdict->point_count; i++)
		if (verdict->points[i].reason == reason)
			return verdict->points[i].points;
	return 0;
}

__attribute__((format(printf, 4, 5))) static void add_rule(json_t *rules, const char *name,
							   int32_t points, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(rules, json_pack("{ss si ss}", "rule", name, "points", (int)points,
					       "evidence", text));
}

/* Each rule, whether it fitted or not. Points come only from a verdict that was weighed. */
static json_t *rules_json(const struct evidence *evidence, const struct verdict_policy *policy,
			  const struct verdict *verdict)
{
	enum verdict_class class = verdict_class_of(evidence);
	json_t *rules = json_array();
	uint32_t answered_pct =
		evidence->attempts ? evidence->answered * 100 / evidence->attempts : 0;
	uint64_t mean_s = evidence->answered ? evidence->seconds / evidence->answered : 0;

	add_rule(rules, "number_class", points_of(verdict, VERDICT_NUMBER_CLASS), "%s: %s%s",
		 verdict_class_name(class), verdict_course_name(policy->classes.of[class].outcome),
		 verdict->forged ? ", forged" : "");
	add_rule(rules, "sales_words", points_of(verdict, VERDICT_SALES_WORDS), "%s",
		 report_category_name(evidence->category));
	add_rule(rules, "other_reporters", points_of(verdict, VERDICT_OTHER_REPORTERS),
		 "%u people in %u days, counts from %u on", evidence->reporters,
		 policy->reporters_days, policy->reporters_min);
	add_rule(rules, "wide_fanout", points_of(verdict, VERDICT_WIDE_FANOUT),
		 "%u people in %u days (wide from %u on), %u%% answered (at most %u%%), %llu s on "
		 "average (at most %u, 0: any)",
		 evidence->distinct_called, policy->fanout_days, policy->fanout_distinct,
		 answered_pct, policy->fanout_answered_pct, (unsigned long long)mean_s,
		 policy->fanout_mean_s);
	add_rule(rules, "acquaintance", points_of(verdict, VERDICT_ACQUAINTANCE),
		 "called it %u times in %u days before, counts from %u on", evidence->calls_back,
		 policy->acquaintance_days, policy->acquaintance_min);
	return rules;
}

static json_t *changes_json(const struct evidence *evidence, const struct verdict_policy *policy)
{
	struct verdict_change changes[VERDICT_CHANGES_MAX];
	size_t count = verdict_changes(evidence, policy, changes);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{ss ss}", "then",
						      verdict_kind_name(changes[i].kind), "if",
						      changes[i].what));
	return list;
}

static json_t *thresholds_json(const struct verdict_policy *policy)
{
	return json_pack("{si si si sI sb ss}", "verify_at", (int)policy->verify_at, "review_at",
			 (int)policy->review_at, "verify_sms_at", (int)policy->verify_sms_at,
			 "min_seconds", (json_int_t)policy->min_seconds, "require_answered",
			 policy->require_answered, "review_timeout",
			 verdict_timeout_name(policy->review_timeout));
}

/* What people decided, oldest first. */
static int add_decisions(struct db *db, int64_t report_id, json_t *out)
{
	struct db_stmt *stmt = db_query(db, Q_EVENTS_OF_REPORT);
	int rc;

	db_bind_int(stmt, 1, report_id);
	while ((rc = db_step(stmt)) > 0) {
		json_t *detail;

		if (db_int(stmt, 2) != REPORT_STATE_REVIEW)
			continue;
		detail = json_loads(db_text(stmt, 5), 0, NULL);
		json_array_append_new(
			out, json_pack("{so ss so* so*}", "at", query_time(db_int(stmt, 1)),
				       "verdict", query_report_state(db_int(stmt, 3)), "by",
				       json_incref(json_object_get(detail, "by")), "reason",
				       json_incref(json_object_get(detail, "reason"))));
		json_decref(detail);
	}
	return rc;
}

static json_t *why_json(const struct stored_verdict *stored, const struct verdict_policy *policy,
			bool intact)
{
	const struct evidence *evidence = &stored->note.evidence;
	struct verdict verdict = verdict_decide(evidence, policy);
	char reasons[REPORT_REASONS_MAX];
	char effective[ISO_TIME_MAX];
	bool same;

	verdict_join_reasons(&verdict, reasons);
	same = verdict_state(verdict.kind) == stored->state &&
	       verdict.score == stored->note.score && strcmp(reasons, stored->reasons) == 0;
	return json_pack(
		"{so ss sb ss s{ss si so} s{ss si so} s{ss ss} so so so so}", "judged",
		query_time(stored->at_ms), "verdict", query_report_state(stored->state), "same",
		same && intact, "chain", intact ? "intact" : "BROKEN", "stored", "verdict",
		query_report_state(stored->state), "score", (int)stored->note.score, "reasons",
		query_list(stored->reasons), "derived", "verdict", verdict_kind_name(verdict.kind),
		"score", (int)verdict.score, "reasons", query_list(reasons), "policy", "effective",
		iso_time_format(policy->effective_ms, effective), "hash", stored->note.policy,
		"thresholds", thresholds_json(policy), "evidence", evidence_json(&stored->note),
		"rules", rules_json(evidence, policy, &verdict), "otherwise",
		changes_json(evidence, policy));
}

int report_why(struct db *db, const struct report_row *row, json_t **out)
{
	struct stored_verdict stored;
	struct verdict_policy policy;
	json_t *decisions;
	int rc = stored_verdict_load(db, row->id, &stored);

	if (rc < 0)
		return rc;
	rc = policy_store_get(db, stored.note.policy, &policy);
	if (rc < 0)
		return rc == -ENOENT ? -EBADMSG : rc;
	*out = why_json(&stored, &policy, report_chain_verify(db, row) == 0);
	decisions = json_array();
	rc = add_decisions(db, row->id, decisions);
	json_object_set_new(*out, "decisions", decisions);
	return rc;
}
