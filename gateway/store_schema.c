/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/store_sql.h"

/* Indexes that find open work are partial: they stay as small as the work, however long the tables
 * grow. The natural key of a reward is hashed into its id (rules/reward.h), which makes it unique
 * for ever. */
static const char version_1[] =
	"CREATE TABLE message_in("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  received_ms INTEGER NOT NULL,"
	"  account TEXT NOT NULL,"
	"  source TEXT NOT NULL,"
	"  state INTEGER NOT NULL," /* enum message_state */
	"  report_id INTEGER,"
	"  raw BLOB NOT NULL);" /* the whole PDU */
	"CREATE INDEX message_in_open ON message_in(id) WHERE state=0;"
	"CREATE INDEX message_in_report ON message_in(report_id) WHERE report_id IS NOT NULL;"

	"CREATE TABLE report("
	"  id INTEGER PRIMARY KEY," /* the row of its first message; shown as R....... */
	"  subscriber TEXT NOT NULL,"
	"  number TEXT NOT NULL," /* '' while one is asked for */
	"  intent INTEGER NOT NULL,"
	"  category INTEGER NOT NULL,"
	"  text TEXT NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  call_from_ms INTEGER,"
	"  call_to_ms INTEGER,"
	"  state INTEGER NOT NULL," /* enum report_state */
	"  check_at INTEGER,"	    /* when to look again; NULL: never */
	"  checks INTEGER NOT NULL,"
	"  deadline_ms INTEGER NOT NULL,"
	"  route TEXT NOT NULL," /* account/service code: answers prefer that way */
	"  score INTEGER NOT NULL,"
	"  reasons TEXT NOT NULL," /* names of enum verdict_reason, joined by commas */
	"  call_start_ms INTEGER," /* of the call that was found */
	"  forged INTEGER NOT NULL,"
	"  events INTEGER NOT NULL," /* how many report_event rows it has */
	"  chain BLOB NOT NULL,"     /* hash of the last of them */
	"  told INTEGER NOT NULL,"   /* enum told bits of answers that were delivered */
	"  appealed INTEGER NOT NULL);"
	"CREATE INDEX report_due ON report(check_at) WHERE check_at IS NOT NULL;"
	"CREATE INDEX report_subscriber ON report(subscriber,number,id);"
	"CREATE INDEX report_number ON report(number,received_ms,subscriber);"

	"CREATE TABLE report_event("
	"  report_id INTEGER NOT NULL,"
	"  seq INTEGER NOT NULL,"
	"  at_ms INTEGER NOT NULL,"
	"  from_state INTEGER NOT NULL,"
	"  to_state INTEGER NOT NULL,"
	"  reasons TEXT NOT NULL,"
	"  detail TEXT NOT NULL," /* the evidence */
	"  hash BLOB NOT NULL,"	  /* SHA-256 over the one before and these columns */
	"  PRIMARY KEY(report_id,seq)) WITHOUT ROWID;"

	"CREATE TABLE reward("
	"  id TEXT NOT NULL UNIQUE,"
	"  report_id INTEGER NOT NULL,"
	"  subscriber TEXT NOT NULL,"
	"  caller TEXT NOT NULL,"
	"  call_start_ms INTEGER NOT NULL,"
	"  amount_mb INTEGER NOT NULL,"
	"  state INTEGER NOT NULL," /* enum reward_state */
	"  reason TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL,"
	"  requested_ms INTEGER,"
	"  settled_ms INTEGER,"
	"  attempts INTEGER NOT NULL,"
	"  next_ms INTEGER);" /* when to ask again */
	"CREATE INDEX reward_subscriber ON reward(subscriber,created_ms);"
	"CREATE INDEX reward_caller ON reward(caller,created_ms);"
	"CREATE INDEX reward_report ON reward(report_id);"
	"CREATE INDEX reward_next ON reward(next_ms) WHERE next_ms IS NOT NULL;"
	"CREATE TABLE budget("
	"  effective_ms INTEGER PRIMARY KEY," /* of the reward policy */
	"  spent_mb INTEGER NOT NULL);"

	"CREATE TABLE outbox("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  channel INTEGER NOT NULL," /* enum outbox_channel */
	"  target TEXT NOT NULL,"
	"  payload TEXT NOT NULL,"
	"  report_id INTEGER,"
	"  told INTEGER NOT NULL,"
	"  route TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL);"
	"CREATE INDEX outbox_channel ON outbox(channel,id);"

	"CREATE TABLE block_rule("
	"  subscriber TEXT PRIMARY KEY,"
	"  version INTEGER NOT NULL,"
	"  rules TEXT NOT NULL,"
	"  updated_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE account("
	"  system_id TEXT PRIMARY KEY,"
	"  role INTEGER NOT NULL,"
	"  first_bind_ms INTEGER NOT NULL,"
	"  last_bind_ms INTEGER NOT NULL,"
	"  binds INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE audit("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  at_ms INTEGER NOT NULL,"
	"  actor TEXT NOT NULL,"
	"  action TEXT NOT NULL,"
	"  object TEXT NOT NULL,"
	"  before TEXT NOT NULL,"
	"  after TEXT NOT NULL,"
	"  hash BLOB NOT NULL);";

