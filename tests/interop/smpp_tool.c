/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_tool.c - the codec at a pipe, for tests that compare it with others.
 *
 *   smpp_tool codec              reads lines, writes a line for each:
 *                                  decode HEX  -> JSON, {"error":REASON} when it is refused
 *                                  encode JSON -> HEX, "error" and the errno when it is refused
 *   smpp_tool pcap OURS PEER     reads lines "sent|received TIME_US HEX", writes a capture file
 *   smpp_tool trace              reads lines of HEX, writes a masked line for each
 *
 * JSON: the names of smpp_fields.h; strings and octets in hexadecimal, TLVs as [[tag, value], ...].
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_fields.h"
#include "smpp/smpp_pcap.h"
#include "smpp/smpp_trace.h"

enum { OCTETS_MAX = 2 * SMPP_PDU_MAX };

static void die(const char *what)
{
	fprintf(stderr, "smpp_tool: %s\n", what);
	exit(2);
}

static size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t len = strlen(hex);

	if (len % 2 || len / 2 > cap)
		die("bad hex");
	for (size_t i = 0; i < len / 2; i++) {
		unsigned octet;

		if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
			die("bad hex");
		out[i] = (uint8_t)octet;
	}
	return len / 2;
}

static json_t *to_hex(struct smpp_octets in)
{
	char *text = malloc(2 * in.len + 1);
	json_t *json;

	if (!text)
		die("no memory");
	text[0] = '\0';
	for (size_t i = 0; i < in.len; i++)
		snprintf(text + 2 * i, 3, "%02x", in.data[i]);
	json = json_string(text);
	free(text);
	return json;
}

static bool is_octets(const struct smpp_field *field)
{
	return field->kind != SMPP_FIELD_OCTET && field->kind != SMPP_FIELD_END;
}

/* ---- decode ---- */

static json_t *tlvs_json(const struct smpp_pdu *pdu)
{
	json_t *list = json_array();
	struct smpp_tlv tlv;
	size_t pos = 0;

	while (smpp_pdu_next_tlv(pdu, &pos, &tlv))
		json_array_append_new(list, json_pack("[i, o]", tlv.tag, to_hex(tlv.value)));
	return list;
}

static json_t *dests_json(const struct smpp_pdu *pdu, bool failures)
{
	json_t *list = json_array();
	struct smpp_dest dest;
	size_t pos = 0;

	while (failures ? smpp_pdu_next_unsuccess(pdu, &pos, &dest)
			: smpp_pdu_next_dest(pdu, &pos, &dest))
		json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:o, s:I}", "flag",
						      dest.flag, "ton", dest.ton, "npi", dest.npi,
						      "address", to_hex(dest.address), "status",
						      (json_int_t)dest.status));
	return list;
}

static json_t *field_json(const struct smpp_field *field, const struct smpp_pdu *pdu)
{
	const void *member = (const char *)pdu + field->offset;

	if (field->kind == SMPP_FIELD_OCTET)
		return json_integer(*(const uint8_t *)member);
	if (field->kind == SMPP_FIELD_DESTS)
		return dests_json(pdu, false);
	if (field->kind == SMPP_FIELD_UNSUCCESS)
		return dests_json(pdu, true);
	return to_hex(*(const struct smpp_octets *)member);
}

static json_t *pdu_json(const struct smpp_pdu *pdu)
{
	const struct smpp_field *field = smpp_fields_of(pdu->command_id);
	json_t *json =
		json_pack("{s:I, s:I, s:I, s:s, s:b}", "command_id", (json_int_t)pdu->command_id,
			  "command_status", (json_int_t)pdu->command_status, "sequence_number",
			  (json_int_t)pdu->sequence_number, "command",
			  smpp_command_name(pdu->command_id), "has_body", pdu->has_body);

	for (; pdu->has_body && field->kind != SMPP_FIELD_END; field++)
		json_object_set_new(json, field->name, field_json(field, pdu));
	json_object_set_new(json, "tlvs", tlvs_json(pdu));
	return json;
}

static void decode(const char *hex)
{
	static uint8_t octets[OCTETS_MAX];
	size_t len = from_hex(hex, octets, sizeof(octets));
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	json_t *json;

	if (smpp_pdu_decode(octets, len, &pdu, &fault) < 0)
		json = json_pack("{s:s, s:s}", "error", fault.reason, "field", fault.field);
	else
		json = pdu_json(&pdu);
	json_dumpf(json, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(json);
}

/* ---- encode ---- */

static struct smpp_octets take_hex(const json_t *json, uint8_t *arena, size_t *used)
{
	const char *hex = json_string_value(json);
	struct smpp_octets out = { arena + *used, 0 };

	if (!hex)
		return out;
	out.len = from_hex(hex, arena + *used, OCTETS_MAX - *used);
	*used += out.len;
	return out;
}

static void put(uint8_t *arena, size_t *used, uint32_t value, unsigned octets)
{
	while (octets-- > 0)
		arena[(*used)++] = (uint8_t)(value >> 8 * octets);
}

static uint32_t number(const json_t *json, const char *key)
{
	return (uint32_t)json_integer_value(json_object_get(json, key));
}

static struct smpp_octets take_list(const json_t *list, bool failures, uint8_t *arena, size_t *used)
{
	struct smpp_octets out = { arena + *used, 0 };
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (!failures)
			put(arena, used, number(item, "flag"), 1);
		if (failures || number(item, "flag") == SMPP_DEST_ADDRESS) {
			put(arena, used, number(item, "ton"), 1);
			put(arena, used, number(item, "npi"), 1);
		}
		take_hex(json_object_get(item, "address"), arena, used);
		put(arena, used, 0, 1);
		if (failures)
			put(arena, used, number(item, "status"), 4);
	}
	out.len = (size_t)(arena + *used - out.data);
	return out;
}

