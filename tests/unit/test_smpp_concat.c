/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "smpp/smpp_concat.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OCTETS(s)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

/* ---- where a PDU says that it is a part ---- */

static const struct read_row {
	const char *name;
	uint8_t esm_class;
	struct smpp_octets message;
	struct smpp_octets tlvs;
	bool concatenated;
	uint16_t reference;
	uint8_t total, index;
	const char *text;
	bool broken;
} read_rows[] = {
	{ "plain", 0, OCTETS("abc"), OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "8 bit", 0x40,
	  OCTETS("\x05\x00\x03\x2a\x02\x01"
		 "abc"),
	  OCTETS(""), true, 0x2a, 2, 1, "abc", false },
	{ "16 bit", 0x40,
	  OCTETS("\x06\x08\x04\x12\x34\x03\x03"
		 "abc"),
	  OCTETS(""), true, 0x1234, 3, 3, "abc", false },
	{ "after another element", 0x40,
	  OCTETS("\x0b\x05\x04\x15\x81\0\0\x00\x03\x2a\x02\x02"
		 "z"),
	  OCTETS(""), true, 0x2a, 2, 2, "z", false },
	{ "without the indicator", 0,
	  OCTETS("\x05\x00\x03\x2a\x02\x01"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "\x05", false },
	{ "no text after it", 0x40, OCTETS("\x05\x00\x03\x2a\x02\x01"), OCTETS(""), true, 0x2a, 2,
	  1, "", false },
	{ "other element only", 0x40,
	  OCTETS("\x03\x24\x01\x01"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "shifts beside a part", 0x40,
	  OCTETS("\x0b\x25\x01\x06\x00\x03\x2a\x02\x01\x24\x01\x0d"
		 "abc"),
	  OCTETS(""), true, 0x2a, 2, 1, "abc", false },
	{ "empty header", 0x40,
	  OCTETS("\0"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "total of one", 0x40,
	  OCTETS("\x05\x00\x03\x2a\x01\x01"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "index of zero", 0x40,
	  OCTETS("\x05\x00\x03\x2a\x02\x00"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "index over total", 0x40,
	  OCTETS("\x05\x00\x03\x2a\x02\x03"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "header longer than the message", 0x40,
	  OCTETS("\x09\x00\x03\x2a\x02\x01"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "\x09", true },
	{ "element longer than the header", 0x40,
	  OCTETS("\x05\x00\x04\x2a\x02\x01"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "\x05", true },
	{ "element without its length", 0x40,
	  OCTETS("\x01\x00"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "\x01", true },
	{ "indicator and nothing else", 0x40, OCTETS(""), OCTETS(""), false, 0, 0, 0, "", true },
	{ "concatenation of a wrong length", 0x40,
	  OCTETS("\x04\x00\x02\x2a\x02"
		 "abc"),
	  OCTETS(""), false, 0, 0, 0, "abc", false },
	{ "sar", 0, OCTETS("abc"),
	  OCTETS("\x02\x0c\0\x02\x12\x34\x02\x0e\0\x01\x03\x02\x0f\0\x01\x02"), true, 0x1234, 3, 2,
	  "abc", false },
	{ "sar without a sequence number", 0, OCTETS("abc"),
	  OCTETS("\x02\x0c\0\x02\x12\x34\x02\x0e\0\x01\x03"), false, 0, 0, 0, "abc", false },
	{ "sar of a wrong length", 0, OCTETS("abc"),
	  OCTETS("\x02\x0c\0\x01\x12\x02\x0e\0\x01\x03\x02\x0f\0\x01\x02"), false, 0, 0, 0, "abc",
	  false },
	{ "header goes before sar", 0x40,
	  OCTETS("\x05\x00\x03\x2a\x02\x01"
		 "abc"),
	  OCTETS("\x02\x0c\0\x02\x12\x34\x02\x0e\0\x01\x03\x02\x0f\0\x01\x02"), true, 0x2a, 2, 1,
	  "abc", false },
	{ "header in message_payload", 0x40, OCTETS(""),
	  OCTETS("\x04\x24\0\x09\x05\x00\x03\x2a\x02\x01"
		 "abc"),
	  true, 0x2a, 2, 1, "abc", false },
	{ "message_payload alone", 0, OCTETS(""),
	  OCTETS("\x04\x24\0\x03"
		 "abc"),
	  false, 0, 0, 0, "abc", false },
};

START_TEST(test_part_read_of_a_pdu_finds_the_part)
{
	const struct read_row *row = &read_rows[_i];
	/* A copy of its own for each length: a sanitizer then sees an octet too many. */
	uint8_t *copy = malloc(row->message.len + 1);
	memcpy(copy, row->message.data, row->message.len);
	copy = realloc(copy, row->message.len ? row->message.len : 1);
	const struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM,
				      .esm_class = row->esm_class,
				      .short_message = { copy, row->message.len },
				      .tlvs = row->tlvs };
	struct smpp_part_info part;
	memset(&part, 0xff, sizeof(part));
	smpp_part_read(&pdu, &part);
	ck_assert_msg(part.concatenated == row->concatenated && part.reference == row->reference &&
			      part.total == row->total && part.index == row->index &&
			      part.udh_broken == row->broken,
		      "%s: %d, reference %u, %u of %u, broken %d", row->name, part.concatenated,
		      part.reference, part.index, part.total, part.udh_broken);
	ck_assert_msg(part.text.len >= strlen(row->text) &&
			      memcmp(part.text.data, row->text, strlen(row->text)) == 0,
		      "%s: text of %zu", row->name, part.text.len);
	if (row->broken)
		ck_assert_uint_eq(part.text.len, row->message.len);
	free(copy);
}
END_TEST

static const struct shift_row {
	const char *name;
	struct smpp_octets message;
	uint8_t locking, single;
} shift_rows[] = {
	{ "none",
	  OCTETS("\x05\x00\x03\x2a\x02\x01"
		 "a"),
	  0, 0 },
	{ "single",
	  OCTETS("\x03\x24\x01\x01"
		 "a"),
	  0, 1 },
	{ "locking",
	  OCTETS("\x03\x25\x01\x0d"
		 "a"),
	  13, 0 },
	{ "both",
	  OCTETS("\x06\x24\x01\x02\x25\x01\x03"
		 "a"),
	  3, 2 },
	{ "the last counts",
	  OCTETS("\x06\x24\x01\x02\x24\x01\x03"
		 "a"),
	  0, 3 },
	{ "wrong length",
	  OCTETS("\x04\x24\x02\x01\x01"
		 "a"),
	  0, 0 },
	{ "broken header",
	  OCTETS("\x09\x24\x01\x01"
		 "a"),
	  0, 0 },
};

START_TEST(test_part_read_when_shifts_are_named_then_found)
{
	const struct shift_row *row = &shift_rows[_i];
	const struct smpp_pdu pdu = { .command_id = SMPP_DELIVER_SM,
				      .esm_class = 0x40,
				      .short_message = row->message };
	struct smpp_part_info part;
	memset(&part, 0xff, sizeof(part));
	smpp_part_read(&pdu, &part);
	ck_assert_msg(part.shift.locking == row->locking && part.shift.single == row->single,
		      "%s: %u, %u", row->name, part.shift.locking, part.shift.single);
}
END_TEST

/* ---- collecting ---- */

struct seen {
	size_t sets;
	size_t present;
	uint8_t total;
	char text[1024];
	uint64_t cookies;
	uint8_t locking; /* of the last part */
};

static void on_set(void *user, const struct smpp_concat_set *set)
{
	struct seen *seen = user;
	size_t len = 0;
	seen->sets++;
	seen->present = set->present;
	seen->total = set->total;
	seen->cookies = 0;
	for (size_t i = 0; i < set->total; i++) {
		const struct smpp_concat_part *part = &set->parts[i];
		if (!part->present)
			continue;
		memcpy(seen->text + len, part->data, part->len);
		len += part->len;
		seen->cookies += part->cookie;
		seen->locking = part->shift.locking;
	}
	seen->text[len] = '\0';
}

static const struct smpp_concat_limits roomy = { 100, 10, 100000, 0, 1000 };

static struct smpp_part_info part_of(uint16_t reference, uint8_t total, uint8_t index,
				     const char *text)
{
	return (struct smpp_part_info){ .concatenated = true,
					.reference = reference,
					.total = total,
					.index = index,
					.text = smpp_octets_of(text) };
}

static int add(struct smpp_concat *concat, const char *source, struct smpp_part_info part,
	       int64_t now_ms)
{
	return smpp_concat_add(concat, source, "10086999", &part, 8, UINT64_C(1) << part.index % 64,
			       now_ms);
}

enum { W = SMPP_CONCAT_WAITING, C = SMPP_CONCAT_COMPLETE, D = SMPP_CONCAT_DUPLICATE };

/* Steps of a story: what comes, and what is returned. A step without text lets time pass. */
static const struct story {
	const char *name;
	struct {
		const char *source;
		uint16_t reference;
		uint8_t total, index;
		const char *text;
		int64_t at_ms;
		int result;
	} steps[6];
	size_t sets;	  /* given in the end */
	const char *text; /* of the last one */
	size_t pending;
} stories[] = {
	{ "in order",
	  { { "a", 1, 2, 1, "one,", 0, W }, { "a", 1, 2, 2, "two", 5, C } },
	  1,
	  "one,two",
	  0 },
	{ "backwards",
	  { { "a", 1, 3, 3, "three", 0, W },
	    { "a", 1, 3, 2, "two,", 0, W },
	    { "a", 1, 3, 1, "one,", 0, C } },
	  1,
	  "one,two,three",
	  0 },
	{ "a part twice",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { "a", 1, 2, 1, "one,", 0, D },
	    { "a", 1, 2, 2, "two", 0, C } },
	  1,
	  "one,two",
	  0 },
	{ "a part again after the end",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { "a", 1, 2, 2, "two", 0, C },
	    { "a", 1, 2, 2, "two", 900, D },
	    { "a", 1, 2, 1, "one,", 999, D } },
	  1,
	  "one,two",
	  0 },
	{ "the same message long after",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { "a", 1, 2, 2, "two", 0, C },
	    { NULL, 0, 0, 0, NULL, 1000, 0 },
	    { "a", 1, 2, 2, "two", 1000, W },
	    { "a", 1, 2, 1, "one,", 1001, C } },
	  2,
	  "one,two",
	  0 },
	{ "reference used again after the end",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { "a", 1, 2, 2, "two", 0, C },
	    { "a", 1, 2, 2, "TWO", 10, W },
	    { "a", 1, 2, 1, "ONE,", 10, C } },
	  2,
	  "ONE,TWO",
	  0 },
	{ "reference used again before the end",
	  { { "a", 1, 3, 1, "one,", 0, W },
	    { "a", 1, 3, 2, "two", 0, W },
	    { "a", 1, 3, 1, "ONE,", 10, W } },
	  1,
	  "one,two",
	  1 },
	{ "senders apart",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { "b", 1, 2, 2, "two", 0, W },
	    { "a", 1, 2, 2, "TWO", 0, C } },
	  1,
	  "one,TWO",
	  1 },
	{ "references and totals apart",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { "a", 2, 2, 2, "two", 0, W },
	    { "a", 1, 3, 2, "two", 0, W } },
	  0,
	  "",
	  3 },
	{ "an older message is read after a newer one",
	  { { "a", 1, 2, 1, "new", 5000, W },
	    { "b", 1, 2, 1, "old", 100, W },
	    { NULL, 0, 0, 0, NULL, 1099, 0 },
	    { "c", 1, 2, 1, "older", 50, W },
	    { NULL, 0, 0, 0, NULL, 1100, 0 } },
	  2,
	  "old",
	  1 },
	{ "empty parts", { { "a", 1, 2, 1, "", 0, W }, { "a", 1, 2, 2, "", 0, C } }, 1, "", 0 },
	{ "a part that never comes",
	  { { "a", 1, 3, 1, "one,", 0, W },
	    { "a", 1, 3, 3, "three", 500, W },
	    { NULL, 0, 0, 0, NULL, 999, 0 },
	    { "b", 1, 3, 3, "three", 999, W },
	    { NULL, 0, 0, 0, NULL, 1000, 0 } },
	  1,
	  "one,three",
	  1 },
	{ "a part again after the wait",
	  { { "a", 1, 3, 1, "one,", 0, W },
	    { NULL, 0, 0, 0, NULL, 1000, 0 },
	    { "a", 1, 3, 1, "one,", 1500, D } },
	  1,
	  "one,",
	  0 },
	{ "a part late, after the wait",
	  { { "a", 1, 2, 1, "one,", 0, W },
	    { NULL, 0, 0, 0, NULL, 1000, 0 },
	    { "a", 1, 2, 2, "two", 1500, W },
	    { NULL, 0, 0, 0, NULL, 2500, 0 } },
	  2,
	  "two",
	  0 },
};

START_TEST(test_concat_of_a_story_gives_sets)
{
	const struct story *story = &stories[_i];
	void *root = talloc_named_const(NULL, 0, "root");
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(root, &roomy, on_set, &seen);
	for (size_t i = 0; i < COUNT(story->steps); i++) {
		if (!story->steps[i].source) {
			if (story->steps[i].at_ms)
				smpp_concat_expire(concat, story->steps[i].at_ms);
			continue;
		}
		int rc = add(concat, story->steps[i].source,
			     part_of(story->steps[i].reference, story->steps[i].total,
				     story->steps[i].index, story->steps[i].text),
			     story->steps[i].at_ms);
		ck_assert_msg(rc == story->steps[i].result, "%s, step %zu: %d", story->name, i, rc);
	}
	ck_assert_msg(seen.sets == story->sets && strcmp(seen.text, story->text) == 0 &&
			      smpp_concat_pending(concat) == story->pending,
		      "%s: %zu sets, last \"%s\", %zu pending", story->name, seen.sets, seen.text,
		      smpp_concat_pending(concat));
	smpp_concat_expire(concat, 1000000);
	smpp_concat_expire(concat, 2000000);
	ck_assert_uint_eq(smpp_concat_pending(concat), 0);
	ck_assert_uint_eq(talloc_total_blocks(concat), 2); /* itself and its buckets */
	talloc_free(concat);
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}
END_TEST

START_TEST(test_concat_when_shifts_differ_then_another_message)
{
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(NULL, &roomy, on_set, &seen);
	struct smpp_part_info part = part_of(1, 2, 1, "x");
	ck_assert_int_eq(add(concat, "a", part, 0), W);
	part.shift.locking = 1;
	ck_assert_int_eq(add(concat, "a", part, 0), W);
	ck_assert_int_eq(add(concat, "a", part, 0), D);
	ck_assert_uint_eq(seen.sets, 1); /* the other one, as far as it went */
	part.index = 2;
	ck_assert_int_eq(add(concat, "a", part, 0), C);
	ck_assert_uint_eq(seen.locking, 1);
	talloc_free(concat);
}
END_TEST

/* ---- texts of many senders at once, in any order, twice, and in three forms ---- */

enum { TALKERS = 20, PARTS_MOST = 9, DELIVERIES = TALKERS * PARTS_MOST * 2 };

struct delivery {
	uint8_t talker, index;
	bool again;
};

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

static size_t write_form(uint8_t form, uint8_t total, uint8_t index, uint8_t message[64],
			 uint8_t tlvs[32], struct smpp_pdu *pdu)
{
	const uint8_t udh8[] = { 5, 0, 3, 7, total, index };
	const uint8_t udh16[] = { 6, 8, 4, 0, 7, total, index };
	const uint8_t sar[] = { 2, 0xc, 0, 2, 0, 7, 2, 0xe, 0, 1, total, 2, 0xf, 0, 1, index };
	const uint8_t *udh = form == 0 ? udh8 : udh16;
	size_t len = form == 0 ? sizeof(udh8) : form == 1 ? sizeof(udh16) : 0;
	memcpy(message, udh, len);
	memcpy(tlvs, sar, sizeof(sar));
	pdu->esm_class = len ? SMPP_ESM_UDHI : 0;
	pdu->tlvs = (struct smpp_octets){ tlvs, len ? 0 : sizeof(sar) };
	return len;
}

/* One part as a session would hand it over, in one of the forms that name the same reference. */
static int deliver(struct smpp_concat *concat, const struct delivery *d, uint8_t total,
		   uint8_t form)
{
	uint8_t message[64], tlvs[32];
	struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM };
	size_t len = write_form(form, total, d->index, message, tlvs, &pdu);
	char source[16];
	struct smpp_part_info part;
	int text = snprintf((char *)message + len, sizeof(message) - len, "<%u.%u>", d->talker,
			    d->index);
	pdu.short_message = (struct smpp_octets){ message, len + (size_t)text };
	snprintf(source, sizeof(source), "%u", d->talker);
	smpp_part_read(&pdu, &part);
	ck_assert(part.concatenated && part.reference == 7);
	return smpp_concat_add(concat, source, "10086999", &part, 0, d->index, 0);
}

struct heard {
	size_t sets;
	size_t of[TALKERS];
};

static void on_heard(void *user, const struct smpp_concat_set *set)
{
	struct heard *heard = user;
	unsigned talker = (unsigned)atoi(set->source);
	ck_assert_uint_eq(set->present, set->total);
	for (size_t i = 0; i < set->total; i++) {
		char want[16];
		snprintf(want, sizeof(want), "<%u.%zu>", talker, i + 1);
		ck_assert_uint_eq(set->parts[i].len, strlen(want));
		ck_assert_mem_eq(set->parts[i].data, want, strlen(want));
	}
	heard->sets++;
	heard->of[talker]++;
}

static size_t plan(uint64_t *state, const uint8_t totals[TALKERS], struct delivery *out)
{
	size_t count = 0;
	for (uint8_t t = 0; t < TALKERS; t++)
		for (uint8_t i = 1; i <= totals[t]; i++) {
			out[count++] = (struct delivery){ t, i, false };
			if (draw(state, 3) == 0)
				out[count++] = (struct delivery){ t, i, true };
		}
	for (size_t i = count - 1; i > 0; i--) {
		size_t k = draw(state, (uint32_t)i + 1);
		struct delivery swap = out[i];
		out[i] = out[k];
		out[k] = swap;
	}
	return count;
}

START_TEST(test_concat_when_parts_come_anyhow_then_each_text_once)
{
	const struct smpp_concat_limits limits = { 100, 2, 100000, 0, 1000 };
	uint64_t state = 11;
	for (int round = 0; round < 200; round++) {
		struct heard heard = { 0 };
		struct delivery deliveries[DELIVERIES];
		uint8_t totals[TALKERS];
		size_t results[3] = { 0 }, expected = 0;
		for (size_t t = 0; t < TALKERS; t++) {
			totals[t] = (uint8_t)(2 + draw(&state, PARTS_MOST - 1));
			expected += totals[t];
		}
		struct smpp_concat *concat = smpp_concat_create(NULL, &limits, on_heard, &heard);
		size_t count = plan(&state, totals, deliveries);
		for (size_t i = 0; i < count; i++) {
			const struct delivery *d = &deliveries[i];
			int rc = deliver(concat, d, totals[d->talker], (uint8_t)draw(&state, 3));
			ck_assert_msg(rc >= 0, "round %d: %d", round, rc);
			results[rc]++;
		}
		ck_assert_uint_eq(heard.sets, TALKERS);
		for (size_t t = 0; t < TALKERS; t++)
			ck_assert_uint_eq(heard.of[t], 1);
		ck_assert_uint_eq(results[C], TALKERS);
		ck_assert_uint_eq(results[W], expected - TALKERS);
		ck_assert_uint_eq(results[D], count - expected);
		ck_assert_uint_eq(smpp_concat_pending(concat), 0);
		talloc_free(concat);
	}
}
END_TEST

START_TEST(test_concat_when_255_parts_come_backwards_then_whole)
{
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(NULL, &roomy, on_set, &seen);
	for (unsigned index = 255; index > 0; index--) {
		char text[2] = { (char)('a' + index % 26), '\0' };
		int rc = add(concat, "a", part_of(1, 255, (uint8_t)index, text), 0);
		ck_assert_int_eq(rc, index == 1 ? C : W);
	}
	ck_assert_uint_eq(strlen(seen.text), 255);
	for (unsigned index = 1; index <= 255; index++)
		ck_assert_int_eq(seen.text[index - 1], 'a' + (int)(index % 26));
	talloc_free(concat);
}
END_TEST

START_TEST(test_concat_set_tells_cookies_and_what_is_missing)
{
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(NULL, &roomy, on_set, &seen);
	ck_assert_int_eq(add(concat, "a", part_of(9, 4, 2, "x"), 0), W);
	ck_assert_int_eq(add(concat, "a", part_of(9, 4, 4, "y"), 0), W);
	smpp_concat_expire(concat, 1000);
	ck_assert_uint_eq(seen.present, 2);
	ck_assert_uint_eq(seen.total, 4);
	ck_assert_uint_eq(seen.cookies, 1u << 2 | 1u << 4);
	talloc_free(concat);
}
END_TEST

START_TEST(test_concat_of_what_is_no_part_is_refused)
{
	struct smpp_concat *concat = smpp_concat_create(NULL, &roomy, on_set, NULL);
	struct smpp_part_info whole = { .text = smpp_octets_of("x") };
	ck_assert_int_eq(add(concat, "a", whole, 0), -EINVAL);
	ck_assert_int_eq(add(concat, "a", part_of(1, 2, 0, "x"), 0), -EINVAL);
	ck_assert_int_eq(add(concat, "a", part_of(1, 2, 3, "x"), 0), -EINVAL);
	talloc_free(concat);
}
END_TEST

static const struct limit_row {
	const char *name;
	struct smpp_concat_limits limits;
	bool same_sender;
	size_t open; /* sets of two parts that may be begun */
} limit_rows[] = {
	{ "sets", { 5, 100, 1000000, 0, 1000 }, false, 5 },
	{ "sets of a sender", { 100, 3, 1000000, 0, 1000 }, true, 3 },
	{ "senders do not share", { 7, 1, 1000000, 0, 1000 }, false, 7 },
	{ "no set", { 0, 1, 1000000, 0, 1000 }, false, 0 },
	{ "no octets", { 10, 10, 0, 0, 1000 }, false, 0 },
};

START_TEST(test_concat_over_its_limits_refuses_new_sets_only)
{
	const struct limit_row *row = &limit_rows[_i];
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(NULL, &row->limits, on_set, &seen);
	char source[16];
	for (uint16_t i = 0; i < row->open + 3; i++) {
		snprintf(source, sizeof(source), "%d", row->same_sender ? 0 : i);
		int rc = add(concat, source, part_of(i, 2, 1, "one,"), 0);
		ck_assert_msg(rc == (i < row->open ? W : -ENOSPC), "%s, %u: %d", row->name, i, rc);
	}
	ck_assert_uint_eq(smpp_concat_pending(concat), row->open);
	if (row->open > 0) {
		ck_assert_int_eq(add(concat, "0", part_of(0, 2, 1, "one,"), 0), D);
		ck_assert_int_eq(add(concat, "0", part_of(0, 2, 2, "two"), 0), C);
		ck_assert_int_eq(add(concat, "0", part_of(900, 2, 2, "two"), 0), W);
	}
	talloc_free(concat);
}
END_TEST

START_TEST(test_concat_octets_in_all_and_of_a_sender_are_bounded)
{
	struct smpp_concat_limits limits = { 100000, 100000, 50000, 20000, 1000 };
	static char text[101];
	memset(text, 'x', 100);
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(NULL, &limits, on_set, &seen);
	size_t empty = talloc_total_size(concat);
	size_t taken[3] = { 0 };
	const char *sources[] = { "a", "b", "c" };
	for (size_t s = 0; s < COUNT(sources); s++)
		for (uint16_t i = 0; add(concat, sources[s], part_of(i, 3, 1, text), 0) == W; i++)
			taken[s]++;
	ck_assert_uint_gt(taken[0], 10);
	ck_assert_uint_eq(taken[0], taken[1]);
	ck_assert_uint_lt(taken[2], taken[1]); /* what is left of the whole */
	ck_assert_uint_gt(taken[2], 0);
	ck_assert_uint_lt(talloc_total_size(concat) - empty, 55000);
	/* A set of many parts costs its table from the start. */
	smpp_concat_expire(concat, 1000);
	smpp_concat_expire(concat, 2000);
	size_t large = 0;
	while (add(concat, "d", part_of((uint16_t)large, 255, 1, "x"), 3000) == W)
		large++;
	ck_assert_uint_lt(large, 3);
	talloc_free(concat);
}
END_TEST

START_TEST(test_concat_when_full_forgets_finished_sets_first)
{
	const struct smpp_concat_limits limits = { 4, 4, 100000, 0, 1000 };
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(NULL, &limits, on_set, &seen);
	for (uint16_t i = 0; i < 100; i++) {
		ck_assert_int_eq(add(concat, "a", part_of(i, 2, 1, "one,"), 0), W);
		ck_assert_int_eq(add(concat, "a", part_of(i, 2, 2, "two"), 0), C);
		ck_assert_int_eq(add(concat, "a", part_of(i, 2, 2, "two"), 0), D);
	}
	ck_assert_uint_eq(seen.sets, 100);
	ck_assert_uint_eq(smpp_concat_pending(concat), 0);
	ck_assert_int_eq(add(concat, "a", part_of(0, 2, 2, "two"), 0), W);
	talloc_free(concat);
}
END_TEST

/* Marked as deprecated in talloc.h, without a word of what replaces it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void limit_memory(void *root, size_t octets)
{
	ck_assert_int_eq(talloc_set_memlimit(root, octets), 0);
}
#pragma GCC diagnostic pop

START_TEST(test_concat_without_memory_fails_and_goes_on)
{
	void *root = talloc_named_const(NULL, 0, "root");
	struct seen seen = { 0 };
	struct smpp_concat *concat = smpp_concat_create(root, &roomy, on_set, &seen);
	size_t start = talloc_total_size(root);
	size_t failures = 0;
	limit_memory(root, start);
	int rc = -ENOMEM;
	for (size_t more = 0; rc == -ENOMEM && more < 4096; more += 16) {
		limit_memory(root, start + more);
		rc = add(concat, "a", part_of(1, 2, 1, "one,"), 0);
		failures += rc == -ENOMEM;
		if (rc == -ENOMEM)
			ck_assert_uint_eq(smpp_concat_pending(concat), 0);
	}
	ck_assert_int_eq(rc, W);
	ck_assert_uint_gt(failures, 3);
	limit_memory(root, 0);
	ck_assert_int_eq(add(concat, "a", part_of(1, 2, 2, "two"), 0), C);
	ck_assert_str_eq(seen.text, "one,two");
	talloc_free(root);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_concat");
	TCase *tests = tcase_create("concat");
	tcase_add_loop_test(tests, test_part_read_when_shifts_are_named_then_found, 0,
			    COUNT(shift_rows));
	tcase_add_loop_test(tests, test_part_read_of_a_pdu_finds_the_part, 0, COUNT(read_rows));
	tcase_add_loop_test(tests, test_concat_of_a_story_gives_sets, 0, COUNT(stories));
	tcase_add_test(tests, test_concat_when_shifts_differ_then_another_message);
	tcase_add_test(tests, test_concat_when_parts_come_anyhow_then_each_text_once);
	tcase_add_test(tests, test_concat_when_255_parts_come_backwards_then_whole);
	tcase_add_test(tests, test_concat_set_tells_cookies_and_what_is_missing);
	tcase_add_test(tests, test_concat_of_what_is_no_part_is_refused);
	tcase_add_loop_test(tests, test_concat_over_its_limits_refuses_new_sets_only, 0,
			    COUNT(limit_rows));
	tcase_add_test(tests, test_concat_octets_in_all_and_of_a_sender_are_bounded);
	tcase_add_test(tests, test_concat_when_full_forgets_finished_sets_first);
	tcase_add_test(tests, test_concat_without_memory_fails_and_goes_on);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
