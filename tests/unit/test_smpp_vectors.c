/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_vectors.c - the codec against what others say: PDUs collected from other projects'
 * tests (when that file is there), and libsmpp34 in both directions.
 *
 * libsmpp34 sees only PDUs that this file made: its unpack and dump are not built for octets from
 * a peer (a global error state, lengths that it believes), which is why the gateway has a codec of
 * its own and why no received octet ever reaches that library. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_fields.h"
#include "smpp/smpp_pdu.h"

#include <smpp34.h>
#include <smpp34_structs.h>

static const char vectors_path[] = "../shared/data/smpp-vectors.jsonl";

enum { VECTORS_PDU_MAX = 65536, ORACLE_ROUNDS = 400 };

struct vector {
	const char *name;
	json_t *fields;
	uint8_t *data; /* allocated to its size, so that a sanitizer sees an over-read */
	size_t len;
};

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++) {
		unsigned int octet = 0;

		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &octet), 1);
		out[i] = (uint8_t)octet;
	}
	return len;
}

static void assert_hex(const struct vector *v, const char *key, struct smpp_octets got,
		       const char *hex)
{
	uint8_t *want = malloc(strlen(hex) / 2 + 1);
	size_t len = from_hex(hex, want);

	ck_assert_msg(got.len == len && (len == 0 || memcmp(got.data, want, len) == 0),
		      "%s: %s is not %s", v->name, key, hex);
	free(want);
}

/* The vectors write an octet string as Latin-1, which JSON carries as UTF-8. */
static void assert_latin1(const struct vector *v, const char *key, struct smpp_octets got,
			  const json_t *value)
{
	const uint8_t *utf8 = (const uint8_t *)json_string_value(value);
	size_t n = 0;

	ck_assert_msg(utf8 != NULL, "%s: %s is no string", v->name, key);
	for (; *utf8; utf8++, n++) {
		uint8_t octet = *utf8;

		if (octet >= 0xc0)
			octet = (uint8_t)(octet << 6 | (*++utf8 & 0x3f));
		ck_assert_msg(n < got.len && got.data[n] == octet, "%s: %s differs at %zu", v->name,
			      key, n);
	}
	ck_assert_msg(n == got.len, "%s: %s has %zu octets, not %zu", v->name, key, got.len, n);
}

static void assert_number(const struct vector *v, const char *key, uint32_t got,
			  const json_t *value)
{
	uint32_t want = json_is_string(value)
				? (uint32_t)strtoul(json_string_value(value), NULL, 16)
				: (uint32_t)json_integer_value(value);

	ck_assert_msg(got == want, "%s: %s is %u, not %u", v->name, key, got, want);
}

static void assert_dest(const struct vector *v, const struct smpp_dest *got, json_t *want)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
	{
		if (strcmp(key, "dest_flag") == 0)
			assert_number(v, key, got->flag, value);
		else if (strcmp(key, "dest_addr_ton") == 0)
			assert_number(v, key, got->ton, value);
		else if (strcmp(key, "dest_addr_npi") == 0)
			assert_number(v, key, got->npi, value);
		else if (strcmp(key, "error_status_code") == 0)
			assert_number(v, key, got->status, value);
		else
			assert_latin1(v, key, got->address, value);
	}
}

typedef bool next_fn(const struct smpp_pdu *pdu, size_t *pos, struct smpp_dest *out);

static void assert_dests(const struct vector *v, const struct smpp_pdu *pdu, json_t *want,
			 next_fn *next)
{
	struct smpp_dest dest;
	size_t pos = 0, index;
	json_t *entry;

	json_array_foreach(want, index, entry)
	{
		ck_assert_msg(next(pdu, &pos, &dest), "%s: destination %zu", v->name, index);
		assert_dest(v, &dest, entry);
	}
	ck_assert_msg(!next(pdu, &pos, &dest), "%s: too many destinations", v->name);
}

static void assert_tlvs(const struct vector *v, const struct smpp_pdu *pdu, json_t *want)
{
	struct smpp_tlv tlv;
	size_t pos = 0, index;
	json_t *entry;

	json_array_foreach(want, index, entry)
	{
		ck_assert_msg(smpp_pdu_next_tlv(pdu, &pos, &tlv), "%s: TLV %zu", v->name, index);
		assert_number(v, "tag", tlv.tag, json_object_get(entry, "tag"));
		assert_number(v, "length", (uint32_t)tlv.value.len,
			      json_object_get(entry, "length"));
		assert_hex(v, "value", tlv.value,
			   json_string_value(json_object_get(entry, "value")));
	}
	ck_assert_msg(!smpp_pdu_next_tlv(pdu, &pos, &tlv), "%s: too many TLVs", v->name);
}

