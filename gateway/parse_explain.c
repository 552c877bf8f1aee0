/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/parse_explain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/iso_time.h"
#include "rules/keyword.h"
#include "rules/report_explain.h"
#include "smpp/smpp_utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- to JSON --- */

static json_t *slice(const struct text *text, size_t from, size_t to)
{
	enum { UTF8_MAX = 3 }; /* of one unit: there are no surrogates in a folded text */
	char *utf8 = malloc((to - from) * UTF8_MAX + 1);
	size_t len = 0;
	if (!utf8)
		return NULL;
	for (size_t i = from; i < to; i++)
		len += smpp_utf8_write(text->unit[i], utf8 + len);
	json_t *value = json_stringn(utf8, len);
	free(utf8);
	return value;
}

/* A piece of the text, where it stands, and why it was read so. */
static json_t *piece(const struct text *text, const struct text_note *note)
{
	json_t *object =
		json_pack("{s:o,s:I,s:I,s:s}", "text", slice(text, note->from, note->to), "from",
			  (json_int_t)note->from, "to", (json_int_t)note->to, "rule", note->rule);
	if (note->word_to > note->word_from)
		json_object_set_new(object, "word", slice(text, note->word_from, note->word_to));
	return object;
}

static json_t *notes_of(const struct report_explained *e, enum note_kind kind)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->notes->count; i++) {
		if (e->notes->list[i].kind == kind)
			json_array_append_new(list, piece(e->text, &e->notes->list[i]));
	}
	return list;
}

/* The last note of a kind about a place: a later rule may have overruled an earlier one. */
static const struct text_note *note_at(const struct report_explained *e, enum note_kind kind,
				       size_t from)
{
	const struct text_note *found = NULL;
	for (size_t i = 0; i < e->notes->count; i++) {
		if (e->notes->list[i].kind == kind && e->notes->list[i].from == from)
			found = &e->notes->list[i];
	}
	return found;
}

static bool counts(const struct report_reading *reading, const char *number)
{
	for (size_t i = 0; i < reading->number_count; i++) {
		if (strcmp(reading->numbers[i].text, number) == 0)
			return true;
	}
	return false;
}

static void set_alike(json_t *object, const struct number_likeness *alike)
{
	if (alike->kind)
		json_object_set_new(object, "looks_like",
				    json_pack("{s:s,s:s}", "number", alike->official, "by",
					      number_alike_name(alike->kind)));
}

static json_t *explain_number(const struct report_explained *e, size_t i)
{
	const struct number_found *f = &e->found->list[i];
	const struct text_note *why = note_at(e, NOTE_ROLE, f->from);
	const struct text_note place = { .from = f->from, .to = f->to, .rule = "" };
	json_t *object = piece(e->text, why ? why : &place);
	json_object_set_new(object, "number", json_string(f->number.text));
	json_object_set_new(object, "class", json_string(number_class_name(f->class)));
	json_object_set_new(object, "role", json_string(number_role_name(e->roles[i])));
	json_object_set_new(object, "counts", json_boolean(counts(e->reading, f->number.text)));
	set_alike(object, &f->alike);
	return object;
}

static json_t *numbers_of(const struct report_explained *e)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->found->count; i++)
		json_array_append_new(list, explain_number(e, i));
	return list;
}

static json_t *senses_of(uint32_t senses)
{
	json_t *list = json_array();
	for (unsigned bit = 0; bit < WORD_SENSE_COUNT; bit++) {
		if (senses & UINT32_C(1) << bit)
			json_array_append_new(list, json_string(lexicon_sense_name(bit)));
	}
	return list;
}

static json_t *explain_word(const struct text *text, const struct token *token)
{
	static const char *const weights[] = {
		[WEIGHT_NONE] = NULL, [WEIGHT_WEAK] = "weak", [WEIGHT_FULL] = "full"
	};
	const struct lexicon_word *word = token->word;
	json_t *object = json_pack("{s:o,s:I,s:I}", "text", slice(text, token->from, token->to),
				   "from", (json_int_t)token->from, "to", (json_int_t)token->to);
	json_object_set_new(object, "senses", senses_of(word->senses));
	if (word->weight != WEIGHT_NONE) {
		json_object_set_new(
			object, "category",
			json_string(report_category_name((enum report_category)word->category)));
		json_object_set_new(object, "weight", json_string(weights[word->weight]));
	}
	if (word->time != TIME_NONE)
		json_object_set_new(object, "time",
				    json_string(lexicon_time_name((enum lexicon_time)word->time)));
	return object;
}

static json_t *words_of(const struct report_explained *e, uint32_t senses)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->token_count; i++) {
		if (!senses || (e->tokens[i].word->senses & senses))
			json_array_append_new(list, explain_word(e->text, &e->tokens[i]));
	}
	return list;
}

