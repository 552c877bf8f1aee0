/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* report_flow_priv.h - what report_flow.c and the files beside it share. */
#pragma once

#include <event2/event.h>

#include "gateway/flood.h"
#include "gateway/report_flow.h"
#include "gateway/report_row.h"
#include "gateway/rule_store.h"
#include "gateway/store.h"
#include "gateway/verifier.h"
#include "gateway/subscriber_row.h"
#include "rules/blocked_keyword.h"
#include "rules/shield_read.h"

/* One text on its way through the store. Allocated on its own: the store thread fills it. */
struct flow {
	struct store_op op; /* first; used when it is submitted by itself */
	struct gateway *gateway;
	struct tables *tables; /* by which it is read, held */
	struct event *retry;
	unsigned retry_s;

	/* In. */
	int64_t *ids; /* to be marked as read */
	size_t id_count;
	int64_t first_id; /* names the report */
	char route[ROUTE_MAX];
	struct number subscriber;
	const char *text;
	int64_t received_ms;
	struct report_reading reading;
	int choice;   /* what it says as an answer to a question of ours: a place in a list */
	bool consent; /* or "yes" */
	struct check *ahead; /* looks up, meanwhile, the call that is complained of; or NULL */
	struct blocked_request blocked; /* or what it asks of what was blocked */
	struct shield_reading opening;	/* or what it lets through or blocks by place and time */
	int64_t blocked_since_ms;	/* what was blocked before is gone */
	bool release_allows;
	int digest_hour;
	enum reported_policy block_reported;
	int64_t deadline_ms; /* how long a verdict may take */
	struct reply_manner manner;
	const char *word;	   /* the keyword for what the text asks for, or NULL */
	struct fixed_rules *fixed; /* the operator's and the protected ones, held */
	bool number_ours;	   /* the keyword's number is a service code */
	bool number_reported;	   /* or one that was confirmed by reports */
	uint32_t chat_answers_day;
	uint8_t operator_blocks; /* channels blocked whatever the subscriber says */
	int64_t recheck_ms;
	int64_t dialogue_ms;
	int64_t join_ms;
	int64_t duplicate_ms;
	enum flood_turn turn; /* whether it is answered */

	/* While words of an earlier text stand before this one: what it is by itself. */
	bool joined;
	const char *own_text;
	struct report_reading own_reading;

	/* Out; begun anew by each run. */
	void *memory;
	bool first;	   /* the sender has no report so far */
	int64_t report_id; /* of the report that the message belongs to; 0: none */
	unsigned opened;
	unsigned reopened;
	unsigned duplicates;
	unsigned unanswered;
	size_t check_count; /* reports that are to be verified now */
	struct verify_request checks[REPORT_NUMBERS_MAX];
	bool decided; /* the first of them is, by what was looked up meanwhile */
	bool asks;    /* a question is to be asked about this report */
	struct verify_request question;
	struct call_list candidates; /* of which its number is one; may be empty */
	unsigned released;	     /* messages */
	struct rule_state rules;     /* text NULL: unchanged */
};

/* Of a flood nothing is answered, but for the one answer that says so. */
int flow_answer(struct db *db, struct flow *flow, enum reply_kind kind, struct reply_values *values,
		int64_t report_id, unsigned told) __attribute__((warn_unused_result));

/* ---- report_open.c: what makes reports, or joins them ---- */

int flow_tell_received(struct db *db, struct flow *flow, const struct report_row *row)
	__attribute__((warn_unused_result));
/* 1 when an earlier report of the sender's says of that number what was read, 0 when none does. */
int flow_find_same(struct db *db, struct flow *flow, const struct report_reading *reading,
		   const struct number *number, struct report_row *row)
	__attribute__((warn_unused_result));
int flow_join(struct db *db, struct flow *flow, const struct report_row *row)
	__attribute__((warn_unused_result));
/* The sender's latest report: 1, or 0 when there is none. */
int flow_find_latest(struct db *db, struct flow *flow, struct report_row *row)
	__attribute__((warn_unused_result));
void flow_set_clocks(struct flow *flow, struct report_row *row);
void flow_check_now(struct flow *flow, const struct report_row *row);
/* A complaint. */
int flow_take_report(struct db *db, struct flow *flow) __attribute__((warn_unused_result));

/* ---- report_status.c: about a report of the sender's ---- */