/* What each text costs: ids come from `sequence`, in blocks, rather than from AUTOINCREMENT, which
 * writes a row of its own with every insert; a message that opened its report is found by its id
 * and needs no entry in the index; a report has one reward, and an outbox row lies where its
 * channel is read. */
static const char version_2[] =
	"CREATE TABLE sequence("
	"  id INTEGER PRIMARY KEY," /* enum db_sequence */
	"  next INTEGER NOT NULL);"
	"INSERT INTO sequence SELECT 0,seq+1 FROM sqlite_sequence WHERE name='message_in';"
	"INSERT INTO sequence SELECT 1+channel,seq+1 FROM sqlite_sequence,"
	"  (SELECT 0 channel UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) WHERE name='outbox';"

	"CREATE TABLE message("
	"  id INTEGER PRIMARY KEY,"
	"  received_ms INTEGER NOT NULL,"
	"  account TEXT NOT NULL,"
	"  source TEXT NOT NULL,"
	"  state INTEGER NOT NULL," /* enum message_state */
	"  report_id INTEGER,"
	"  raw BLOB NOT NULL);" /* the whole PDU */
	"INSERT INTO message SELECT id,received_ms,account,source,state,report_id,raw "
	"  FROM message_in;"
	"DROP TABLE message_in;"
	"ALTER TABLE message RENAME TO message_in;"
	"CREATE INDEX message_in_open ON message_in(id) WHERE state=0;"
	"CREATE INDEX message_in_report ON message_in(report_id) "
	"  WHERE report_id IS NOT NULL AND report_id<>id;"

	"CREATE TABLE entry("
	"  id TEXT NOT NULL UNIQUE,"
	"  report_id INTEGER PRIMARY KEY,"
	"  subscriber TEXT NOT NULL,"
	"  caller TEXT NOT NULL,"
	"  call_start_ms INTEGER NOT NULL,"
	"  amount_mb INTEGER NOT NULL,"
	"  state INTEGER NOT NULL," /* enum reward_state */
	"  reason TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL,"
	"  requested_ms INTEGER,"
	"  settled_ms INTEGER,"
	"  attempts INTEGER NOT NULL,"
	"  next_ms INTEGER);" /* when to ask again */
	"INSERT INTO entry SELECT id,report_id,subscriber,caller,call_start_ms,amount_mb,state,"
	"  reason,created_ms,requested_ms,settled_ms,attempts,next_ms FROM reward;"
	"DROP TABLE reward;"
	"ALTER TABLE entry RENAME TO reward;"
	"CREATE INDEX reward_subscriber ON reward(subscriber,created_ms);"
	"CREATE INDEX reward_caller ON reward(caller,created_ms);"
	"CREATE INDEX reward_next ON reward(next_ms) WHERE next_ms IS NOT NULL;"

	"CREATE TABLE effect("
	"  channel INTEGER NOT NULL," /* enum outbox_channel */
	"  id INTEGER NOT NULL,"
	"  target TEXT NOT NULL,"
	"  payload TEXT NOT NULL,"
	"  report_id INTEGER,"
	"  told INTEGER NOT NULL,"
	"  route TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL,"
	"  PRIMARY KEY(channel,id)) WITHOUT ROWID;"
	"INSERT INTO effect SELECT channel,id,target,payload,report_id,told,route,created_ms "
	"  FROM outbox;"
	"DROP TABLE outbox;"
	"ALTER TABLE effect RENAME TO outbox;";

/* What an SMSC tells of our texts (text_row.h). Nothing is written here for a text of which no
 * receipt is asked. */
static const char version_3[] =
	"ALTER TABLE outbox ADD COLUMN text_id INTEGER;" /* of a text that goes out again */

	"CREATE TABLE text_out("
	"  id INTEGER PRIMARY KEY,"
	"  target TEXT NOT NULL," /* to route: as in outbox */
	"  payload TEXT NOT NULL,"
	"  report_id INTEGER,"
	"  told INTEGER NOT NULL,"
	"  route TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL,"
	"  state INTEGER NOT NULL,"    /* enum text_state */
	"  attempts INTEGER NOT NULL," /* how often it was handed over */
	"  sent_ms INTEGER NOT NULL,"  /* when that was done last */
	"  due_ms INTEGER,"	       /* when its state ends by itself; NULL: never */
	"  reason TEXT NOT NULL);"     /* of a failure */
	"CREATE INDEX text_out_due ON text_out(due_ms) WHERE due_ms IS NOT NULL;"
	"CREATE INDEX text_out_report ON text_out(report_id) WHERE report_id IS NOT NULL;"

	"CREATE TABLE text_part("
	"  scope TEXT NOT NULL," /* whose ids: receipt_policy.h */
	"  key BLOB NOT NULL,"	 /* struct smpp_id_key */
	"  text_id INTEGER NOT NULL,"
	"  attempt INTEGER NOT NULL,"
	"  wanted INTEGER NOT NULL," /* enum receipts_wanted */
	"  state INTEGER NOT NULL,"  /* enum smpp_message_state; 0: no receipt yet */
	"  PRIMARY KEY(scope,key)) WITHOUT ROWID;"
	"CREATE INDEX text_part_text ON text_part(text_id);"

	"CREATE TABLE receipt_early("
	"  id INTEGER PRIMARY KEY,"
	"  scope TEXT NOT NULL,"
	"  key BLOB NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  state INTEGER NOT NULL,"
	"  reason TEXT NOT NULL,"
	"  UNIQUE(scope,key));"
	"CREATE INDEX receipt_early_scope ON receipt_early(scope);"
	"CREATE INDEX receipt_early_received ON receipt_early(received_ms);";

