/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/reconcile.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/csv.h"

enum { AMOUNT_DIGITS = 9, SHOWN = 40 };

static int fault(char error[RECONCILE_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fault(char error[RECONCILE_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, RECONCILE_ERROR_MAX, format, args);
	va_end(args);
	return -EBADMSG;
}

/* ---- values, whichever way they are written ---- */

struct values {
	const char *text[RECONCILE_COLUMNS]; /* NULL: absent */
};

static const char *const names[RECONCILE_COLUMNS] = { "id", "amount_mb", "state", "type" };

static bool read_amount(const char *text, uint64_t *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > AMOUNT_DIGITS || strspn(text, "0123456789") != len)
		return false;
	*out = 0;
	for (; *text; text++)
		*out = *out * 10 + (uint64_t)(*text - '0');
	return true;
}

static int take_values(const struct values *values, struct reconcile_entry *out,
		       char error[RECONCILE_ERROR_MAX])
{
	const char *const *text = values->text;

	for (int i = 0; i < RECONCILE_TYPE; i++)
		if (!text[i])
			return fault(error, "%s: missing", names[i]);
	if (!reward_id_valid(text[RECONCILE_ID]))
		return fault(error, "id: '%.*s' is none of ours", SHOWN, text[RECONCILE_ID]);
	memcpy(out->id, text[RECONCILE_ID], strlen(text[RECONCILE_ID]) + 1);
	out->kind = reward_kind_of(out->id);
	if (!read_amount(text[RECONCILE_AMOUNT], &out->amount_mb))
		return fault(error, "amount_mb: '%.*s' is no amount", SHOWN,
			     text[RECONCILE_AMOUNT]);
	if (reward_state_parse(text[RECONCILE_STATE], &out->state) < 0 ||
	    strcmp(reward_state_name(out->kind, out->state), text[RECONCILE_STATE]) != 0)
		return fault(error, "state: '%.*s' is none of a %s", SHOWN, text[RECONCILE_STATE],
			     out->kind == REWARD_REVERSAL ? "reversal" : "credit");
	if (text[RECONCILE_TYPE] && text[RECONCILE_TYPE][0] &&
	    strcmp(reward_kind_name(out->kind), text[RECONCILE_TYPE]) != 0)
		return fault(error, "type: '%.*s', but the id is that of a %s", SHOWN,
			     text[RECONCILE_TYPE],
			     out->kind == REWARD_REVERSAL ? "reversal" : "credit");
	return 1;
}

/* ---- JSON Lines ---- */

static int take_header(struct reconcile_reader *reader, const json_t *object,
		       char error[RECONCILE_ERROR_MAX])
{
	const char *day = json_string_value(json_object_get(object, "settlement"));

	if (reader->has_day || reader->entries > 0)
		return fault(error, "settlement: a header behind the first line");
	if (!day || settlement_day_read(day, &reader->day) < 0)
		return fault(error, "settlement: is no day (2026-11-25)");
	reader->has_day = true;
	return 0;
}

static int take_trailer(struct reconcile_reader *reader, const json_t *object, const char *sha256,
			char error[RECONCILE_ERROR_MAX])
{
	const json_t *count = json_object_get(object, "count");
	const json_t *sum = json_object_get(object, "sum_mb");
	const char *stated = json_string_value(json_object_get(object, "sha256"));

	reader->ended = true;
	if (!json_is_integer(count) || (uint64_t)json_integer_value(count) != reader->entries)
		return fault(error, "count: %llu lines were read",
			     (unsigned long long)reader->entries);
	if (!json_is_integer(sum) || (uint64_t)json_integer_value(sum) != reader->sum_mb)
		return fault(error, "sum_mb: the lines come to %llu",
			     (unsigned long long)reader->sum_mb);
	if (!stated || strcmp(stated, sha256) != 0)
		return fault(error, "sha256: the lines before have %s", sha256);
	return 0;
}

static int take_object(const json_t *object, struct reconcile_entry *out,
		       char error[RECONCILE_ERROR_MAX])
{
	const json_t *amount = json_object_get(object, "amount_mb");
	const json_t *state = json_object_get(object, "state");
	char digits[32];
	struct values values;

	if (!state)
		state = json_object_get(object, "status");
	if (json_is_integer(amount)) {
		snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(amount));
		values.text[RECONCILE_AMOUNT] = digits;
	} else {
		values.text[RECONCILE_AMOUNT] = json_string_value(amount);
	}
	values.text[RECONCILE_ID] = json_string_value(json_object_get(object, "id"));
	values.text[RECONCILE_STATE] = json_string_value(state);
	values.text[RECONCILE_TYPE] = json_string_value(json_object_get(object, "type"));
	return take_values(&values, out, error);
}

static int read_json(struct reconcile_reader *reader, const char *line, size_t len,
		     const char *sha256, struct reconcile_entry *out,
		     char error[RECONCILE_ERROR_MAX])
{
	json_error_t wrong;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &wrong);
	int rc;

	if (!json_is_object(object))
		rc = object ? fault(error, "is no JSON object")
			    : fault(error, "octet %d: %.100s", wrong.position, wrong.text);
	else if (json_object_get(object, "settlement"))
		rc = take_header(reader, object, error);
	else if (json_object_get(object, "sha256") && !json_object_get(object, "id"))
		rc = take_trailer(reader, object, sha256, error);
	else
		rc = take_object(object, out, error);
	json_decref(object);
	return rc;
}