/* What is not a plain member of the table of fields. */
static bool assert_special(const struct vector *v, const char *key, const struct smpp_pdu *pdu,
			   json_t *value)
{
	if (strcmp(key, "command_length") == 0)
		assert_number(v, key, pdu->command_length, value);
	else if (strcmp(key, "command_id") == 0)
		assert_number(v, key, pdu->command_id, value);
	else if (strcmp(key, "command_status") == 0)
		assert_number(v, key, pdu->command_status, value);
	else if (strcmp(key, "sequence_number") == 0)
		assert_number(v, key, pdu->sequence_number, value);
	else if (strcmp(key, "sm_length") == 0)
		assert_number(v, key, (uint32_t)pdu->short_message.len, value);
	else if (strcmp(key, "number_of_dests") == 0)
		assert_number(v, key, pdu->number_of_dests, value);
	else if (strcmp(key, "no_unsuccess") == 0)
		assert_number(v, key, pdu->no_unsuccess, value);
	else if (strcmp(key, "dest_addresses") == 0)
		assert_dests(v, pdu, value, smpp_pdu_next_dest);
	else if (strcmp(key, "unsuccess_sme") == 0)
		assert_dests(v, pdu, value, smpp_pdu_next_unsuccess);
	else if (strcmp(key, "tlvs") == 0)
		assert_tlvs(v, pdu, value);
	else
		return false;
	return true;
}

static void assert_field(const struct vector *v, const char *key, const struct smpp_pdu *pdu,
			 json_t *value)
{
	const struct smpp_field *field = smpp_fields_of(pdu->command_id);
	const void *member;

	if (assert_special(v, key, pdu, value))
		return;
	ck_assert_msg(field != NULL, "%s: %s of an unknown command", v->name, key);
	while (field->kind != SMPP_FIELD_END && strcmp(field->name, key) != 0)
		field++;
	ck_assert_msg(field->kind != SMPP_FIELD_END, "%s: no field %s", v->name, key);
	member = (const char *)pdu + field->offset;
	if (field->kind == SMPP_FIELD_OCTET)
		assert_number(v, key, *(const uint8_t *)member, value);
	else if (field->kind == SMPP_FIELD_MESSAGE)
		assert_hex(v, key, *(const struct smpp_octets *)member, json_string_value(value));
	else
		assert_latin1(v, key, *(const struct smpp_octets *)member, value);
}

static void assert_fields(const struct vector *v, const struct smpp_pdu *pdu)
{
	const char *key;
	json_t *value;

	json_object_foreach(v->fields, key, value) assert_field(v, key, pdu, value);
}

/* What we write of what we read must be the same octets. */
static void assert_written_back(const struct vector *v, const struct smpp_pdu *pdu, size_t len)
{
	uint8_t *wire = malloc(len);
	ssize_t rc = smpp_pdu_encode(pdu, wire, len);

	ck_assert_msg(rc == (ssize_t)len && memcmp(wire, v->data, len) == 0,
		      "%s: written back differently (%zd)", v->name, rc);
	free(wire);
}

static void check_vector(const struct vector *v, bool valid, const char *reason, size_t remaining)
{
	ssize_t len = smpp_pdu_frame(v->data, v->len, VECTORS_PDU_MAX);
	struct smpp_fault fault = { 0 };
	struct smpp_pdu pdu;

	if (len <= 0) {
		ck_assert_msg(!valid, "%s: not framed", v->name);
		ck_assert_msg(strcmp(reason, len < 0 ? "bad_command_length" : "incomplete") == 0,
			      "%s: framed as %zd", v->name, len);
		if (v->len >= SMPP_HEADER_SIZE) {
			ck_assert_int_eq(smpp_pdu_decode(v->data, v->len, &pdu, &fault), -EBADMSG);
			assert_fields(v, &pdu);
		}
		return;
	}
	ck_assert_msg(v->len - (size_t)len == remaining, "%s: remaining", v->name);
	if (smpp_pdu_decode(v->data, (size_t)len, &pdu, &fault) == 0) {
		ck_assert_msg(valid, "%s: should be %s", v->name, reason);
		assert_written_back(v, &pdu, (size_t)len);
	} else {
		ck_assert_msg(!valid, "%s: %s in %s", v->name, fault.reason, fault.field);
		ck_assert_msg(strcmp(fault.reason, reason) == 0, "%s: %s in %s, not %s", v->name,
			      fault.reason, fault.field, reason);
	}
	assert_fields(v, &pdu);
}