/* The dialogue (question_row.h). Of what earlier versions asked, an answer is still awaited. */
static const char dialogue_schema[] =
	"CREATE TABLE question("
	"  report_id INTEGER PRIMARY KEY,"
	"  subscriber TEXT NOT NULL,"
	"  kind INTEGER NOT NULL,"  /* enum question_kind */
	"  asked INTEGER NOT NULL," /* how many questions were asked about the report */
	"  due_ms INTEGER,"	    /* when to ask; NULL: asked, or not to be asked any more */
	"  asked_ms INTEGER,"
	"  answered_ms INTEGER,"
	"  choices TEXT NOT NULL);" /* rules/call_list.h */
	"CREATE INDEX question_due ON question(due_ms) WHERE due_ms IS NOT NULL;"
	"CREATE INDEX question_subscriber ON question(subscriber,asked_ms);"
	"INSERT INTO question SELECT id,subscriber,0,1,NULL,received_ms,NULL,'' FROM report "
	"  WHERE state=1;";

/* Texts that wait for the end of the quiet hours (held_text.h); columns as in outbox. */
static const char quiet_schema[] = "CREATE TABLE held("
				   "  id INTEGER PRIMARY KEY,"
				   "  due_ms INTEGER NOT NULL,"
				   "  target TEXT NOT NULL,"
				   "  payload TEXT NOT NULL,"
				   "  report_id INTEGER NOT NULL," /* 0: none */
				   "  told INTEGER NOT NULL,"
				   "  route TEXT NOT NULL,"
				   "  created_ms INTEGER NOT NULL);"
				   "CREATE INDEX held_due ON held(due_ms,id);";

/* Verdicts that can be derived again, the reviewers' queue and its clock. */
static const char review_schema[] =
	"CREATE TABLE policy("
	"  hash TEXT PRIMARY KEY,"
	"  effective_ms INTEGER NOT NULL,"
	"  seen_ms INTEGER NOT NULL,"
	"  text TEXT NOT NULL) WITHOUT ROWID;" /* rules/verdict_policy.h */
	"CREATE TABLE review("
	"  report_id INTEGER PRIMARY KEY,"
	"  taken_by TEXT NOT NULL," /* '': nobody; else until taken_ms */
	"  taken_ms INTEGER NOT NULL,"
	"  decided_by TEXT NOT NULL," /* '': nobody so far */
	"  decided_ms INTEGER NOT NULL);"
	"CREATE TABLE report_warning("
	"  report_id INTEGER PRIMARY KEY,"
	"  deadline_ms INTEGER NOT NULL);" /* of which it was warned */
	"CREATE INDEX report_review ON report(deadline_ms) WHERE state=6;";

/* Files of call records (feed_store.h). */
static const char feed_schema[] =
	"CREATE TABLE feed_sequence("
	"  source TEXT PRIMARY KEY,"
	"  base INTEGER NOT NULL," /* position = number + base */
	"  next INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE feed_file("
	"  id INTEGER PRIMARY KEY,"
	"  source TEXT NOT NULL,"
	"  name TEXT NOT NULL,"
	"  position INTEGER," /* NULL: it has no sequence number */
	"  hash BLOB NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  first_ms INTEGER," /* what it says of when its records are complete; NULL: nothing */
	"  to_ms INTEGER,"
	"  explicit_ms INTEGER,"
	"  told INTEGER NOT NULL);" /* that is in the watermark */
	"CREATE INDEX feed_file_name ON feed_file(source,name);"
	"CREATE INDEX feed_file_position ON feed_file(source,position);"
	"CREATE INDEX feed_file_received ON feed_file(source,received_ms);"
	"CREATE INDEX feed_file_untold ON feed_file(source,position) WHERE told=0;"
	"CREATE TABLE feed_gap("
	"  source TEXT NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  number INTEGER NOT NULL,"
	"  since_ms INTEGER NOT NULL,"
	"  passed INTEGER NOT NULL," /* not waited for any more */
	"  PRIMARY KEY(source,position)) WITHOUT ROWID;";

/* Words that were no report by themselves: a number may follow (words_row.h). */
static const char words_schema[] = "CREATE TABLE words("
				   "  subscriber TEXT PRIMARY KEY,"
				   "  at_ms INTEGER NOT NULL,"
				   "  text TEXT NOT NULL) WITHOUT ROWID;"
				   "CREATE INDEX words_at ON words(at_ms);";