static struct smpp_octets take_tlvs(const json_t *list, uint8_t *arena, size_t *used)
{
	static uint8_t value[OCTETS_MAX];
	struct smpp_octets out = { arena + *used, 0 };
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		size_t start = 0;
		struct smpp_octets octets = take_hex(json_array_get(item, 1), value, &start);
		ssize_t len = smpp_tlv_append(arena + *used, OCTETS_MAX - *used,
					      (uint16_t)json_integer_value(json_array_get(item, 0)),
					      octets.data, octets.len);

		if (len < 0)
			die("TLV too long");
		*used += (size_t)len;
	}
	out.len = (size_t)(arena + *used - out.data);
	return out;
}

static void take_field(const struct smpp_field *field, const json_t *json, struct smpp_pdu *pdu,
		       uint8_t *arena, size_t *used)
{
	const json_t *value = json_object_get(json, field->name);
	void *member = (char *)pdu + field->offset;

	if (field->kind == SMPP_FIELD_OCTET) {
		*(uint8_t *)member = (uint8_t)json_integer_value(value);
	} else if (field->kind == SMPP_FIELD_DESTS) {
		pdu->number_of_dests = (uint8_t)json_array_size(value);
		pdu->dests = take_list(value, false, arena, used);
	} else if (field->kind == SMPP_FIELD_UNSUCCESS) {
		pdu->no_unsuccess = (uint8_t)json_array_size(value);
		pdu->unsuccess = take_list(value, true, arena, used);
	} else if (is_octets(field)) {
		*(struct smpp_octets *)member = take_hex(value, arena, used);
	}
}

static void encode(const char *text)
{
	static uint8_t arena[OCTETS_MAX], wire[OCTETS_MAX];
	json_t *json = json_loads(text, 0, NULL);
	struct smpp_pdu pdu = { .command_id = number(json, "command_id"),
				.command_status = number(json, "command_status"),
				.sequence_number = number(json, "sequence_number"),
				.has_body = !json_is_false(json_object_get(json, "has_body")) };
	const struct smpp_field *field = smpp_fields_of(pdu.command_id);
	size_t used = 0;
	ssize_t len;

	if (!json)
		die("bad JSON");
	for (; field && field->kind != SMPP_FIELD_END; field++)
		take_field(field, json, &pdu, arena, &used);
	pdu.tlvs = take_tlvs(json_object_get(json, "tlvs"), arena, &used);
	json_decref(json);
	len = smpp_pdu_encode(&pdu, wire, sizeof(wire));
	if (len < 0)
		printf("error %zd", len);
	for (ssize_t i = 0; i < len; i++)
		printf("%02x", wire[i]);
	putchar('\n');
}

static void codec_line(char *line)
{
	if (strncmp(line, "decode ", 7) == 0)
		decode(line + 7);
	else if (strncmp(line, "encode ", 7) == 0)
		encode(line + 7);
	else
		die("decode or encode");
}

/* ---- capture and trace ---- */

static struct smpp_pcap_flow flow;

static void pcap_begin(const char *ours, const char *peer)
{
	uint8_t header[SMPP_PCAP_FILE_HEADER];
	struct smpp_pcap_end ends[2];

	if (smpp_pcap_end_set(&ends[0], ours, SMPP_PCAP_PORT) < 0 ||
	    smpp_pcap_end_set(&ends[1], peer, 40001) < 0)
		die("bad address");
	smpp_pcap_flow_init(&flow, &ends[0], &ends[1]);
	smpp_pcap_file_header(header);
	fwrite(header, 1, sizeof(header), stdout);
}

static void pcap_line(char *line)
{
	static uint8_t octets[OCTETS_MAX], out[2 * OCTETS_MAX];
	char direction[16];
	long long time_us;
	int at = 0;
	size_t len;
	ssize_t used;

	if (sscanf(line, "%15s %lld %n", direction, &time_us, &at) != 2 || at == 0)
		die("bad line");
	len = from_hex(line + at, octets, sizeof(octets));
	used = smpp_pcap_record(
		&flow, strcmp(direction, "sent") == 0 ? SMPP_PCAP_SENT : SMPP_PCAP_RECEIVED,
		time_us, octets, len, out, sizeof(out));
	if (used < 0)
		die("no record");
	fwrite(out, 1, (size_t)used, stdout);
}

static void trace_line(char *line)
{
	static uint8_t octets[OCTETS_MAX];
	char text[4096];

	smpp_trace_line(octets, from_hex(line, octets, sizeof(octets)), NULL, text, sizeof(text));
	puts(text);
}

int main(int argc, char **argv)
{
	void (*take)(char *line) = codec_line;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	if (argc == 4 && strcmp(argv[1], "pcap") == 0) {
		pcap_begin(argv[2], argv[3]);
		take = pcap_line;
	} else if (argc == 2 && strcmp(argv[1], "trace") == 0) {
		take = trace_line;
	} else if (argc != 2 || strcmp(argv[1], "codec") != 0) {
		die("codec, trace, or pcap OURS PEER");
	}
	while ((len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		take(line);
	}
	free(line);
	return 0;
}
