/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_pdu.c - framing, what is refused and why, and decode(encode(x)) == x for every
 * command. What others say of the same octets is in test_smpp_vectors.c. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_fields.h"
#include "smpp/smpp_pdu.h"

enum { ROUNDS = 300, BUFFER = 4096 };

static const uint32_t requests[] = {
	SMPP_BIND_RECEIVER,
	SMPP_BIND_TRANSMITTER,
	SMPP_QUERY_SM,
	SMPP_SUBMIT_SM,
	SMPP_DELIVER_SM,
	SMPP_UNBIND,
	SMPP_REPLACE_SM,
	SMPP_CANCEL_SM,
	SMPP_BIND_TRANSCEIVER,
	SMPP_OUTBIND,
	SMPP_ENQUIRE_LINK,
	SMPP_SUBMIT_MULTI,
	SMPP_ALERT_NOTIFICATION,
	SMPP_DATA_SM,
	0,
};
enum { REQUEST_COUNT = sizeof(requests) / sizeof(requests[0]) };

/* A small generator of our own: the same PDUs on every machine. */
static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % below;
}

struct arena {
	uint8_t octets[16384];
	size_t used;
	uint32_t seed;
};

static struct smpp_octets draw_octets(struct arena *a, size_t max, bool string)
{
	size_t len = draw(&a->seed, 3) == 0 ? 0 : draw(&a->seed, (uint32_t)max + 1);
	uint8_t *start = a->octets + a->used;

	for (size_t i = 0; i < len; i++)
		start[i] = (uint8_t)(string ? 1 + draw(&a->seed, 255) : draw(&a->seed, 256));
	a->used += len;
	return (struct smpp_octets){ start, len };
}

static void append(struct arena *a, uint8_t octet)
{
	a->octets[a->used++] = octet;
}

static struct smpp_octets draw_list(struct arena *a, uint8_t *count, bool unsuccess)
{
	uint8_t *start = a->octets + a->used;

	*count = (uint8_t)draw(&a->seed, 20);
	for (uint8_t i = 0; i < *count; i++) {
		uint8_t flag = (uint8_t)(1 + draw(&a->seed, 2));

		if (!unsuccess)
			append(a, flag);
		if (unsuccess || flag == SMPP_DEST_ADDRESS) {
			append(a, (uint8_t)draw(&a->seed, 256));
			append(a, (uint8_t)draw(&a->seed, 256));
		}
		draw_octets(a, 21, true);
		append(a, 0);
		for (int k = 0; unsuccess && k < 4; k++)
			append(a, (uint8_t)draw(&a->seed, 256));
	}
	return (struct smpp_octets){ start, (size_t)(a->octets + a->used - start) };
}

static struct smpp_octets draw_tlvs(struct arena *a)
{
	struct smpp_octets all = { a->octets + a->used, 0 };

	for (uint32_t n = draw(&a->seed, 4); n > 0; n--) {
		uint8_t value[300];
		size_t len = draw(&a->seed, sizeof(value));
		ssize_t written;

		memset(value, (int)n, sizeof(value));
		written = smpp_tlv_append(a->octets + a->used, sizeof(a->octets) - a->used,
					  (uint16_t)draw(&a->seed, 65536), value, len);
		ck_assert_int_gt(written, 0);
		a->used += (size_t)written;
		all.len += (size_t)written;
	}
	return all;
}

static void draw_pdu(struct arena *a, uint32_t command, struct smpp_pdu *pdu)
{
	const struct smpp_field *field = smpp_fields_of(command);

	a->used = 0;
	*pdu = (struct smpp_pdu){ .command_id = command, .has_body = true };
	pdu->command_status = draw(&a->seed, 0x500);
	pdu->sequence_number = draw(&a->seed, UINT32_MAX);
	for (; field->kind != SMPP_FIELD_END; field++) {
		void *member = (char *)pdu + field->offset;

		if (field->kind == SMPP_FIELD_OCTET)
			*(uint8_t *)member = (uint8_t)draw(&a->seed, 256);
		else if (field->kind == SMPP_FIELD_DESTS)
			pdu->dests = draw_list(a, &pdu->number_of_dests, false);
		else if (field->kind == SMPP_FIELD_UNSUCCESS)
			pdu->unsuccess = draw_list(a, &pdu->no_unsuccess, true);
		else
			*(struct smpp_octets *)member =
				draw_octets(a, 255, field->kind == SMPP_FIELD_STRING);
	}
	pdu->tlvs = draw_tlvs(a);
}

