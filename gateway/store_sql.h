/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* store_sql.h - every statement that the store runs, in one list, and the migrations of its schema.
 *
 * The tables are described in store_schema.c. Times are ms since the Unix epoch, UTC; states are
 * the enums named beside the columns.
 */
#pragma once

#include <stddef.h>

#include "gateway/store_sql_privacy.h"

#define REPORT_COLUMNS                                                                             \
	"id,subscriber,number,intent,category,text,received_ms,call_from_ms,call_to_ms,state,"     \
	"check_at,checks,deadline_ms,route,score,reasons,call_start_ms,forged,events,chain,told,"  \
	"appealed"

#define REWARD_COLUMNS                                                                             \
	"id,report_id,subscriber,caller,call_start_ms,amount_mb,state,reason,created_ms,"          \
	"requested_ms,settled_ms,attempts,next_ms,budget_ms,returned,changed_ms"
/* What reward_row_load() wants: the note of a credit is empty. */
#define REWARD_ENTRY REWARD_COLUMNS ",''"
#define LEDGER_ENTRY REWARD_COLUMNS ",note"

#define USER_COLUMNS "name,roles,created_ms,disabled_ms"
#define TOKEN_COLUMNS "id,user,kind,parent,label,created_ms,expires_ms,used_day_ms,revoked_ms"
#define OPERATOR_COLUMNS "version,at_ms,actor,note,back_to,configured,text,hash"
#define ATTEMPT_COLUMNS                                                                            \
	"id,subscriber,sender,channel,first_ms,last_ms,count,tier,rule,version,account,"           \
	"released_ms,CASE channel WHEN 2 THEN (SELECT COUNT(DISTINCT message_id) FROM quarantine " \
	"WHERE subscriber=attempt.subscriber AND sender=attempt.sender AND released_ms IS NULL) "  \
	"ELSE 0 END"

/* Of a page of reports: not before ?1, before (?2, ?3), at most ?4. */
#define REPORTS_PAGE                                                                               \
	"received_ms>=?1 AND received_ms<=?2 AND (received_ms<?2 OR id<?3) "                       \
	"ORDER BY received_ms DESC,id DESC LIMIT ?4"

