/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_receipt.c - reading; writing is in smpp_receipt_write.c, ids are in smpp_receipt_id.c, and
 * another id for a message in smpp_receipt_rename.c. */
#include "smpp/smpp_receipt_priv.h"

#include <string.h>
#include <strings.h>

#include "smpp/smpp_concat.h"
#include "smpp/smpp_text.h"

/* SMPP 3.4 sec. 5.2.12, bits 5 to 2. The message types that are not here are messages. */
static const enum smpp_receipt_kind kind_of_type[16] = {
	[0x04 >> 2] = SMPP_RECEIPT_DELIVERY,
	[0x08 >> 2] = SMPP_RECEIPT_ACK,
	[0x10 >> 2] = SMPP_RECEIPT_ACK,
	[0x20 >> 2] = SMPP_RECEIPT_INTERMEDIATE,
};

/* Appendix B's words, and those that peers use in their place. Each is matched as a whole. */
static const struct state_word {
	const char *word;
	enum smpp_message_state state;
} state_words[] = {
	{ "ENROUTE", SMPP_MESSAGE_ENROUTE },
	{ "DELIVRD", SMPP_MESSAGE_DELIVERED },
	{ "EXPIRED", SMPP_MESSAGE_EXPIRED },
	{ "DELETED", SMPP_MESSAGE_DELETED },
	{ "UNDELIV", SMPP_MESSAGE_UNDELIVERABLE },
	{ "ACCEPTD", SMPP_MESSAGE_ACCEPTED },
	{ "UNKNOWN", SMPP_MESSAGE_UNKNOWN },
	{ "REJECTD", SMPP_MESSAGE_REJECTED },
	{ "DELIVERED", SMPP_MESSAGE_DELIVERED },
	{ "DELIVERD", SMPP_MESSAGE_DELIVERED },
	{ "UNDELIVERABLE", SMPP_MESSAGE_UNDELIVERABLE },
	{ "UNDELIVERED", SMPP_MESSAGE_UNDELIVERABLE },
	{ "UNDELIVRD", SMPP_MESSAGE_UNDELIVERABLE },
	{ "FAILED", SMPP_MESSAGE_UNDELIVERABLE },
	{ "ACCEPTED", SMPP_MESSAGE_ACCEPTED },
	{ "ACKED", SMPP_MESSAGE_ACCEPTED },
	{ "REJECTED", SMPP_MESSAGE_REJECTED },
	{ "BUFFERED", SMPP_MESSAGE_ENROUTE },
	{ "BUFFRED", SMPP_MESSAGE_ENROUTE },
};

static const bool final_states[SMPP_MESSAGE_STATE_COUNT] = {
	[SMPP_MESSAGE_DELIVERED] = true,     [SMPP_MESSAGE_EXPIRED] = true,
	[SMPP_MESSAGE_DELETED] = true,	     [SMPP_MESSAGE_UNKNOWN] = true,
	[SMPP_MESSAGE_UNDELIVERABLE] = true, [SMPP_MESSAGE_REJECTED] = true,
};

enum key { KEY_ID, KEY_SUB, KEY_DLVRD, KEY_SUBMIT, KEY_DONE, KEY_STAT, KEY_ERR, KEY_TEXT, KEYS };

/* A blank stands for a blank, an underscore or nothing. */
static const struct key_word {
	const char *word;
	enum key key;
} key_words[] = {
	{ "id", KEY_ID },
	{ "message id", KEY_ID },
	{ "sub", KEY_SUB },
	{ "dlvrd", KEY_DLVRD },
	{ "dlvd", KEY_DLVRD },
	{ "delivered", KEY_DLVRD },
	{ "submit date", KEY_SUBMIT },
	{ "submitted date", KEY_SUBMIT },
	{ "done date", KEY_DONE },
	{ "stat", KEY_STAT },
	{ "state", KEY_STAT },
	{ "status", KEY_STAT },
	{ "err", KEY_ERR },
	{ "error", KEY_ERR },
	{ "text", KEY_TEXT },
};