static void assert_octets(const char *row, const char *field, struct smpp_octets a,
			  struct smpp_octets b)
{
	ck_assert_msg(a.len == b.len, "%s: %s: %zu octets, not %zu", row, field, b.len, a.len);
	ck_assert_msg(a.len == 0 || memcmp(a.data, b.data, a.len) == 0, "%s: %s differs", row,
		      field);
}

static void assert_same(const char *row, const struct smpp_pdu *a, const struct smpp_pdu *b)
{
	const struct smpp_field *field = smpp_fields_of(a->command_id);

	ck_assert_msg(a->command_id == b->command_id && a->command_status == b->command_status &&
			      a->sequence_number == b->sequence_number,
		      "%s: the header differs", row);
	for (; field->kind != SMPP_FIELD_END; field++) {
		const void *x = (const char *)a + field->offset;
		const void *y = (const char *)b + field->offset;

		if (field->kind == SMPP_FIELD_OCTET)
			ck_assert_msg(*(const uint8_t *)x == *(const uint8_t *)y, "%s: %s", row,
				      field->name);
		else
			assert_octets(row, field->name, *(const struct smpp_octets *)x,
				      *(const struct smpp_octets *)y);
	}
	ck_assert_msg(a->number_of_dests == b->number_of_dests, "%s: number_of_dests", row);
	ck_assert_msg(a->no_unsuccess == b->no_unsuccess, "%s: no_unsuccess", row);
	assert_octets(row, "tlvs", a->tlvs, b->tlvs);
}

/* The octets are copied to an allocation of exactly their size, so that a sanitizer sees one octet
 * read too many. */
static int decode_exact(const uint8_t *data, size_t len, struct smpp_pdu *out,
			struct smpp_fault *fault, uint8_t **copy)
{
	*copy = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(*copy);
	memcpy(*copy, data, len);
	return smpp_pdu_decode(*copy, len, out, fault);
}

static uint32_t command_at(int row, int response)
{
	return requests[row] | (response ? SMPP_RESP : 0);
}

START_TEST(test_round_trip_when_generated_then_nothing_is_lost)
{
	struct arena arena = { .seed = 2463534242u };

	for (int row = 0; row < REQUEST_COUNT * 2; row++) {
		uint32_t command = command_at(row / 2, row % 2);

		for (int i = 0; smpp_command_known(command) && i < ROUNDS; i++) {
			const char *name = smpp_command_name(command);
			struct smpp_pdu in, out;
			uint8_t wire[16384], *copy;
			struct smpp_fault fault;
			ssize_t len;

			draw_pdu(&arena, command, &in);
			len = smpp_pdu_encode(&in, wire, sizeof(wire));
			ck_assert_msg(len > 0, "%s: encode gave %zd", name, len);
			ck_assert_msg(smpp_pdu_frame(wire, (size_t)len, SMPP_PDU_MAX) == len,
				      "%s: frame", name);
			ck_assert_msg(decode_exact(wire, (size_t)len, &out, &fault, &copy) == 0,
				      "%s: decode", name);
			ck_assert_msg(out.has_body, "%s: has_body", name);
			ck_assert_uint_eq(out.command_length, (size_t)len);
			assert_same(name, &in, &out);
			free(copy);
		}
	}
}
END_TEST

START_TEST(test_encode_when_room_is_short_then_emsgsize)
{
	struct arena arena = { .seed = 88172645u };

	for (int row = 0; row < REQUEST_COUNT * 2; row++) {
		uint32_t command = command_at(row / 2, row % 2);
		uint8_t wire[16384];
		struct smpp_pdu pdu;
		ssize_t len;

		if (!smpp_command_known(command))
			continue;
		draw_pdu(&arena, command, &pdu);
		len = smpp_pdu_encode(&pdu, wire, sizeof(wire));
		for (ssize_t cap = 0; cap < len; cap++) {
			uint8_t *small = malloc((size_t)cap + 1);

			ck_assert_msg(smpp_pdu_encode(&pdu, small, (size_t)cap) == -EMSGSIZE,
				      "%s in %zd octets", smpp_command_name(command), cap);
			free(small);
		}
	}
}
END_TEST

