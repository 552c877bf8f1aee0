/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_pdu.h - the messages that all benchmarks send: 40 characters of UCS2 in a submit_sm.
 *
 * Does:    makes the PDU of one kind once; each message is a copy with its digits changed, so that
 *          making load costs next to nothing.
 * Kinds:   chat: a sender that is never answered, and nothing to report.
 *          report: a subscriber each, who names the number of the call that they had.
 *          abroad: a foreign sender, a subscriber each as the receiver.
 *          receipt: the same, and a delivery receipt is asked for.
 *          malformed: one of five faults in turn; the framing holds, so each is answered.
 */
#pragma once

#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "smpp/smpp_pdu.h"

enum bench_kind {
	BENCH_CHAT,
	BENCH_REPORT,
	BENCH_ABROAD,
	BENCH_RECEIPT,
	BENCH_MALFORMED,
	BENCH_KIND_COUNT
};

enum {
	BENCH_TEXT_CHARS = 40,
	BENCH_DIGITS = 8, /* of a number that differ from message to message */
	BENCH_PDU_MAX = 320,
};

struct bench_message {
	uint8_t octets[BENCH_PDU_MAX];
	size_t len;
	size_t digits_at;      /* of the subscriber's number */
	size_t text_digits_at; /* of the number in the text; 0: none */
	uint32_t share;	       /* people who report the same number */
	bool malformed;
};

static const struct bench_text {
	const char *name;
	const char *text;
	const char *source;
	const char *destination;
	uint8_t source_ton;
	uint8_t destination_ton;
	bool digits_in_destination;
	unsigned prefix; /* characters of the number before its digits */
	uint8_t registered_delivery;
} bench_texts[BENCH_KIND_COUNT] = {
	[BENCH_CHAT] = { "chat",
			 "今天天气真好,我们下午一起去公园散步吧,晚上再回家吃饭,你看好不好?"
			 "记得带雨伞。",
			 "1065500000000", "10086999", 0, 0, false, 5 },
	[BENCH_REPORT] = { "report",
			   "13700000000*推销宽带业务,说可以免费提速还送机顶盒,请核实并处理一下",
			   "8613900000000", "10086999", 1, 0, false, 5 },
	[BENCH_ABROAD] = { "abroad",
			   "今天天气真好,我们下午一起去公园散步吧,晚上再回家吃饭,你看好不好?"
			   "记得带雨伞。",
			   "12025550123", "8613900000000", 1, 1, true, 5 },
	[BENCH_RECEIPT] = { "receipt",
			    "今天天气真好,我们下午一起去公园散步吧,晚上再回家吃饭,你看好不好?"
			    "记得带雨伞。",
			    "12025550123", "8613900000000", 1, 1, true, 5, 1 },
	[BENCH_MALFORMED] = { "malformed",
			      "今天天气真好,我们下午一起去公园散步吧,晚上再回家吃饭,你看好不好?"
			      "记得带雨伞。",
			      "1065500000000", "10086999", 0, 0, false, 5 },
};

static inline bool bench_kind_read(const char *name, enum bench_kind *kind)
{
	for (int i = 0; i < BENCH_KIND_COUNT; i++) {
		if (strcmp(bench_texts[i].name, name) != 0)
			continue;
		*kind = (enum bench_kind)i;
		return true;
	}
	return false;
}

static inline bool bench_message_make(enum bench_kind kind, struct bench_message *out)
{
	const struct bench_text *text = &bench_texts[kind];
	uint8_t ucs2[2 * BENCH_TEXT_CHARS];
	char *from = (char *)(uintptr_t)text->text;
	char *to = (char *)ucs2;
	size_t from_left = strlen(text->text);
	size_t to_left = sizeof(ucs2);
	iconv_t converter = iconv_open("UTF-16BE", "UTF-8");
	struct smpp_pdu pdu = {
		.command_id = SMPP_SUBMIT_SM,
		.sequence_number = 1,
		.source_addr_ton = text->source_ton,
		.source_addr_npi = 1,
		.source_addr = smpp_octets_of(text->source),
		.dest_addr_ton = text->destination_ton,
		.dest_addr_npi = 1,
		.destination_addr = smpp_octets_of(text->destination),
		.registered_delivery = text->registered_delivery,
		.data_coding = 8,
		.short_message = { ucs2, sizeof(ucs2) },
	};
	ssize_t len;

	iconv(converter, &from, &from_left, &to, &to_left);
	iconv_close(converter);
	len = smpp_pdu_encode(&pdu, out->octets, sizeof(out->octets));
	if (from_left > 0 || to_left > 0 || len < 0) {
		fprintf(stderr, "the %s text is not %d characters long\n", text->name,
			BENCH_TEXT_CHARS);
		return false;
	}
	out->len = (size_t)len;
	out->share = 1;
	out->malformed = kind == BENCH_MALFORMED;
	/* SMPP 3.4 sec. 4.4.1: header, empty service_type, ton, npi, address. */
	out->digits_at = SMPP_HEADER_SIZE + 3 + text->prefix;
	if (text->digits_in_destination)
		out->digits_at += strlen(text->source) + 3;
	out->text_digits_at = kind == BENCH_REPORT ? out->len - sizeof(ucs2) + 2 * 3 : 0;
	return true;
}

static inline void bench_put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		at[i] = (uint8_t)value;
}

static inline uint32_t bench_get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* `step` octets from one digit to the next. */
static inline void bench_put_digits(uint8_t *at, size_t step, uint32_t value)
{
	for (int i = BENCH_DIGITS - 1; i >= 0; i--, value /= 10)
		at[(size_t)i * step] = (uint8_t)('0' + value % 10);
}

/* Breaks a message that is whole; returns its new length. */
static inline size_t bench_message_break(uint8_t *octets, size_t len, uint32_t i)
{
	switch (i % 5) {
	case 0: /* the body ends in the middle of the text */
		len -= 1 + i / 5 % (2 * BENCH_TEXT_CHARS);
		break;
	case 1: /* it ends in a string */
		len = SMPP_HEADER_SIZE + 4 + i / 5 % 8;
		break;
	case 2: /* an optional parameter that is longer than the rest */
		memcpy(octets + len, "\x04\x24\xff\xff", 4);
		len += 4;
		break;
	case 3: /* a string without its end */
		memset(octets + SMPP_HEADER_SIZE, 'x', len - SMPP_HEADER_SIZE);
		break;
	default: /* a command that nobody knows */
		bench_put_u32(octets + 4, 0x00010204);
	}
	bench_put_u32(octets, (uint32_t)len);
	return len;
}

/* Message number `i` of its kind into `out`, which has room for BENCH_PDU_MAX. */
static inline size_t bench_message_put(const struct bench_message *message, uint32_t i,
				       uint32_t sequence, uint8_t *out)
{
	memcpy(out, message->octets, message->len);
	bench_put_u32(out + 12, sequence);
	bench_put_digits(out + message->digits_at, 1, i);
	if (message->text_digits_at)
		bench_put_digits(out + message->text_digits_at + 1, 2, i / message->share);
	return message->malformed ? bench_message_break(out, message->len, i) : message->len;
}

static inline int64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