/* What is kept of a subscriber beside reports and rules (subscriber_row.h). */
static const char subscriber_schema[] =
	"CREATE TABLE subscriber("
	"  subscriber TEXT PRIMARY KEY,"
	"  style INTEGER NOT NULL," /* enum reply_style; -1: not chosen */
	"  unsubscribed_ms INTEGER NOT NULL,"
	"  asked_sense INTEGER NOT NULL," /* enum keyword_sense; 0: no question is open */
	"  asked_scope INTEGER NOT NULL," /* enum report_scope */
	"  asked_ms INTEGER NOT NULL,"
	"  chat_day_ms INTEGER NOT NULL,"
	"  chat_answered INTEGER NOT NULL,"
	"  chat_unanswered INTEGER NOT NULL) WITHOUT ROWID;"

	"CREATE TABLE change("
	"  subscriber TEXT PRIMARY KEY,"
	"  kind INTEGER NOT NULL," /* enum change_kind */
	"  number TEXT NOT NULL,"
	"  before TEXT NOT NULL,"
	"  after TEXT NOT NULL,"
	"  at_ms INTEGER NOT NULL) WITHOUT ROWID;";

/* What was blocked (attempt_row.h), the messages that are kept of it (quarantine_row.h), and who
 * wishes a daily summary (blocked_digest.h). A repeated attempt changes a row and no index but that
 * of its key. */
static const char attempt_schema[] =
	"CREATE TABLE attempt("
	"  id INTEGER PRIMARY KEY," /* from DB_SEQUENCE_ATTEMPT */
	"  subscriber TEXT NOT NULL,"
	"  day_ms INTEGER NOT NULL,"  /* when its day began, +08:00 */
	"  channel INTEGER NOT NULL," /* enum block_channel */
	"  sender TEXT NOT NULL,"
	"  first_ms INTEGER NOT NULL,"
	"  last_ms INTEGER NOT NULL,"
	"  count INTEGER NOT NULL,"
	"  tier INTEGER NOT NULL,"    /* enum block_tier; this and the next three of the last one */
	"  rule TEXT NOT NULL,"	      /* '': the failure policy's decision */
	"  version INTEGER NOT NULL," /* of the subscriber's or the operator's rules, by tier */
	"  account TEXT NOT NULL,"    /* by which it came */
	"  released_ms INTEGER,"
	"  UNIQUE(subscriber,day_ms,channel,sender));"
	"CREATE INDEX attempt_day ON attempt(day_ms);"

	"CREATE TABLE quarantine("
	"  id INTEGER PRIMARY KEY,"	 /* from DB_SEQUENCE_QUARANTINE */
	"  message_id INTEGER NOT NULL," /* the first row of the message that it is a part of */
	"  subscriber TEXT NOT NULL,"
	"  sender TEXT NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  reference INTEGER NOT NULL," /* of the parts; total 1: a whole message */
	"  total INTEGER NOT NULL,"
	"  part INTEGER NOT NULL,"
	"  account TEXT NOT NULL,"
	"  released_ms INTEGER," /* then the PDU is in the outbox, or was delivered */
	"  pdu BLOB NOT NULL);"	 /* whole; empty after the release */
	"CREATE INDEX quarantine_sender ON quarantine(subscriber,sender,message_id);"
	"CREATE INDEX quarantine_received ON quarantine(received_ms);"

	/* Lists that were shown are worth nothing once their time is over. */
	"CREATE INDEX question_blocked ON question(asked_ms) WHERE kind=3;"

	"CREATE TABLE digest("
	"  subscriber TEXT PRIMARY KEY,"
	"  route TEXT NOT NULL,"
	"  told_day_ms INTEGER NOT NULL) WITHOUT ROWID;" /* the last day that was told, or empty */
	"CREATE INDEX digest_told ON digest(told_day_ms);";

/* Rewards that give back what they took, reversals, and what is told of both day by day. Indexes by
 * changed_ms grow at their end; budgets of earlier versions are counted anew, without what failed.
 * What a repeat overwrites goes to reward_event. */
