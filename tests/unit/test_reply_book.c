/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* test_reply_book.c - what is wrong in a file of texts is told with its line, and a good file says
 * what it says. */
#include "rules/reply_book.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/embedded.h"
#include "rules/reply_form.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { TEXT_MAX = 64 * 1024 };

static struct reply_source built_in(int tongue)
{
	return tongue == REPLY_ZH ? (struct reply_source){ "zh.txt", embedded_replies_zh_txt,
							   EMBEDDED_LEN(replies_zh_txt) }
				  : (struct reply_source){ "en.txt", embedded_replies_en_txt,
							   EMBEDDED_LEN(replies_en_txt) };
}

/* The English file with the first line that begins with `key` replaced by `line`, or taken out
 * (NULL); `at` is the line's number. Key "" puts it in front. */
static void edited(const char *key, const char *line, char out[TEXT_MAX], size_t *at)
{
	const char *from = embedded_replies_en_txt;
	const char *found = from;
	size_t number = 1;

	for (; strncmp(found, key, strlen(key)) != 0; number++) {
		found = strchr(found, '\n');
		ck_assert_msg(found && *++found, "no line with %s", key);
	}
	const char *rest = *key ? strchr(found, '\n') + 1 : found;
	int n = snprintf(out, TEXT_MAX, "%.*s%s%s%s", (int)(found - from), from, line ? line : "",
			 line ? "\n" : "", rest);
	ck_assert_int_lt(n, TEXT_MAX);
	*at = number;
}

static int compile(const char *text, size_t len, struct reply_book **book,
		   struct reply_fault *fault)
{
	const struct reply_source sources[REPLY_TONGUES] = { built_in(REPLY_ZH),
							     { "mine/en.txt", text, len } };

	return reply_book_compile(sources, book, fault);
}

static const struct {
	const char *name, *key, *line, *says;
	bool whole; /* told without a line */
} faults[] = {
	{ "unknown text", "", "recieved: hello", "unknown text 'recieved'", false },
	{ "unknown word", "", "reason.because: hello", "unknown text 'reason.because'", false },
	{ "plain variant of a word", "", "state.pending.plain: x", "unknown text", false },
	{ "no colon", "", "hello", "a key and ':' are wanted", false },
	{ "nothing behind the colon", "thanks:", "thanks:   ", "no text behind ':'", false },
	{ "missing text", "received:", NULL, "has no text 'received'", true },
	{ "missing word", "reason.call_found:", NULL, "has no text 'reason.call_found'", true },
	{ "missing month", "month.12:", NULL, "has no text 'month.12'", true },
	{ "twice", "joined:", "received: again {number}", "comes twice, first in line", false },
	{ "unknown placeholder", "thanks:", "thanks: hi {name}", "unknown placeholder {name}",
	  false },
	{ "of another kind", "thanks:", "thanks: hi {number}", "this text has no {number}", false },
	{ "in a word", "reason.call_found:", "reason.call_found: {number}", "has no {number}",
	  false },
	{ "not closed", "received:", "received: {number", "'{' without its '}'", false },
	{ "open in a placeholder", "received:", "received: {num{ber}", "'{' without its '}'",
	  false },
	{ "only closed", "received:", "received: {number} }", "'}' without its '{'", false },
	{ "part not closed", "received:", "received: {number}<, {id}", "'<' without its '>'",
	  false },
	{ "part only closed", "received:", "received: {number}, {id}>", "'>' without its '<'",
	  false },
	{ "part in a part", "received:", "received: {number}<, <{id}>>", "'<' within another",
	  false },
	{ "part without a value", "received:", "received: {number}<, hello>",
	  "holds no placeholder", false },
	{ "part in a word", "state.pending:", "state.pending: <b>", "cannot have parts", false },
	{ "closing without number", "rejected:", "rejected: <{day}> {reason}",
	  "this text must name {number}", false },
	{ "closing without day", "verified:", "verified: {number} {reason}",
	  "this text must name {day}", false },
	{ "closing without reason", "unproved:", "unproved: {number} {day}",
	  "this text must name {reason}", false },
	{ "the same in plain words", "verified.plain:", "verified.plain: {number} {day}",
	  "this text must name {reason}", false },
	{ "switch without its state", "block_state:", "block_state: calls {calls}",
	  "this text must name {sms}", false },
	{ "number's switch without it", "number_state:", "number_state: {calls} {sms}",
	  "this text must name {number}", false },
	{ "control character", "thanks:", "thanks: hi\x07", "control character", false },
	{ "not UTF-8", "thanks:", "thanks: caf\xe9", "is not UTF-8", false },
};

START_TEST(test_compile_when_faulty_then_told_with_its_line)
{
	static char text[TEXT_MAX];
	struct reply_fault fault = { .text = "" };
	struct reply_book *book = NULL;
	size_t line;

	edited(faults[_i].key, faults[_i].line, text, &line);
	ck_assert_msg(compile(text, strlen(text), &book, &fault) == -EBADMSG, "%s",
		      faults[_i].name);
	ck_assert_ptr_null(book);
	ck_assert_str_eq(fault.file, "mine/en.txt");
	ck_assert_msg(strstr(fault.text, faults[_i].says) != NULL, "%s: %s", faults[_i].name,
		      fault.text);
	ck_assert_msg(fault.line == (faults[_i].whole ? 0 : line), "%s: line %zu, not %zu",
		      faults[_i].name, fault.line, line);
}
END_TEST