/* ---- CSV ---- */

static bool same(const struct csv_field *field, const char *name)
{
	return field->len == strlen(name) && memcmp(field->text, name, field->len) == 0;
}

static int take_names(struct reconcile_reader *reader, char *line, size_t len,
		      char error[RECONCILE_ERROR_MAX])
{
	struct csv_field fields[CSV_FIELDS_MAX];
	const char *wrong;
	size_t column;
	ssize_t count;

	reader->delimiter = memchr(line, ';', len) ? ';' : memchr(line, '\t', len) ? '\t' : ',';
	count = csv_split(line, len, reader->delimiter, fields, &column, &wrong);
	if (count < 0)
		return fault(error, "column %zu: %s", column, wrong);
	for (ssize_t i = 0; i < count; i++)
		for (int j = 0; j < RECONCILE_COLUMNS; j++)
			if (same(&fields[i], names[j]) ||
			    (j == RECONCILE_STATE && same(&fields[i], "status")))
				reader->columns[j] = reader->columns[j] ? -1 : (int)i + 1;
	for (int j = 0; j < RECONCILE_COLUMNS; j++)
		if (reader->columns[j] < 0 || (reader->columns[j] == 0 && j < RECONCILE_TYPE))
			return fault(error, "the first line names %s %s", names[j],
				     reader->columns[j] ? "twice" : "nowhere");
	return 0;
}

static int read_csv(struct reconcile_reader *reader, char *line, size_t len,
		    struct reconcile_entry *out, char error[RECONCILE_ERROR_MAX])
{
	struct csv_field fields[CSV_FIELDS_MAX];
	char copies[RECONCILE_COLUMNS][64];
	struct values values = { { NULL } };
	const char *wrong;
	size_t column;
	ssize_t count = csv_split(line, len, reader->delimiter, fields, &column, &wrong);

	if (count < 0)
		return fault(error, "column %zu: %s", column, wrong);
	for (int j = 0; j < RECONCILE_COLUMNS; j++) {
		const struct csv_field *field;

		if (reader->columns[j] <= 0 || reader->columns[j] > count)
			continue;
		field = &fields[reader->columns[j] - 1];
		if (field->len >= sizeof(copies[j]) || memchr(field->text, 0, field->len))
			return fault(error, "%s: is too long, or no text", names[j]);
		memcpy(copies[j], field->text, field->len);
		copies[j][field->len] = '\0';
		values.text[j] = copies[j];
	}
	return take_values(&values, out, error);
}

/* ---- lines ---- */

static void hash_so_far(const struct reconcile_reader *reader, char out[SETTLEMENT_SHA256_MAX])
{
	struct sha256_ctx hash = reader->hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&hash, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static size_t without_mark(char **line, size_t len)
{
	if (len < 3 || memcmp(*line, "\xef\xbb\xbf", 3) != 0)
		return len;
	*line += 3;
	return len - 3;
}

static int read_by_format(struct reconcile_reader *reader, char *line, size_t len,
			  const char *sha256, struct reconcile_entry *out,
			  char error[RECONCILE_ERROR_MAX])
{
	int rc;

	if (reader->ended)
		return fault(error, "a line behind the trailer");
	if (reader->format == RECONCILE_JSON)
		return read_json(reader, line, len, sha256, out, error);
	if (reader->format == RECONCILE_CSV)
		return read_csv(reader, line, len, out, error);
	len = without_mark(&line, len);
	reader->format = len > 0 && line[0] == '{' ? RECONCILE_JSON : RECONCILE_CSV;
	if (reader->format == RECONCILE_JSON)
		return read_json(reader, line, len, sha256, out, error);
	rc = take_names(reader, line, len, error);
	if (rc < 0) /* without them, no line can be read */
		reader->ended = true;
	return rc;
}

int reconcile_read(struct reconcile_reader *reader, char *line, size_t len,
		   struct reconcile_entry *out, char error[RECONCILE_ERROR_MAX])
{
	char sha256[SETTLEMENT_SHA256_MAX];
	int rc = 0;

	error[0] = '\0';
	*out = (struct reconcile_entry){ .line = ++reader->line };
	if (!reader->hashing)
		sha256_init(&reader->hash);
	reader->hashing = true;
	hash_so_far(reader, sha256);
	sha256_update(&reader->hash, len, (const uint8_t *)line);
	sha256_update(&reader->hash, 1, (const uint8_t *)"\n");
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len > 0)
		rc = read_by_format(reader, line, len, sha256, out, error);
	if (rc > 0) {
		reader->entries++;
		reader->sum_mb += out->amount_mb;
	}
	return rc;
}

/* ---- comparing ---- */

unsigned reconcile_compare(const struct reconcile_entry *here, const struct reconcile_entry *there)
{
	bool open = reward_is_open(here->state) && reward_is_open(there->state);
	unsigned bits = RECONCILE_SAME;

	if (here->amount_mb != there->amount_mb)
		bits |= RECONCILE_AMOUNT_DIFFERS;
	if (here->state != there->state && !open)
		bits |= RECONCILE_STATE_DIFFERS;
	return bits;
}