static const char rewards_schema[] =
	"ALTER TABLE reward ADD COLUMN budget_ms INTEGER;" /* the budget it took from; NULL: none */
	"ALTER TABLE reward ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;" /* and gave back to */
	"ALTER TABLE reward ADD COLUMN changed_ms INTEGER NOT NULL DEFAULT 0;"
	"UPDATE reward SET changed_ms=MAX(created_ms,COALESCE(settled_ms,0)),returned=state=3,"
	"  budget_ms=CASE WHEN state<>4 THEN (SELECT MAX(effective_ms) FROM budget "
	"  WHERE effective_ms<=created_ms) END;"
	"UPDATE budget SET spent_mb=(SELECT COALESCE(SUM(amount_mb),0) FROM reward "
	"  WHERE budget_ms=effective_ms AND returned=0);"
	"CREATE INDEX reward_changed ON reward(changed_ms);"
	"CREATE INDEX reward_failed ON reward(report_id) WHERE state=3;"

	"CREATE TABLE reversal("
	"  id TEXT NOT NULL UNIQUE,"
	"  report_id INTEGER PRIMARY KEY,"
	"  subscriber TEXT NOT NULL," /* to changed_ms: as in reward */
	"  caller TEXT NOT NULL,"
	"  call_start_ms INTEGER NOT NULL,"
	"  amount_mb INTEGER NOT NULL,"
	"  state INTEGER NOT NULL," /* enum reward_state */
	"  reason TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL,"
	"  requested_ms INTEGER,"
	"  settled_ms INTEGER,"
	"  attempts INTEGER NOT NULL,"
	"  next_ms INTEGER,"
	"  budget_ms INTEGER,"
	"  returned INTEGER NOT NULL,"
	"  changed_ms INTEGER NOT NULL,"
	"  reward_id TEXT NOT NULL,"
	"  note TEXT NOT NULL," /* why, in words for the subscriber */
	"  actor TEXT NOT NULL);"
	"CREATE INDEX reversal_next ON reversal(next_ms) WHERE next_ms IS NOT NULL;"
	"CREATE INDEX reversal_changed ON reversal(changed_ms);"

	"CREATE TABLE reward_event("
	"  id INTEGER PRIMARY KEY,"
	"  reward_id TEXT NOT NULL," /* or a reversal's */
	"  at_ms INTEGER NOT NULL,"
	"  what TEXT NOT NULL,"
	"  reason TEXT NOT NULL,"
	"  actor TEXT NOT NULL);" /* '': the rewards system */
	"CREATE INDEX reward_event_reward ON reward_event(reward_id);"

	"CREATE VIEW ledger AS "
	"  SELECT id,report_id,subscriber,caller,call_start_ms,amount_mb,state,reason,created_ms,"
	"  requested_ms,settled_ms,attempts,next_ms,budget_ms,returned,changed_ms,'' note "
	"  FROM reward UNION ALL "
	"  SELECT id,report_id,subscriber,caller,call_start_ms,amount_mb,state,reason,created_ms,"
	"  requested_ms,settled_ms,attempts,next_ms,budget_ms,returned,changed_ms,note "
	"  FROM reversal;";

/* The operator's rules in versions (operator_store.h), of which none is ever changed; and a sample
 * of what was screened lately (traffic_row.h). */
static const char operations_schema[] =
	"CREATE TABLE operator_rules("
	"  version INTEGER PRIMARY KEY,"
	"  at_ms INTEGER NOT NULL,"
	"  actor TEXT NOT NULL,"
	"  note TEXT NOT NULL,"
	"  back_to INTEGER,"		 /* the version that it brings back; NULL: none */
	"  configured INTEGER NOT NULL," /* 1: those of the configuration hold, text is '' */
	"  text TEXT NOT NULL,"
	"  hash TEXT NOT NULL);" /* SHA-256 of text */
	"CREATE TRIGGER operator_rules_kept BEFORE UPDATE ON operator_rules BEGIN"
	"  SELECT RAISE(ABORT,'a version is never changed'); END;"
	"CREATE TRIGGER operator_rules_stay BEFORE DELETE ON operator_rules BEGIN"
	"  SELECT RAISE(ABORT,'a version is never removed'); END;"

	"CREATE TABLE traffic("
	"  instance TEXT NOT NULL,"
	"  slot_ms INTEGER NOT NULL," /* when its slot began */
	"  channel INTEGER NOT NULL," /* enum block_channel */
	"  seen INTEGER NOT NULL,"    /* of which these are a sample */
	"  samples BLOB NOT NULL,"
	"  UNIQUE(slot_ms,instance,channel));";

/* Receipts of hubs' messages (hub_route_row.h). */
static const char hub_receipt_schema[] =
	"CREATE TABLE hub_route("
	"  scope TEXT NOT NULL,"   /* whose ids: receipt_policy.h */
	"  key BLOB NOT NULL,"	   /* struct smpp_id_key */
	"  account TEXT NOT NULL," /* the hub's */
	"  expires_ms INTEGER NOT NULL,"
	"  PRIMARY KEY(scope,key)) WITHOUT ROWID;"
	"CREATE INDEX hub_route_expires ON hub_route(expires_ms);"
	"CREATE TABLE hub_receipt("
	"  id INTEGER PRIMARY KEY," /* from DB_SEQUENCE_HUB_RECEIPT */
	"  account TEXT NOT NULL,"
	"  expires_ms INTEGER NOT NULL,"
	"  pdu BLOB NOT NULL);" /* whole */
	"CREATE INDEX hub_receipt_account ON hub_receipt(account,id);"
	"ALTER TABLE receipt_early ADD COLUMN pdu BLOB;";

/* Questions about places and times keep their text. */
static const char opening_schema[] =
	"ALTER TABLE subscriber ADD COLUMN asked_text TEXT NOT NULL DEFAULT '';";

