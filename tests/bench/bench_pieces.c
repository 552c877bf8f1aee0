/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench_pieces - the pure parts on one thread, each beside a library that does a like job. Times
 * are the least of some rounds, so that a busy machine spoils them little. One line of JSON. */
#include <jansson.h>
#include <talloc.h>
#include <uninorm.h>

#include "blocklist/block_decide.h"
#include "blocklist/near_cache.h"
#include "rules/report_parse.h"
#include "rules/text_fold.h"
#include "smpp/smpp_session.h"
#include "tests/bench/bench_pdu.h"
#include "tests/unit/keywords.h"
#include "tests/unit/tables.h"

/* Its headers need what the ones above include. */
#include <smpp34.h>
#include <smpp34_structs.h>
#include <smpp34_params.h>

enum { ROUNDS = 20, TEXTS_MAX = 1000, TEXT_MAX = 2048, SUBSCRIBERS = 1000000, WINDOW = 100 };

/* Keeps the compiler from leaving out work whose result nobody reads. */
static volatile size_t result;

typedef void piece_fn(void *user, uint32_t times);

/* Nanoseconds for one. */
static double measure(piece_fn *piece, void *user, uint32_t times)
{
	int64_t least = INT64_MAX;

	times /= 4; /* short rounds: one of them meets a quiet moment */

	for (int round = 0; round < ROUNDS; round++) {
		int64_t from = bench_now_ns();

		piece(user, times);
		from = bench_now_ns() - from;
		least = from < least ? from : least;
	}
	return (double)least / times;
}

/* ---- PDUs ---- */

static void decode(void *user, uint32_t times)
{
	const struct bench_message *message = user;
	struct smpp_pdu pdu;

	for (uint32_t i = 0; i < times; i++) {
		result += (size_t)smpp_pdu_decode(message->octets, message->len, &pdu, NULL);
		result += pdu.short_message.len;
	}
}

/* What its user has to do for one PDU: zero the struct, unpack, free the list of TLVs. */
static void decode_libsmpp34(void *user, uint32_t times)
{
	const struct bench_message *message = user;

	for (uint32_t i = 0; i < times; i++) {
		submit_sm_t pdu = { 0 };

		/* It refuses much that is legal, and says so quickly: that would be no measure. */
		if (smpp34_unpack2(&pdu, (void *)(uintptr_t)message->octets, (int)message->len) !=
		    0)
			abort();
		result += pdu.sm_length;
		destroy_tlv(pdu.tlv);
	}
}

/* The same message with what an SMSC adds: a reference, and which part of a long text it is. */
static struct bench_message with_tlvs(struct bench_message message)
{
	static const struct {
		uint16_t tag;
		uint8_t len;
	} tlvs[] = { { SMPP_TAG_USER_MESSAGE_REFERENCE, 2 },
		     { SMPP_TAG_SAR_MSG_REF_NUM, 2 },
		     { SMPP_TAG_SAR_TOTAL_SEGMENTS, 1 },
		     { SMPP_TAG_SAR_SEGMENT_SEQNUM, 1 } };

	for (size_t i = 0; i < sizeof(tlvs) / sizeof(tlvs[0]); i++)
		message.len += (size_t)smpp_tlv_append(
			message.octets + message.len, sizeof(message.octets) - message.len,
			tlvs[i].tag, (const uint8_t[]){ 0, 1 }, tlvs[i].len);
	bench_put_u32(message.octets, (uint32_t)message.len);
	return message;
}

static void encode(void *user, uint32_t times)
{
	const struct bench_message *message = user;
	uint8_t octets[BENCH_PDU_MAX];
	struct smpp_pdu pdu;

	if (smpp_pdu_decode(message->octets, message->len, &pdu, NULL) < 0)
		abort();
	for (uint32_t i = 0; i < times; i++) {
		pdu.sequence_number = i;
		result += (size_t)smpp_pdu_encode(&pdu, octets, sizeof(octets));
	}
}

