/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/reply_book.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "rules/reply_form.h"

struct reply_book {
	atomic_uint references;
	char *copies[REPLY_TONGUES]; /* of the sources; the texts point into them */
	const char *texts[REPLY_TONGUES][REPLY_TEXT_COUNT];
};

struct reading {
	struct reply_book *book;
	const struct reply_source *source;
	int tongue;
	size_t lines[REPLY_TEXT_COUNT];
	struct reply_fault *fault;
};

__attribute__((format(printf, 3, 4))) static int fault_at(struct reading *r, size_t line,
							  const char *format, ...)
{
	va_list args;

	r->fault->file = r->source->name;
	r->fault->line = line;
	va_start(args, format);
	vsnprintf(r->fault->text, sizeof(r->fault->text), format, args);
	va_end(args);
	return -EBADMSG;
}

/* ---- one text ---- */

/* `at` is behind a '{': the placeholder's bit in *slots, and *at behind its '}'. */
static int read_slot(struct reading *r, int text, size_t line, const char **at, uint32_t *slots)
{
	size_t len = strcspn(*at, "{}<>");
	int slot = reply_slot_find(*at, len);

	if ((*at)[len] != '}')
		return fault_at(r, line, "'{' without its '}'");
	if (slot < 0)
		return fault_at(r, line, "unknown placeholder {%.*s}", (int)(len < 40 ? len : 40),
				*at);
	if (!(reply_text_may(text) & 1u << slot))
		return fault_at(r, line, "this text has no {%s}",
				reply_slot_name((enum reply_slot)slot));
	*slots |= 1u << slot;
	*at += len + 1;
	return 0;
}

static int open_part(struct reading *r, int text, size_t line, bool *part)
{
	if (!reply_text_has_parts(text))
		return fault_at(r, line, "this text cannot have parts in <>");
	if (*part)
		return fault_at(r, line, "'<' within another part");
	*part = true;
	return 0;
}

static int close_part(struct reading *r, size_t line, bool *part, uint32_t slots)
{
	if (!*part)
		return fault_at(r, line, "'>' without its '<'");
	if (slots == 0)
		return fault_at(r, line, "a part in <> that holds no placeholder");
	*part = false;
	return 0;
}

static int check_must(struct reading *r, int text, size_t line, uint32_t slots)
{
	uint32_t missing = reply_text_must(text) & ~slots;

	for (int slot = 0; slot < REPLY_SLOT_COUNT; slot++)
		if (missing & 1u << slot)
			return fault_at(r, line, "this text must name {%s}",
					reply_slot_name((enum reply_slot)slot));
	return 0;
}

static int check_text(struct reading *r, int text, size_t line, const char *words)
{
	uint32_t slots = 0, in_part = 0;
	bool part = false;
	int rc = 0;

	for (const char *at = words; rc == 0 && *at;) {
		char c = *at++;
		if (c == '{') {
			uint32_t found = 0;
			rc = read_slot(r, text, line, &at, &found);
			slots |= found;
			in_part |= found;
		} else if (c == '}') {
			rc = fault_at(r, line, "'}' without its '{'");
		} else if (c == '<') {
			in_part = 0;
			rc = open_part(r, text, line, &part);
		} else if (c == '>') {
			rc = close_part(r, line, &part, in_part);
		}
	}
	if (rc == 0 && part)
		rc = fault_at(r, line, "'<' without its '>'");
	return rc ? rc : check_must(r, text, line, slots);
}

/* ---- lines ---- */

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int take_line(struct reading *r, size_t line, char *words)
{
	size_t key_len;
	int text;

	words = trim(words);
	if (words[0] == '\0' || words[0] == '#')
		return 0;
	key_len = strcspn(words, ":");
	if (words[key_len] != ':')
		return fault_at(r, line, "a key and ':' are wanted in front of the text");
	text = reply_text_find(words, key_len);
	if (text < 0)
		return fault_at(r, line, "unknown text '%.*s'", (int)(key_len < 60 ? key_len : 60),
				words);
	words = trim(words + key_len + 1);
	if (r->book->texts[r->tongue][text])
		return fault_at(r, line, "comes twice, first in line %zu", r->lines[text]);
	if (words[0] == '\0')
		return fault_at(r, line, "there is no text behind ':'");
	if (!is_printable(words))
		return fault_at(r, line, "holds a control character");
	r->book->texts[r->tongue][text] = words;
	r->lines[text] = line;
	return check_text(r, text, line, words);
}