/* What is told on the way of messages of which nobody knows yet whose they are (hub_route_row.h).
 */
static const char notice_schema[] = "CREATE TABLE hub_notice("
				    "  id INTEGER PRIMARY KEY," /* in the order of coming */
				    "  scope TEXT NOT NULL,"	/* as in hub_route */
				    "  key BLOB NOT NULL,"
				    "  received_ms INTEGER NOT NULL,"
				    "  pdu BLOB NOT NULL);" /* whole */
				    "CREATE INDEX hub_notice_key ON hub_notice(scope,key);"
				    "CREATE INDEX hub_notice_scope ON hub_notice(scope);"
				    "CREATE INDEX hub_notice_received ON hub_notice(received_ms);";

/* Messages that their hub knows by an id of ours (quarantine_row.h). */
static const char kept_receipt_schema[] =
	"ALTER TABLE hub_route ADD COLUMN name TEXT NOT NULL DEFAULT '';"; /* '': by the SMSC's */

/* Whether subscribers wish that the numbers they report are blocked, and those of which they took
 * such a block back (reported_row.h). */
static const char reported_schema[] =
	"ALTER TABLE subscriber ADD COLUMN reported_wish INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE reported_block("
	"  subscriber TEXT NOT NULL,"
	"  number TEXT NOT NULL,"
	"  blocked_ms INTEGER NOT NULL," /* by a report, last */
	"  taken_back_ms INTEGER,"	 /* by the subscriber; NULL: never */
	"  PRIMARY KEY(subscriber,number)) WITHOUT ROWID;";

/* What is personal in the audit lies beside it, so that it can be erased (audit_text.h); reports
 * and rewards that retention removed leave what sums and promises need (retention_row.h); and
 * erasures that are under way (erasure_row.h). */
static const char privacy_schema[] =
	"CREATE TABLE audit_text("
	"  id INTEGER PRIMARY KEY," /* of the row of the audit */
	"  salt BLOB NOT NULL,"	    /* x'': it was written before there were any */
	"  object TEXT NOT NULL,"
	"  before TEXT NOT NULL,"
	"  after TEXT NOT NULL,"
	"  erased INTEGER);" /* the row of the audit that tells of it; the rest is empty then */
	"CREATE INDEX audit_text_erased ON audit_text(erased) WHERE erased IS NOT NULL;"
	"INSERT INTO audit_text SELECT id,x'',object,before,after,NULL FROM audit;"
	"CREATE TABLE audit_row("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  at_ms INTEGER NOT NULL,"
	"  actor TEXT NOT NULL,"
	"  action TEXT NOT NULL,"
	"  hash BLOB NOT NULL);"
	"INSERT INTO audit_row SELECT id,at_ms,actor,action,hash FROM audit;"
	"DROP TABLE audit;"
	"ALTER TABLE audit_row RENAME TO audit;"
	"CREATE VIEW audit_log AS SELECT audit.id,at_ms,actor,action,object,before,after,hash,salt,"
	"  erased FROM audit JOIN audit_text ON audit_text.id=audit.id;"

	"ALTER TABLE report_event ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;" /* its detail was
										  */

	/* The report was verified, and is removed. */
	"ALTER TABLE reward ADD COLUMN earned INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE budget ADD COLUMN gone_mb INTEGER NOT NULL DEFAULT 0;" /* by removed entries */
	"CREATE TABLE reward_gone("
	"  id TEXT PRIMARY KEY) WITHOUT ROWID;" /* of removed entries: never given again */
	"CREATE TABLE reward_elsewhere("
	"  report_id INTEGER PRIMARY KEY);" /* erased; another report has the entry of its call */
	"CREATE TABLE ledger_gone("
	"  month_ms INTEGER NOT NULL," /* when the month of the entry began, +08:00 */
	"  kind INTEGER NOT NULL,"     /* enum reward_kind */
	"  state INTEGER NOT NULL,"    /* enum reward_state */
	"  entries INTEGER NOT NULL,"
	"  amount_mb INTEGER NOT NULL,"
	"  PRIMARY KEY(month_ms,kind,state)) WITHOUT ROWID;"

	"CREATE TABLE retention("
	"  kind INTEGER PRIMARY KEY,"	   /* enum retention_kind */
	"  done_to INTEGER NOT NULL,"	   /* everything up to this id was looked at */
	"  removed INTEGER NOT NULL,"	   /* ever */
	"  complete_ms INTEGER NOT NULL);" /* when nothing more was to be removed; 0: never */
	"CREATE INDEX question_asked ON question(asked_ms);"
	"CREATE INDEX change_at ON change(at_ms);"
	"DROP INDEX question_blocked;"

	"CREATE TABLE erasure("
	"  id INTEGER PRIMARY KEY,"
	"  number TEXT NOT NULL UNIQUE,"
	"  pseudonym TEXT NOT NULL,"
	"  actor TEXT NOT NULL,"
	"  begun_ms INTEGER NOT NULL,"
	"  stage INTEGER NOT NULL,"   /* enum erasure_stage */
	"  done_to INTEGER NOT NULL," /* within the stage */
	"  upto INTEGER NOT NULL,"    /* where the stage ends */
	"  rows INTEGER NOT NULL);";  /* changed and removed so far */

