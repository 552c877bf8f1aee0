/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* call_record.h - one call as the network recorded it (CDR), and its packed form.
 *
 * Does:    reads a record from named text fields; packs it for the call index; finds records in a
 *          packed run.
 * Units:   start_ms is ms since the Unix epoch, UTC; duration_s counts from answer.
 * Errors:  -EBADMSG with `error` filled: which field, what was wrong.
 * Threads: pure. Memory: allocates nothing.
 * Source:  design "Redis: the keys are a public interface" (mr:calls, mr:cdr).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/number.h"

enum call_entry {
	CALL_ENTRY_UNKNOWN,
	CALL_ENTRY_OWN,		  /* from the operator's own network */
	CALL_ENTRY_NATIONAL,	  /* from another operator of the country */
	CALL_ENTRY_INTERNATIONAL, /* over an international trunk */
	CALL_ENTRY_COUNT
};

enum {
	CALL_SOURCE_MAX = 32,
	CALL_ERROR_MAX = 128,
	CALL_PACKED_SIZE = 14,
	CALL_DAY_MAX = 9,
	CALL_DURATION_MAX_S = (1 << 20) - 1,
};

struct call_record {
	struct number caller; /* as the subscriber saw it; "withheld" where none was shown */
	struct number called;
	int64_t start_ms;
	uint32_t duration_s; /* 0 when not answered */
	bool answered;
	bool caller_differs; /* both numbers are known, and the network asserted another */
	enum call_entry entry;
	int64_t written_ms; /* when the source's clock wrote it, as far as it tells; not packed */
};

/* The text fields that a feed may carry, in the order of struct call_fields. */
enum call_field {
	CALL_FIELD_CALLER, /* empty, anonymous, withheld, unknown...: withheld; absent: an error */
	CALL_FIELD_CALLED, /* a real number */
	CALL_FIELD_START,  /* ISO 8601 with an offset, or "YYYY-MM-DD HH:MM:SS" in the source's, or
			    * Unix seconds (10 digits, perhaps with a fraction) or ms (13 digits) */
	CALL_FIELD_DURATION, /* seconds; absent or empty: 0 */
	CALL_FIELD_ANSWERED, /* 1 0 true false yes no; absent or empty: duration > 0. With "no" a
			      * duration is the ringing and reads as 0. */
	CALL_FIELD_ENTRY,    /* own national international; absent or empty: by the trunk, else the
			      * source's default */
	CALL_FIELD_ASSERTED, /* the number for which the network vouches; one that cannot be read
			      * says nothing */
	CALL_FIELD_TRUNK,    /* name of the trunk over which the call entered */
	CALL_FIELD_WRITTEN,  /* a time like start; absent or empty: start and duration */
	CALL_FIELD_COUNT
};

/* Calls over trunks whose name fits `match` entered so. '*' is any text, '?' one octet. */
struct call_trunk {
	const char *match;
	enum call_entry entry;
};

/* What the source of a record adds to what the record says. */
struct call_origin {
	enum call_entry entry; /* of records that tell none and whose trunk no rule names */
	const struct call_trunk *trunks; /* the first that fits counts; borrowed */
	size_t trunk_count;
	int32_t utc_offset_s;	/* of times that are written without one */
	int64_t clock_ahead_ms; /* taken from all its times: how far its clock is known to be ahead
				 */
};

struct call_fields {
	const char *text[CALL_FIELD_COUNT]; /* NULL where absent; not NUL-terminated */
	size_t len[CALL_FIELD_COUNT];
};

struct call_error {
	enum call_field field;
	char text[CALL_ERROR_MAX]; /* "start: '2025-13-01' is no time"; printable ASCII */
};

const char *call_field_name(enum call_field field);
/* Without it a record says nothing; the others may be absent. */
bool call_field_needed(enum call_field field);
const char *call_entry_name(enum call_entry entry);

/* `out` is untouched on failure, `error` on success. Blanks round a value do not count. */
int call_record_read(const struct numbering *plan, const struct call_fields *fields,
		     const struct call_origin *origin, struct call_record *out,
		     struct call_error *error) __attribute__((warn_unused_result));

/* Reads a time as CALL_FIELD_START describes. 0 or -EBADMSG. */
int call_time_read(const char *text, size_t len, int64_t *ms) __attribute__((warn_unused_result));
/* The same where a time without an offset is not in +08:00. */
int call_time_read_local(const char *text, size_t len, int32_t utc_offset_s, int64_t *ms)
	__attribute__((warn_unused_result));
/* "+08:00", "+0800", "-05:30" or "Z". 0 or -EBADMSG. */
int call_offset_read(const char *text, size_t len, int32_t *utc_offset_s)
	__attribute__((warn_unused_result));

/* Who takes part in a call: a number in any usual writing, bare, as tel: or sip: URI, or such a URI
 * in angle brackets behind a name. Words for "not shown" and sip:anonymous@... give "withheld".
 * 0 or -EBADMSG. */
int call_party_read(const struct numbering *plan, const char *text, size_t len, struct number *out)
	__attribute__((warn_unused_result));

/* Day of the call in +08:00 as "YYYYMMDD", and the UTC ms at which that day begins. */
void call_day_format(int64_t ms, char out[CALL_DAY_MAX]);
int64_t call_day_start(int64_t ms);

/* Splits the called number into its bucket (all but the last two digits) and the field "00".."99".
 * -EINVAL when the number has fewer than five digits. Example: "+8613800138000" ->
 * "+86138001380", "00". */
int call_bucket(const char *called, struct number *bucket, char field[3])
	__attribute__((warn_unused_result));

/* Packs all but `called` and the day. -EINVAL when the caller does not fit (over 15 digits: the
 * first 15 are kept, and that is no error). */
int call_record_pack(const struct call_record *record, uint8_t out[CALL_PACKED_SIZE])
	__attribute__((warn_unused_result));
/* -EBADMSG on octets that call_record_pack does not make. `called` is left empty. */
int call_record_unpack(const uint8_t in[CALL_PACKED_SIZE], int64_t day_start_ms,
		       struct call_record *out) __attribute__((warn_unused_result));

/* True when two records tell of the same call: same caller as far as a packed record can tell,
 * starts within one second. The called numbers must agree only where both are known: a packed
 * record lacks its own. */
bool call_record_same(const struct call_record *a, const struct call_record *b);

/* A packed run is of whole records, and of one at least. */
static inline bool call_run_sound(size_t len)
{
	return len > 0 && len % CALL_PACKED_SIZE == 0;
}

/* Which records of a packed run (whole records, one behind the other, all of one day) are meant. */
struct call_run_query {
	const struct number *caller; /* borrowed; NULL: any */
	int64_t from_ms;	     /* half-open window */
	int64_t to_ms;
};

struct call_run_match {
	uint32_t found;
	uint32_t broken;	   /* records that do not unpack, a cut one at the end included */
	struct call_record latest; /* when found > 0 */
};

struct call_run_match call_run_search(const uint8_t *run, size_t len, int64_t day_start_ms,
				      const struct call_run_query *query);