#define DB_QUERIES(X)                                                                              \
	X(Q_SEQUENCE_TAKE, "INSERT INTO sequence(id,next) VALUES(?1,1+?2) "                        \
			   "ON CONFLICT(id) DO UPDATE SET next=next+?2 RETURNING next")            \
	/* message_in */                                                                           \
	X(Q_MESSAGE_INSERT, "INSERT INTO message_in(id,received_ms,account,source,state,"          \
			    "report_id,raw) VALUES(?,?,?,?,?,?,?)")                                \
	X(Q_MESSAGE_OPEN, "SELECT id,received_ms,account,source,state,raw FROM message_in "        \
			  "WHERE state=0 AND id>? ORDER BY id LIMIT ?")                            \
	X(Q_MESSAGE_DONE, "UPDATE message_in SET state=1,report_id=? WHERE id=?")                  \
	/* Its own row, and those of later parts and texts, which alone are in the index. */       \
	X(Q_MESSAGES_OF_REPORT,                                                                    \
	  "SELECT id,received_ms,account,raw FROM message_in WHERE id=?1 AND report_id=?1 "        \
	  "UNION ALL SELECT id,received_ms,account,raw FROM message_in "                           \
	  "WHERE report_id=?1 AND report_id<>id ORDER BY id")                                      \
	/* report */                                                                               \
	X(Q_REPORT_INSERT, "INSERT INTO report(" REPORT_COLUMNS ") "                               \
			   "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")                  \
	X(Q_REPORT_GET, "SELECT " REPORT_COLUMNS " FROM report WHERE id=?")                        \
	/* The + keeps SQLite off the index by number: one that many report has a long list. */    \
	X(Q_REPORT_SAME, "SELECT " REPORT_COLUMNS " FROM report WHERE subscriber=? AND number=? "  \
			 "AND +received_ms>? ORDER BY id DESC LIMIT 1")                            \
	/* By its id, which the index gives: ordering whole rows takes a sorter. */                \
	X(Q_REPORT_LATEST, "SELECT " REPORT_COLUMNS " FROM report WHERE id="                       \
			   "(SELECT MAX(id) FROM report WHERE subscriber=?)")                      \
	/* Without the number: naming it would write two indexes anew, changed or not. */          \
	X(Q_REPORT_UPDATE, "UPDATE report SET state=?,check_at=?,checks=?,deadline_ms=?,score=?,"  \
			   "reasons=?,call_start_ms=?,forged=?,events=?,chain=?,appealed=? "       \
			   "WHERE id=?")                                                           \
	X(Q_REPORT_NUMBER, "UPDATE report SET number=? WHERE id=?")                                \
	X(Q_REPORT_COMPLETE,                                                                       \
	  "UPDATE report SET category=?1,call_from_ms=?2,call_to_ms=?3,text=CASE WHEN "            \
	  "?4 IS NOT NULL AND length(text)<4000 THEN text||char(10)||?4 ELSE text END,intent=?5 "  \
	  "WHERE id=?6")                                                                           \
	X(Q_REPORT_RECHECK, "UPDATE report SET check_at=?,checks=? WHERE id=?")                    \
	X(Q_REPORT_TOLD, "UPDATE report SET told=told|? WHERE id=?")                               \
	X(Q_REPORT_DUE, "SELECT " REPORT_COLUMNS " FROM report WHERE check_at IS NOT NULL "        \
			"AND check_at<=? ORDER BY check_at LIMIT ?")                               \
	/* Some are told apart by whoever asks: in SQL that takes a table of its own, for many. */ \
	X(Q_REPORT_REPORTERS, "SELECT subscriber,received_ms FROM report WHERE number=? "          \
			      "AND received_ms>?")                                                 \
	/* From number to number along the index: as many steps as numbers, not as reports. */     \
	X(Q_REPORT_NUMBERS_VERIFIED,                                                               \
	  "WITH RECURSIVE each(number) AS (SELECT MIN(number) FROM report WHERE number>? "         \
	  "UNION ALL SELECT (SELECT MIN(number) FROM report WHERE number>each.number) "            \
	  "FROM each WHERE each.number IS NOT NULL) SELECT number FROM each WHERE EXISTS("         \
	  "SELECT 1 FROM report WHERE report.number=each.number AND state=3 AND forged=0) "        \
	  "LIMIT ?")                                                                               \
	/* commands_reports.c: the newest first, before a place, one index each. */                \
	X(Q_REPORTS_ALL, "SELECT " REPORT_COLUMNS " FROM report WHERE " REPORTS_PAGE)              \
	X(Q_REPORTS_STATE,                                                                         \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE state+0=?5 AND " REPORTS_PAGE)              \
	X(Q_REPORTS_CATEGORY,                                                                      \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE category=?5 AND " REPORTS_PAGE)             \
	X(Q_REPORTS_NUMBER,                                                                        \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE number=?5 AND " REPORTS_PAGE)               \
	/* One person's are few: sorted, but not with all they hold. */                            \
	X(Q_REPORTS_SUBSCRIBER,                                                                    \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE id IN (SELECT id FROM report "              \
	  "INDEXED BY report_subscriber WHERE subscriber=?5 AND " REPORTS_PAGE                     \
	  ") ORDER BY received_ms DESC,id DESC")                                                   \
	X(Q_REPORTS_SUBSCRIBER_NUMBER,                                                             \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE id IN (SELECT id FROM report "              \
	  "INDEXED BY report_subscriber WHERE subscriber=?5 AND number=?6 AND " REPORTS_PAGE       \
	  ") ORDER BY received_ms DESC,id DESC")                                                   \
	X(Q_REPORT_SIMILAR_COUNT, "SELECT COUNT(*),COUNT(DISTINCT subscriber) FROM (SELECT "       \
				  "subscriber FROM report WHERE number=?1 AND id<>?2 LIMIT ?3)")   \
	/* app_request */                                                                          \
	X(Q_APP_REQUEST_GET,                                                                       \
	  "SELECT hash,answer FROM app_request WHERE owner=? AND key=? AND expires_ms>?")          \
	X(Q_APP_REQUEST_PUT, "INSERT OR REPLACE INTO "                                             \
			     "app_request(owner,key,hash,answer,expires_ms) VALUES(?,?,?,?,?)")    \
	X(Q_APP_REQUEST_FORGET,                                                                    \
	  "DELETE FROM app_request WHERE (owner,key) IN (SELECT owner,key FROM app_request WHERE " \
	  "expires_ms<=? ORDER BY expires_ms LIMIT ?)")                                            \
	/* day_count, caller_day: see commands_callers.c, commands_statistics.c */                 \
	X(Q_DAY_COUNTS, "SELECT day_ms,kind,n FROM day_count WHERE day_ms>=?")                     \
	X(Q_REPORT_OPEN_AGES, "SELECT received_ms,deadline_ms FROM report INDEXED BY report_due "  \
			      "WHERE check_at IS NOT NULL AND state IN (0,1,2,6,7)")               \
	X(Q_CALLER_TOP, "SELECT number,reports,verified FROM caller_day WHERE day_ms=?1 AND "      \
			"reports>2 ORDER BY reports DESC LIMIT ?2")                                \
	X(Q_CALLER_REST, "SELECT number,reports,verified FROM caller_day WHERE day_ms=?1 AND "     \
			 "reports<=2 LIMIT ?2")                                                    \
	X(Q_CALLER_SUM, "WITH RECURSIVE day(at) AS (SELECT ?2 UNION ALL SELECT at+86400000 FROM "  \
			"day WHERE at<?3) SELECT SUM(reports),SUM(verified) FROM day CROSS JOIN "  \
			"caller_day ON day_ms=at AND number=?1")                                   \
	X(Q_CALLER_SEEN, "SELECT (SELECT MIN(received_ms) FROM report WHERE number=?1 AND "        \
			 "received_ms>=?2),MAX(received_ms),COUNT(DISTINCT subscriber),COUNT(*) "  \
			 "FROM (SELECT received_ms,subscriber FROM report WHERE number=?1 AND "    \
			 "received_ms>=?2 ORDER BY received_ms DESC LIMIT ?3)")                    \
	X(Q_CALLER_DAYS, "WITH RECURSIVE day(at) AS (SELECT ?2 UNION ALL SELECT at+86400000 FROM " \
			 "day WHERE at<?3) SELECT day_ms,reports,verified FROM day CROSS JOIN "    \
			 "caller_day ON day_ms=at AND number=?1")                                  \
	X(Q_CALLER_STATES, "SELECT state,COUNT(*) FROM (SELECT state FROM report WHERE number=?1 " \
			   "ORDER BY received_ms DESC LIMIT ?2) GROUP BY state")                   \
	X(Q_CALLER_ENDS, "SELECT (SELECT MIN(received_ms) FROM report WHERE number=?1),(SELECT "   \
			 "MAX(received_ms) FROM report WHERE number=?1)")                          \
	X(Q_CALLER_REWARDS, "SELECT COUNT(*),COALESCE(SUM(amount_mb),0) FROM (SELECT amount_mb "   \
			    "FROM reward WHERE caller=?1 AND state<>4 AND returned=0 LIMIT ?2)")   \
	X(Q_SUBSCRIBER_REWARDS,                                                                    \
	  "SELECT COUNT(*),COALESCE(SUM(amount_mb),0) FROM (SELECT amount_mb FROM reward WHERE "   \
	  "subscriber=? AND state<>4 AND returned=0 LIMIT 10000)")                                 \
	X(Q_SUBSCRIBER_BLOCKED,                                                                    \
	  "SELECT COALESCE(SUM(count),0) FROM attempt WHERE subscriber=? AND day_ms>=?")           \
	X(Q_REPORT_COUNTS,                                                                         \
	  "SELECT kind/100,SUM(n) FROM day_count WHERE kind<1000 GROUP BY kind/100")               \
	X(Q_EVENT_INSERT, "INSERT INTO report_event(report_id,seq,at_ms,from_state,to_state,"      \
			  "reasons,detail,hash) VALUES(?,?,?,?,?,?,?,?)")                          \
	/* report_trace.c says what the columns are. */                                            \
	X(Q_REPORT_TRACE,                                                                          \
	  "SELECT * FROM (SELECT 0 step,received_ms at,account a,'' b,id n,id seq "                \
	  "FROM message_in WHERE id=?1 AND report_id=?1 "                                          \
	  "UNION ALL SELECT 0,received_ms,account,'',id,id FROM message_in "                       \
	  "WHERE report_id=?1 AND report_id<>id "                                                  \
	  "UNION ALL SELECT 1,at_ms,reasons,'',from_state*100+to_state,seq FROM report_event "     \
	  "WHERE report_id=?1 "                                                                    \
	  "UNION ALL SELECT 2,created_ms,payload,'',attempts,id FROM text_out WHERE report_id=?1 " \
	  "UNION ALL SELECT 3,sent_ms,payload,reason,state,id FROM text_out "                      \
	  "WHERE report_id=?1 AND sent_ms>0 "                                                      \
	  "UNION ALL SELECT 4,created_ms,payload,'',channel,id FROM outbox WHERE report_id=?1 "    \
	  "UNION ALL SELECT 5,created_ms,id,'',amount_mb,0 FROM reward WHERE report_id=?1 "        \
	  "UNION ALL SELECT 6,requested_ms,id,'',attempts,0 FROM reward "                          \
	  "WHERE report_id=?1 AND requested_ms>0 "                                                 \
	  "UNION ALL SELECT 7,settled_ms,id,reason,state,0 FROM reward "                           \
	  "WHERE report_id=?1 AND settled_ms>0 "                                                   \
	  "UNION ALL SELECT 8,at_ms,what,reward_event.reason,0,reward_event.id FROM reward_event " \
	  "JOIN ledger ON ledger.id=reward_id WHERE ledger.report_id=?1"                           \
	  ") ORDER BY at,step,seq")                                                                \
	X(Q_REPORT_ERASE, "UPDATE report SET subscriber=?,number=?,text='',check_at=NULL "         \
			  "WHERE id=?")                                                            \
	X(Q_EVENTS_ERASE, "UPDATE report_event SET detail='',erased=1 WHERE report_id=? AND "      \
			  "detail<>'' AND NOT (from_state=to_state AND reasons='erased')")         \
	X(Q_EVENTS_OF_REPORT, "SELECT seq,at_ms,from_state,to_state,reasons,detail,hash,erased "   \
			      "FROM report_event WHERE report_id=? ORDER BY seq")                  \
	/* policy, review, report_warning */                                                       \
	X(Q_POLICY_PUT, "INSERT INTO policy(hash,effective_ms,seen_ms,text) VALUES(?,?,?,?) "      \
			"ON CONFLICT DO NOTHING")                                                  \
	X(Q_POLICY_GET, "SELECT text FROM policy WHERE hash=?")                                    \
	X(Q_REVIEW_QUEUE, "SELECT report.id,taken_by,taken_ms,decided_by FROM report "             \
			  "LEFT JOIN review ON review.report_id=report.id WHERE state=6 "          \
			  "ORDER BY deadline_ms,report.id LIMIT ?")                                \
	X(Q_REVIEW_NEXT, "SELECT report.id FROM report LEFT JOIN review "                          \
			 "ON review.report_id=report.id WHERE state=6 "                            \
			 "AND (taken_by IS NULL OR taken_by='' OR taken_ms<=?2 "                   \
			 "OR (?3=0 AND taken_by=?1 COLLATE NOCASE)) "                              \
			 "AND (decided_by IS NULL OR decided_by<>?1 COLLATE NOCASE) "              \
			 "ORDER BY deadline_ms,report.id LIMIT 1")                                 \
	X(Q_REVIEW_COUNT, "SELECT COUNT(*) FROM report WHERE state=6")                             \
	X(Q_REVIEW_GET, "SELECT taken_by,taken_ms,decided_by,decided_ms FROM review "              \
			"WHERE report_id=?")                                                       \
	X(Q_REVIEW_TAKE,                                                                           \
	  "INSERT INTO review(report_id,taken_by,taken_ms,decided_by,decided_ms) "                 \
	  "VALUES(?1,?2,?3,'',0) ON CONFLICT(report_id) DO UPDATE SET taken_by=?2,taken_ms=?3")    \
	X(Q_REVIEW_DECIDE,                                                                         \
	  "INSERT INTO review(report_id,taken_by,taken_ms,decided_by,decided_ms) "                 \
	  "VALUES(?1,'',0,?2,?3) ON CONFLICT(report_id) DO UPDATE SET taken_by='',taken_ms=0,"     \
	  "decided_by=?2,decided_ms=?3")                                                           \
	X(Q_REVIEW_SIMILAR,                                                                        \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE number=?1 AND received_ms>?2 AND id<>?3 "   \
	  "ORDER BY received_ms DESC LIMIT ?4")                                                    \
	X(Q_REVIEW_SENDER, "SELECT state,COUNT(*) FROM (SELECT state FROM report "                 \
			   "WHERE subscriber=? AND id<>? LIMIT 10000) GROUP BY state")             \
	/* policy_try.c */                                                                         \
	X(Q_REPORT_AT, "SELECT id,received_ms FROM report WHERE id>=? ORDER BY id LIMIT 1")        \
	X(Q_REPORT_LAST, "SELECT COALESCE(MAX(id),0) FROM report")                                 \
	X(Q_REPORT_RANGE, "SELECT " REPORT_COLUMNS " FROM report WHERE id>? AND id<=? "            \
			  "ORDER BY id")                                                           \
	X(Q_REPORT_REPORTERS_THEN,                                                                 \
	  "SELECT COUNT(*) FROM (SELECT DISTINCT subscriber FROM report WHERE number=? "           \
	  "AND received_ms>? AND received_ms<=? AND subscriber<>? LIMIT ?)")                       \
	X(Q_REWARDS_OF_SUBSCRIBER, "SELECT " REWARD_ENTRY " FROM reward WHERE subscriber=? "       \
				   "AND created_ms>=? AND report_id<?")                            \
	X(Q_REWARDS_OF_CALLER, "SELECT " REWARD_ENTRY " FROM reward WHERE caller=? "               \
			       "AND created_ms>=? AND report_id<? LIMIT 1000")                     \
	X(Q_REWARDS_SINCE, "SELECT COALESCE(SUM(amount_mb),0) FROM reward WHERE report_id>=? AND " \
			   "budget_ms=? AND state<>4 AND returned=0")                              \
	X(Q_JUDGE_VERIFIED, "SELECT id FROM report WHERE subscriber=? AND state=3 AND id<?")       \
	X(Q_JUDGE_REPORT,                                                                          \
	  "INSERT OR IGNORE INTO report(" REPORT_COLUMNS                                           \
	  ") VALUES(?1,?2,'',0,0,'',0,NULL,NULL,3,NULL,0,0,'',0,'',NULL,0,0,x'',0,0)")             \
	X(Q_WARNING_PUT,                                                                           \
	  "INSERT INTO report_warning(report_id,deadline_ms) VALUES(?1,?2) "                       \
	  "ON CONFLICT(report_id) DO UPDATE SET deadline_ms=?2 WHERE deadline_ms<>?2")             \
	X(Q_REPORT_CLOCKS, "SELECT MIN(received_ms),COALESCE(SUM(deadline_ms<=?1),0),"             \
			   "COALESCE(SUM(deadline_ms<=?2),0) FROM report INDEXED BY report_due "   \
			   "WHERE check_at IS NOT NULL AND state IN (0,1,2,6,7)")                  \
	/* question */                                                                             \
	X(Q_QUESTION_OPEN, "INSERT INTO question(report_id,subscriber,kind,asked,due_ms,asked_ms," \
			   "answered_ms,choices) VALUES(?,?,?,0,?,NULL,NULL,?)")                   \
	X(Q_QUESTION_ASK,                                                                          \
	  "INSERT INTO question(report_id,subscriber,kind,asked,due_ms,asked_ms,answered_ms,"      \
	  "choices) VALUES(?1,?2,?3,1,NULL,?4,NULL,?5) ON CONFLICT(report_id) DO UPDATE SET "      \
	  "kind=?3,asked=asked+1,due_ms=NULL,asked_ms=?4,answered_ms=NULL,choices=?5")             \
	X(Q_QUESTION_GET, "SELECT report_id,kind,asked,asked_ms,choices FROM question "            \
			  "WHERE report_id=?")                                                     \
	X(Q_QUESTION_FIND, "SELECT report_id,kind,asked,asked_ms,choices FROM question "           \
			   "WHERE subscriber=? AND asked_ms>? AND answered_ms IS NULL "            \
			   "AND (kind=3)=? ORDER BY asked_ms DESC,report_id DESC LIMIT 1")         \
	X(Q_QUESTION_LATER, "SELECT 1 FROM question WHERE subscriber=?1 AND asked_ms>=?2 AND "     \
			    "report_id<>?3 AND (asked_ms>?2 OR report_id>?3) LIMIT 1")             \
	X(Q_QUESTION_CLOSE, "UPDATE question SET due_ms=NULL,answered_ms=? WHERE report_id=?")     \
	X(Q_QUESTION_DUE, "SELECT " REPORT_COLUMNS " FROM report WHERE id IN (SELECT report_id "   \
			  "FROM question WHERE due_ms IS NOT NULL AND due_ms<=? "                  \
			  "ORDER BY due_ms LIMIT ?)")                                              \
	/* subscriber, change */                                                                   \
	X(Q_SUBSCRIBER_GET,                                                                        \
	  "SELECT style,unsubscribed_ms,asked_sense,asked_scope,asked_ms,"                         \
	  "chat_day_ms,chat_answered,chat_unanswered,asked_text,reported_wish FROM subscriber "    \
	  "WHERE subscriber=?")                                                                    \
	X(Q_SUBSCRIBER_PUT, "INSERT OR REPLACE INTO subscriber(subscriber,style,unsubscribed_ms,"  \
			    "asked_sense,asked_scope,asked_ms,chat_day_ms,chat_answered,"          \
			    "chat_unanswered,asked_text,reported_wish) "                           \
			    "VALUES(?,?,?,?,?,?,?,?,?,?,?)")                                       \
	X(Q_SUBSCRIBER_CLOSE, "UPDATE subscriber SET asked_sense=0,asked_text='' "                 \
			      "WHERE subscriber=? AND (asked_sense<>0 OR asked_text<>'')")         \
	X(Q_SUBSCRIBER_STYLE, "SELECT style FROM subscriber WHERE subscriber=?")                   \
	X(Q_CHANGE_GET, "SELECT kind,number,before,after,at_ms FROM change WHERE subscriber=?")    \
	X(Q_CHANGE_PUT, "INSERT OR REPLACE INTO change(subscriber,kind,number,before,after,at_ms)" \
			" VALUES(?,?,?,?,?,?)")                                                    \
	X(Q_CHANGE_DROP, "DELETE FROM change WHERE subscriber=?")                                  \
	/* reported_block */                                                                       \
	X(Q_REPORTED_PUT, "INSERT INTO reported_block(subscriber,number,blocked_ms) "              \
			  "VALUES(?,?,?) ON CONFLICT(subscriber,number) DO UPDATE SET "            \
			  "blocked_ms=excluded.blocked_ms")                                        \
	X(Q_REPORTED_TAKE_BACK, "UPDATE reported_block SET taken_back_ms=? WHERE subscriber=? "    \
				"AND number=? AND taken_back_ms IS NULL")                          \
	X(Q_REPORTED_IS_TAKEN_BACK, "SELECT 1 FROM reported_block WHERE subscriber=? AND "         \
				    "number=? AND taken_back_ms IS NOT NULL")                      \
	X(Q_REPORTED_COUNT, "SELECT COUNT(*) FROM reported_block WHERE subscriber=? AND "          \
			    "taken_back_ms IS NOT NULL")                                           \
	X(Q_REPORTED_EACH, "SELECT number,taken_back_ms FROM reported_block WHERE subscriber=? "   \
			   "AND taken_back_ms IS NOT NULL ORDER BY number")                        \
	/* words */                                                                                \
	X(Q_WORDS_PUT, "INSERT INTO words(subscriber,at_ms,text) VALUES(?,?,?) "                   \
		       "ON CONFLICT(subscriber) DO UPDATE SET at_ms=excluded.at_ms,"               \
		       "text=excluded.text")                                                       \
	X(Q_WORDS_GET, "SELECT text FROM words WHERE subscriber=? AND at_ms>=?")                   \
	X(Q_WORDS_DROP, "DELETE FROM words WHERE subscriber=?")                                    \
	X(Q_WORDS_PURGE, "DELETE FROM words WHERE at_ms<?")                                        \
	/* held */                                                                                 \
	X(Q_HELD_INSERT, "INSERT INTO held(due_ms,target,payload,report_id,told,route,"            \
			 "created_ms) VALUES(?,?,?,?,?,?,?)")                                      \
	X(Q_HELD_DUE, "SELECT id,target,payload,report_id,told,route,created_ms FROM held "        \
		      "WHERE due_ms<=? ORDER BY due_ms,id LIMIT 1")                                \
	X(Q_HELD_REMOVE, "DELETE FROM held WHERE id=?")                                            \
	/* reward, reversal, and both of them as ledger */                                         \
	X(Q_REWARD_INSERT, "INSERT INTO reward(" REWARD_COLUMNS                                    \
			   ") SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,NULL,NULL,0,NULL,?10,?11,?9 "      \
			   "WHERE NOT EXISTS(SELECT 1 FROM reward_gone WHERE id=?1) "              \
			   "ON CONFLICT DO NOTHING")                                               \
	X(Q_REWARD_GET, "SELECT " REWARD_ENTRY " FROM reward WHERE id=?")                          \
	X(Q_REWARD_OF_REPORT, "SELECT " REWARD_ENTRY " FROM reward WHERE report_id=?")             \
	X(Q_REWARD_HISTORY,                                                                        \
	  "SELECT COALESCE(SUM(created_ms>=?),0),COALESCE(SUM(created_ms>=?),0),COUNT(*) FROM "    \
	  "reward WHERE subscriber=? AND created_ms>=? AND state<>4 AND returned=0")               \
	X(Q_REWARD_CALLER,                                                                         \
	  "SELECT COUNT(*) FROM (SELECT 1 FROM reward WHERE caller=? AND created_ms>=? AND "       \
	  "state<>4 AND returned=0 AND subscriber<>? LIMIT 1000)")                                 \
	X(Q_REWARD_CALLER_ALL, "SELECT COUNT(*) FROM (SELECT 1 FROM reward WHERE caller=? AND "    \
			       "created_ms>? AND state<>4 AND returned=0 LIMIT ?)")                \
	X(Q_REWARD_VERIFIED, "SELECT COUNT(*) FROM (SELECT 1 FROM report WHERE subscriber=? AND "  \
			     "state=3 AND id<>? LIMIT ?)")                                         \
	X(Q_REWARD_REQUESTED, "UPDATE reward SET "                                                 \
			      "state=1,requested_ms=?1,attempts=attempts+1,next_ms=?1+MIN(?3,?2*(" \
			      "1<<MIN(attempts,20))) WHERE id=?4 AND state IN (0,1)")              \
	X(Q_REWARD_SETTLE, "UPDATE reward SET "                                                    \
			   "state=?1,reason=?2,requested_ms=COALESCE(requested_ms,?3),attempts="   \
			   "MAX(attempts,1),settled_ms=?3,next_ms=NULL,changed_ms=?3 WHERE "       \
			   "id=?4 AND state IN (0,1)")                                             \
	X(Q_REWARD_REPEAT,                                                                         \
	  "SELECT " REWARD_ENTRY                                                                   \
	  " FROM reward WHERE next_ms IS NOT NULL AND next_ms<=? ORDER BY next_ms LIMIT ?")        \
	X(Q_REWARD_ASKED, "UPDATE reward SET next_ms=NULL WHERE id=?")                             \
	X(Q_REWARD_REOPEN, "UPDATE reward SET "                                                    \
			   "state=0,reason='',settled_ms=NULL,next_ms=NULL,returned=0,changed_ms=" \
			   "? WHERE id=? AND state=3")                                             \
	X(Q_REWARD_RETURN, "UPDATE reward SET returned=1 WHERE id=? AND returned=0")               \
	X(Q_REVERSAL_INSERT, "INSERT INTO reversal(" REWARD_COLUMNS ",reward_id,note,actor) "      \
			     "VALUES(?1,?2,?3,?4,?5,?6,0,'',?7,NULL,NULL,0,NULL,NULL,0,?7,?8,?9,?" \
			     "10) ON CONFLICT DO NOTHING")                                         \
	X(Q_REVERSAL_GET, "SELECT " LEDGER_ENTRY ",actor FROM reversal WHERE id=?")                \
	X(Q_REVERSAL_OF_REPORT, "SELECT " LEDGER_ENTRY ",actor FROM reversal WHERE report_id=?")   \
	X(Q_REVERSAL_REQUESTED, "UPDATE reversal SET "                                             \
				"state=1,requested_ms=?1,attempts=attempts+1,next_ms=?1+MIN(?3,?"  \
				"2*(1<<MIN(attempts,20))) WHERE id=?4 AND state IN (0,1)")         \
	X(Q_REVERSAL_SETTLE, "UPDATE reversal SET "                                                \
			     "state=?1,reason=?2,requested_ms=COALESCE(requested_ms,?3),attempts=" \
			     "MAX(attempts,1),settled_ms=?3,next_ms=NULL,changed_ms=?3 WHERE "     \
			     "id=?4 AND state IN (0,1)")                                           \
	X(Q_REVERSAL_REPEAT,                                                                       \
	  "SELECT " LEDGER_ENTRY                                                                   \
	  " FROM reversal WHERE next_ms IS NOT NULL AND next_ms<=? ORDER BY next_ms LIMIT ?")      \
	X(Q_REVERSAL_ASKED, "UPDATE reversal SET next_ms=NULL WHERE id=?")                         \
	X(Q_REVERSAL_REOPEN,                                                                       \
	  "UPDATE reversal SET state=0,reason='',settled_ms=NULL,next_ms=NULL,changed_ms=? WHERE " \
	  "id=? AND state=3")                                                                      \
	X(Q_REVERSAL_COUNTS, "SELECT state,COUNT(*) FROM reversal GROUP BY state")                 \
	X(Q_LEDGER_LIST,                                                                           \
	  "SELECT " REWARD_ENTRY " FROM reward WHERE created_ms<=?2 AND (created_ms<?2 OR "        \
	  "report_id<?3) UNION ALL SELECT " LEDGER_ENTRY                                           \
	  " FROM reversal WHERE created_ms<=?2 AND (created_ms<?2 OR report_id<?3) "               \
	  "ORDER BY created_ms DESC,report_id DESC LIMIT ?1")                                      \
	X(Q_LEDGER_FAILED,                                                                         \
	  "SELECT " REWARD_ENTRY " FROM reward WHERE state=3 AND report_id<?2 UNION ALL "          \
	  "SELECT " LEDGER_ENTRY " FROM reversal WHERE state=3 AND report_id<?2 "                  \
	  "ORDER BY report_id DESC LIMIT ?1")                                                      \
	/* Those that wait for an answer, and those whose request was never taken. The + keeps     \
	 * SQLite off the index by time of creation: nearly all are old. */                        \
	X(Q_LEDGER_OVERDUE,                                                                        \
	  "SELECT " LEDGER_ENTRY                                                                   \
	  " FROM ledger WHERE id IN (SELECT id FROM reward WHERE next_ms IS NOT NULL AND "         \
	  "+created_ms<?2 UNION ALL SELECT id FROM reversal WHERE next_ms IS NOT NULL AND "        \
	  "+created_ms<?2 UNION ALL SELECT target FROM outbox WHERE channel IN (2,5)) AND "        \
	  "+created_ms<?2 AND state IN (0,1) AND "                                                 \
	  "(+created_ms,report_id)>(COALESCE(?3,0),COALESCE(?4,0)) ORDER BY created_ms,report_id " \
	  "LIMIT ?1")                                                                              \
	X(Q_LEDGER_OVERDUE_COUNT,                                                                  \
	  "SELECT COUNT(*) FROM ledger WHERE id IN (SELECT id FROM reward WHERE next_ms IS NOT "   \
	  "NULL AND +created_ms<?1 UNION ALL SELECT id FROM reversal WHERE next_ms IS NOT NULL "   \
	  "AND +created_ms<?1 UNION ALL SELECT target FROM outbox WHERE channel IN (2,5)) AND "    \
	  "+created_ms<?1 AND state IN (0,1)")                                                     \
	/* Of one day, as settlement.h says; of a span of changes, page by page. */                \
	X(Q_LEDGER_DAY,                                                                            \
	  "SELECT " LEDGER_ENTRY " FROM ledger WHERE changed_ms>=?1 AND (+created_ms>=?1 OR "      \
	  "changed_ms<?2) AND +created_ms<?2 ORDER BY changed_ms,id")                              \
	X(Q_LEDGER_SPAN,                                                                           \
	  "SELECT " LEDGER_ENTRY " FROM ledger WHERE changed_ms>=?1 AND changed_ms<?2 AND "        \
	  "(changed_ms,id)>(?3,?4) ORDER BY changed_ms,id LIMIT ?5")                               \
	X(Q_LEDGER_FIRST, "SELECT MIN(changed_ms) FROM ledger")                                    \
	X(Q_REWARD_EVENT_PUT,                                                                      \
	  "INSERT INTO reward_event(reward_id,at_ms,what,reason,actor) VALUES(?,?,?,?,?)")         \
	X(Q_REWARD_EVENTS,                                                                         \
	  "SELECT at_ms,what,reason,actor FROM reward_event WHERE reward_id=? ORDER BY id")        \
	X(Q_REWARD_COUNTS, "SELECT state,COUNT(*) FROM reward GROUP BY state")                     \
	X(Q_BUDGET_GET, "SELECT spent_mb FROM budget WHERE effective_ms=?")                        \
	/* No row is changed when it does not fit into the limit. */                               \
	X(Q_BUDGET_TAKE,                                                                           \
	  "INSERT INTO budget(effective_ms,spent_mb) SELECT ?1,?2 WHERE ?2<=?3 ON "                \
	  "CONFLICT(effective_ms) DO UPDATE SET spent_mb=spent_mb+excluded.spent_mb WHERE "        \
	  "spent_mb+excluded.spent_mb<=?3")                                                        \
	X(Q_BUDGET_BACK, "UPDATE budget SET spent_mb=spent_mb-? WHERE effective_ms=?")             \
	X(Q_OUTBOX_MOVE, "SELECT id,target,payload,report_id,created_ms FROM outbox WHERE "        \
			 "channel=? ORDER BY id LIMIT ?")                                          \
	/* outbox */                                                                               \
	X(Q_OUTBOX_INSERT, "INSERT INTO outbox(channel,id,target,payload,report_id,told,route,"    \
			   "created_ms) VALUES(?,?,?,?,?,?,?,?)")                                  \
	X(Q_OUTBOX_NEXT,                                                                           \
	  "SELECT id,target,payload,report_id,told,route,created_ms,text_id FROM outbox "          \
	  "WHERE channel=? AND id>? ORDER BY id LIMIT ?")                                          \
	X(Q_OUTBOX_DELETE, "DELETE FROM outbox WHERE channel=? AND id BETWEEN ? AND ?")            \
	X(Q_OUTBOX_COUNTS, "SELECT channel,COUNT(*) FROM outbox GROUP BY channel")                 \
	X(Q_OUTBOX_OF_REPORT,                                                                      \
	  "SELECT outbox.created_ms,channel,outbox.payload,attempts FROM outbox "                  \
	  "LEFT JOIN text_out ON text_out.id=text_id WHERE outbox.report_id=? "                    \
	  "ORDER BY outbox.created_ms,channel,outbox.id")                                          \
	/* text_out, text_part, receipt_early: see text_row.h */                                   \
	X(Q_TEXT_INSERT,                                                                           \
	  "INSERT INTO text_out(id,target,payload,report_id,told,route,created_ms,state,attempts," \
	  "sent_ms,due_ms,reason) SELECT ?1,target,payload,report_id,told,route,created_ms,?2,1,"  \
	  "?3,?4,?5 FROM outbox WHERE channel=0 AND id=?6 RETURNING attempts")                     \
	X(Q_TEXT_AGAIN,                                                                            \
	  "UPDATE text_out SET state=?2,attempts=attempts+1,sent_ms=?3,due_ms=?4,reason=?5 "       \
	  "WHERE id=?1 AND EXISTS(SELECT 1 FROM outbox WHERE channel=0 AND outbox.id=?6) "         \
	  "RETURNING attempts")                                                                    \
	X(Q_TEXT_GET, "SELECT state,attempts,report_id,told FROM text_out WHERE id=?")             \
	X(Q_TEXT_MOVE, "UPDATE text_out SET state=?,due_ms=?,reason=? WHERE id=?")                 \
	X(Q_TEXT_KEEP, "UPDATE text_out SET due_ms=NULL WHERE id=?")                               \
	X(Q_TEXT_DELETE, "DELETE FROM text_out WHERE id=?")                                        \
	X(Q_TEXT_DUE, "SELECT id FROM text_out WHERE due_ms IS NOT NULL AND due_ms<=? "            \
		      "ORDER BY due_ms LIMIT ?")                                                   \
	X(Q_TEXT_ANY_DUE,                                                                          \
	  "SELECT EXISTS(SELECT 1 FROM text_out WHERE due_ms IS NOT NULL AND due_ms<=?1) "         \
	  "OR EXISTS(SELECT 1 FROM receipt_early WHERE received_ms<?2)")                           \
	X(Q_TEXT_TO_OUTBOX,                                                                        \
	  "INSERT INTO outbox(channel,id,target,payload,report_id,told,route,created_ms,text_id) " \
	  "SELECT 0,?1,target,payload,report_id,told,route,?2,id FROM text_out WHERE id=?3")       \
	X(Q_TEXTS_OF_REPORT, "SELECT created_ms,state,attempts,sent_ms,reason,payload "            \
			     "FROM text_out WHERE report_id=? AND state<>1 ORDER BY id")           \
	X(Q_TEXT_PART_PUT,                                                                         \
	  "INSERT INTO text_part(scope,key,text_id,attempt,wanted,state) VALUES(?,?,?,?,?,0) "     \
	  "ON CONFLICT(scope,key) DO UPDATE SET text_id=excluded.text_id,"                         \
	  "attempt=excluded.attempt,wanted=excluded.wanted,state=0")                               \
	X(Q_TEXT_PART_GET, "SELECT text_id,attempt,state FROM text_part WHERE scope=? AND key=?")  \
	X(Q_TEXT_PART_END, "UPDATE text_part SET state=?3 WHERE scope=?1 AND key=?2")              \
	X(Q_TEXT_PARTS_OPEN,                                                                       \
	  "SELECT COUNT(*),COALESCE(SUM(state=0),0),COALESCE(SUM(state=0 AND wanted=2),0) "        \
	  "FROM text_part WHERE text_id=? AND attempt=?")                                          \
	X(Q_TEXT_PARTS_DELETE, "DELETE FROM text_part WHERE text_id=?")                            \
	X(Q_EARLY_PUT,                                                                             \
	  "INSERT OR REPLACE INTO receipt_early(scope,key,received_ms,state,reason,pdu) "          \
	  "VALUES(?,?,?,?,?,?) RETURNING id")                                                      \
	X(Q_EARLY_TAKE, "DELETE FROM receipt_early WHERE scope=? AND key=? "                       \
			"RETURNING received_ms,state,reason,pdu")                                  \
	X(Q_EARLY_ANY, "SELECT 1 FROM receipt_early UNION ALL SELECT 1 FROM hub_notice LIMIT 1")   \
	X(Q_EARLY_BOUND,                                                                           \
	  "DELETE FROM receipt_early WHERE scope=?1 AND id<=(SELECT id FROM receipt_early "        \
	  "WHERE scope=?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)")                                    \
	X(Q_EARLY_EXPIRE, "DELETE FROM receipt_early WHERE received_ms<?")                         \
	/* receipts of hubs' messages: see hub_route_row.h */                                      \
	X(Q_HUB_ROUTE_PUT,                                                                         \
	  "INSERT OR REPLACE INTO hub_route(scope,key,account,expires_ms,name) VALUES(?,?,?,?,?)") \
	X(Q_HUB_ROUTE_GET, "SELECT account,name FROM hub_route WHERE scope=? AND key=?")           \
	X(Q_HUB_ROUTE_END, "DELETE FROM hub_route WHERE scope=? AND key=?")                        \
	X(Q_HUB_ROUTE_PURGE,                                                                       \
	  "DELETE FROM hub_route WHERE (scope,key) IN (SELECT scope,key FROM hub_route "           \
	  "WHERE expires_ms<? LIMIT ?) RETURNING 1")                                               \
	X(Q_HUB_NOTICE_PUT, "INSERT INTO hub_notice(scope,key,received_ms,pdu) VALUES(?,?,?,?) "   \
			    "RETURNING id")                                                        \
	X(Q_HUB_NOTICE_GET,                                                                        \
	  "SELECT received_ms,pdu FROM hub_notice WHERE scope=? AND key=? ORDER BY id")            \
	X(Q_HUB_NOTICE_END, "DELETE FROM hub_notice WHERE scope=? AND key=?")                      \
	X(Q_HUB_NOTICE_BOUND,                                                                      \
	  "DELETE FROM hub_notice WHERE scope=?1 AND id<=(SELECT id FROM hub_notice "              \
	  "WHERE scope=?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)")                                    \
	X(Q_HUB_NOTICE_PURGE, "DELETE FROM hub_notice WHERE id IN (SELECT id FROM hub_notice "     \
			      "WHERE received_ms<? LIMIT ?) RETURNING 1")                          \
	X(Q_HUB_RECEIPT_PUT, "INSERT INTO hub_receipt(id,account,expires_ms,pdu) VALUES(?,?,?,?)") \
	X(Q_HUB_RECEIPT_NEXT,                                                                      \
	  "SELECT id,expires_ms,pdu FROM hub_receipt WHERE account=? AND id>? "                    \
	  "ORDER BY id LIMIT ?")                                                                   \
	X(Q_HUB_RECEIPT_END, "DELETE FROM hub_receipt WHERE id=?")                                 \
	X(Q_HUB_RECEIPT_PURGE,                                                                     \
	  "DELETE FROM hub_receipt WHERE id IN (SELECT id FROM hub_receipt ORDER BY id LIMIT ?2) " \
	  "AND expires_ms<?1 RETURNING 1")                                                         \
	/* block_rule */                                                                           \
	X(Q_RULE_GET, "SELECT version,rules FROM block_rule WHERE subscriber=?")                   \
	X(Q_RULE_PUT,                                                                              \
	  "INSERT INTO block_rule(subscriber,version,rules,updated_ms) VALUES(?,1,?,?) "           \
	  "ON CONFLICT(subscriber) DO UPDATE SET version=version+1,rules=excluded.rules,"          \
	  "updated_ms=excluded.updated_ms")                                                        \
	X(Q_RULE_COUNT, "SELECT COUNT(*) FROM block_rule WHERE rules<>''")                         \
	X(Q_RULE_SCAN, "SELECT subscriber,rules FROM block_rule WHERE subscriber>? "               \
		       "ORDER BY subscriber LIMIT ?")                                              \
	X(Q_RULE_CHANGED, "SELECT a.id,a.object,COALESCE(b.rules,''),a.erased FROM audit_log a "   \
			  "LEFT JOIN block_rule b ON b.subscriber=a.object WHERE a.id>? AND "      \
			  "a.action='rules' ORDER BY a.id LIMIT ?")                                \
	/* operator_rules, traffic: see operator_store.h, traffic_row.h */                         \
	X(Q_OPERATOR_LIVE, "SELECT " OPERATOR_COLUMNS " FROM operator_rules "                      \
			   "ORDER BY version DESC LIMIT 1")                                        \
	X(Q_OPERATOR_GET, "SELECT " OPERATOR_COLUMNS " FROM operator_rules WHERE version=?")       \
	X(Q_OPERATOR_LIST, "SELECT " OPERATOR_COLUMNS " FROM operator_rules "                      \
			   "WHERE version<? ORDER BY version DESC LIMIT ?")                        \
	X(Q_OPERATOR_PUT, "INSERT INTO operator_rules(" OPERATOR_COLUMNS ") "                      \
			  "VALUES(?,?,?,?,?,?,?,?)")                                               \
	X(Q_TRAFFIC_PUT, "INSERT INTO traffic(instance,slot_ms,channel,seen,samples) "             \
			 "VALUES(?1,?2,?3,?4,?5) ON CONFLICT(slot_ms,instance,channel) DO UPDATE " \
			 "SET seen=?4,samples=?5")                                                 \
	X(Q_TRAFFIC_NEXT, "SELECT rowid,slot_ms,channel,seen,samples FROM traffic "                \
			  "WHERE rowid>? ORDER BY rowid LIMIT 1")                                  \
	X(Q_TRAFFIC_PURGE, "DELETE FROM traffic WHERE slot_ms<?")                                  \
	/* attempt, quarantine, digest: see attempt_row.h, quarantine_row.h, blocked_digest.h */   \
	X(Q_ATTEMPT_ADD,                                                                           \
	  "INSERT INTO "                                                                           \
	  "attempt(id,subscriber,day_ms,channel,sender,first_ms,last_ms,count,tier,rule,version,"  \
	  "account,released_ms) VALUES(?1,?2,?3,?4,?5,?6,?6,?7,?8,?9,CASE WHEN ?11 THEN "          \
	  "COALESCE((SELECT version FROM block_rule WHERE subscriber=?2),0) ELSE ?12 "             \
	  "END,?10,NULL) "                                                                         \
	  "ON CONFLICT(subscriber,day_ms,channel,sender) DO UPDATE SET "                           \
	  "last_ms=MAX(last_ms,excluded.last_ms),count=MIN(count+excluded.count,1000000000),tier=" \
	  "excluded.tier,rule=excluded.rule,version=excluded.version,account=excluded.account,"    \
	  "released_ms=NULL RETURNING id")                                                         \
	X(Q_ATTEMPT_COUNT, "SELECT COUNT(*) FROM attempt WHERE subscriber=?")                      \
	/* Not those of which messages are kept: these have a bound of their own. */               \
	X(Q_ATTEMPT_TRIM, "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt AS a WHERE "    \
			  "subscriber=?1 AND NOT (channel=2 AND EXISTS(SELECT 1 FROM quarantine "  \
			  "WHERE subscriber=?1 AND sender=a.sender AND released_ms IS NULL)) "     \
			  "ORDER BY day_ms DESC,last_ms DESC LIMIT -1 OFFSET ?2)")                 \
	X(Q_ATTEMPT_RECENT,                                                                        \
	  "SELECT sender,channel,MIN(SUM(count),1000000000),MAX(last_ms) FROM attempt WHERE "      \
	  "subscriber=? AND day_ms>=? AND day_ms<? AND (released_ms IS NULL OR ?) GROUP BY "       \
	  "sender,channel ORDER BY 4 DESC,MAX(id) DESC")                                           \
	X(Q_ATTEMPT_SENDER, "SELECT sender FROM attempt WHERE subscriber=? AND sender=? COLLATE "  \
			    "NOCASE ORDER BY last_ms DESC LIMIT 1")                                \
	X(Q_ATTEMPT_OPEN, "SELECT channel,SUM(released_ms IS NULL) FROM attempt WHERE "            \
			  "subscriber=? AND sender=? GROUP BY channel")                            \
	X(Q_ATTEMPT_RELEASE, "UPDATE attempt SET released_ms=? WHERE subscriber=? AND sender=? "   \
			     "AND channel=? AND released_ms IS NULL")                              \
	X(Q_ATTEMPT_GET, "SELECT subscriber,sender,channel FROM attempt WHERE id=?")               \
	X(Q_ATTEMPT_LIST,                                                                          \
	  "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE id<?3 AND day_ms>=?1 AND last_ms>=?2 "    \
	  "ORDER BY id DESC LIMIT ?4")                                                             \
	X(Q_ATTEMPT_LIST_OF,                                                                       \
	  "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE subscriber=?5 AND day_ms>=?1 AND "        \
	  "last_ms>=?2 AND (last_ms,id)<(?6,?3) ORDER BY last_ms DESC,id DESC LIMIT ?4")           \
	X(Q_ATTEMPT_BACK,                                                                          \
	  "SELECT id,subscriber,sender,channel,last_ms,count,rule FROM attempt WHERE id<? AND "    \
	  "released_ms IS NULL ORDER BY id DESC LIMIT ?")                                          \
	X(Q_ATTEMPT_PURGE,                                                                         \
	  "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE day_ms<? LIMIT ?)")       \
	X(Q_QUARANTINE_PUT, "INSERT INTO "                                                         \
			    "quarantine(id,message_id,subscriber,sender,received_ms,reference,"    \
			    "total,part,account,released_ms,pdu) VALUES(?,?,?,?,?,?,?,?,?,?,?)")   \
	X(Q_QUARANTINE_SIBLING, "SELECT message_id,released_ms IS NOT NULL FROM quarantine WHERE " \
				"subscriber=? AND sender=? AND reference=? AND total=? AND "       \
				"received_ms>? ORDER BY message_id DESC LIMIT 1")                  \
	X(Q_QUARANTINE_PART, "SELECT id,pdu FROM quarantine WHERE subscriber=? AND sender=? AND "  \
			     "message_id=? AND part=?")                                            \
	X(Q_QUARANTINE_COUNT, "SELECT COUNT(DISTINCT message_id) FROM quarantine WHERE "           \
			      "subscriber=? AND released_ms IS NULL")                              \
	X(Q_QUARANTINE_KEPT,                                                                       \
	  "SELECT message_id,pdu,id,account FROM quarantine WHERE subscriber=? AND "               \
	  "sender=? AND released_ms IS NULL ORDER BY message_id,part")                             \
	X(Q_QUARANTINE_RELEASE, "UPDATE quarantine SET released_ms=?,pdu=x'' WHERE subscriber=? "  \
				"AND sender=? AND released_ms IS NULL")                            \
	X(Q_QUARANTINE_PURGE,                                                                      \
	  "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine "                         \
	  "WHERE received_ms<? LIMIT ?) RETURNING released_ms IS NULL,id,account,received_ms,pdu") \
	X(Q_DIGEST_PUT, "INSERT INTO digest(subscriber,route,told_day_ms) VALUES(?,?,?) ON "       \
			"CONFLICT(subscriber) DO UPDATE SET route=excluded.route")                 \
	X(Q_DIGEST_IS_ON, "SELECT 1 FROM digest WHERE subscriber=?")                               \
	X(Q_DIGEST_REMOVE, "DELETE FROM digest WHERE subscriber=?")                                \
	X(Q_DIGEST_DUE, "SELECT subscriber,route FROM digest WHERE told_day_ms<? ORDER BY "        \
			"told_day_ms,subscriber LIMIT ?")                                          \
	X(Q_DIGEST_TOLD,                                                                           \
	  "UPDATE digest SET told_day_ms=?1 WHERE subscriber=?2 AND told_day_ms<?1")               \
	/* account, audit */                                                                       \
	X(Q_ACCOUNT_BOUND, "INSERT INTO account(system_id,role,first_bind_ms,last_bind_ms,binds) " \
			   "VALUES(?1,?2,?3,?3,1) "                                                \
			   "ON CONFLICT(system_id) DO UPDATE SET role=excluded.role,"              \
			   "last_bind_ms=excluded.last_bind_ms,binds=binds+1")                     \
	X(Q_ACCOUNT_LIST, "SELECT system_id,role,first_bind_ms,last_bind_ms,binds FROM account "   \
			  "ORDER BY system_id")                                                    \
	X(Q_AUDIT_TIP,                                                                             \
	  "SELECT (SELECT hash FROM audit ORDER BY id DESC LIMIT 1),COALESCE((SELECT "             \
	  "seq FROM sqlite_sequence WHERE name='audit'),0)")                                       \
	X(Q_AUDIT_MARK, "SELECT id,hash FROM audit ORDER BY id DESC LIMIT 1")                      \
	X(Q_AUDIT_HASH, "SELECT hash FROM audit WHERE id=?")                                       \
	X(Q_AUDIT_INSERT,                                                                          \
	  "INSERT INTO audit(id,at_ms,actor,action,hash,form) VALUES(?,?,?,?,?,1)")                \
	X(Q_AUDIT_LIST, "SELECT id,at_ms,actor,action,object,before,after,erased FROM audit_log "  \
			"WHERE id<? ORDER BY id DESC LIMIT ?")                                     \
	/* audit_text: see audit_text.h */                                                         \
	X(Q_AUDIT_TEXT_PUT, "INSERT INTO audit_text(id,salt,object,before,after) "                 \
			    "VALUES(last_insert_rowid(),?,?,?,?)")                                 \
	X(Q_AUDIT_TEXT_ERASE, "UPDATE audit_text SET salt=x'',object='',before='',after='',"       \
			      "erased=? WHERE id=? AND erased IS NULL")                            \
	X(Q_AUDIT_STAYS, "SELECT id,at_ms,actor,action,hash FROM audit WHERE id=?")                \
	X(Q_AUDIT_SEALED, "SELECT audit.id,at_ms,actor,action,hash FROM audit_text JOIN audit ON " \
			  "audit.id=audit_text.id WHERE erased=? ORDER BY audit.id")               \
	/* user, token, identity: see user_store.h, identity_book.h */                             \
	X(Q_USER_GET, "SELECT " USER_COLUMNS " FROM user WHERE name=?")                            \
	X(Q_USER_LIST, "SELECT " USER_COLUMNS ",(SELECT COUNT(*) FROM token WHERE user=name AND "  \
		       "revoked_ms IS NULL AND expires_ms>?1) FROM user ORDER BY name")            \
	X(Q_USER_COUNT, "SELECT COUNT(*) FROM user")                                               \
	X(Q_USER_OTHER_ADMINS, "SELECT COUNT(*) FROM user WHERE name<>? AND disabled_ms IS NULL "  \
			       "AND instr(','||roles||',',',admin,')")                             \
	X(Q_USER_PUT, "INSERT INTO user(" USER_COLUMNS ") VALUES(?1,?2,?3,?4) ON CONFLICT(name) "  \
		      "DO UPDATE SET roles=?2,disabled_ms=?4")                                     \
	X(Q_USER_REMOVE, "DELETE FROM user WHERE name=?")                                          \
	X(Q_TOKEN_GET, "SELECT " TOKEN_COLUMNS " FROM token WHERE id=?")                           \
	X(Q_TOKEN_LIST, "SELECT " TOKEN_COLUMNS " FROM token WHERE (?1='' OR user=?1) AND "        \
			"kind<>?2 ORDER BY id DESC LIMIT ?3")                                      \
	X(Q_TOKEN_PUT, "INSERT INTO token(user,hash,kind,parent,label,created_ms,expires_ms) "     \
		       "VALUES(?,?,?,?,?,?,?) RETURNING id")                                       \
	X(Q_TOKEN_COUNT, "SELECT COUNT(*) FROM token WHERE user=? AND kind=? AND revoked_ms IS "   \
			 "NULL AND expires_ms>?")                                                  \
	X(Q_TOKEN_REVOKE, "UPDATE token SET revoked_ms=?1 WHERE (id=?2 OR parent=?2) AND "         \
			  "revoked_ms IS NULL")                                                    \
	X(Q_TOKEN_REVOKE_ALL, "UPDATE token SET revoked_ms=? WHERE user=? AND revoked_ms IS NULL") \
	X(Q_TOKEN_USED, "UPDATE token SET used_day_ms=?1 WHERE id=?2 AND "                         \
			"COALESCE(used_day_ms,0)<?1")                                              \
	X(Q_TOKEN_PURGE, "DELETE FROM token WHERE kind=? AND expires_ms<?")                        \
	X(Q_IDENTITY_VERSION, "SELECT version FROM identity")                                      \
	X(Q_IDENTITY_BUMP, "UPDATE identity SET version=version+1")                                \
	X(Q_IDENTITY_ADMINS, "SELECT name FROM user WHERE disabled_ms IS NULL AND "                \
			     "instr(','||roles||',',',admin,')")                                   \
	X(Q_IDENTITY_TOKENS,                                                                       \
	  "SELECT t.hash,t.user,u.roles,t.id,t.kind,t.created_ms,t.expires_ms,t.used_day_ms FROM " \
	  "token t JOIN user u ON u.name=t.user WHERE t.revoked_ms IS NULL AND u.disabled_ms IS "  \
	  "NULL ORDER BY t.hash")                                                                  \
	/* feed_sequence, feed_file, feed_gap */                                                   \
	X(Q_FEED_SEQUENCE_GET, "SELECT base,next FROM feed_sequence WHERE source=?")               \
	X(Q_FEED_SEQUENCE_PUT, "INSERT INTO feed_sequence(source,base,next) VALUES(?1,?2,?3) "     \
			       "ON CONFLICT(source) DO UPDATE SET base=?2,next=?3")                \
	X(Q_FEED_SEQUENCE_DROP, "DELETE FROM feed_sequence WHERE source=?")                        \
	X(Q_FEED_FILE_BY_NAME, "SELECT hash,name FROM feed_file WHERE source=? AND name=? "        \
			       "ORDER BY id DESC LIMIT 1")                                         \
	X(Q_FEED_FILE_BY_POSITION,                                                                 \
	  "SELECT hash,name FROM feed_file WHERE source=? AND position=? "                         \
	  "ORDER BY id DESC LIMIT 1")                                                              \
	X(Q_FEED_FILE_NEWEST, "SELECT MAX(to_ms) FROM feed_file WHERE source=?")                   \
	X(Q_FEED_FILE_INSERT,                                                                      \
	  "INSERT INTO feed_file(source,name,position,hash,received_ms,first_ms,"                  \
	  "to_ms,explicit_ms,told) VALUES(?,?,?,?,?,?,?,?,0)")                                     \
	X(Q_FEED_FILE_MARKS, "SELECT COUNT(to_ms),MIN(first_ms),MAX(to_ms),MIN(explicit_ms) "      \
			     "FROM feed_file WHERE source=? AND told=0 AND "                       \
			     "(position IS NULL OR position<?)")                                   \
	X(Q_FEED_FILE_TOLD, "UPDATE feed_file SET told=1 WHERE source=? AND told=0 AND "           \
			    "(position IS NULL OR position<?)")                                    \
	X(Q_FEED_FILE_UNPLACE, "UPDATE feed_file SET position=NULL WHERE source=?")                \
	X(Q_FEED_FILE_FORGET, "DELETE FROM feed_file WHERE source=? AND received_ms<? AND told=1") \
	X(Q_FEED_GAP_ADD,                                                                          \
	  "INSERT OR IGNORE INTO feed_gap(source,position,number,since_ms,passed) "                \
	  "VALUES(?,?,?,?,0)")                                                                     \
	X(Q_FEED_GAP_FILL, "DELETE FROM feed_gap WHERE source=? AND position=?")                   \
	X(Q_FEED_GAP_PASS,                                                                         \
	  "UPDATE feed_gap SET passed=1 WHERE source=? AND passed=0 AND since_ms<=?")              \
	X(Q_FEED_GAP_COUNT,                                                                        \
	  "SELECT COUNT(*),TOTAL(passed),MIN(CASE WHEN passed=0 THEN position END),"               \
	  "MIN(CASE WHEN passed=0 THEN since_ms END),"                                             \
	  "(SELECT number FROM feed_gap WHERE source=?1 ORDER BY position LIMIT 1) "               \
	  "FROM feed_gap WHERE source=?1")                                                         \
	X(Q_FEED_GAP_FORGET, "DELETE FROM feed_gap WHERE source=? AND since_ms<? AND passed=1")    \
	X(Q_FEED_GAP_DROP, "DELETE FROM feed_gap WHERE source=?")                                  \
	/* conservation: see audit_walk.h */                                                       \
	X(Q_AUDIT_NEXT, "SELECT MAX(id),COUNT(*) FROM (SELECT id FROM message_in WHERE id>? "      \
			"ORDER BY id LIMIT ?)")                                                    \
	X(Q_AUDIT_MESSAGES,                                                                        \
	  "SELECT "                                                                                \
	  "COALESCE(SUM(length(raw)>0),0),COALESCE(SUM(length(raw)=0),0),COALESCE(SUM(r.id IS "    \
	  "NOT NULL),0),COALESCE(SUM(r.id IS NULL AND m.report_id IS NOT "                         \
	  "NULL),0),COALESCE(SUM(r.id IS NULL AND m.report_id IS NULL AND "                        \
	  "m.state=0),0),COALESCE(SUM(r.id IS NULL AND m.report_id IS NULL AND "                   \
	  "m.state<>0),0),COALESCE(SUM(m.report_id IS NOT NULL AND NOT EXISTS(SELECT 1 FROM "      \
	  "report j WHERE j.id=m.report_id)),0) FROM message_in m LEFT JOIN report r ON "          \
	  "r.id=m.id WHERE m.id>?1 AND m.id<=?2")                                                  \
	X(Q_AUDIT_REPORTS,                                                                         \
	  "SELECT " REPORT_COLUMNS " FROM report WHERE id>?1 AND id<=?2 ORDER BY id")              \
	X(Q_AUDIT_REWARDS, "SELECT " REWARD_ENTRY                                                  \
			   " FROM reward WHERE report_id>?1 AND report_id<=?2 ORDER BY report_id") \
	X(Q_AUDIT_UNTOLD,                                                                          \
	  "SELECT COUNT(*) FROM report WHERE id>?1 AND id<=?2 AND state IN (3,4,5) AND told&2=0 "  \
	  "AND subscriber LIKE '+%' AND id NOT IN (SELECT report_id FROM outbox WHERE channel=0 "  \
	  "AND told&2 AND report_id IS NOT NULL UNION SELECT report_id FROM text_out WHERE "       \
	  "told&2 AND report_id IS NOT NULL UNION SELECT report_id FROM held WHERE told&2)")       \
	X(Q_AUDIT_UNASKED,                                                                         \
	  "SELECT COUNT(*) FROM (SELECT id FROM reward WHERE report_id>?1 AND report_id<=?2 AND "  \
	  "state IN (0,1) AND next_ms IS NULL UNION ALL SELECT id FROM reversal WHERE "            \
	  "report_id>?1 AND report_id<=?2 AND state IN (0,1) AND next_ms IS NULL) WHERE id NOT "   \
	  "IN (SELECT target FROM outbox WHERE channel IN (2,5))")                                 \
	X(Q_AUDIT_REVERSALS,                                                                       \
	  "SELECT " LEDGER_ENTRY                                                                   \
	  " FROM reversal WHERE report_id>?1 AND report_id<=?2 ORDER BY report_id")                \
	X(Q_AUDIT_BUDGETS, "SELECT COUNT(*) FROM budget WHERE spent_mb<>gone_mb+(SELECT "          \
			   "COALESCE(SUM(amount_mb),0) FROM "                                      \
			   "reward WHERE budget_ms=effective_ms AND returned=0 AND state<>4)")     \
	X(Q_AUDIT_ROWS,                                                                            \
	  "SELECT audit.id,at_ms,actor,action,object,before,after,hash,salt,t.id IS NOT NULL,"     \
	  "erased,erased>audit.id AND EXISTS(SELECT 1 FROM audit e WHERE e.id=erased AND "         \
	  "e.action='audit_erased'),form FROM audit LEFT JOIN audit_text t ON t.id=audit.id "      \
	  "WHERE audit.id>? ORDER BY audit.id LIMIT ?")                                            \
	DB_QUERIES_PRIVACY(X)

enum db_query {
#define QUERY_NAME(name, sql) name,
	DB_QUERIES(QUERY_NAME)
#undef QUERY_NAME
		DB_QUERY_COUNT
};

/* Migration i takes the schema from version i to i + 1. Released ones are never edited. */
extern const char *const store_migrations[];
extern const size_t store_migrations_count;