/* Who may do what, and the tokens by which they are known (user_store.h). The version changes with
 * each change, so that every gateway of the store sees that there was one. */
static const char identity_schema[] =
	"CREATE TABLE user("
	"  name TEXT PRIMARY KEY,"
	"  roles TEXT NOT NULL," /* names, with commas between them */
	"  created_ms INTEGER NOT NULL,"
	"  disabled_ms INTEGER) WITHOUT ROWID;"
	"CREATE TABLE token("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT," /* the audit names it: never twice */
	"  user TEXT NOT NULL,"
	"  hash TEXT NOT NULL UNIQUE," /* feed_token.h; the token itself is nowhere */
	"  kind INTEGER NOT NULL,"     /* enum token_kind */
	"  parent INTEGER,"	       /* the token by which a session was begun */
	"  label TEXT NOT NULL,"
	"  created_ms INTEGER NOT NULL,"
	"  expires_ms INTEGER NOT NULL,"
	"  used_day_ms INTEGER," /* the last day on which it was; NULL: never */
	"  revoked_ms INTEGER);"
	"CREATE INDEX token_user ON token(user);"
	"CREATE INDEX token_parent ON token(parent) WHERE parent IS NOT NULL;"
	"CREATE TABLE identity(version INTEGER NOT NULL);"
	"INSERT INTO identity VALUES(0);";

/* Rows of the audit stay as they were written. Their hash covers their id from form 1 on, which are
 * one after the other: what is missing before a row shows. */
static const char audit_schema[] =
	"ALTER TABLE audit ADD COLUMN form INTEGER NOT NULL DEFAULT 0;"
	"CREATE TRIGGER audit_new BEFORE INSERT ON audit"
	"  WHEN EXISTS(SELECT 1 FROM audit WHERE id=NEW.id) BEGIN"
	"  SELECT RAISE(ABORT,'a row of the audit is never replaced'); END;"
	"CREATE TRIGGER audit_kept BEFORE UPDATE ON audit BEGIN"
	"  SELECT RAISE(ABORT,'a row of the audit is never changed'); END;"
	"CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN"
	"  SELECT RAISE(ABORT,'a row of the audit is never removed'); END;"
	"CREATE TRIGGER audit_text_new BEFORE INSERT ON audit_text"
	"  WHEN EXISTS(SELECT 1 FROM audit_text WHERE id=NEW.id) BEGIN"
	"  SELECT RAISE(ABORT,'a row of the audit is never replaced'); END;"
	/* Erased as a whole, once: audit_text.h. */
	"CREATE TRIGGER audit_text_kept BEFORE UPDATE ON audit_text"
	"  WHEN NOT(OLD.erased IS NULL AND NEW.erased IS NOT NULL AND NEW.id=OLD.id AND "
	"NEW.salt=x''"
	"  AND NEW.object='' AND NEW.before='' AND NEW.after='') BEGIN"
	"  SELECT RAISE(ABORT,'a row of the audit is never changed'); END;"
	"CREATE TRIGGER audit_text_stays BEFORE DELETE ON audit_text BEGIN"
	"  SELECT RAISE(ABORT,'a row of the audit is never removed'); END;";

/* Lists of reports by what people look for, and what is counted of them day by day, of the days in
 * +08:00 on which they were received. Triggers keep the counters: whatever changes a report counts
 * it, in the same transaction. An answer counts on the day on which it was given. */
/* clang-format off */
#define DAY_OF(ms) "(" ms "-(" ms "+28800000)%86400000)"
#define COUNT_DAY(ms, kind, by) \
	"INSERT INTO day_count(day_ms,kind,n) VALUES(" DAY_OF(ms) "," kind "," by ") " \
	"ON CONFLICT(day_ms,kind) DO UPDATE SET n=n+excluded.n;"
/* An answer that comes with the report is in time, and needs no counter of its own. */
#define KIND_OF(row) row ".state*100+" row ".category"
#define KIND_OF_NEW KIND_OF("NEW") "+10*(NEW.state BETWEEN 3 AND 5)"
#define COUNT_CALLER(row, reports, verified) \
	"INSERT INTO caller_day(day_ms,number,reports,verified) SELECT " \
	DAY_OF(row ".received_ms") "," row ".number," reports "," verified " WHERE " row ".number<>'' " \
	"ON CONFLICT(day_ms,number) DO UPDATE SET reports=reports+excluded.reports," \
	"verified=verified+excluded.verified;"