static const struct text_note *first_note(const struct report_explained *e, enum note_kind kind)
{
	for (size_t i = 0; i < e->notes->count; i++) {
		if (e->notes->list[i].kind == kind)
			return &e->notes->list[i];
	}
	return NULL;
}

static json_t *explain_intent(const struct report_explained *e)
{
	const struct text_note *note = first_note(e, NOTE_INTENT);
	json_t *object = json_pack("{s:s,s:s}", "is", report_intent_name(e->reading->intent),
				   "rule", note ? note->rule : "");
	if (note && note->senses)
		json_object_set_new(object, "words", words_of(e, note->senses));
	return object;
}

/* Of the intents without a category the word is left out, since it did not count. */
static json_t *explain_category(const struct report_explained *e)
{
	const struct text_note *note = first_note(e, NOTE_CATEGORY);
	json_t *object = json_pack("{s:s}", "is", report_category_name(e->reading->category));
	if (note && e->reading->category != REPORT_UNKNOWN) {
		json_object_set_new(object, "rule", json_string(note->rule));
		json_object_set_new(object, "word", slice(e->text, note->from, note->to));
	}
	return object;
}

static json_t *explain_window(const struct report_explained *e)
{
	const struct text_note *note = first_note(e, NOTE_WINDOW);
	char from[ISO_TIME_MAX], to[ISO_TIME_MAX];
	if (!note)
		return json_null();
	json_t *object =
		json_pack("{s:s,s:b}", "rule", note->rule, "counts", e->reading->has_call_time);
	if (e->reading->has_call_time) {
		iso_time_format(e->reading->call_from_ms, from);
		iso_time_format(e->reading->call_to_ms, to);
		json_object_set_new(object, "from", json_string(from));
		json_object_set_new(object, "to", json_string(to));
	}
	return object;
}

/* What the text is as a keyword of its service code; `near`: only something like it. */
static json_t *explain_keyword(const struct report_explained *e)
{
	const struct keyword_reading *keyword = &e->reading->keyword;
	json_t *object;
	if (keyword->sense == KEYWORD_NONE)
		return json_null();
	object = json_pack("{s:s}", keyword->near ? "near" : "is",
			   keyword_sense_name(keyword->sense));
	if (keyword_is_shield(keyword->sense))
		json_object_set_new(object, "scope",
				    json_string(report_scope_name(keyword->scope)));
	if (keyword->number.text[0])
		json_object_set_new(object, "number", json_string(keyword->number.text));
	if (keyword->place)
		json_object_set_new(object, "place", json_integer(keyword->place));
	return object;
}

static void explain(void *user, const struct report_explained *e)
{
	json_t *object = user;
	json_object_set_new(object, "folded", slice(e->text, 0, e->text->len));
	json_object_set_new(object, "intent", explain_intent(e));
	json_object_set_new(object, "keyword", explain_keyword(e));
	json_object_set_new(object, "category", explain_category(e));
	json_object_set_new(object, "numbers", numbers_of(e));
	json_object_set_new(object, "either", notes_of(e, NOTE_EITHER));
	json_object_set_new(object, "unread", notes_of(e, NOTE_UNREAD));
	json_object_set_new(object, "no_numbers", notes_of(e, NOTE_TAKEN));
	json_object_set_new(object, "times", notes_of(e, NOTE_TIME));
	json_object_set_new(object, "call_time", explain_window(e));
	json_object_set_new(object, "words", words_of(e, 0));
	set_alike(object, &e->reading->unread);
	if (e->notes->left_out)
		json_object_set_new(object, "left_out",
				    json_integer((json_int_t)e->notes->left_out));
}