static void check_line(const char *line)
{
	json_t *root = json_loads(line, 0, NULL);
	const char *hex = json_string_value(json_object_get(root, "hex"));
	const char *reason = json_string_value(json_object_get(root, "reason"));
	struct vector v = { json_string_value(json_object_get(root, "source")),
			    json_object_get(root, "fields"), NULL, 0 };

	ck_assert_msg(root && hex, "unreadable: %s", line);
	v.data = malloc(strlen(hex) / 2 + (hex[0] == '\0'));
	v.len = from_hex(hex, v.data);
	check_vector(&v, json_is_true(json_object_get(root, "valid")), reason ? reason : "",
		     (size_t)json_integer_value(json_object_get(root, "remaining")));
	free(v.data);
	json_decref(root);
}

START_TEST(test_vectors_when_present_then_all_as_stated)
{
	FILE *file = fopen(vectors_path, "r");
	char *line = NULL;
	size_t cap = 0, count = 0;

	if (!file) {
		printf("smpp vectors: 1 case skipped, %s is not there\n", vectors_path);
		return;
	}
	while (getline(&line, &cap, file) > 0) {
		check_line(line);
		count++;
	}
	free(line);
	fclose(file);
	printf("smpp vectors: %zu checked\n", count);
	ck_assert_uint_gt(count, 200);
}
END_TEST

/* ---- libsmpp34: one table says where it keeps what our table of fields names ---- */

struct pair {
	const char *field;
	size_t theirs;
	size_t size; /* of a string with its NUL; 0: an octet */
};

#define PAIR_OCTET(type, member)                                                                   \
	{                                                                                          \
#member, offsetof(type, member), 0                                                 \
	}
#define PAIR_STRING(type, member)                                                                  \
	{                                                                                          \
#member, offsetof(type, member), sizeof(((type *)0)->member)                       \
	}
#define PAIRS_MESSAGE(type)                                                                        \
	PAIR_STRING(type, service_type), PAIR_OCTET(type, source_addr_ton),                        \
		PAIR_OCTET(type, source_addr_npi), PAIR_STRING(type, source_addr),                 \
		PAIR_OCTET(type, dest_addr_ton), PAIR_OCTET(type, dest_addr_npi),                  \
		PAIR_STRING(type, destination_addr), PAIR_OCTET(type, esm_class),                  \
		PAIR_OCTET(type, protocol_id), PAIR_OCTET(type, priority_flag),                    \
		PAIR_STRING(type, schedule_delivery_time), PAIR_STRING(type, validity_period),     \
		PAIR_OCTET(type, registered_delivery), PAIR_OCTET(type, replace_if_present_flag),  \
		PAIR_OCTET(type, data_coding), PAIR_OCTET(type, sm_default_msg_id),                \
		PAIR_STRING(type, short_message)
#define PAIRS_BIND(type)                                                                           \
	PAIR_STRING(type, system_id), PAIR_STRING(type, password), PAIR_STRING(type, system_type), \
		PAIR_OCTET(type, interface_version), PAIR_OCTET(type, addr_ton),                   \
		PAIR_OCTET(type, addr_npi), PAIR_STRING(type, address_range)

static const struct pair submit_pairs[] = { PAIRS_MESSAGE(submit_sm_t), { NULL, 0, 0 } };
static const struct pair deliver_pairs[] = { PAIRS_MESSAGE(deliver_sm_t), { NULL, 0, 0 } };
static const struct pair trx_pairs[] = { PAIRS_BIND(bind_transceiver_t), { NULL, 0, 0 } };
static const struct pair tx_pairs[] = { PAIRS_BIND(bind_transmitter_t), { NULL, 0, 0 } };
static const struct pair rx_pairs[] = { PAIRS_BIND(bind_receiver_t), { NULL, 0, 0 } };
static const struct pair submit_resp_pairs[] = { PAIR_STRING(submit_sm_resp_t, message_id),
						 { NULL, 0, 0 } };
static const struct pair no_pairs[] = { { NULL, 0, 0 } };

static const struct {
	uint32_t command;
	const struct pair *pairs;
	size_t sm_length; /* where theirs is; 0: has none */
} oracle_rows[] = {
	{ SMPP_SUBMIT_SM, submit_pairs, offsetof(submit_sm_t, sm_length) },
	{ SMPP_DELIVER_SM, deliver_pairs, offsetof(deliver_sm_t, sm_length) },
	{ SMPP_BIND_TRANSCEIVER, trx_pairs, 0 },
	{ SMPP_BIND_TRANSMITTER, tx_pairs, 0 },
	{ SMPP_BIND_RECEIVER, rx_pairs, 0 },
	{ SMPP_SUBMIT_SM | SMPP_RESP, submit_resp_pairs, 0 },
	{ SMPP_ENQUIRE_LINK, no_pairs, 0 },
	{ SMPP_ENQUIRE_LINK | SMPP_RESP, no_pairs, 0 },
	{ SMPP_UNBIND, no_pairs, 0 },
};