static const char queries_schema[] =
	"CREATE INDEX report_received ON report(received_ms);"
	/* state+0: for lists alone. Nobody who looks for one subscriber's reports, or for the queue
	 * of reviewers, is led to it by their state. */
	"CREATE INDEX report_state ON report(state+0,received_ms);"
	"CREATE INDEX report_category ON report(category,received_ms);"
	"CREATE INDEX reward_created ON reward(created_ms);"
	"CREATE INDEX reversal_created ON reversal(created_ms);"

	"CREATE TABLE day_count("
	"  day_ms INTEGER NOT NULL," /* when the day began, +08:00 */
	"  kind INTEGER NOT NULL,"   /* day_count.h */
	"  n INTEGER NOT NULL,"
	"  PRIMARY KEY(day_ms,kind)) WITHOUT ROWID;"
	"CREATE TABLE caller_day("
	"  day_ms INTEGER NOT NULL,"
	"  number TEXT NOT NULL,"
	"  reports INTEGER NOT NULL,"
	"  verified INTEGER NOT NULL,"
	"  PRIMARY KEY(day_ms,number)) WITHOUT ROWID;"
	/* Most numbers are reported once or twice a day. */
	"CREATE INDEX caller_day_top ON caller_day(day_ms,reports) WHERE reports>2;"

	"INSERT INTO day_count SELECT " DAY_OF("received_ms") " d,state*100+category,COUNT(*) "
	"  FROM report GROUP BY d,state,category;"
	"INSERT INTO day_count SELECT " DAY_OF("at_ms") " d,1000+(at_ms>deadline_ms) k,COUNT(*) "
	"  FROM report_event JOIN report ON id=report_id WHERE to_state IN (3,4,5) GROUP BY d,k;"
	"INSERT INTO caller_day SELECT " DAY_OF("received_ms") " d,number,COUNT(*),SUM(state=3) "
	"  FROM report WHERE number<>'' GROUP BY d,number;"

	"CREATE TRIGGER report_counted AFTER INSERT ON report BEGIN "
	COUNT_DAY("NEW.received_ms", KIND_OF_NEW, "1")
	COUNT_CALLER("NEW", "1", "NEW.state=3")
	"END;"
	"CREATE TRIGGER report_moved AFTER UPDATE OF state,category ON report "
	"WHEN OLD.state<>NEW.state OR OLD.category<>NEW.category BEGIN "
	COUNT_DAY("NEW.received_ms", KIND_OF("OLD"), "-1")
	COUNT_DAY("NEW.received_ms", KIND_OF("NEW"), "1")
	"UPDATE caller_day SET verified=verified+(NEW.state=3)-(OLD.state=3) WHERE "
	"  number=OLD.number AND day_ms=" DAY_OF("NEW.received_ms")
	"  AND (NEW.state=3)<>(OLD.state=3);"
	"END;"
	"CREATE TRIGGER report_renamed AFTER UPDATE OF number ON report "
	"WHEN OLD.number<>NEW.number BEGIN "
	COUNT_CALLER("OLD", "-1", "-(NEW.state=3)")
	COUNT_CALLER("NEW", "1", "NEW.state=3")
	"END;"
	"CREATE TRIGGER report_removed AFTER DELETE ON report BEGIN "
	COUNT_DAY("OLD.received_ms", KIND_OF("OLD"), "-1")
	COUNT_CALLER("OLD", "-1", "-(OLD.state=3)")
	"END;"
	/* Of a number that nobody reports any more nothing stays. */
	"CREATE TRIGGER caller_day_empty AFTER UPDATE OF reports ON caller_day "
	"WHEN NEW.reports<=0 BEGIN "
	"DELETE FROM caller_day WHERE number=NEW.number AND day_ms=NEW.day_ms;"
	"END;"
	"CREATE TRIGGER report_answered AFTER UPDATE OF state ON report "
	"WHEN OLD.state<>NEW.state AND NEW.state BETWEEN 3 AND 5 BEGIN "
	"INSERT INTO day_count(day_ms,kind,n) SELECT " DAY_OF("at_ms") ","
	"  1000+(at_ms>OLD.deadline_ms),1 FROM report_event WHERE report_id=NEW.id AND seq=NEW.events "
	"ON CONFLICT(day_ms,kind) DO UPDATE SET n=n+excluded.n;"
	"END;";
/* clang-format on */

/* What was asked with an idempotency key, and how it was answered (app_request.h). */
static const char app_schema[] = "CREATE TABLE app_request("
				 "  owner TEXT NOT NULL," /* the user; '': of the socket */
				 "  key TEXT NOT NULL,"
				 "  hash BLOB NOT NULL," /* SHA-256 of the body */
				 "  answer TEXT NOT NULL,"
				 "  expires_ms INTEGER NOT NULL,"
				 "  PRIMARY KEY(owner,key)) WITHOUT ROWID;"
				 "CREATE INDEX app_request_expires ON app_request(expires_ms);";

const char *const store_migrations[] = {
	version_1,	version_2,	     version_3,		 dialogue_schema,   quiet_schema,
	words_schema,	attempt_schema,	     feed_schema,	 subscriber_schema, review_schema,
	rewards_schema, operations_schema,   hub_receipt_schema, opening_schema,    reported_schema,
	notice_schema,	kept_receipt_schema, privacy_schema,	 identity_schema,   audit_schema,
	queries_schema, app_schema,
};
const size_t store_migrations_count = sizeof(store_migrations) / sizeof(*store_migrations);