static int take_lines(struct reading *r, char *text)
{
	int rc = 0;

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (size_t line = 1; rc == 0 && *text; line++) {
		char *end = text + strcspn(text, "\n");
		bool last = *end == '\0';
		*end = '\0';
		rc = take_line(r, line, text);
		text = end + !last;
	}
	return rc;
}

static int check_missing(struct reading *r)
{
	char key[REPLY_KEY_MAX];

	for (int text = 0; text < REPLY_TEXT_COUNT; text++) {
		if (r->book->texts[r->tongue][text] || reply_text_is_optional(text))
			continue;
		reply_text_key(text, key);
		return fault_at(r, 0, "has no text '%s'", key);
	}
	return 0;
}

/* ---- lengths ---- */

static size_t longest_of(const struct reading *r, int first, int count)
{
	size_t max = 0;

	for (int i = 0; i < count; i++) {
		size_t len = strlen(r->book->texts[r->tongue][first + i]);
		max = len > max ? len : max;
	}
	return max;
}

/* Octets of a placeholder at its longest. */
static size_t slot_max(const struct reading *r, int slot)
{
	switch ((enum reply_slot)slot) {
	case REPLY_SLOT_REASON:
		return longest_of(r, REPLY_TEXT_REASON, VERDICT_REASON_COUNT);
	case REPLY_SLOT_OUTCOME:
		return longest_of(r, REPLY_TEXT_OUTCOME, REWARD_OUTCOME_COUNT);
	case REPLY_SLOT_STATE:
		return longest_of(r, REPLY_TEXT_STATE, REPORT_STATE_COUNT);
	case REPLY_SLOT_WISH:
		return longest_of(r, REPLY_TEXT_WISH, REPLY_WISH_COUNT);
	case REPLY_SLOT_CALLS:
	case REPLY_SLOT_SMS:
	case REPLY_SLOT_REPORTED:
		return longest_of(r, REPLY_TEXT_SWITCH, 2);
	case REPLY_SLOT_NUMBER:
		return NUMBER_MAX + strlen(r->book->texts[r->tongue][REPLY_TEXT_NUMBER_UNKNOWN]);
	case REPLY_SLOT_CHANNELS:
		return longest_of(r, REPLY_TEXT_CHANNEL, 3);
	case REPLY_SLOT_CHOICES:
	case REPLY_SLOT_BLOCKED:
	case REPLY_SLOT_RULES:
		return REPLY_CHOICES_MAX - 1;
	case REPLY_SLOT_WHERE:
		return REPLY_PLACE_MAX - 1;
	case REPLY_SLOT_SPAN:
		return 2 * REPLY_MOMENT_MAX + REPLY_WORD_MAX;
	case REPLY_SLOT_FROM:
	case REPLY_SLOT_TO:
		return REPLY_MOMENT_MAX - 1;
	case REPLY_SLOT_DAY:
	case REPLY_SLOT_DATE:
		return REPLY_DATE_MAX - 1;
	case REPLY_SLOT_MONTH:
		return longest_of(r, REPLY_TEXT_MONTH, 12);
	case REPLY_SLOT_MDAY:
		return 2;
	case REPLY_SLOT_TIME:
		return 5;
	case REPLY_SLOT_WORD:
		return REPLY_KEYWORD_MAX - 1;
	case REPLY_SLOT_NOTE:
		return REPLY_NOTE_MAX - 1;
	case REPLY_SLOT_ID:
	case REPLY_SLOT_NEAR:
	case REPLY_SLOT_AMOUNT:
	case REPLY_SLOT_PLACES:
	case REPLY_SLOT_COUNT_OF:
	case REPLY_SLOT_CALL_COUNT:
	case REPLY_SLOT_SMS_COUNT:
	case REPLY_SLOT_HOUR:
	case REPLY_SLOT_COUNT:
		break;
	}
	return NUMBER_MAX;
}