/* No text may outgrow the room that answers have. */
START_TEST(test_compile_when_a_text_can_grow_too_long_then_told)
{
	static const char *const keys[] = { "thanks", "reason.call_found", "day.today",
					    "date.moment" };
	static const char *const heads[] = { "", "", "", "{date}{time}" };
	static char text[TEXT_MAX], line[4096];

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct reply_fault fault = { .text = "" };
		struct reply_book *book = NULL;
		size_t at;
		int n = snprintf(line, sizeof(line), "%s: %s", keys[i], heads[i]);

		memset(line + n, 'x', REPLY_LANGUAGE_MAX + 1);
		line[n + REPLY_LANGUAGE_MAX + 1] = '\0';
		edited(keys[i], line, text, &at);
		ck_assert_int_eq(compile(text, strlen(text), &book, &fault), -EBADMSG);
		ck_assert_msg(strstr(fault.text, "octets long") && fault.line == at, "%s: %s",
			      keys[i], fault.text);
	}
}
END_TEST

START_TEST(test_compile_when_nul_then_told)
{
	static char text[TEXT_MAX];
	struct reply_fault fault = { .text = "" };
	struct reply_book *book = NULL;
	size_t len = EMBEDDED_LEN(replies_en_txt);

	memcpy(text, embedded_replies_en_txt, len);
	text[10] = '\0';
	ck_assert_int_eq(compile(text, len, &book, &fault), -EBADMSG);
	ck_assert(strstr(fault.text, "NUL") && fault.line == 1);
}
END_TEST

/* Byte order mark, CRLF, blanks round the key's colon, no newline at the end; plain may be absent.
 */
START_TEST(test_compile_when_written_loosely_then_read)
{
	static char text[TEXT_MAX], loose[TEXT_MAX];
	struct reply_fault fault = { .text = "" };
	struct reply_book *book = NULL;
	size_t line, n = 0;

	edited("chat.plain:", "  thanks:\t Hello!  ", text, &line);
	char *old = strstr(text, "\nthanks: You");
	memmove(old, strchr(old + 1, '\n'), strlen(strchr(old + 1, '\n')) + 1);
	n += (size_t)sprintf(loose, "\xef\xbb\xbf");
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			loose[n++] = '\r';
		loose[n++] = *c;
	}
	ck_assert_msg(compile(loose, n - 2, &book, &fault) == 0, "%zu: %s", fault.line, fault.text);
	ck_assert_str_eq(reply_book_text(book, REPLY_EN, REPLY_TEXT_STANDARD + REPLY_THANKS),
			 "Hello!");
	ck_assert_ptr_null(reply_book_text(book, REPLY_EN, REPLY_TEXT_PLAIN + REPLY_CHAT));
	ck_assert_str_eq(reply_book_text(book, REPLY_EN, REPLY_TEXT_MONTH + 11), "Dec");
	reply_book_unref(book);
}
END_TEST

START_TEST(test_format_when_plain_is_absent_then_standard)
{
	static char text[TEXT_MAX];
	struct reply_fault fault;
	struct reply_book *book;
	size_t line;

	edited("chat.plain:", NULL, text, &line);
	ck_assert_int_eq(compile(text, strlen(text), &book, &fault), 0);
	const struct reply_manner standard = { book, REPLY_EN, REPLY_STANDARD };
	const struct reply_manner plain = { book, REPLY_EN, REPLY_PLAIN };
	struct reply_values values = { 0 };
	char a[REPLY_MAX], b[REPLY_MAX];
	ck_assert_int_gt(reply_format(REPLY_CHAT, &standard, &values, a, sizeof(a)), 0);
	ck_assert_int_gt(reply_format(REPLY_CHAT, &plain, &values, b, sizeof(b)), 0);
	ck_assert_str_eq(a, b);
	ck_assert_int_gt(reply_format(REPLY_EMPTY, &plain, &values, b, sizeof(b)), 0);
	ck_assert(strstr(b, "send its number") != NULL);
	reply_book_unref(book);
}
END_TEST

/* Whoever holds a book can use it, whatever the others do. */
START_TEST(test_book_when_held_then_lives_until_the_last_lets_go)
{
	const struct reply_source sources[] = { built_in(REPLY_ZH), built_in(REPLY_EN) };
	struct reply_fault fault;
	struct reply_book *book, *held;

	ck_assert_int_eq(reply_book_compile(sources, &book, &fault), 0);
	held = reply_book_ref(book);
	reply_book_unref(book);
	ck_assert_str_eq(reply_book_text(held, REPLY_ZH, REPLY_TEXT_TODAY), "今天");
	reply_book_unref(held);
	reply_book_unref(NULL);
}
END_TEST

START_TEST(test_keys_when_any_text_then_found_again)
{
	char key[REPLY_KEY_MAX];

	for (int text = 0; text < REPLY_TEXT_COUNT; text++) {
		reply_text_key(text, key);
		ck_assert_msg(reply_text_find(key, strlen(key)) == text, "%d: %s", text, key);
		ck_assert_int_eq(reply_text_find(key, strlen(key) - 1) == text, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply_book");
	TCase *tc = tcase_create("core");
	tcase_add_loop_test(tc, test_compile_when_faulty_then_told_with_its_line, 0,
			    (int)COUNT_OF(faults));
	tcase_add_test(tc, test_compile_when_a_text_can_grow_too_long_then_told);
	tcase_add_test(tc, test_compile_when_nul_then_told);
	tcase_add_test(tc, test_compile_when_written_loosely_then_read);
	tcase_add_test(tc, test_format_when_plain_is_absent_then_standard);
	tcase_add_test(tc, test_book_when_held_then_lives_until_the_last_lets_go);
	tcase_add_test(tc, test_keys_when_any_text_then_found_again);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
