/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_smpp_pcap.c - records are read back with a reader of this file's own, which checks every
 * length, checksum and sequence number. tests/interop asks tshark the same. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/smpp_pcap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { BIG = 70000 };

static uint32_t get(const uint8_t *p, size_t len)
{
	uint32_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | p[i];
	return value;
}

static uint32_t add_words(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* What a receiver knows of one direction. */
struct direction {
	uint16_t port;
	uint32_t next;
	uint32_t acked;
	size_t len;
	uint8_t data[2 * BIG];
};

struct reader {
	struct direction sides[2];
	size_t packets;
	size_t most_unacked;
};

static const uint8_t *check_ip(const uint8_t *p, size_t len, size_t *tcp_len, uint32_t *sum)
{
	if (p[0] >> 4 == 4) {
		ck_assert_uint_eq(add_words(0, p, 20), 0xffff);
		ck_assert_uint_eq(get(p + 2, 2), len);
		ck_assert_uint_eq(p[9], 6);
		*tcp_len = len - 20;
		*sum = add_words((uint32_t)(6 + *tcp_len), p + 12, 8);
		return p + 20;
	}
	ck_assert_uint_eq(p[0] >> 4, 6);
	ck_assert_uint_eq(get(p + 4, 2), len - 40);
	ck_assert_uint_eq(p[6], 6);
	*tcp_len = len - 40;
	*sum = add_words((uint32_t)(6 + *tcp_len), p + 8, 32);
	return p + 40;
}

static void check_tcp(struct reader *reader, const uint8_t *p, size_t len, uint32_t sum)
{
	bool peer = get(p, 2) == reader->sides[1].port;
	struct direction *from = &reader->sides[peer], *to = &reader->sides[!peer];
	size_t data = len - 20;

	ck_assert_uint_eq(add_words(sum, p, len), 0xffff);
	ck_assert_uint_eq(get(p, 2), from->port);
	ck_assert_uint_eq(get(p + 2, 2), to->port);
	ck_assert_uint_eq(get(p + 4, 4), from->next);
	ck_assert_uint_eq(get(p + 8, 4), to->next);
	ck_assert_uint_eq(p[12], 0x50);
	ck_assert_uint_eq(p[13], data ? 0x18 : 0x10);
	to->acked = to->next;
	memcpy(from->data + from->len, p + 20, data);
	from->len += data;
	from->next += (uint32_t)data;
	if (from->next - from->acked > reader->most_unacked)
		reader->most_unacked = from->next - from->acked;
}

static void check_records(struct reader *reader, const uint8_t *p, size_t len, int64_t time_us)
{
	while (len > 0) {
		size_t tcp_len, whole = get(p + 8, 4);
		const uint8_t *tcp;
		uint32_t sum;

		ck_assert_uint_ge(len, 16 + whole);
		ck_assert_uint_eq(get(p, 4), time_us / 1000000);
		ck_assert_uint_eq(get(p + 4, 4), time_us % 1000000);
		ck_assert_uint_eq(get(p + 12, 4), whole);
		tcp = check_ip(p + 16, whole, &tcp_len, &sum);
		check_tcp(reader, tcp, tcp_len, sum);
		reader->packets++;
		p += 16 + whole;
		len -= 16 + whole;
	}
}

static const struct ends_row {
	const char *name, *ours, *peer;
	bool v6;
} ends_rows[] = {
	{ "IPv4", "10.0.0.1", "192.168.255.254", false },
	{ "IPv6", "2001:db8::1", "fe80::ffff:1", true },
	{ "ours is IPv6", "::1", "127.0.0.1", true },
	{ "the peer's is IPv6", "127.0.0.1", "2001:db8::2", true },
};

static void begin(const struct ends_row *row, struct smpp_pcap_flow *flow, struct reader *reader)
{
	struct smpp_pcap_end ours, peer;

	ck_assert_int_eq(smpp_pcap_end_set(&ours, row->ours, SMPP_PCAP_PORT), 0);
	ck_assert_int_eq(smpp_pcap_end_set(&peer, row->peer, 40001), 0);
	smpp_pcap_flow_init(flow, &ours, &peer);
	ck_assert_msg(flow->ends[0].v6 == row->v6 && flow->ends[1].v6 == row->v6, "%s", row->name);
	memset(reader, 0, sizeof(*reader));
	reader->sides[0].port = SMPP_PCAP_PORT;
	reader->sides[1].port = 40001;
	for (size_t side = 0; side < 2; side++)
		reader->sides[side].next = reader->sides[side].acked = 1;
}

START_TEST(test_record_when_written_in_both_directions_then_all_adds_up)
{
	static const size_t lengths[] = { 16, 17, 1, 255, 32768, 32769, BIG, 0, 65535, 16 };
	static uint8_t octets[BIG], out[2 * BIG];
	static struct reader reader;
	struct smpp_pcap_flow flow;
	size_t sent = 0;

	begin(&ends_rows[_i], &flow, &reader);
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		unsigned side = i % 3 == 2;
		int64_t time_us = 1790000000000000 + (int64_t)i * 999999;
		size_t before = reader.sides[side].len;
		ssize_t len = smpp_pcap_record(&flow, side ? SMPP_PCAP_RECEIVED : SMPP_PCAP_SENT,
					       time_us, octets, lengths[i], out, sizeof(out));

		/* The buffers of this reader hold two of the largest. */
		if (before + lengths[i] > sizeof(reader.sides[0].data))
			break;
		ck_assert_int_ge(len, (ssize_t)lengths[i]);
		ck_assert_uint_le((size_t)len, smpp_pcap_size(lengths[i]));
		check_records(&reader, out, (size_t)len, time_us);
		ck_assert_uint_eq(reader.sides[side].len - before, lengths[i]);
		ck_assert_mem_eq(reader.sides[side].data + before, octets, lengths[i]);
		sent++;
	}
	ck_assert_uint_ge(sent, 7);
	ck_assert_uint_le(reader.most_unacked, 65535);
}
END_TEST