static size_t longest_text(const struct reading *r, int text)
{
	size_t sum = 0;

	for (const char *at = r->book->texts[r->tongue][text]; at && *at; at++) {
		if (*at != '{') {
			sum++;
			continue;
		}
		size_t len = strcspn(++at, "}");
		sum += slot_max(r, reply_slot_find(at, len));
		at += len;
	}
	return sum;
}

/* The words that stand in others have bounds of their own. */
static size_t text_limit(int text)
{
	if (text < REPLY_TEXT_REASON)
		return REPLY_LANGUAGE_MAX;
	if (text == REPLY_TEXT_DATE_LONG || text == REPLY_TEXT_DATE_SHORT)
		return REPLY_DATE_MAX - 1;
	if (text == REPLY_TEXT_MOMENT)
		return REPLY_MOMENT_MAX - 1;
	if (text == REPLY_TEXT_WITHHELD ||
	    (text >= REPLY_TEXT_MARK_CALL && text <= REPLY_TEXT_TIMES))
		return REPLY_WORD_MAX - 1;
	if (text == REPLY_TEXT_SPAN || text == REPLY_TEXT_SPAN_UNTIL)
		return 2 * REPLY_MOMENT_MAX + REPLY_WORD_MAX;
	if (text == REPLY_TEXT_RULE_MORE)
		return NUMBER_MAX + REPLY_WORD_MAX;
	if (text == REPLY_TEXT_TODAY || text == REPLY_TEXT_YESTERDAY || text >= REPLY_TEXT_TOMORROW)
		return REPLY_WORD_MAX - 1;
	return REPLY_LANGUAGE_MAX / 4;
}

static int check_lengths(struct reading *r)
{
	for (int text = REPLY_TEXT_COUNT - 1; text >= 0; text--) {
		size_t len = longest_text(r, text);

		if (len > text_limit(text))
			return fault_at(r, r->lines[text],
					"may become %zu octets long, more than %zu", len,
					text_limit(text));
	}
	return 0;
}

/* ---- the whole ---- */

static size_t line_of(const char *text, const uint8_t *at)
{
	size_t line = 1;

	for (; (const uint8_t *)text < at; text++)
		line += *text == '\n';
	return line;
}

static int read_source(struct reading *r)
{
	const struct reply_source *source = r->source;
	const char *nul = memchr(source->text, '\0', source->len);
	const uint8_t *broken = u8_check((const uint8_t *)source->text, source->len);
	char *copy = malloc(source->len + 1);
	int rc;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, source->text, source->len);
	copy[source->len] = '\0';
	r->book->copies[r->tongue] = copy;
	if (broken)
		return fault_at(r, line_of(source->text, broken), "is not UTF-8");
	if (nul)
		return fault_at(r, line_of(source->text, (const uint8_t *)nul), "holds a NUL");
	rc = take_lines(r, copy);
	if (rc == 0)
		rc = check_missing(r);
	return rc ? rc : check_lengths(r);
}

static void book_free(struct reply_book *book)
{
	for (int tongue = 0; tongue < REPLY_TONGUES; tongue++)
		free(book->copies[tongue]);
	free(book);
}

int reply_book_compile(const struct reply_source sources[REPLY_TONGUES], struct reply_book **out,
		       struct reply_fault *fault)
{
	struct reply_book *book = calloc(1, sizeof(*book));
	int rc = book ? 0 : -ENOMEM;

	for (int tongue = 0; rc == 0 && tongue < REPLY_TONGUES; tongue++) {
		struct reading r = {
			.book = book, .source = &sources[tongue], .tongue = tongue, .fault = fault
		};
		rc = read_source(&r);
	}
	if (rc < 0) {
		if (book)
			book_free(book);
		return rc;
	}
	atomic_init(&book->references, 1);
	*out = book;
	return 0;
}

struct reply_book *reply_book_ref(const struct reply_book *book)
{
	struct reply_book *counted = (struct reply_book *)book;

	atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
	return counted;
}

void reply_book_unref(const struct reply_book *book)
{
	struct reply_book *counted = (struct reply_book *)book;

	if (counted &&
	    atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) == 1)
		book_free(counted);
}

const char *reply_book_text(const struct reply_book *book, int tongue, int text)
{
	return book->texts[tongue][text];
}
