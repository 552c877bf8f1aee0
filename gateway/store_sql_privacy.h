/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* store_sql_privacy.h - the statements of retention, export and erasure: a part of store_sql.h. */
#pragma once

/* Values of columns as people read them. */
#define SQL_ISO(column) "strftime('%Y-%m-%dT%H:%M:%fZ'," column "/1000.0,'unixepoch')"
#define SQL_CHANNEL "CASE channel WHEN 1 THEN 'call' WHEN 2 THEN 'sms' END"
#define SQL_STATE(column)                                                                          \
	"CASE " column " WHEN 0 THEN 'received' WHEN 1 THEN 'needs_number' WHEN 2 THEN 'pending' " \
	"WHEN 3 THEN 'verified' WHEN 4 THEN 'rejected' WHEN 5 THEN 'unproved' "                    \
	"WHEN 6 THEN 'review' WHEN 7 THEN 'appealed' END"
#define SQL_REWARD                                                                                 \
	"CASE state WHEN 0 THEN 'due' WHEN 1 THEN 'requested' WHEN 2 THEN 'settled' "              \
	"WHEN 3 THEN 'failed' WHEN 4 THEN 'withheld' END"
#define ISO_ANSWERED SQL_ISO("answered_ms")
#define ISO_ASKED SQL_ISO("asked_ms")
#define ISO_AT SQL_ISO("at_ms")
#define ISO_BLOCKED SQL_ISO("blocked_ms")
#define ISO_TAKEN_BACK SQL_ISO("taken_back_ms")
#define ISO_CALL_START SQL_ISO("call_start_ms")
#define ISO_CREATED SQL_ISO("created_ms")
#define ISO_DUE SQL_ISO("due_ms")
#define ISO_FIRST SQL_ISO("first_ms")
#define ISO_LAST SQL_ISO("last_ms")
#define ISO_RECEIVED SQL_ISO("received_ms")
#define ISO_RELEASED SQL_ISO("released_ms")
#define ISO_SETTLED SQL_ISO("settled_ms")
#define ISO_SET_ASKED SQL_ISO("NULLIF(asked_ms,0)")
#define ISO_SET_UNSUBSCRIBED SQL_ISO("NULLIF(unsubscribed_ms,0)")
#define ISO_TOLD_DAY SQL_ISO("told_day_ms")
#define ISO_UPDATED SQL_ISO("updated_ms")
#define NAME_FROM_STATE SQL_STATE("from_state")
#define NAME_STATE SQL_STATE("state")
#define NAME_TO_STATE SQL_STATE("to_state")