json_t *parse_explain(const struct language *language, const struct keyword_set *keywords,
		      json_t *id, const char *text, size_t len, int64_t received_ms)
{
	json_t *object = json_object();
	if (!object)
		return NULL;
	json_object_set(object, "id", id ? id : json_null());
	json_object_set_new(object, "text", json_stringn(text, len));
	if (report_explain_text(language, keywords, text, len, received_ms, explain, object) == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* --- as lines --- */

static void put_clean(FILE *out, const char *text)
{
	char *clean = cli_clean(text ? text : "");
	fputs(clean ? clean : "?", out);
	free(clean);
}

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static void put_label(FILE *out, const char *label)
{
	fprintf(out, "  %-10s ", label);
}

static void put_place(FILE *out, const json_t *object)
{
	fputs("\"", out);
	put_clean(out, member(object, "text"));
	fprintf(out, "\" (%d-%d)", (int)json_integer_value(json_object_get(object, "from")),
		(int)json_integer_value(json_object_get(object, "to")));
}

static void put_word(FILE *out, const json_t *object)
{
	if (!json_object_get(object, "word"))
		return;
	fputs(" \"", out);
	put_clean(out, member(object, "word"));
	fputs("\"", out);
}

static void put_alike(FILE *out, const json_t *object)
{
	const json_t *alike = json_object_get(object, "looks_like");
	if (alike)
		fprintf(out, "; looks like %s by %s", member(alike, "number"), member(alike, "by"));
}

static void show_numbers(FILE *out, const json_t *list)
{
	size_t i;
	json_t *number;
	json_array_foreach(list, i, number)
	{
		put_label(out, "number");
		put_place(out, number);
		fprintf(out, " is %s, %s, %s: %s", member(number, "number"),
			member(number, "class"), member(number, "role"), member(number, "rule"));
		put_word(out, number);
		put_alike(out, number);
		fputs(json_is_true(json_object_get(number, "counts")) ? "\n" : "; not counted\n",
		      out);
	}
}

static void show_pieces(FILE *out, const char *label, const json_t *list)
{
	size_t i;
	json_t *object;
	json_array_foreach(list, i, object)
	{
		put_label(out, label);
		put_place(out, object);
		fprintf(out, ": %s", member(object, "rule"));
		put_word(out, object);
		fputs("\n", out);
	}
}

/* The senses of a word, its category and its weight, with commas between. */
static void put_meanings(FILE *out, const json_t *word)
{
	const char *comma = "";
	size_t i;
	json_t *sense;
	json_array_foreach(json_object_get(word, "senses"), i, sense)
	{
		fprintf(out, "%s%s", comma, json_string_value(sense));
		comma = ", ";
	}
	if (json_object_get(word, "category")) {
		fprintf(out, "%s%s (%s)", comma, member(word, "category"), member(word, "weight"));
		comma = ", ";
	}
	if (json_object_get(word, "time"))
		fprintf(out, "%stime: %s", comma, member(word, "time"));
}

static void show_words(FILE *out, const json_t *list)
{
	size_t i;
	json_t *word;
	json_array_foreach(list, i, word)
	{
		put_label(out, "word");
		put_place(out, word);
		fputs(": ", out);
		put_meanings(out, word);
		fputs("\n", out);
	}
}

static void show_window(FILE *out, const json_t *window)
{
	if (!json_is_object(window))
		return;
	put_label(out, "call time");
	if (json_object_get(window, "from"))
		fprintf(out, "%s to %s: ", member(window, "from"), member(window, "to"));
	fputs(member(window, "rule"), out);
	fputs(json_is_true(json_object_get(window, "counts")) ? "\n" : "; not counted\n", out);
}

static void show_answer(FILE *out, const char *label, const json_t *answer)
{
	size_t i;
	json_t *word;
	put_label(out, label);
	fputs(member(answer, "is"), out);
	if (json_object_get(answer, "rule"))
		fprintf(out, ": %s", member(answer, "rule"));
	put_word(out, answer);
	json_array_foreach(json_object_get(answer, "words"), i, word)
	{
		fputs(" \"", out);
		put_clean(out, member(word, "text"));
		fputs("\" (", out);
		put_meanings(out, word);
		fputs(")", out);
	}
	fputs("\n", out);
}

static void show_keyword(FILE *out, const json_t *keyword)
{
	const char *key;
	json_t *value;
	if (!json_is_object(keyword))
		return;
	put_label(out, "keyword");
	json_object_foreach((json_t *)keyword, key, value)
	{
		if (json_is_integer(value))
			fprintf(out, "%s %lld ", key, (long long)json_integer_value(value));
		else
			fprintf(out, "%s %s ", key, json_string_value(value));
	}
	fputs("\n", out);
}

void parse_explain_show(FILE *out, const json_t *explained)
{
	char *id = json_dumps(json_object_get(explained, "id"), JSON_ENCODE_ANY | JSON_COMPACT);
	put_clean(out, id);
	free(id);
	fputs("\n", out);
	put_label(out, "text");
	put_clean(out, member(explained, "folded"));
	fputs("\n", out);
	show_numbers(out, json_object_get(explained, "numbers"));
	show_pieces(out, "either", json_object_get(explained, "either"));
	show_pieces(out, "unread", json_object_get(explained, "unread"));
	show_pieces(out, "no number", json_object_get(explained, "no_numbers"));
	if (json_object_get(explained, "looks_like")) {
		put_label(out, "unread");
		fprintf(out, "digits that look like %s by %s\n",
			member(json_object_get(explained, "looks_like"), "number"),
			member(json_object_get(explained, "looks_like"), "by"));
	}
	show_pieces(out, "time", json_object_get(explained, "times"));
	show_window(out, json_object_get(explained, "call_time"));
	show_words(out, json_object_get(explained, "words"));
	show_keyword(out, json_object_get(explained, "keyword"));
	show_answer(out, "intent", json_object_get(explained, "intent"));
	show_answer(out, "category", json_object_get(explained, "category"));
	fputs("\n", out);
}
