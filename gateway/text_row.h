/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_row.h - texts that owe a receipt, as the store holds them, and what receipts change.
 *
 * Does:    a text leaves the outbox for a row of its own when an SMSC took it and will tell what
 *          became of it, or when it was refused for good; receipts, and the time that none may
 *          take longer than, move the row on. A text that was not delivered goes back to the
 *          outbox until the policy gives it up. A receipt whose text is not there yet is kept.
 * Match:   by scope and id alone (receipt_policy.h): no peer can speak of another's texts.
 * Parts:   a text is delivered when all of its parts are; it failed when one of them did.
 * Bounds:  TEXT_EARLY_MAX receipts of each scope wait for their text, for TEXT_EARLY_KEEP_MS, each
 *          with its PDU unless that is over TEXT_EARLY_PDU_MAX octets.
 * Told:    the report's bit is set when the text is delivered, or assumed to be; not before.
 * Errors:  negative errno of the database.
 * Threads: the store thread's, inside a transaction; run again after their writes were undone.
 */
#pragma once

#include "gateway/outbox.h"
#include "gateway/receipt_policy.h"
#include "smpp/smpp_text.h"

enum { TEXT_EARLY_MAX = 10000, TEXT_EARLY_KEEP_MS = 86400000, TEXT_EARLY_PDU_MAX = 2048 };
enum { TEXT_REASON_MAX = 64 };

/* The numbers stand in the database: append only. */
enum text_state {
	TEXT_SENT,	/* an SMSC has it; the receipt is awaited */
	TEXT_WAITING,	/* in the outbox again */
	TEXT_RETRY,	/* not delivered; goes to the outbox when its time has come */
	TEXT_DELIVERED, /* the receipt said so */
	TEXT_ASSUMED, /* none was to be expected, or only one of a failure, and that did not come */
	TEXT_FAILED,  /* given up */
	TEXT_UNKNOWN, /* the receipt did not come; should it still, it counts */
	TEXT_STATE_COUNT
};
const char *text_state_name(enum text_state state); /* "sent" */

struct text_policy {
	struct config_answers answers;
	int64_t now_ms;
};

/* What happened, for the metrics. */
struct text_counts {
	uint64_t delivered;
	uint64_t assumed;
	uint64_t failed; /* given up */
	uint64_t retried;
	uint64_t unheard;   /* no receipt came */
	uint64_t unmatched; /* receipts without a text, kept for a while */
	uint64_t early;	    /* of these: applied after all */
	uint64_t repeated;  /* receipts that change nothing any more */
	bool outbox;	    /* rows were put there */
};

/* A part of a text that an SMSC took. */
struct text_part {
	char scope[RECEIPT_SCOPE_MAX];
	struct smpp_id_key key;
	enum receipts_wanted wanted;
	int64_t sent_ms; /* no receipt of before is its */
};

/* What became of a text of the outbox. */
struct text_handed {
	char refused[TEXT_REASON_MAX]; /* why it will not be sent again; "": it was taken */
	size_t count;		       /* of the parts whose receipts are owed */
	struct text_part parts[SMPP_PARTS_MAX];
};

/* `row`: id, report_id, told and text_id are used. Call it before the row is deleted. */
int text_row_handed(struct db *db, const struct outbox_row *row, const struct text_handed *handed,
		    const struct text_policy *policy, struct text_counts *counts)
	__attribute__((warn_unused_result));

/* A receipt with a final state. */
struct text_receipt {
	char scope[RECEIPT_SCOPE_MAX];
	struct smpp_id_key key;
	enum smpp_message_state state;
	char reason[TEXT_REASON_MAX]; /* of a failure */
	int64_t received_ms;
	struct smpp_octets pdu; /* as it came; borrowed */
};

/* 1: the id is that of a part of a text of ours; else 0. */
int text_row_is_known(struct db *db, const struct text_receipt *receipt)
	__attribute__((warn_unused_result));

int text_row_receipt(struct db *db, const struct text_receipt *receipt,
		     const struct text_policy *policy, struct text_counts *counts)
	__attribute__((warn_unused_result));

/* Moves on what is due, at most `limit` texts. */
int text_row_due(struct db *db, size_t limit, const struct text_policy *policy,
		 struct text_counts *counts) __attribute__((warn_unused_result));
/* 1 when text_row_due() has something to do, else 0. Needs no transaction. */
int text_row_any_due(struct db *db, int64_t now_ms) __attribute__((warn_unused_result));