#define DB_QUERIES_PRIVACY(X)                                                                      \
	/* retention: see retention_row.h */                                                       \
	X(Q_RETENTION_GET, "SELECT done_to,removed,complete_ms FROM retention WHERE kind=?")       \
	X(Q_RETENTION_PUT,                                                                         \
	  "INSERT INTO retention(kind,done_to,removed,complete_ms) VALUES(?1,?2,?3,0) ON "         \
	  "CONFLICT(kind) DO UPDATE SET done_to=?2,removed=removed+?3 WHERE done_to<>?2 OR ?3>0")  \
	X(Q_RETENTION_COMPLETE,                                                                    \
	  "INSERT INTO retention(kind,done_to,removed,complete_ms) VALUES(?1,0,0,?2) ON "          \
	  "CONFLICT(kind) DO UPDATE SET complete_ms=?2")                                           \
	X(Q_OLD_MESSAGES,                                                                          \
	  "SELECT m.id,m.received_ms,m.report_id,m.state,length(m.raw),COALESCE(r.state IN (3,4,"  \
	  "5) AND r.check_at IS NULL,1) FROM message_in m LEFT JOIN report r ON r.id=m.report_id " \
	  "WHERE m.id>? ORDER BY m.id LIMIT ?")                                                    \
	X(Q_MESSAGE_DELETE, "DELETE FROM message_in WHERE id=?")                                   \
	X(Q_MESSAGE_EMPTY, "UPDATE message_in SET source='',raw=CASE WHEN length(raw)=0 THEN raw " \
			   "ELSE x'00' END WHERE id=? AND source<>''")                             \
	X(Q_OLD_REPORTS, "SELECT " REPORT_COLUMNS " FROM report WHERE id>? ORDER BY id LIMIT ?")   \
	X(Q_REPORT_MOVED, "SELECT MAX(at_ms) FROM report_event WHERE report_id=?")                 \
	X(Q_REPORT_OPEN_LEDGER,                                                                    \
	  "SELECT EXISTS(SELECT 1 FROM reward WHERE report_id=?1 AND state IN (0,1)) OR "          \
	  "EXISTS(SELECT 1 FROM reversal WHERE report_id=?1 AND state IN (0,1))")                  \
	X(Q_REWARD_EARNED, "UPDATE reward SET earned=1 WHERE report_id=?")                         \
	X(Q_GONE_EVENTS, "DELETE FROM report_event WHERE report_id=?")                             \
	X(Q_GONE_QUESTION, "DELETE FROM question WHERE report_id=?")                               \
	X(Q_GONE_REVIEW, "DELETE FROM review WHERE report_id=?")                                   \
	X(Q_GONE_WARNING, "DELETE FROM report_warning WHERE report_id=?")                          \
	X(Q_GONE_PARTS,                                                                            \
	  "DELETE FROM text_part WHERE text_id IN (SELECT id FROM text_out WHERE report_id=?)")    \
	X(Q_GONE_TEXTS, "DELETE FROM text_out WHERE report_id=?")                                  \
	X(Q_GONE_JOINED, "DELETE FROM message_in WHERE report_id=?1 AND report_id<>id")            \
	X(Q_GONE_OPENING, "DELETE FROM message_in WHERE id=?")                                     \
	X(Q_GONE_REPORT, "DELETE FROM report WHERE id=?")                                          \
	X(Q_OLD_REWARDS,                                                                           \
	  "SELECT " REWARD_ENTRY ",EXISTS(SELECT 1 FROM report WHERE report.id=report_id) FROM "   \
	  "reward WHERE report_id>? ORDER BY report_id LIMIT ?")                                   \
	X(Q_GONE_KEY, "INSERT OR IGNORE INTO reward_gone(id) VALUES(?)")                           \
	X(Q_GONE_SUM,                                                                              \
	  "INSERT INTO ledger_gone(month_ms,kind,state,entries,amount_mb) VALUES(?1,?2,?3,1,?4) "  \
	  "ON CONFLICT(month_ms,kind,state) DO UPDATE SET entries=entries+1,"                      \
	  "amount_mb=amount_mb+?4")                                                                \
	X(Q_GONE_BUDGET, "UPDATE budget SET gone_mb=gone_mb+? WHERE effective_ms=?")               \
	X(Q_GONE_REWARD_EVENTS, "DELETE FROM reward_event WHERE reward_id=?")                      \
	X(Q_GONE_REVERSAL, "DELETE FROM reversal WHERE report_id=?")                               \
	X(Q_GONE_REWARD, "DELETE FROM reward WHERE report_id=?")                                   \
	X(Q_IS_GONE, "SELECT 1 FROM reward_gone WHERE id=?")                                       \
	X(Q_IS_EARNED, "SELECT earned FROM reward WHERE report_id=?")                              \
	X(Q_ELSEWHERE_PUT, "INSERT OR IGNORE INTO reward_elsewhere(report_id) VALUES(?)")          \
	X(Q_ELSEWHERE_GET, "SELECT 1 FROM reward_elsewhere WHERE report_id=?")                     \
	X(Q_GONE_ELSEWHERE, "DELETE FROM reward_elsewhere WHERE report_id=?")                      \
	X(Q_OLD_QUESTIONS,                                                                         \
	  "DELETE FROM question WHERE report_id IN (SELECT q.report_id FROM question q LEFT JOIN " \
	  "report r ON r.id=q.report_id WHERE q.asked_ms<? AND (kind=3 OR r.id IS NULL OR "        \
	  "(r.state IN (3,4,5) AND r.check_at IS NULL)) LIMIT ?)")                                 \
	X(Q_OLD_WORDS,                                                                             \
	  "DELETE FROM words WHERE subscriber IN (SELECT subscriber FROM words WHERE at_ms<? "     \
	  "LIMIT ?)")                                                                              \
	X(Q_OLD_CHANGES,                                                                           \
	  "DELETE FROM change WHERE subscriber IN (SELECT subscriber FROM change WHERE at_ms<? "   \
	  "LIMIT ?)")                                                                              \
	X(Q_OLD_AUDIT,                                                                             \
	  "SELECT id,at_ms,erased IS NULL AND action NOT IN ('audit_erased','policy',"             \
	  "'operator_rules') FROM audit_log WHERE id>? ORDER BY id LIMIT ?")                       \
	X(Q_OLDEST_MESSAGE,                                                                        \
	  "SELECT received_ms FROM message_in WHERE id>? AND source<>'' ORDER BY id LIMIT 1")      \
	X(Q_OLDEST_REPORT, "SELECT received_ms FROM report WHERE id>=? ORDER BY id LIMIT 1")       \
	X(Q_OLDEST_REWARD,                                                                         \
	  "SELECT created_ms FROM reward WHERE report_id>=? ORDER BY report_id LIMIT 1")           \
	X(Q_OLDEST_DIALOGUE,                                                                       \
	  "SELECT MIN(at) FROM (SELECT MIN(asked_ms) at FROM question UNION ALL SELECT "           \
	  "MIN(at_ms) FROM words UNION ALL SELECT MIN(at_ms) FROM change) WHERE ?>=0")             \
	X(Q_OLDEST_ATTEMPT, "SELECT MIN(day_ms) FROM attempt WHERE day_ms>=?")                     \
	X(Q_OLDEST_KEPT, "SELECT MIN(received_ms) FROM quarantine WHERE received_ms>=?")           \
	X(Q_OLDEST_AUDIT,                                                                          \
	  "SELECT at_ms FROM audit_log WHERE id>? AND erased IS NULL ORDER BY id LIMIT 1")         \
	/* personal data: see personal_data.h; ?1 after, ?2 to, ?3 number, ?4 pseudonym, ?5 digits \
	 */                                                                                        \
	X(Q_LAST_MESSAGE, "SELECT MAX(id) FROM message_in")                                        \
	X(Q_LAST_TEXT, "SELECT MAX(id) FROM text_out")                                             \
	X(Q_LAST_ATTEMPT, "SELECT MAX(id) FROM attempt")                                           \
	X(Q_LAST_KEPT, "SELECT MAX(id) FROM quarantine")                                           \
	X(Q_LAST_QUESTION, "SELECT MAX(report_id) FROM question")                                  \
	X(Q_LAST_REPORT, "SELECT MAX(id) FROM report")                                             \
	X(Q_LAST_REWARD, "SELECT MAX(report_id) FROM reward")                                      \
	X(Q_LAST_REVERSAL, "SELECT MAX(report_id) FROM reversal")                                  \
	X(Q_LAST_REWARD_EVENT, "SELECT MAX(id) FROM reward_event")                                 \
	X(Q_LAST_AUDIT, "SELECT MAX(id) FROM audit")                                               \
	X(Q_LAST_TRAFFIC, "SELECT MAX(rowid) FROM traffic")                                        \
	X(Q_TRAFFIC_SAMPLES, "UPDATE traffic SET samples=? WHERE rowid=?")                         \
	X(Q_LAST_OWN, "SELECT 1")                                                                  \
	X(Q_EXPORT_MESSAGES,                                                                       \
	  "SELECT json_object('kind','message','id',id,'received'," ISO_RECEIVED ",'account',"     \
	  "account,'pdu',hex(raw)) FROM message_in WHERE id>?1 AND id<=?2 AND source=?3 ORDER BY " \
	  "id")                                                                                    \
	X(Q_EXPORT_TEXTS,                                                                          \
	  "SELECT json_object('kind','text','created'," ISO_CREATED ",'text',payload,'attempts',"  \
	  "attempts,'failed',reason) FROM text_out WHERE id>?1 AND id<=?2 AND target=?3 ORDER BY " \
	  "id")                                                                                    \
	X(Q_EXPORT_ATTEMPTS,                                                                       \
	  "SELECT json_object('kind','blocked','sender',sender,'channel'," SQL_CHANNEL             \
	  ",'first'," ISO_FIRST ",'last'," ISO_LAST                                                \
	  ",'count',count,'rule',rule) FROM attempt WHERE id>?1 "                                  \
	  "AND id<=?2 AND subscriber=?3 ORDER BY id")                                              \
	X(Q_EXPORT_ATTEMPTS_ABOUT,                                                                 \
	  "SELECT json_object('kind','blocked_elsewhere','channel'," SQL_CHANNEL                   \
	  ",'first'," ISO_FIRST ",'last'," ISO_LAST                                                \
	  ",'count',count) FROM attempt WHERE id>?1 AND id<=?2 AND "                               \
	  "sender=?3 ORDER BY id")                                                                 \
	X(Q_EXPORT_KEPT,                                                                           \
	  "SELECT json_object('kind','kept_message','sender',sender,'received'," ISO_RECEIVED ","  \
	  "'released'," ISO_RELEASED ",'pdu',hex(pdu)) FROM quarantine WHERE id>?1 AND id<=?2 "    \
	  "AND subscriber=?3 ORDER BY id")                                                         \
	X(Q_EXPORT_QUESTIONS,                                                                      \
	  "SELECT json_object('kind','question','report',report_id,'asked'," ISO_ASKED ","         \
	  "'answered'," ISO_ANSWERED ",'choices',choices) FROM question WHERE report_id>?1 AND "   \
	  "report_id<=?2 AND subscriber=?3 ORDER BY report_id")                                    \
	X(Q_EXPORT_REPORTS,                                                                        \
	  "SELECT json_object('kind','report','id',id,'received'," ISO_RECEIVED ",'number',"       \
	  "number,'text',text,'state'," NAME_STATE ",'score',score,'reasons',reasons,"             \
	  "'call_start'," ISO_CALL_START ",'forged',forged,'appealed',appealed) FROM report "      \
	  "WHERE id>?1 AND id<=?2 AND subscriber=?3 ORDER BY id")                                  \
	X(Q_EXPORT_EVENTS,                                                                         \
	  "SELECT json_object('kind','report_event','report',r.id,'at'," ISO_AT                    \
	  ",'from'," NAME_FROM_STATE ",'to'," NAME_TO_STATE                                        \
	  ",'reasons',e.reasons,'evidence',detail) FROM "                                          \
	  "report r JOIN report_event e ON e.report_id=r.id WHERE r.id>?1 AND r.id<=?2 AND "       \
	  "subscriber=?3 ORDER BY r.id,seq")                                                       \
	X(Q_EXPORT_REPORTS_ABOUT,                                                                  \
	  "SELECT json_object('kind','reported_by_others','received'," ISO_RECEIVED                \
	  ",'state'," NAME_STATE                                                                   \
	  ",'score',score,'reasons',reasons,'forged',forged) FROM report WHERE id>?1 "             \
	  "AND id<=?2 AND number=?3 ORDER BY id")                                                  \
	X(Q_EXPORT_REWARDS,                                                                        \
	  "SELECT json_object('kind','reward','id',id,'report',report_id,'caller',caller,"         \
	  "'call_start'," ISO_CALL_START ",'amount_mb',amount_mb,'state'," SQL_REWARD ",'reason'," \
	  "reason,'created'," ISO_CREATED ",'settled'," ISO_SETTLED ") FROM reward WHERE "         \
	  "report_id>?1 AND report_id<=?2 AND subscriber=?3 ORDER BY report_id")                   \
	X(Q_EXPORT_REVERSALS,                                                                      \
	  "SELECT json_object('kind','reversal','id',id,'report',report_id,'caller',caller,"       \
	  "'call_start'," ISO_CALL_START ",'amount_mb',amount_mb,'state'," SQL_REWARD ",'reason'," \
	  "reason,'note',note,'created'," ISO_CREATED ",'settled'," ISO_SETTLED ") FROM reversal " \
	  "WHERE report_id>?1 AND report_id<=?2 AND subscriber=?3 ORDER BY report_id")             \
	X(Q_EXPORT_AUDIT,                                                                          \
	  "SELECT json_object('kind','audit','at'," ISO_AT ",'action',action,'before',before,"     \
	  "'after',after) FROM audit_log WHERE id>?1 AND id<=?2 AND object=?3 ORDER BY id")        \
	X(Q_EXPORT_RULES,                                                                          \
	  "SELECT "                                                                                \
	  "json_object('kind','rules','version',version,'rules',rules,'updated'," ISO_UPDATED      \
	  ") FROM block_rule WHERE subscriber=?3")                                                 \
	X(Q_EXPORT_SUBSCRIBER,                                                                     \
	  "SELECT "                                                                                \
	  "json_object('kind','subscriber','plain_texts',style=1,'unsubscribed'"                   \
	  "," ISO_SET_UNSUBSCRIBED ",'asked'," ISO_SET_ASKED ",'asked_text',asked_text,"           \
	  "'chat_answered',chat_answered,'chat_unanswered',chat_unanswered) FROM subscriber "      \
	  "WHERE subscriber=?3")                                                                   \
	X(Q_EXPORT_CHANGE,                                                                         \
	  "SELECT json_object('kind','change','at'," ISO_AT ",'number',number,'before',before,"    \
	  "'after',after) FROM change WHERE subscriber=?3")                                        \
	X(Q_EXPORT_WORDS,                                                                          \
	  "SELECT json_object('kind','words','at'," ISO_AT ",'text',text) FROM words WHERE "       \
	  "subscriber=?3")                                                                         \
	X(Q_EXPORT_DIGEST,                                                                         \
	  "SELECT json_object('kind','daily_summary','told_day'," ISO_TOLD_DAY ") FROM digest "    \
	  "WHERE subscriber=?3")                                                                   \
	X(Q_EXPORT_WAITING,                                                                        \
	  "SELECT json_object('kind','text_waiting','created'," ISO_CREATED ",'text',payload) "    \
	  "FROM outbox WHERE channel=0 AND target=?3 UNION ALL SELECT json_object('kind',"         \
	  "'text_held','created'," ISO_CREATED ",'text',payload) FROM held WHERE target=?3")       \
	X(Q_ERASE_MESSAGES,                                                                        \
	  "UPDATE message_in SET source=CASE WHEN source=?3 THEN ?4 ELSE source END,raw=CASE "     \
	  "WHEN length(raw)=0 THEN raw ELSE x'00' END WHERE id>?1 AND id<=?2 AND state<>0 AND "    \
	  "(source=?3 OR (raw<>x'00' AND length(raw)>0 AND EXISTS(SELECT 1 FROM report r WHERE "   \
	  "r.id=message_in.report_id AND r.number=?3)))")                                          \
	X(Q_ERASE_TEXT_PARTS,                                                                      \
	  "DELETE FROM text_part WHERE text_id IN (SELECT id FROM text_out WHERE id>?1 AND "       \
	  "id<=?2 AND target=?3)")                                                                 \
	X(Q_ERASE_TEXTS, "DELETE FROM text_out WHERE id>?1 AND id<=?2 AND target=?3")              \
	X(Q_ERASE_TEXTS_ABOUT,                                                                     \
	  "UPDATE text_out SET payload='' WHERE id>?1 AND id<=?2 AND instr(payload,?5)")           \
	X(Q_ERASE_ATTEMPTS,                                                                        \
	  "DELETE FROM attempt WHERE id>?1 AND id<=?2 AND (subscriber=?3 OR sender=?3)")           \
	X(Q_ERASE_KEPT, "DELETE FROM quarantine WHERE id>?1 AND id<=?2 AND subscriber=?3")         \
	X(Q_ERASE_QUESTIONS,                                                                       \
	  "DELETE FROM question WHERE report_id>?1 AND report_id<=?2 AND subscriber=?3")           \
	X(Q_ERASE_QUESTIONS_ABOUT,                                                                 \
	  "UPDATE question SET choices='' WHERE report_id>?1 AND report_id<=?2 AND instr(choices," \
	  "?5)")                                                                                   \
	X(Q_ERASE_REPORTS,                                                                         \
	  "SELECT id FROM report WHERE id>?1 AND id<=?2 AND state IN (3,4,5) AND (subscriber=?3 "  \
	  "OR number=?3 OR instr(text,?5) OR EXISTS(SELECT 1 FROM report_event e WHERE "           \
	  "e.report_id=report.id AND instr(e.detail,?5))) ORDER BY id")                            \
	X(Q_ERASE_REWARDS,                                                                         \
	  "UPDATE reward SET subscriber=CASE WHEN subscriber=?3 THEN ?4 ELSE subscriber END,"      \
	  "caller=CASE WHEN caller=?3 THEN ?4 ELSE caller END,reason=CASE WHEN instr(reason,?5) "  \
	  "THEN '' ELSE reason END WHERE report_id>?1 AND report_id<=?2 AND (subscriber=?3 OR "    \
	  "caller=?3) AND state NOT IN (0,1)")                                                     \
	X(Q_ERASE_REVERSALS,                                                                       \
	  "UPDATE reversal SET subscriber=CASE WHEN subscriber=?3 THEN ?4 ELSE subscriber END,"    \
	  "caller=CASE WHEN caller=?3 THEN ?4 ELSE caller END,reason=CASE WHEN instr(reason,?5) "  \
	  "THEN '' ELSE reason END,note='' WHERE report_id>?1 AND report_id<=?2 AND "              \
	  "(subscriber=?3 OR caller=?3) AND state NOT IN (0,1)")                                   \
	X(Q_ERASE_REWARD_EVENTS,                                                                   \
	  "UPDATE reward_event SET reason='' WHERE id>?1 AND id<=?2 AND instr(reason,?5)")         \
	X(Q_ERASE_AUDIT,                                                                           \
	  "SELECT id FROM audit_log WHERE id>?1 AND id<=?2 AND erased IS NULL AND (object=?3 OR "  \
	  "(action NOT IN ('rules','operator_rules','policy') AND (instr(object,?5) OR "           \
	  "instr(before,?5) OR instr(after,?5)))) ORDER BY id")                                    \
	X(Q_ERASE_SUBSCRIBER, "DELETE FROM subscriber WHERE subscriber=?3")                        \
	X(Q_ERASE_CHANGES, "DELETE FROM change WHERE subscriber=?3 OR number=?3")                  \
	X(Q_ERASE_REPORTED, "DELETE FROM reported_block WHERE subscriber=?3 OR number=?3")         \
	X(Q_EXPORT_REPORTED,                                                                       \
	  "SELECT json_object('kind','reported_block','number',number,'blocked'," ISO_BLOCKED      \
	  ",'taken_back'," ISO_TAKEN_BACK ") FROM reported_block WHERE subscriber=?3")             \
	X(Q_ERASE_WORDS, "DELETE FROM words WHERE subscriber=?3 OR instr(text,?5)")                \
	X(Q_ERASE_DIGEST, "DELETE FROM digest WHERE subscriber=?3")                                \
	X(Q_OPEN_REPORTS,                                                                          \
	  "SELECT json_object('what','report','id',id,'state'," NAME_STATE ",'role',CASE WHEN "    \
	  "subscriber=?3 THEN 'subscriber' ELSE 'caller' END) FROM report WHERE id IN (SELECT id " \
	  "FROM report WHERE subscriber=?3 UNION SELECT id FROM report WHERE number=?3) AND "      \
	  "state NOT IN (3,4,5) LIMIT 20")                                                         \
	X(Q_OPEN_REWARDS,                                                                          \
	  "SELECT json_object('what','reward','id',id,'state'," SQL_REWARD ") FROM (SELECT id,"    \
	  "state FROM reward WHERE subscriber=?3 AND state IN (0,1) UNION SELECT id,state FROM "   \
	  "reward WHERE caller=?3 AND state IN (0,1) UNION SELECT v.id,v.state FROM reward r "     \
	  "JOIN reversal v ON v.report_id=r.report_id WHERE v.state IN (0,1) AND "                 \
	  "(r.subscriber=?3 OR r.caller=?3)) LIMIT 20")                                            \
	X(Q_OPEN_MESSAGES,                                                                         \
	  "SELECT json_object('what','message','id',id) FROM message_in WHERE state=0 AND "        \
	  "source=?3 LIMIT 20")                                                                    \
	X(Q_OPEN_OUTBOX,                                                                           \
	  "SELECT json_object('what',CASE channel WHEN 0 THEN 'text' WHEN 1 THEN 'event' WHEN 3 "  \
	  "THEN 'rules' WHEN 4 THEN 'released message' ELSE 'request' END,'id',id) FROM outbox "   \
	  "WHERE target=?3 OR instr(payload,?5) LIMIT 20")                                         \
	X(Q_OPEN_HELD,                                                                             \
	  "SELECT json_object('what','text','until'," ISO_DUE ") FROM held WHERE target=?3 OR "    \
	  "instr(payload,?5) LIMIT 20")                                                            \
	/* erasure: see erasure_row.h */                                                           \
	X(Q_ERASURE_PUT,                                                                           \
	  "INSERT INTO erasure(number,pseudonym,actor,begun_ms,stage,done_to,upto,rows) VALUES(?," \
	  "?,?,?,0,0,0,0)")                                                                        \
	X(Q_ERASURE_FIRST,                                                                         \
	  "SELECT id,number,pseudonym,actor,begun_ms,stage,done_to,upto,rows FROM erasure WHERE "  \
	  "id=?1 OR ?1=0 ORDER BY id LIMIT 1")                                                     \
	X(Q_ERASURE_OF, "SELECT id FROM erasure WHERE number=?")                                   \
	X(Q_ERASURE_MOVE, "UPDATE erasure SET stage=?,done_to=?,upto=?,rows=? WHERE id=?")         \
	X(Q_ERASURE_END, "DELETE FROM erasure WHERE id=?")                                         \
	X(Q_ERASURE_RULES, "DELETE FROM block_rule WHERE subscriber=? AND rules=''")               \
	X(Q_ERASURE_SENT, "SELECT 1 FROM outbox WHERE channel=3 AND target=? LIMIT 1")             \
	X(Q_RULES_NAMING,                                                                          \
	  "SELECT COUNT(*) FROM block_rule WHERE subscriber<>?1 AND instr(rules,?2)")