START_TEST(test_record_when_one_side_is_silent_then_it_still_acknowledges)
{
	static uint8_t octets[100], out[1000];
	static struct reader reader;
	struct smpp_pcap_flow flow;

	begin(&ends_rows[0], &flow, &reader);
	flow.next[0] = flow.acked[0] = reader.sides[0].next = reader.sides[0].acked = 0xffffff00u;
	for (int i = 0; i < 1300; i++) { /* and the sequence number comes round */
		ssize_t len = smpp_pcap_record(&flow, SMPP_PCAP_SENT, 5, octets, sizeof(octets),
					       out, sizeof(out));

		ck_assert_int_gt(len, 0);
		check_records(&reader, out, (size_t)len, 5);
	}
	ck_assert_uint_le(reader.most_unacked, 65535);
	ck_assert_uint_gt(reader.packets, 1300);
	ck_assert_uint_eq(reader.sides[1].len, 0);
}
END_TEST

START_TEST(test_record_when_it_cannot_be_written_then_the_flow_stays)
{
	uint8_t out[512];
	static struct reader reader;
	struct smpp_pcap_flow flow, before;

	begin(&ends_rows[0], &flow, &reader);
	before = flow;
	ck_assert_int_eq(smpp_pcap_record(&flow, SMPP_PCAP_SENT, -1, out, 16, out, 512), -EINVAL);
	ck_assert_int_eq(smpp_pcap_record(&flow, SMPP_PCAP_SENT, INT64_MAX, out, 16, out, 512),
			 -EINVAL);
	ck_assert_int_eq(
		smpp_pcap_record(&flow, SMPP_PCAP_SENT, 0, out, 16, out, smpp_pcap_size(16) - 1),
		-EMSGSIZE);
	ck_assert_int_eq(smpp_pcap_record(&flow, SMPP_PCAP_SENT, 0, out, 0, out, 0), 0);
	ck_assert_mem_eq(&flow, &before, sizeof(flow));
}
END_TEST

START_TEST(test_file_header_when_written_then_classic_and_raw)
{
	static const uint8_t want[SMPP_PCAP_FILE_HEADER] = { 0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4,
							     0,	   0,	 0,    0,    0, 0, 0, 0,
							     0,	   4,	 0,    0,    0, 0, 0, 101 };
	uint8_t out[SMPP_PCAP_FILE_HEADER];

	smpp_pcap_file_header(out);
	ck_assert_mem_eq(out, want, sizeof(want));
}
END_TEST

START_TEST(test_end_when_it_is_no_address_then_einval)
{
	static const char *const rows[] = { "", "localhost", "1.2.3", "1.2.3.4.5", "::g", "[::1]" };
	struct smpp_pcap_end end = { .port = 9 };

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(smpp_pcap_end_set(&end, rows[i], 1) == -EINVAL && end.port == 9, "%s",
			      rows[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_pcap");
	TCase *tc = tcase_create("pcap");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_record_when_written_in_both_directions_then_all_adds_up, 0,
			    COUNT(ends_rows));
	tcase_add_test(tc, test_record_when_one_side_is_silent_then_it_still_acknowledges);
	tcase_add_test(tc, test_record_when_it_cannot_be_written_then_the_flow_stays);
	tcase_add_test(tc, test_file_header_when_written_then_classic_and_raw);
	tcase_add_test(tc, test_end_when_it_is_no_address_then_einval);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