enum { KEY_WORDS = sizeof(key_words) / sizeof(key_words[0]) };

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0;
}

static bool is_gap(uint8_t c)
{
	return is_blank(c) || c == ',' || c == ';' || c == '|';
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* The octets that the word and the colon after it take at the start of `in`; 0: it is not there. */
static size_t match_key(const char *word, struct smpp_octets in)
{
	size_t pos = 0;

	for (; *word; word++) {
		if (*word == ' ') {
			pos += pos < in.len && (in.data[pos] == ' ' || in.data[pos] == '_');
			continue;
		}
		if (pos == in.len || lower(in.data[pos]) != (uint8_t)*word)
			return 0;
		pos++;
	}
	while (pos < in.len && in.data[pos] == ' ')
		pos++;
	return pos < in.len && in.data[pos] == ':' ? pos + 1 : 0;
}

struct found {
	enum key key;
	size_t start; /* of the key */
	size_t value;
};

static bool key_at(struct smpp_octets in, size_t pos, struct found *out)
{
	const struct smpp_octets rest = { in.data + pos, in.len - pos };

	for (size_t i = 0; i < KEY_WORDS; i++) {
		size_t len = match_key(key_words[i].word, rest);

		if (len > 0) {
			*out = (struct found){ key_words[i].key, pos, pos + len };
			return true;
		}
	}
	return false;
}

/* The next key at or after pos that stands at the start or behind a gap. */
static bool next_key(struct smpp_octets in, size_t pos, struct found *out)
{
	for (; pos < in.len; pos++) {
		if ((pos == 0 || is_gap(in.data[pos - 1])) && key_at(in, pos, out))
			return true;
	}
	return false;
}

static struct smpp_octets trim(struct smpp_octets in)
{
	while (in.len > 0 && is_gap(in.data[in.len - 1]))
		in.len--;
	while (in.len > 0 && is_blank(in.data[0]))
		in = (struct smpp_octets){ in.data + 1, in.len - 1 };
	if (in.len >= 2 && in.data[0] == '"' && in.data[in.len - 1] == '"')
		in = (struct smpp_octets){ in.data + 1, in.len - 2 };
	return in;
}

static struct smpp_octets cut(struct smpp_octets in, size_t start, size_t end)
{
	return trim((struct smpp_octets){ in.data + start, end - start });
}

struct fields {
	struct smpp_octets value[KEYS];
	bool given[KEYS];
	size_t quoted; /* behind `text:` there are so many octets to the end, and no field */
};

/* Before `text:` the first word counts, behind it the last one: in both cases the peer's. */
static void read_fields(struct smpp_octets in, struct fields *out)
{
	struct found at, next;
	bool early[KEYS] = { false };
	bool more = next_key(in, 0, &at);

	while (more) {
		if (at.key == KEY_TEXT && out->given[KEY_STAT] && !out->given[KEY_TEXT]) {
			out->value[KEY_TEXT] = cut(in, at.value, in.len);
			out->quoted = in.len - at.value;
			return;
		}
		more = next_key(in, at.value, &next);
		if (!early[at.key])
			out->value[at.key] = cut(in, at.value, more ? next.start : in.len);
		out->given[at.key] = true;
		early[at.key] |= !out->given[KEY_TEXT] || at.key == KEY_TEXT;
		if (at.key == KEY_TEXT && !more)
			out->quoted = in.len - at.value;
		at = next;
	}
}

/* Of values that have no blank inside: what follows it is a field that we do not know. */
static struct smpp_octets word(const struct fields *fields, enum key key)
{
	struct smpp_octets value = fields->value[key];
	size_t len = 0;

	while (len < value.len && !is_gap(value.data[len]))
		len++;
	return (struct smpp_octets){ value.data, len };
}

/* -1 when it is not a number of up to `max`. */
static int32_t read_number(struct smpp_octets in, int32_t max)
{
	int32_t value = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (in.data[i] < '0' || in.data[i] > '9' || value > (max - 9) / 10)
			return -1;
		value = value * 10 + (in.data[i] - '0');
	}
	return in.len > 0 ? value : -1;
}