static void answer_request(void *user, struct smpp_session *session,
			   const struct smpp_session_event *event)
{
	(void)user;
	if (event->kind == SMPP_EVENT_BIND)
		smpp_session_respond(session, event->sequence, SMPP_ROK, NULL);
	else if (event->kind == SMPP_EVENT_REQUEST)
		smpp_session_respond(session, event->sequence, SMPP_ROK, "R7K3M9Q2");
}

static void bind_session(struct smpp_session *session)
{
	struct smpp_pdu pdu = { .command_id = SMPP_BIND_TRANSCEIVER,
				.sequence_number = 1,
				.system_id = smpp_octets_of("centre"),
				.interface_version = 0x34 };
	uint8_t octets[128];
	ssize_t len = smpp_pdu_encode(&pdu, octets, sizeof(octets));

	if (len < 0 || smpp_session_input(session, octets, (size_t)len, 0) != len ||
	    smpp_session_state(session) != SMPP_STATE_BOUND_TRX)
		abort();
}

/* A window of requests in, their answers out, as one turn of a link does. */
static void converse(void *user, uint32_t times)
{
	static uint8_t octets[WINDOW * BENCH_PDU_MAX];
	const struct bench_message *message = user;
	struct smpp_session_config config = { .side = SMPP_SIDE_SMSC,
					      .window_in = WINDOW,
					      .window_out = WINDOW };
	struct smpp_session *session = smpp_session_create(NULL, &config, answer_request, NULL, 0);

	if (!session)
		abort();
	bind_session(session);
	for (uint32_t i = 0; i < times; i += WINDOW) {
		size_t len = 0;

		for (uint32_t j = 0; j < WINDOW; j++)
			len += bench_message_put(message, i + j, i + j + 2, octets + len);
		if (smpp_session_input(session, octets, len, 0) != (ssize_t)len)
			abort();
		smpp_session_output(session, &len);
		result += len;
		smpp_session_output_taken(session, len);
	}
	talloc_free(session);
}

/* ---- decisions ---- */

static struct near_cache *make_cache(void)
{
	static const char rules[] = "block call,sms from international\n";
	struct near_cache *cache = near_cache_create(NULL, SUBSCRIBERS);
	char subscriber[] = "+8613900000000";

	if (!cache)
		return NULL;
	near_cache_rebuild_begin(cache);
	for (uint32_t i = 0; i < SUBSCRIBERS; i += 2) {
		bench_put_digits((uint8_t *)subscriber + 6, 1, i);
		if (near_cache_rebuild_put(cache, test_plan(), subscriber, rules,
					   sizeof(rules) - 1) < 0)
			return NULL;
	}
	near_cache_rebuild_end(cache);
	return cache;
}

static void decide(void *user, uint32_t times)
{
	struct near_cache *cache = user;
	struct block_attempt attempt = { .channel = BLOCK_SMS,
					 .caller = { "+12025550123" },
					 .called = { "+8613900000000" },
					 .entry = BLOCK_ENTRY_INTERNATIONAL,
					 .now_ms = 1767225600000 };
	uint32_t random = 1;

	for (uint32_t i = 0; i < times; i++) {
		struct block_context context = { 0 };

		random = random * 1664525u + 1013904223u;
		bench_put_digits((uint8_t *)attempt.called.text + 6, 1, random % SUBSCRIBERS);
		context.subscriber_known =
			near_cache_find(cache, attempt.called.text, &context.subscriber) !=
			NEAR_CACHE_NOT_KNOWN;
		result += block_decide(&attempt, &context).verdict;
	}
}

/* ---- texts ---- */

struct texts {
	size_t count;
	const char *text[TEXTS_MAX];
	size_t len[TEXTS_MAX];
};

