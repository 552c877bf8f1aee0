/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/ts32297.h"

#include <errno.h>
#include <stdbool.h>

/* Where the fields of a file's header begin (table 6.1.1.1). */
enum {
	AT_FILE_LEN = 0,
	AT_HEADER_LEN = 4,
	AT_RELEASES = 8,
	AT_RECORDS = 18,
	AT_SEQUENCE = 22,
	AT_CLOSURE = 26,
	AT_LOST = 47,
	AT_FILTER_LEN = 48,
	RELEASE_SHIFT = 5,
	RELEASE_FURTHER = 7, /* another octet tells */
	LOW_BITS = 0x1f,
	CDR_HEADER = 4,
};

static uint32_t get(const uint8_t *data, size_t octets)
{
	uint32_t value = 0;

	while (octets-- > 0)
		value = value << 8 | *data++;
	return value;
}

/* 0: release 99; 1 to 6: releases 4 to 9; 7: 10 and above, by the extension. */
static unsigned release_of(uint8_t identifier, uint8_t extension)
{
	unsigned value = identifier >> RELEASE_SHIFT;

	if (value == RELEASE_FURTHER)
		return 10 + extension;
	return value == 0 ? 99 : value + 3;
}

/* The extensions follow the two parts of variable length, each only where its release needs it. */
static void read_releases(const uint8_t *data, size_t at, size_t header_len,
			  struct ts32297_file *out)
{
	for (int i = 0; i < 2; i++) {
		uint8_t identifier = data[AT_RELEASES + i];
		uint8_t extension = 0;

		if (identifier >> RELEASE_SHIFT == RELEASE_FURTHER && at < header_len)
			extension = data[at++];
		out->release[i] = release_of(identifier, extension);
	}
}

uint32_t ts32297_sequence(const uint8_t data[TS32297_HEADER_MIN])
{
	return get(data + AT_SEQUENCE, 4);
}

ssize_t ts32297_read_file(const uint8_t *data, size_t len, struct ts32297_file *out,
			  const char **why)
{
	if (len < TS32297_HEADER_MIN)
		return 0;
	struct ts32297_file file = {
		.file_len = get(data + AT_FILE_LEN, 4),
		.header_len = get(data + AT_HEADER_LEN, 4),
		.records = get(data + AT_RECORDS, 4),
		.sequence = get(data + AT_SEQUENCE, 4),
		.closure = data[AT_CLOSURE],
		.lost = data[AT_LOST],
	};
	*why = "the header's length cannot be";
	if (file.header_len < TS32297_HEADER_MIN || file.header_len > TS32297_HEADER_MAX)
		return -EBADMSG;
	if (len < file.header_len)
		return 0;
	/* Older releases end behind the routeing filter, without a private extension. */
	size_t at = TS32297_HEADER_MIN + get(data + AT_FILTER_LEN, 2);
	*why = "the routeing filter is longer than the header";
	if (at > file.header_len)
		return -EBADMSG;
	if (at + 2 <= file.header_len)
		at += 2 + get(data + at, 2);
	*why = "the private extension is longer than the header";
	if (at > file.header_len)
		return -EBADMSG;
	read_releases(data, at, file.header_len, &file);
	*out = file;
	return (ssize_t)file.header_len;
}

ssize_t ts32297_read_cdr(const uint8_t *data, size_t len, struct ts32297_cdr *out)
{
	if (len < CDR_HEADER)
		return 0;
	bool further = data[2] >> RELEASE_SHIFT == RELEASE_FURTHER;
	if (further && len < CDR_HEADER + 1)
		return 0;
	*out = (struct ts32297_cdr){
		.len = (uint16_t)get(data, 2),
		.release = release_of(data[2], further ? data[CDR_HEADER] : 0),
		.version = data[2] & LOW_BITS,
		.encoding = data[3] >> RELEASE_SHIFT,
		.ts_number = data[3] & LOW_BITS,
	};
	return CDR_HEADER + further;
}