/* Any of libsmpp34's structs, which all begin with the four words of the header. */
union theirs {
	uint32_t header[4];
	uint8_t octets[8192];
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* libsmpp34 refuses numbers that SMPP 3.4 does not list. */
static uint8_t draw_octet(const char *field, uint32_t *seed)
{
	static const uint8_t npis[] = { 0, 1, 3, 4, 6, 8, 9, 10, 14, 18 };

	if (strstr(field, "npi"))
		return npis[draw(seed, sizeof(npis))];
	if (strstr(field, "ton"))
		return (uint8_t)draw(seed, 7);
	if (strcmp(field, "interface_version") == 0)
		return SMPP_VERSION;
	return (uint8_t)draw(seed, 256);
}

static void draw_theirs(size_t row, uint32_t *seed, union theirs *out)
{
	memset(out, 0, sizeof(*out));
	out->header[1] = oracle_rows[row].command;
	out->header[3] = 1 + draw(seed, 0x7ffffffe);
	for (const struct pair *p = oracle_rows[row].pairs; p->field; p++) {
		bool message = strcmp(p->field, "short_message") == 0;
		size_t len = p->size ? draw(seed, (uint32_t)p->size) : 1;

		for (size_t i = 0; i < len; i++)
			out->octets[p->theirs + i] = p->size ? (uint8_t)('!' + draw(seed, 90))
							     : draw_octet(p->field, seed);
		if (message)
			out->octets[oracle_rows[row].sm_length] = (uint8_t)len;
	}
}

static const struct smpp_field *field_named(uint32_t command, const char *name)
{
	const struct smpp_field *field = smpp_fields_of(command);

	while (field->kind != SMPP_FIELD_END && strcmp(field->name, name) != 0)
		field++;
	ck_assert_msg(field->kind != SMPP_FIELD_END, "no field %s", name);
	return field;
}

static void assert_agree(size_t row, const struct smpp_pdu *ours, const union theirs *theirs)
{
	const char *name = smpp_command_name(ours->command_id);

	ck_assert_msg(ours->command_id == theirs->header[1] &&
			      ours->command_status == theirs->header[2] &&
			      ours->sequence_number == theirs->header[3],
		      "%s: the header differs", name);
	for (const struct pair *p = oracle_rows[row].pairs; p->field; p++) {
		const struct smpp_field *field = field_named(ours->command_id, p->field);
		const void *member = (const char *)ours + field->offset;
		const uint8_t *other = theirs->octets + p->theirs;
		const struct smpp_octets *text = member;
		size_t len = 0;

		if (field->kind == SMPP_FIELD_OCTET) {
			ck_assert_msg(*(const uint8_t *)member == *other, "%s: %s", name, p->field);
			continue;
		}
		len = field->kind == SMPP_FIELD_MESSAGE ? theirs->octets[oracle_rows[row].sm_length]
							: strlen((const char *)other);
		ck_assert_msg(text->len == len && memcmp(text->data, other, len) == 0, "%s: %s",
			      name, p->field);
	}
}

START_TEST(test_oracle_when_libsmpp34_packs_then_we_read_the_same)
{
	uint32_t seed = 20240611;

	for (size_t i = 0; i < ORACLE_ROUNDS * sizeof(oracle_rows) / sizeof(oracle_rows[0]); i++) {
		size_t row = i / ORACLE_ROUNDS;
		uint8_t wire[2048] = { 0 }, again[2048];
		union theirs theirs, back;
		struct smpp_pdu ours;
		int len = 0;

		draw_theirs(row, &seed, &theirs);
		ck_assert_msg(smpp34_pack2(wire, sizeof(wire), &len, &theirs) == 0, "%s: %s",
			      smpp_command_name(oracle_rows[row].command), smpp34_strerror);
		ck_assert_int_eq(smpp_pdu_frame(wire, (size_t)len, SMPP_PDU_MAX), len);
		ck_assert_int_eq(smpp_pdu_decode(wire, (size_t)len, &ours, NULL), 0);
		assert_agree(row, &ours, &theirs);

		/* And what we write, libsmpp34 reads. */
		ck_assert_int_eq(smpp_pdu_encode(&ours, again, sizeof(again)), len);
		ck_assert_mem_eq(wire, again, (size_t)len);
		memset(&back, 0, sizeof(back));
		ck_assert_msg(smpp34_unpack2(&back, again, len) == 0, "%s: %s",
			      smpp_command_name(oracle_rows[row].command), smpp34_strerror);
		assert_agree(row, &ours, &back);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_vectors");
	TCase *tc = tcase_create("others");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_vectors_when_present_then_all_as_stated);
	tcase_add_test(tc, test_oracle_when_libsmpp34_packs_then_we_read_the_same);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
