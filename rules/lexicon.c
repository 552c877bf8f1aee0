/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/lexicon.h"

/* Narrows [*low, *high), whose words all share their first `depth` units, to those that have `c`
 * next. */
static void narrow(size_t *low, size_t *high, size_t depth, char16_t c)
{
	size_t from = *low, to = *high;
	while (from < to) {
		size_t mid = (from + to) / 2;
		if (lexicon_words[mid].text[depth] < c)
			from = mid + 1;
		else
			to = mid;
	}
	*low = from;
	to = *high;
	while (from < to) {
		size_t mid = (from + to) / 2;
		if (lexicon_words[mid].text[depth] <= c)
			from = mid + 1;
		else
			to = mid;
	}
	*high = to;
}

static const struct lexicon_word *longest_at(const struct text *text, size_t at, size_t *end)
{
	const struct lexicon_word *best = NULL;
	size_t low = 0, high = lexicon_word_count;

	for (size_t depth = 0; at + depth < text->len && low < high; depth++) {
		narrow(&low, &high, depth, text->unit[at + depth]);
		if (low == high || lexicon_words[low].text[depth + 1] != 0)
			continue;
		size_t next = at + depth + 1;
		/* The shortest word of the range sorts first. */
		if (!text_is_latin(text->unit[next - 1]) || next == text->len ||
		    !text_is_latin(text->unit[next])) {
			best = &lexicon_words[low];
			*end = next;
		}
	}
	return best;
}

size_t lexicon_read(const struct text *text, struct token *out)
{
	size_t count = 0;
	for (size_t i = 0; i < text->len;) {
		size_t end;
		bool inside =
			i > 0 && text_is_latin(text->unit[i]) && text_is_latin(text->unit[i - 1]);
		const struct lexicon_word *word = inside ? NULL : longest_at(text, i, &end);
		if (!word) {
			i++;
			continue;
		}
		out[count++] = (struct token){ .word = word, .from = i, .to = end };
		i = end;
	}
	return count;
}