static bool read_texts(struct texts *texts)
{
	FILE *file = fopen("tests/data/reports-dev.jsonl", "re");
	json_t *row;

	while (file && texts->count < TEXTS_MAX &&
	       (row = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
		const json_t *text = json_object_get(row, "text");

		/* The rows live as long as the program. */
		texts->text[texts->count] = json_string_value(text);
		texts->len[texts->count] = json_string_length(text);
		if (texts->len[texts->count] > 0 && texts->len[texts->count] < TEXT_MAX)
			texts->count++;
	}
	if (file)
		fclose(file);
	return texts->count > 0;
}

static void parse(void *user, uint32_t times)
{
	const struct texts *texts = user;
	struct report_reading reading;

	for (uint32_t i = 0; i < times; i++) {
		size_t at = i % texts->count;

		if (report_parse_text(test_language(), test_keywords(), texts->text[at],
				      texts->len[at], 1767225600000, &reading) < 0)
			abort();
		result += reading.number_count;
	}
}

static void fold(void *user, uint32_t times)
{
	static char16_t unit[TEXT_MAX];
	static uint8_t mark[TEXT_MAX];
	const struct texts *texts = user;

	for (uint32_t i = 0; i < times; i++) {
		struct text text = { .unit = unit, .mark = mark };

		text_fold(test_language(), texts->text[i % texts->count],
			  texts->len[i % texts->count], &text);
		result += text.len;
	}
}

static void nfkc(void *user, uint32_t times)
{
	static uint8_t out[8 * TEXT_MAX];
	const struct texts *texts = user;

	for (uint32_t i = 0; i < times; i++) {
		size_t len = sizeof(out);

		u8_normalize(UNINORM_NFKC, (const uint8_t *)texts->text[i % texts->count],
			     texts->len[i % texts->count], out, &len);
		result += len;
	}
}

static void to_utf16(void *user, uint32_t times)
{
	static char out[2 * TEXT_MAX];
	const struct texts *texts = user;
	iconv_t converter = iconv_open("UTF-16LE", "UTF-8");

	for (uint32_t i = 0; i < times; i++) {
		char *from = (char *)(uintptr_t)texts->text[i % texts->count];
		size_t from_left = texts->len[i % texts->count];
		char *to = out;
		size_t to_left = sizeof(out);

		result += iconv(converter, &from, &from_left, &to, &to_left) + to_left;
	}
	iconv_close(converter);
}

int main(void)
{
	static struct texts texts;
	struct bench_message message, tlvs;
	struct near_cache *cache = make_cache();

	if (!cache || !bench_message_make(BENCH_CHAT, &message) || !read_texts(&texts)) {
		fprintf(stderr, "bench_pieces: no memory, or no texts in tests/data\n");
		return 1;
	}
	tlvs = with_tlvs(message);
	printf("{\"decode_ns\": %.1f, ", measure(decode, &message, 1000000));
	printf("\"libsmpp34_ns\": %.1f, ", measure(decode_libsmpp34, &message, 100000));
	printf("\"decode_tlvs_ns\": %.1f, ", measure(decode, &tlvs, 1000000));
	printf("\"libsmpp34_tlvs_ns\": %.1f, ", measure(decode_libsmpp34, &tlvs, 100000));
	printf("\"encode_ns\": %.1f, ", measure(encode, &message, 1000000));
	printf("\"session_ns\": %.1f, ", measure(converse, &message, 500000));
	printf("\"decide_ns\": %.1f, ", measure(decide, cache, 1000000));
	printf("\"subscribers\": %zu, \"cache_octets\": %zu, ", near_cache_stats(cache).entries,
	       near_cache_stats(cache).octets);
	printf("\"parse_ns\": %.1f, ", measure(parse, &texts, 50000));
	printf("\"fold_ns\": %.1f, ", measure(fold, &texts, 100000));
	printf("\"nfkc_ns\": %.1f, ", measure(nfkc, &texts, 50000));
	printf("\"iconv_ns\": %.1f, \"texts\": %zu}\n", measure(to_utf16, &texts, 100000),
	       texts.count);
	talloc_free(cache);
	return 0;
}
