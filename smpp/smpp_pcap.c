/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_pcap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum {
	MAGIC = (int)0xa1b2c3d4, /* times in microseconds */
	LINKTYPE_RAW = 101,
	SNAP_LENGTH = 262144,
	RECORD_HEADER = 16,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	HEADERS_MAX = RECORD_HEADER + IPV6_HEADER + TCP_HEADER,
	/* What a packet carries, and what may be unacknowledged: within a window of 65535. */
	SEGMENT_MAX = 32 * 1024,
	WINDOW = 65535,
	PROTOCOL_TCP = 6,
	HOPS = 64,
	FLAG_ACK = 0x10,
	FLAG_PUSH = 0x08,
	FIRST_SEQUENCE = 1,
};

static void put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put_u32(uint8_t *p, uint32_t value)
{
	put_u16(p, (uint16_t)(value >> 16));
	put_u16(p + 2, (uint16_t)value);
}

int smpp_pcap_end_set(struct smpp_pcap_end *end, const char *address, uint16_t port)
{
	struct smpp_pcap_end set = { .port = port };

	if (inet_pton(AF_INET, address, set.address) != 1) {
		if (inet_pton(AF_INET6, address, set.address) != 1)
			return -EINVAL;
		set.v6 = true;
	}
	*end = set;
	return 0;
}

static void map_to_v6(struct smpp_pcap_end *end)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 sec. 2.5.5.2 */

	if (end->v6)
		return;
	memmove(end->address + sizeof(prefix), end->address, 4);
	memcpy(end->address, prefix, sizeof(prefix));
	end->v6 = true;
}

void smpp_pcap_flow_init(struct smpp_pcap_flow *flow, const struct smpp_pcap_end *ours,
			 const struct smpp_pcap_end *peer)
{
	*flow = (struct smpp_pcap_flow){ .ends = { *ours, *peer },
					 .next = { FIRST_SEQUENCE, FIRST_SEQUENCE },
					 .acked = { FIRST_SEQUENCE, FIRST_SEQUENCE } };
	if (ours->v6 != peer->v6) {
		map_to_v6(&flow->ends[0]);
		map_to_v6(&flow->ends[1]);
	}
}

void smpp_pcap_file_header(uint8_t out[SMPP_PCAP_FILE_HEADER])
{
	memset(out, 0, SMPP_PCAP_FILE_HEADER);
	put_u32(out, (uint32_t)MAGIC);
	put_u16(out + 4, 2); /* version 2.4 */
	put_u16(out + 6, 4);
	put_u32(out + 16, SNAP_LENGTH);
	put_u32(out + 20, LINKTYPE_RAW);
}

/* Each segment may have an acknowledgement before it. */
size_t smpp_pcap_size(size_t len)
{
	size_t segments = (len + SEGMENT_MAX - 1) / SEGMENT_MAX;

	return len + segments * 2 * HEADERS_MAX;
}

