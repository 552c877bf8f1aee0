/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/ber.h"

#include <errno.h>

enum {
	CLASS_SHIFT = 6,
	CONSTRUCTED = 0x20,
	TAG_BITS = 0x1f, /* all set: the tag follows */
	MORE = 0x80,
	LENGTH_OCTETS_MAX = 4,
};

static size_t left(const struct ber_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static int read_tag(struct ber_reader *reader, struct ber_item *item)
{
	if (left(reader) == 0)
		return -EBADMSG;
	uint8_t octet = *reader->at++;
	item->class = (enum ber_class)(octet >> CLASS_SHIFT);
	item->constructed = octet & CONSTRUCTED;
	item->tag = octet & TAG_BITS;
	if (item->tag != TAG_BITS)
		return 0;
	item->tag = 0;
	do {
		if (left(reader) == 0 || item->tag > BER_TAG_MAX >> 7)
			return -EBADMSG;
		octet = *reader->at++;
		item->tag = item->tag << 7 | (octet & ~MORE);
	} while (octet & MORE);
	return 0;
}

/* What one element says of its length; `indefinite` when it ends by end-of-contents octets. */
static int read_length(struct ber_reader *reader, size_t *len, bool *indefinite)
{
	*indefinite = false;
	if (left(reader) == 0)
		return -EBADMSG;
	uint8_t octet = *reader->at++;
	*len = octet;
	if (!(octet & MORE))
		return 0;
	size_t octets = octet & ~MORE;
	*indefinite = octets == 0;
	*len = 0;
	if (octets > LENGTH_OCTETS_MAX || octets > left(reader))
		return -EBADMSG;
	while (octets-- > 0)
		*len = *len << 8 | *reader->at++;
	return 0;
}

static bool is_end(const struct ber_item *item, size_t len)
{
	return item->class == BER_UNIVERSAL && item->tag == 0 && !item->constructed && len == 0;
}

/* Steps over all up to the end-of-contents octets that belong to the element whose content begins
 * here. Elements of definite length are stepped over whole, so only the others nest. */
static int find_end(struct ber_reader *reader, const uint8_t **end)
{
	unsigned depth = 1;

	while (depth > 0) {
		struct ber_item item;
		bool indefinite;
		size_t len;

		*end = reader->at;
		if (read_tag(reader, &item) < 0 || read_length(reader, &len, &indefinite) < 0 ||
		    (indefinite && !item.constructed) || len > left(reader))
			return -EBADMSG;
		reader->at += len;
		if (indefinite && ++depth > BER_DEPTH_MAX)
			return -EBADMSG;
		if (!indefinite && is_end(&item, len))
			depth--;
	}
	return 0;
}

int ber_next(struct ber_reader *reader, struct ber_item *item)
{
	const uint8_t *end;
	bool indefinite;
	size_t len;

	if (left(reader) == 0)
		return 0;
	if (read_tag(reader, item) < 0 || read_length(reader, &len, &indefinite) < 0 ||
	    (indefinite && !item->constructed) || len > left(reader))
		return -EBADMSG;
	item->value = reader->at;
	item->len = len;
	reader->at += len;
	if (!indefinite)
		return 1;
	if (find_end(reader, &end) < 0)
		return -EBADMSG;
	item->len = (size_t)(end - item->value);
	return 1;
}

struct ber_reader ber_inside(const struct ber_item *item)
{
	return (struct ber_reader){ item->value, item->value + item->len };
}

int ber_integer(const struct ber_item *item, int64_t *out)
{
	if (item->constructed || item->len == 0 || item->len > sizeof(*out))
		return -EBADMSG;
	uint64_t value = item->value[0] & 0x80 ? UINT64_MAX : 0;
	for (size_t i = 0; i < item->len; i++)
		value = value << 8 | item->value[i];
	*out = (int64_t)value;
	return 0;
}