int flow_tell_status(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_take_appeal(struct db *db, struct flow *flow) __attribute__((warn_unused_result));

/* ---- report_dialogue.c: questions of ours, and texts that answer them ---- */

/* The report was opened without a number, or with several of which it is one: the callers have to
 * be looked up first, or the question is put at once. */
int flow_ask_number(struct db *db, struct flow *flow, const struct report_row *row)
	__attribute__((warn_unused_result));
/* Our question for a number is still open, and this text may answer it. */
bool flow_is_question(const struct flow *flow, const struct report_row *row);
/* The text names the number that `row` lacks. */
int flow_complete(struct db *db, struct flow *flow, struct report_row *row)
	__attribute__((warn_unused_result));
/* A text without a number while we wait for one: it belongs to the same report. */
int flow_add_words(struct db *db, struct flow *flow, struct report_row *row)
	__attribute__((warn_unused_result));
/* A text that names the number that a rejected report should have named: 1 when it is one, 0 when
 * not. */
int flow_take_correction(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* Keeps words that are no report by themselves, for a number may follow. */
int flow_keep_words(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* A bare number behind such words: from here on they are read as one text. */
int flow_join_words(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* Undoes flow_join_words(), before the text is read anew. */
void flow_part_words(struct flow *flow);
/* Only a number: the words may come with the next text. */
bool flow_may_go_on(const struct flow *flow);
/* A text that goes on where the sender's last one ended: 1 when it does, 0 when not. */
int flow_take_words(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* A short answer. 1 when it was one to a question of ours, 0 when the text is to be read as what it
 * is. */
int flow_take_short_answer(struct db *db, struct flow *flow) __attribute__((warn_unused_result));

/* ---- report_keyword.c: the shield, single numbers, how texts are; all answered ---- */

int flow_get_state(struct db *db, struct flow *flow, struct rule_state *state)
	__attribute__((warn_unused_result));
int flow_tell_state(struct db *db, struct flow *flow, enum reply_kind kind,
		    const struct rule_state *state) __attribute__((warn_unused_result));
int flow_tell_present_state(struct db *db, struct flow *flow, enum reply_kind kind)
	__attribute__((warn_unused_result));
int flow_tell_number(struct db *db, struct flow *flow, enum reply_kind kind,
		     const struct number *number, const struct rule_state *state)
	__attribute__((warn_unused_result));
int flow_tell_shield(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* flow->rules came in the place of `before`: that can be taken back. What changed nothing leaves
 * the change before it. `number` "": none in particular. */
int flow_note_change(struct db *db, const struct flow *flow, const char *before, const char *number)
	__attribute__((warn_unused_result));
struct rule_change flow_change_of(const struct flow *flow);
uint8_t flow_channels_of(enum report_scope scope);
int flow_switch_shield(struct db *db, struct flow *flow, enum keyword_sense sense,
		       enum report_scope scope) __attribute__((warn_unused_result));
int flow_take_shield(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_take_number(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* The row, and that `before` became `after`: that can be taken back. */
int flow_put_subscriber(struct db *db, const struct flow *flow, const struct subscriber_row *row,
			enum change_kind kind, int before, int after)
	__attribute__((warn_unused_result));
int flow_take_style(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_unsubscribe(struct db *db, struct flow *flow) __attribute__((warn_unused_result));

bool flow_is_blocked(const struct flow *flow, const struct block_set *set,
		     const struct number *number, uint8_t channel);

/* ---- report_block_wish.c: whether who is reported is blocked ---- */

int flow_take_reported(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* KEYWORD_REPORTED_ON, _OFF or _STATE, answered with what holds then. */
int flow_switch_reported(struct db *db, struct flow *flow, enum keyword_sense sense)
	__attribute__((warn_unused_result));
int flow_undo_reported_wish(struct db *db, struct flow *flow, const struct change_row *change)
	__attribute__((warn_unused_result));
/* For answers about all that holds: told of where it was chosen, or where it is so. */
int flow_read_reported(struct db *db, const struct flow *flow, struct reply_values *values)
	__attribute__((warn_unused_result));

/* ---- report_opening.c: places and times ---- */

int flow_take_opening(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* "Yes" to what was asked about row->asked_text. */
int flow_confirm_opening(struct db *db, struct flow *flow, const struct subscriber_row *row)
	__attribute__((warn_unused_result));
/* What the rules say beside the shield itself. */
int flow_list_rules(struct flow *flow, const char *text, bool numbers, struct reply_rules *out)
	__attribute__((warn_unused_result));

/* ---- report_undo.c ---- */

/* The sender's latest change; with a number behind the word, that number's block. */
int flow_undo(struct db *db, struct flow *flow) __attribute__((warn_unused_result));

/* ---- report_wish.c: asking back ---- */

/* Did you mean ...? Nothing is changed before the answer. */
int flow_ask_wish(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* "Yes" to that: 1. 0: it is none, or we asked something else later. */
int flow_take_confirmation(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
/* The word of the text's sense, for answers that name it. On the loop. */
void flow_read_word(struct flow *flow, const struct keyword_set *keywords);

/* ---- report_chat.c: texts that want nothing of us ---- */

int flow_chat(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_thanks(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_empty(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
int flow_machine(struct db *db, struct flow *flow) __attribute__((warn_unused_result));
