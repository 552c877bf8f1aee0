/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A piece of a 3GPP charging file (TS 32.297). A record that cannot be read is kept with its
 * number, its offset in the file and its octets, and the next one is where its header says. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/cdr_file_priv.h"
#include "rules/cdr_3gpp.h"
#include "rules/ts32297.h"

enum { RECORDS_MAX = 4 * CDR_PIECE, REASON_MAX = 256, SHOWN_MAX = (CDR_LINE_MAX - 2) / 2 };

struct charging {
	struct cdr_reading *reading;
	FILE *in;
	uint8_t *data; /* TS32297_HEADER_MAX octets */
	int64_t left;  /* of the file, from where it is read */
};

static int bad_record(struct charging *charging, size_t offset, const char *reason,
		      const uint8_t *data, size_t len)
{
	const struct cdr_place *place = &charging->reading->piece->place;
	static const char digits[] = "0123456789abcdef";
	char where[CDR_WHERE_MAX];
	char hex[2 * SHOWN_MAX];
	size_t shown = len < SHOWN_MAX ? len : SHOWN_MAX;

	for (size_t i = 0; i < shown; i++) {
		hex[2 * i] = digits[data[i] >> 4];
		hex[2 * i + 1] = digits[data[i] & 15];
	}
	snprintf(where, sizeof(where), "record %" PRIu64 " at octet %" PRId64, place->line,
		 place->offset + (int64_t)offset);
	return cdr_bad(charging->reading, where, reason, hex, 2 * shown);
}

/* What concerns the file as a whole. */
static int bad_file(struct charging *charging, const char *reason)
{
	return cdr_bad(charging->reading, "file", reason, "", 0);
}

/* The header's figures against what is there: a file that was cut is read as far as it goes, and
 * the difference is told. */
static int check_file(struct charging *charging, const struct ts32297_file *file)
{
	char reason[REASON_MAX];

	if (file->file_len != UINT32_MAX && file->file_len != charging->left) {
		snprintf(reason, sizeof(reason),
			 "its header tells of %" PRIu32 " octets, there are %" PRId64,
			 file->file_len, charging->left);
		return bad_file(charging, reason);
	}
	if (file->lost != 0) {
		snprintf(reason, sizeof(reason), "the node lost records (indicator 0x%02x)",
			 file->lost);
		return bad_file(charging, reason);
	}
	return 0;
}

static int read_header(struct charging *charging)
{
	struct cdr_place *place = &charging->reading->piece->place;
	size_t got = fread(charging->data, 1, TS32297_HEADER_MAX, charging->in);
	const char *why = "it ends within its header";
	struct ts32297_file file;
	ssize_t used = ts32297_read_file(charging->data, got, &file, &why);
	int rc;

	if (ferror(charging->in))
		return -EIO;
	if (used <= 0) {
		place->end = true;
		return bad_file(charging, used < 0 ? why : "it ends within its header");
	}
	rc = check_file(charging, &file);
	place->expected = file.records == UINT32_MAX ? -1 : (int64_t)file.records;
	place->has_columns = true;
	place->offset = used;
	charging->left -= used;
	return rc;
}

static int take_record(struct charging *charging, size_t head, size_t len)
{
	struct cdr_piece *piece = charging->reading->piece;
	const uint8_t *data = charging->data + head;
	struct cdr_fault fault;
	struct call_error error;
	struct cdr_3gpp cdr;
	int rc = cdr_3gpp_read(charging->reading->plan, data, len, &cdr, &fault);

	if (rc < 0)
		return bad_record(charging, head + fault.offset, fault.text, data, len);
	if (rc == 0) {
		piece->place.other++;
		return 0;
	}
	if (cdr_3gpp_record(charging->reading->plan, &cdr, &charging->reading->origin,
			    &piece->records[piece->count], &error) < 0)
		return bad_record(charging, 0, error.text, data, len);
	piece->count++;
	piece->place.good++;
	return 0;
}

static int end_of_file(struct charging *charging)
{
	struct cdr_place *place = &charging->reading->piece->place;
	char reason[REASON_MAX];

	place->end = true;
	if (place->expected < 0 || (uint64_t)place->expected == place->line)
		return 0;
	snprintf(reason, sizeof(reason),
		 "its header tells of %" PRId64 " records, there are %" PRIu64, place->expected,
		 place->line);
	return bad_file(charging, reason);
}

/* One record with its header. */
static int read_record(struct charging *charging)
{
	struct cdr_place *place = &charging->reading->piece->place;
	size_t got = fread(charging->data, 1, TS32297_CDR_HEADER_MAX, charging->in);
	struct ts32297_cdr head;
	ssize_t used = ts32297_read_cdr(charging->data, got, &head);
	int rc;

	if (ferror(charging->in))
		return -EIO;
	if (got == 0)
		return end_of_file(charging);
	place->line++;
	if (used <= 0 || head.len > charging->left - used) {
		place->end = true;
		return bad_record(charging, 0, "is longer than the file", charging->data, got);
	}
	if (fseeko(charging->in, (off_t)(place->offset + used), SEEK_SET) < 0)
		return -errno;
	if (fread(charging->data + used, 1, head.len, charging->in) != head.len)
		return -EIO;
	if (head.encoding == TS32297_BER)
		rc = take_record(charging, (size_t)used, head.len);
	else
		rc = bad_record(charging, 0, "is not in BER", charging->data + used, head.len);
	place->offset += used + head.len;
	charging->left -= used + head.len;
	return rc;
}

static int read_records(struct charging *charging)
{
	struct cdr_piece *piece = charging->reading->piece;
	int rc = 0;

	if (!piece->place.has_columns) {
		rc = read_header(charging);
		if (rc == 0 && !piece->place.end &&
		    fseeko(charging->in, (off_t)piece->place.offset, SEEK_SET) < 0)
			rc = -errno;
	}
	for (unsigned i = 0; rc == 0 && !piece->place.end && i < RECORDS_MAX; i++) {
		if (piece->count == CDR_PIECE)
			break;
		rc = read_record(charging);
	}
	return rc;
}

int cdr_charging_read(struct cdr_reading *reading, FILE *file)
{
	struct charging charging = { .reading = reading, .in = file };
	struct stat st;
	int rc;

	if (fstat(fileno(file), &st) < 0)
		return -errno;
	charging.left = st.st_size - reading->piece->place.offset;
	charging.data = malloc(TS32297_HEADER_MAX);
	if (!charging.data)
		return -ENOMEM;
	rc = read_records(&charging);
	free(charging.data);
	return rc;
}