/* A cut PDU whose command_length agrees: it decodes only where the rest is optional. */
START_TEST(test_decode_when_cut_anywhere_then_refused_or_shorter)
{
	struct arena arena = { .seed = 123456789u };

	for (int row = 0; row < REQUEST_COUNT * 2; row++) {
		uint32_t command = command_at(row / 2, row % 2);
		struct smpp_pdu pdu, out;
		struct smpp_fault fault;
		uint8_t wire[16384], *copy;
		ssize_t len;

		if (!smpp_command_known(command))
			continue;
		draw_pdu(&arena, command, &pdu);
		len = smpp_pdu_encode(&pdu, wire, sizeof(wire));
		for (size_t cut = SMPP_HEADER_SIZE; cut < (size_t)len; cut++) {
			int rc;

			wire[0] = wire[1] = 0;
			wire[2] = (uint8_t)(cut >> 8);
			wire[3] = (uint8_t)cut;
			rc = decode_exact(wire, cut, &out, &fault, &copy);
			ck_assert_msg(rc == 0 || (rc == -EBADMSG && fault.offset <= cut &&
						  fault.status != SMPP_ROK && fault.reason),
				      "%s cut at %zu", smpp_command_name(command), cut);
			ck_assert_uint_eq(out.sequence_number, pdu.sequence_number);
			free(copy);
		}
	}
}
END_TEST

static size_t sample_stream(uint8_t *out, size_t cap, size_t *count)
{
	struct arena arena = { .seed = 362436069u };
	size_t used = 0;

	for (*count = 0; *count < 6; (*count)++) {
		struct smpp_pdu pdu;
		ssize_t len;

		draw_pdu(&arena, requests[*count * 2], &pdu);
		len = smpp_pdu_encode(&pdu, out + used, cap - used);
		ck_assert_int_gt(len, 0);
		used += (size_t)len;
	}
	return used;
}

/* Feeds [0, first) and then `step` octets at a time; returns how many PDUs came out. */
static size_t frames_seen(const uint8_t *stream, size_t len, size_t first, size_t step)
{
	size_t have = first, pos = 0, seen = 0;

	for (;;) {
		ssize_t rc = smpp_pdu_frame(stream + pos, have - pos, SMPP_PDU_MAX);

		ck_assert_int_ge(rc, 0);
		if (rc > 0) {
			pos += (size_t)rc;
			seen++;
		} else if (have == len) {
			break;
		} else {
			have = len - have < step ? len : have + step;
		}
	}
	ck_assert_uint_eq(pos, len);
	return seen;
}

START_TEST(test_frame_when_split_anywhere_then_the_same_pdus)
{
	uint8_t stream[BUFFER * 4];
	size_t count, len = sample_stream(stream, sizeof(stream), &count);

	ck_assert_uint_eq(frames_seen(stream, len, len, len), count);
	ck_assert_uint_eq(frames_seen(stream, len, 0, 1), count);
	for (size_t at = 0; at <= len; at++)
		ck_assert_uint_eq(frames_seen(stream, len, at, len), count);
}
END_TEST

