/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/call_key.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/caller_day.h"

enum { PREFIX_MAX = 32, HOUR_MS = 3600000, DAY_MS = 86400000 };
static_assert(CALL_KEY_MAX > PREFIX_MAX + sizeof("callers:{}00:") + NUMBER_MAX + CALL_DAY_MAX,
	      "the longest key");

void call_key_caller(const char *number, struct caller_place *out)
{
	if (call_bucket(number, &out->bucket, out->field) == 0)
		return;
	*out = (struct caller_place){ .field = "" };
	memcpy(out->bucket.text, number, strnlen(number, NUMBER_MAX - 1));
}

/* Three times a record: snprintf takes four times as long. */
size_t call_key_stem(char key[CALL_KEY_MAX], const char *prefix, const char *kind,
		     const char *bucket, const char *tail)
{
	char *end = stpcpy(key, prefix);

	end = stpcpy(stpcpy(end, kind), ":{");
	end = stpcpy(stpcpy(end, bucket), "}");
	end = stpcpy(stpcpy(end, tail), ":");
	return (size_t)(end - key);
}

bool call_key_subscriber(const struct number *number)
{
	enum number_form form = number_form(number->text);

	return form == NUMBER_FORM_MOBILE || form == NUMBER_FORM_FIXED;
}

/* Calls to a service number or abroad prove nothing to whom they reach, but that their caller is
 * acquainted with it: they are filed with the caller, the other number in the caller's place. */
static int place_record(const char *prefix, const struct call_record *record, const char *day,
			struct call_place *out)
{
	struct call_record kept = *record;
	bool outgoing = !call_key_subscriber(&record->called);
	struct number bucket;
	size_t stem;

	if (outgoing && !call_key_subscriber(&record->caller))
		return -EINVAL;
	if (outgoing)
		kept.caller = record->called;
	out->field[0] = 'o';
	if (call_bucket(outgoing ? record->caller.text : record->called.text, &bucket,
			out->field + outgoing) < 0)
		return -EINVAL;
	out->counted = !outgoing && number_form(record->caller.text) != NUMBER_FORM_WITHHELD;
	stem = call_key_stem(out->calls, prefix, "calls", bucket.text, "");
	memcpy(out->calls + stem, day, CALL_DAY_MAX);
	return call_record_pack(&kept, out->packed);
}

void call_person_write(uint32_t person, uint8_t out[CALL_PERSON_SIZE])
{
	for (size_t i = CALL_PERSON_SIZE; i-- > 0; person >>= 8)
		out[i] = (uint8_t)person;
}

static void place_caller(const char *prefix, const struct call_record *record, const char *day,
			 struct call_place *out)
{
	size_t stem;

	call_key_caller(record->caller.text, &out->caller);
	stem = call_key_stem(out->callers, prefix, "callers", out->caller.bucket.text, "");
	memcpy(out->callers + stem, day, CALL_DAY_MAX);
	stem = call_key_stem(out->people, prefix, "caller", out->caller.bucket.text,
			     out->caller.field);
	memcpy(out->people + stem, day, CALL_DAY_MAX);
	call_person_write(caller_day_person(record->called.text), out->person);
	out->hour = (unsigned)((record->start_ms - call_day_start(record->start_ms)) / HOUR_MS);
}

int call_place_record(const char *prefix, uint32_t retention_days, const struct call_record *record,
		      struct call_place *out)
{
	int64_t day_ms = call_day_start(record->start_ms);
	char day[CALL_DAY_MAX];
	int rc;

	call_day_format(record->start_ms, day);
	rc = place_record(prefix, record, day, out);
	if (rc == 0 && out->counted)
		place_caller(prefix, record, day, out);
	snprintf(out->expiry, sizeof(out->expiry), "%" PRId64,
		 day_ms + (int64_t)(retention_days + 1) * DAY_MS);
	return rc;
}
