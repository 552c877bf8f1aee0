/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_pcap.h - PDUs as a capture file that tshark and Wireshark decode.
 *
 * Does:    writes the file's header and, for some octets of a session, records with IP and TCP
 *          headers made up around them: lengths, checksums and sequence numbers are right in both
 *          directions, and each side acknowledges before its window would be full. Works for TLS
 *          links too, since it is given what TLS carried.
 * Owns:    nothing; the caller keeps one struct smpp_pcap_flow a session, and the file.
 * Bounds:  a record of `len` octets takes at most smpp_pcap_size(len).
 * Note:    the octets go in as they are: numbers, texts and passwords can be read in the file.
 * Errors:  -EINVAL, -EMSGSIZE; the flow is then as it was.
 * Threads: pure. Memory: allocates nothing. Time is passed in.
 * Source:  the classic libpcap format (draft-ietf-opsawg-pcap), LINKTYPE_RAW; RFC 791, 8200, 9293.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	SMPP_PCAP_FILE_HEADER = 24,
	SMPP_PCAP_PORT = 2775, /* what decoders take for SMPP without being told */
};

struct smpp_pcap_end {
	uint8_t address[16]; /* in network order; IPv4 in the first four */
	uint16_t port;
	bool v6;
};

enum smpp_pcap_direction { SMPP_PCAP_SENT, SMPP_PCAP_RECEIVED };

struct smpp_pcap_flow {
	struct smpp_pcap_end ends[2]; /* ours, the peer's */
	uint32_t next[2];	      /* sequence number of each end's next octet */
	uint32_t acked[2];	      /* what the other end has acknowledged */
	uint16_t ip_id;
};

/* A numeric address, IPv4 or IPv6. 0 or -EINVAL. */
int smpp_pcap_end_set(struct smpp_pcap_end *end, const char *address, uint16_t port)
	__attribute__((warn_unused_result));
/* Begins a flow. Where only one end is IPv6, the other one's address is mapped. */
void smpp_pcap_flow_init(struct smpp_pcap_flow *flow, const struct smpp_pcap_end *ours,
			 const struct smpp_pcap_end *peer);

void smpp_pcap_file_header(uint8_t out[SMPP_PCAP_FILE_HEADER]);
size_t smpp_pcap_size(size_t len);
/* Records for `len` octets (a PDU, or many) that passed at `time_us` since the Unix epoch. Octets
 * written, 0 for none; -EINVAL for a time that the format cannot hold, -EMSGSIZE when `cap` is
 * under smpp_pcap_size(len). */
ssize_t smpp_pcap_record(struct smpp_pcap_flow *flow, enum smpp_pcap_direction direction,
			 int64_t time_us, const uint8_t *data, size_t len, uint8_t *out, size_t cap)
	__attribute__((warn_unused_result));