START_TEST(test_frame_when_length_is_given_then_three_outcomes)
{
	static const struct {
		const char *name;
		uint8_t data[20];
		size_t len, max;
		ssize_t want;
	} rows[] = {
		{ "nothing", { 0 }, 0, 100, 0 },
		{ "three octets", { 0, 0, 0 }, 3, 100, 0 },
		{ "length 0", { 0 }, 4, 100, -EBADMSG },
		{ "length 15", { 0, 0, 0, 15 }, 20, 100, -EBADMSG },
		{ "length 16, whole", { 0, 0, 0, 16 }, 16, 100, 16 },
		{ "length 16, more behind", { 0, 0, 0, 16 }, 20, 100, 16 },
		{ "length 16, one missing", { 0, 0, 0, 16 }, 15, 100, 0 },
		{ "at the limit", { 0, 0, 0, 100 }, 20, 100, 0 },
		{ "over the limit", { 0, 0, 0, 101 }, 20, 100, -EBADMSG },
		{ "over the limit, known early", { 0, 0, 0, 101 }, 4, 100, -EBADMSG },
		{ "negative as int", { 0xff, 0xff, 0xff, 0xff }, 20, SMPP_PDU_MAX, -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ssize_t got = smpp_pdu_frame(rows[i].data, rows[i].len, rows[i].max);

		ck_assert_msg(got == rows[i].want, "%s: %zd", rows[i].name, got);
	}
}
END_TEST

#define HEADER(len, id)                                                                            \
	0, 0, 0, (len), (uint8_t)((id) >> 24), 0, (uint8_t)((id) >> 8), (id)&0xff, 0, 0, 0, 0, 0,  \
		0, 0, 9

START_TEST(test_decode_when_broken_then_field_and_status_are_named)
{
	static const struct {
		const char *name;
		uint8_t data[64];
		size_t len;
		struct smpp_fault want;
	} rows[] = {
		{ "too short for a header",
		  { 0, 0, 0, 16 },
		  15,
		  { "command_length", "incomplete", 0, SMPP_RINVCMDLEN } },
		{ "octets behind",
		  { HEADER(16, 0x15u), 1 },
		  17,
		  { "command_length", "bad_command_length", 0, SMPP_RINVCMDLEN } },
		{ "unknown",
		  { HEADER(16, 0x777u) },
		  16,
		  { "command_id", "unknown_command", 4, SMPP_RINVCMDID } },
		{ "no alert response",
		  { HEADER(16, 0x80000102u) },
		  16,
		  { "command_id", "unknown_command", 4, SMPP_RINVCMDID } },
		{ "submit_sm without a body",
		  { HEADER(16, 4u) },
		  16,
		  { "service_type", "unterminated_string", 16, SMPP_RINVCMDLEN } },
		{ "source without its end",
		  { HEADER(21, 4u), 0, 1, 1, '1', '2' },
		  21,
		  { "source_addr", "unterminated_string", 19, SMPP_RINVSRCADR } },
		{ "destination without its end",
		  { HEADER(23, 4u), 0, 1, 1, 0, 1, 1, '2' },
		  23,
		  { "destination_addr", "unterminated_string", 22, SMPP_RINVDSTADR } },
		{ "message shorter than sm_length",
		  { HEADER(35, 4u), 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b' },
		  35,
		  { "short_message", "truncated_body", 32, SMPP_RINVMSGLEN } },
		{ "half a TLV",
		  { HEADER(19, 0x15u), 4, 0x24, 0 },
		  19,
		  { "tlvs", "bad_tlv", 16, SMPP_RINVOPTPARSTREAM } },
		{ "destination of a third kind",
		  { HEADER(23, 0x21u), 0, 1, 1, 0, 1, 3, 0 },
		  23,
		  { "dests", "bad_dest_flag", 20, SMPP_RINVDESTFLAG } },
		{ "list of destinations too short",
		  { HEADER(25, 0x21u), 0, 1, 1, 0, 2, 2, 'a', 0, 1 },
		  25,
		  { "dests", "truncated_body", 20, SMPP_RINVDSTADR } },
		{ "failure without its status",
		  { HEADER(24, 0x80000021u), 0, 1, 1, 1, 'a', 0, 0, 0 },
		  24,
		  { "unsuccess", "truncated_body", 17, SMPP_RINVDSTADR } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smpp_fault got = { 0 };
		struct smpp_pdu pdu;
		uint8_t *copy;
		int rc = decode_exact(rows[i].data, rows[i].len, &pdu, &got, &copy);

		ck_assert_msg(rc == -EBADMSG, "%s: %d", rows[i].name, rc);
		ck_assert_msg(strcmp(got.field, rows[i].want.field) == 0, "%s: field %s",
			      rows[i].name, got.field);
		ck_assert_msg(strcmp(got.reason, rows[i].want.reason) == 0, "%s: reason %s",
			      rows[i].name, got.reason);
		ck_assert_msg(got.offset == rows[i].want.offset, "%s: offset %zu", rows[i].name,
			      got.offset);
		ck_assert_msg(got.status == rows[i].want.status, "%s: %s", rows[i].name,
			      smpp_status_name(got.status));
		ck_assert_msg(rows[i].len < SMPP_HEADER_SIZE || pdu.sequence_number == 9,
			      "%s: header", rows[i].name);
		ck_assert_int_eq(smpp_pdu_decode(copy, rows[i].len, &pdu, NULL), -EBADMSG);
		free(copy);
	}
}
END_TEST

START_TEST(test_decode_when_string_is_long_then_bounded)
{
	for (size_t len = SMPP_STRING_MAX - 2; len <= SMPP_STRING_MAX + 1; len++) {
		uint8_t wire[SMPP_HEADER_SIZE + SMPP_STRING_MAX + 2] = { HEADER(0, 0x80000004u) };
		size_t whole = SMPP_HEADER_SIZE + len + 1;
		struct smpp_fault fault = { 0 };
		struct smpp_pdu pdu;
		int rc;

		memset(wire + SMPP_HEADER_SIZE, 'x', len);
		wire[2] = (uint8_t)(whole >> 8);
		wire[3] = (uint8_t)whole;
		rc = smpp_pdu_decode(wire, whole, &pdu, &fault);
		if (len < SMPP_STRING_MAX) {
			ck_assert_int_eq(rc, 0);
			ck_assert_uint_eq(pdu.message_id.len, len);
		} else {
			ck_assert_int_eq(rc, -EBADMSG);
			ck_assert_str_eq(fault.reason, "string_too_long");
		}
	}
}
END_TEST

START_TEST(test_response_when_without_body_then_accepted_and_kept)
{
	static const uint32_t statuses[] = { SMPP_ROK, SMPP_RTHROTTLED, 0x417, 0xdeadbeef };

	for (size_t i = 0; i < REQUEST_COUNT * 4; i++) {
		struct smpp_pdu in = { .command_id = requests[i / 4] | SMPP_RESP,
				       .command_status = statuses[i % 4],
				       .sequence_number = 5 };
		const char *name = smpp_command_name(in.command_id);
		struct smpp_pdu out;
		uint8_t wire[64];
		bool body;

		if (!smpp_command_known(in.command_id))
			continue;
		body = smpp_fields_of(in.command_id)->kind != SMPP_FIELD_END;
		ck_assert_msg(smpp_pdu_encode(&in, wire, sizeof(wire)) == SMPP_HEADER_SIZE, "%s",
			      name);
		ck_assert_msg(smpp_pdu_decode(wire, SMPP_HEADER_SIZE, &out, NULL) == 0, "%s", name);
		ck_assert_msg(out.command_status == statuses[i % 4], "%s: status", name);
		ck_assert_msg(out.has_body == !body, "%s: has_body", name);
	}
}
END_TEST

START_TEST(test_encode_when_it_cannot_be_said_then_einval)
{
	static const uint8_t zeros[300];
	const struct smpp_octets one_zero = { zeros, 1 }, long_text = { zeros, 256 };
	static const uint8_t letters[SMPP_STRING_MAX] = { [0 ... SMPP_STRING_MAX - 1] = 'a' };
	const struct smpp_octets long_string = { letters, SMPP_STRING_MAX };
	const struct {
		const char *name;
		struct smpp_pdu pdu;
	} rows[] = {
		{ "unknown command", { .command_id = 0x999 } },
		{ "no request of that id", { .command_id = 0 } },
		{ "NUL in an address", { .command_id = SMPP_SUBMIT_SM, .source_addr = one_zero } },
		{ "string too long", { .command_id = SMPP_SUBMIT_SM, .source_addr = long_string } },
		{ "message too long",
		  { .command_id = SMPP_SUBMIT_SM, .short_message = long_text } },
		{ "half a TLV", { .command_id = SMPP_ENQUIRE_LINK, .tlvs = one_zero } },
		{ "dests without a list",
		  { .command_id = SMPP_SUBMIT_MULTI, .number_of_dests = 1 } },
		{ "dests not counted", { .command_id = SMPP_SUBMIT_MULTI, .dests = one_zero } },
		{ "unsuccess that is no list",
		  { .command_id = SMPP_SUBMIT_MULTI | SMPP_RESP,
		    .has_body = true,
		    .no_unsuccess = 1,
		    .unsuccess = { zeros, 6 } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t wire[BUFFER];
		ssize_t rc = smpp_pdu_encode(&rows[i].pdu, wire, sizeof(wire));

		ck_assert_msg(rc == -EINVAL, "%s: %zd", rows[i].name, rc);
	}
}
END_TEST

START_TEST(test_lists_when_walked_then_each_entry_once)
{
	static const uint8_t dests[] = { 1, 2, 3, 'a', 0, 2, 'l', 'i', 0 };
	static const uint8_t failed[] = { 4, 5, 'b', 0, 0, 0, 1, 2 };
	const struct smpp_pdu pdu = { .dests = { dests, sizeof(dests) },
				      .unsuccess = { failed, sizeof(failed) } };
	struct smpp_dest d;
	size_t pos = 0;

	ck_assert(smpp_pdu_next_dest(&pdu, &pos, &d));
	ck_assert(d.flag == SMPP_DEST_ADDRESS && d.ton == 2 && d.npi == 3 && d.address.len == 1);
	ck_assert(smpp_pdu_next_dest(&pdu, &pos, &d));
	ck_assert(d.flag == SMPP_DEST_LIST && d.address.len == 2 && d.address.data[1] == 'i');
	ck_assert(!smpp_pdu_next_dest(&pdu, &pos, &d));
	pos = 0;
	ck_assert(smpp_pdu_next_unsuccess(&pdu, &pos, &d));
	ck_assert(d.ton == 4 && d.npi == 5 && d.address.data[0] == 'b' && d.status == 0x102);
	ck_assert(!smpp_pdu_next_unsuccess(&pdu, &pos, &d));
}
END_TEST

START_TEST(test_tlv_when_searched_then_the_first_is_found)
{
	uint8_t wire[64];
	ssize_t a = smpp_tlv_append(wire, sizeof(wire), 0x1400, (const uint8_t *)"x", 1);
	ssize_t b = smpp_tlv_append(wire + a, sizeof(wire) - (size_t)a, SMPP_TAG_MESSAGE_PAYLOAD,
				    (const uint8_t *)"hello", 5);
	struct smpp_pdu pdu = { .tlvs = { wire, (size_t)(a + b) } };
	struct smpp_octets found;

	ck_assert_int_eq(a, 5);
	ck_assert_int_eq(b, 9);
	ck_assert(smpp_pdu_find_tlv(&pdu, 0x1400, &found) && found.len == 1);
	ck_assert(!smpp_pdu_find_tlv(&pdu, SMPP_TAG_MESSAGE_STATE, &found));
	ck_assert_uint_eq(smpp_pdu_message(&pdu).len, 5);
	pdu.short_message = smpp_octets_of("abc");
	ck_assert_uint_eq(smpp_pdu_message(&pdu).len, 3);
	ck_assert_int_eq(smpp_tlv_append(wire, 8, 1, wire, 5), -EMSGSIZE);
	ck_assert_int_eq(smpp_tlv_append(wire, 3, 1, NULL, 0), -EMSGSIZE);
	ck_assert_int_eq(smpp_tlv_append(wire, SIZE_MAX, 1, wire, 65536), -EMSGSIZE);
}
END_TEST

START_TEST(test_names_when_asked_then_the_standards_words)
{
	static const struct {
		uint32_t id;
		const char *name;
		bool response;
	} rows[] = {
		{ SMPP_SUBMIT_SM, "submit_sm", false },
		{ SMPP_SUBMIT_SM | SMPP_RESP, "submit_sm_resp", true },
		{ SMPP_RESP, "generic_nack", true },
		{ SMPP_OUTBIND, "outbind", false },
		{ SMPP_OUTBIND | SMPP_RESP, "unknown", true },
		{ SMPP_ALERT_NOTIFICATION, "alert_notification", false },
		{ 0, "unknown", false },
		{ 0x104, "unknown", false },
		{ 0x7fffffff, "unknown", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_str_eq(smpp_command_name(rows[i].id), rows[i].name);
		ck_assert_msg(smpp_command_is_response(rows[i].id) == rows[i].response, "%s",
			      rows[i].name);
		ck_assert_msg(smpp_command_known(rows[i].id) == !!strcmp(rows[i].name, "unknown"),
			      "%s", rows[i].name);
	}
	ck_assert_str_eq(smpp_status_name(SMPP_ROK), "ESME_ROK");
	ck_assert_str_eq(smpp_status_name(SMPP_RTHROTTLED), "ESME_RTHROTTLED");
	ck_assert_str_eq(smpp_status_name(SMPP_RUNKNOWNERR), "ESME_RUNKNOWNERR");
	ck_assert_str_eq(smpp_status_name(0x09), "unknown");
	ck_assert_str_eq(smpp_status_name(0x400), "vendor");
	ck_assert_str_eq(smpp_status_name(0x500), "unknown");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_pdu");
	TCase *tc = tcase_create("codec");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_round_trip_when_generated_then_nothing_is_lost);
	tcase_add_test(tc, test_encode_when_room_is_short_then_emsgsize);
	tcase_add_test(tc, test_encode_when_it_cannot_be_said_then_einval);
	tcase_add_test(tc, test_decode_when_cut_anywhere_then_refused_or_shorter);
	tcase_add_test(tc, test_decode_when_broken_then_field_and_status_are_named);
	tcase_add_test(tc, test_decode_when_string_is_long_then_bounded);
	tcase_add_test(tc, test_frame_when_split_anywhere_then_the_same_pdus);
	tcase_add_test(tc, test_frame_when_length_is_given_then_three_outcomes);
	tcase_add_test(tc, test_response_when_without_body_then_accepted_and_kept);
	tcase_add_test(tc, test_lists_when_walked_then_each_entry_once);
	tcase_add_test(tc, test_tlv_when_searched_then_the_first_is_found);
	tcase_add_test(tc, test_names_when_asked_then_the_standards_words);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