static bool read_digits(const uint8_t *digits, size_t count, size_t year_digits,
			struct smpp_receipt_time *out)
{
	uint16_t part[6] = { 0 };
	size_t pos = 0;

	for (size_t i = 0; i < 6 && pos < count; i++) {
		size_t len = i == 0 ? year_digits : 2;

		for (size_t k = 0; k < len && pos < count; k++)
			part[i] = (uint16_t)(part[i] * 10 + digits[pos++]);
	}
	if (year_digits == 2)
		part[0] = (uint16_t)(part[0] + 2000);
	if (part[0] < 1970 || part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 ||
	    part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	*out = (struct smpp_receipt_time){ .year = part[0],
					   .month = (uint8_t)part[1],
					   .day = (uint8_t)part[2],
					   .hour = (uint8_t)part[3],
					   .minute = (uint8_t)part[4],
					   .second = (uint8_t)part[5] };
	return true;
}

/* YYMMDDhhmm as in Appendix B; peers add seconds, write the year in full, or put signs between. */
static void read_time(struct smpp_octets in, struct smpp_receipt_time *out)
{
	uint8_t digits[14];
	size_t count = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (in.data[i] >= '0' && in.data[i] <= '9') {
			if (count == sizeof(digits))
				return;
			digits[count++] = (uint8_t)(in.data[i] - '0');
		} else if (!memchr("-/:. Tt", in.data[i], 7)) {
			break;
		}
	}
	if ((count == 10 || count == 12) && read_digits(digits, count, 2, out))
		return;
	if (count == 12 || count == 14)
		(void)read_digits(digits, count, 4, out);
}

static enum smpp_message_state read_state(struct smpp_octets in)
{
	int32_t number = read_number(in, 99);

	if (in.len == 0)
		return SMPP_MESSAGE_NONE;
	if (number > SMPP_MESSAGE_NONE && number < SMPP_MESSAGE_STATE_COUNT)
		return (enum smpp_message_state)number;
	for (size_t i = 0; i < sizeof(state_words) / sizeof(state_words[0]); i++) {
		if (strlen(state_words[i].word) == in.len &&
		    strncasecmp(state_words[i].word, (const char *)in.data, in.len) == 0)
			return state_words[i].state;
	}
	return SMPP_MESSAGE_UNKNOWN;
}

static void take_text(struct smpp_octets in, struct smpp_receipt *out)
{
	struct fields fields = { 0 };

	read_fields(in, &fields);
	out->id = word(&fields, KEY_ID);
	out->submitted = (int16_t)read_number(word(&fields, KEY_SUB), INT16_MAX);
	out->delivered = (int16_t)read_number(word(&fields, KEY_DLVRD), INT16_MAX);
	read_time(fields.value[KEY_SUBMIT], &out->submit_date);
	read_time(fields.value[KEY_DONE], &out->done_date);
	out->stat = word(&fields, KEY_STAT);
	out->state = read_state(out->stat);
	out->err = word(&fields, KEY_ERR);
	out->error = read_number(out->err, INT32_MAX);
	out->text = fields.value[KEY_TEXT];
}

static struct smpp_octets tlv_string(const struct smpp_pdu *pdu, uint16_t tag)
{
	struct smpp_octets value = { NULL, 0 };

	if (smpp_pdu_find_tlv(pdu, tag, &value))
		while (value.len > 0 && value.data[value.len - 1] == 0)
			value.len--;
	return value;
}

static enum smpp_message_state tlv_state(const struct smpp_pdu *pdu)
{
	struct smpp_octets value;

	if (!smpp_pdu_find_tlv(pdu, SMPP_TAG_MESSAGE_STATE, &value) || value.len != 1 ||
	    value.data[0] >= SMPP_MESSAGE_STATE_COUNT)
		return SMPP_MESSAGE_NONE;
	return (enum smpp_message_state)value.data[0];
}