static uint32_t sum16(uint32_t sum, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (len % 2)
		sum += (uint32_t)data[len - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* One packet on its way into the file. */
struct packet {
	const struct smpp_pcap_end *from, *to;
	const uint8_t *data;
	size_t len;
	uint32_t sequence, acknowledged;
	uint16_t ip_id;
	int64_t time_us;
};

static size_t put_ipv4(uint8_t *p, const struct packet *packet)
{
	memset(p, 0, IPV4_HEADER);
	p[0] = 4 << 4 | IPV4_HEADER / 4;
	put_u16(p + 2, (uint16_t)(IPV4_HEADER + TCP_HEADER + packet->len));
	put_u16(p + 4, packet->ip_id);
	p[6] = 0x40; /* don't fragment */
	p[8] = HOPS;
	p[9] = PROTOCOL_TCP;
	memcpy(p + 12, packet->from->address, 4);
	memcpy(p + 16, packet->to->address, 4);
	put_u16(p + 10, fold(sum16(0, p, IPV4_HEADER)));
	return IPV4_HEADER;
}

static size_t put_ipv6(uint8_t *p, const struct packet *packet)
{
	memset(p, 0, IPV6_HEADER);
	p[0] = 6 << 4;
	put_u16(p + 4, (uint16_t)(TCP_HEADER + packet->len));
	p[6] = PROTOCOL_TCP;
	p[7] = HOPS;
	memcpy(p + 8, packet->from->address, 16);
	memcpy(p + 24, packet->to->address, 16);
	return IPV6_HEADER;
}

/* The sum over the pseudo header is the same for both: addresses, protocol and length. */
static size_t put_tcp(uint8_t *p, const struct packet *packet)
{
	size_t address = packet->from->v6 ? 16 : 4;
	uint32_t sum = (uint32_t)(PROTOCOL_TCP + TCP_HEADER + packet->len);

	memset(p, 0, TCP_HEADER);
	put_u16(p, packet->from->port);
	put_u16(p + 2, packet->to->port);
	put_u32(p + 4, packet->sequence);
	put_u32(p + 8, packet->acknowledged);
	p[12] = TCP_HEADER / 4 << 4;
	p[13] = packet->len > 0 ? FLAG_ACK | FLAG_PUSH : FLAG_ACK;
	put_u16(p + 14, WINDOW);
	if (packet->len > 0)
		memcpy(p + TCP_HEADER, packet->data, packet->len);
	sum = sum16(sum, packet->from->address, address);
	sum = sum16(sum, packet->to->address, address);
	put_u16(p + 16, fold(sum16(sum, p, TCP_HEADER + packet->len)));
	return TCP_HEADER + packet->len;
}

static size_t put_packet(uint8_t *out, const struct packet *packet)
{
	uint8_t *p = out + RECORD_HEADER;

	p += packet->from->v6 ? put_ipv6(p, packet) : put_ipv4(p, packet);
	p += put_tcp(p, packet);
	put_u32(out, (uint32_t)(packet->time_us / 1000000));
	put_u32(out + 4, (uint32_t)(packet->time_us % 1000000));
	put_u32(out + 8, (uint32_t)(p - out - RECORD_HEADER));
	put_u32(out + 12, (uint32_t)(p - out - RECORD_HEADER));
	return (size_t)(p - out);
}

/* What `side` sends acknowledges all that the other one has sent. */
static size_t put_side(struct smpp_pcap_flow *flow, unsigned side, int64_t time_us,
		       const uint8_t *data, size_t len, uint8_t *out)
{
	const struct packet packet = {
		.from = &flow->ends[side],
		.to = &flow->ends[!side],
		.data = data,
		.len = len,
		.sequence = flow->next[side],
		.acknowledged = flow->next[!side],
		.ip_id = flow->ip_id++,
		.time_us = time_us,
	};

	flow->acked[!side] = flow->next[!side];
	flow->next[side] += (uint32_t)len;
	return put_packet(out, &packet);
}

ssize_t smpp_pcap_record(struct smpp_pcap_flow *flow, enum smpp_pcap_direction direction,
			 int64_t time_us, const uint8_t *data, size_t len, uint8_t *out, size_t cap)
{
	unsigned side = direction == SMPP_PCAP_RECEIVED;
	size_t used = 0;

	if (time_us < 0 || time_us / 1000000 > UINT32_MAX)
		return -EINVAL;
	if (cap < smpp_pcap_size(len))
		return -EMSGSIZE;
	for (size_t pos = 0; pos < len;) {
		size_t part = len - pos < SEGMENT_MAX ? len - pos : SEGMENT_MAX;

		if (flow->next[side] - flow->acked[side] + part > SEGMENT_MAX)
			used += put_side(flow, !side, time_us, NULL, 0, out + used);
		used += put_side(flow, side, time_us, data + pos, part, out + used);
		pos += part;
	}
	return (ssize_t)used;
}