static void take_tlvs(const struct smpp_pdu *pdu, struct smpp_receipt *out)
{
	struct smpp_octets id = tlv_string(pdu, SMPP_TAG_RECEIPTED_MESSAGE_ID), value;
	enum smpp_message_state state = tlv_state(pdu);

	if (id.len > 0)
		out->id = id;
	if (state != SMPP_MESSAGE_NONE)
		out->state = state;
	if (smpp_pdu_find_tlv(pdu, SMPP_TAG_NETWORK_ERROR_CODE, &value) && value.len == 3) {
		out->network_type = value.data[0];
		out->error = value.data[1] << 8 | value.data[2];
	}
}

/* The fields are ASCII in each alphabet; of UCS2 every second octet is. */
static struct smpp_octets receipt_text(const struct smpp_pdu *pdu, struct smpp_receipt *out)
{
	struct smpp_part_info part;
	size_t len = 0;

	smpp_part_read(pdu, &part);
	if (smpp_text_alphabet(pdu->data_coding) != SMPP_ALPHABET_UCS2 || part.text.len < 2 ||
	    part.text.data[0] != 0)
		return part.text;
	for (size_t i = 0; i + 1 < part.text.len && len < sizeof(out->narrow); i += 2)
		out->narrow[len++] = part.text.data[i] == 0 ? part.text.data[i + 1] : '?';
	return (struct smpp_octets){ out->narrow, len };
}

bool receipt_find_text_id(const struct smpp_pdu *pdu, struct receipt_text_id *out)
{
	struct smpp_receipt receipt;
	struct smpp_octets text = receipt_text(pdu, &receipt);
	struct fields fields = { 0 };
	struct smpp_part_info part;
	size_t at;

	read_fields(text, &fields);
	out->id = word(&fields, KEY_ID);
	if (out->id.len == 0)
		return false;
	out->quoted = fields.quoted;
	out->wide = text.data == receipt.narrow;
	if (!out->wide)
		return true;
	smpp_part_read(pdu, &part);
	at = 2 * (size_t)(out->id.data - text.data);
	out->id = (struct smpp_octets){ part.text.data + at, 2 * out->id.len };
	/* What was not made narrow is quoted as well. */
	out->quoted = out->quoted ? part.text.len - 2 * (text.len - out->quoted) : 0;
	return true;
}

struct smpp_octets receipt_tlv_id(const struct smpp_pdu *pdu)
{
	return tlv_string(pdu, SMPP_TAG_RECEIPTED_MESSAGE_ID);
}

enum smpp_receipt_kind smpp_receipt_kind_of(const struct smpp_pdu *pdu)
{
	uint8_t type = (pdu->esm_class & SMPP_ESM_TYPE_MASK) >> 2;

	if (pdu->command_id != SMPP_DELIVER_SM && pdu->command_id != SMPP_DATA_SM)
		return SMPP_RECEIPT_NONE;
	if (type == 0 && tlv_string(pdu, SMPP_TAG_RECEIPTED_MESSAGE_ID).len > 0 &&
	    tlv_state(pdu) != SMPP_MESSAGE_NONE)
		return SMPP_RECEIPT_DELIVERY;
	return kind_of_type[type];
}

bool smpp_receipt_parse(const struct smpp_pdu *pdu, struct smpp_receipt *out)
{
	*out = (struct smpp_receipt){
		.kind = smpp_receipt_kind_of(pdu), .error = -1, .submitted = -1, .delivered = -1
	};
	if (out->kind == SMPP_RECEIPT_NONE)
		return false;
	take_text(receipt_text(pdu, out), out);
	take_tlvs(pdu, out);
	return out->id.len > 0 || out->state != SMPP_MESSAGE_NONE;
}

bool smpp_message_state_is_final(enum smpp_message_state state)
{
	return (unsigned)state < SMPP_MESSAGE_STATE_COUNT && final_states[state];
}
