/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/category_read.h"

#include "rules/text_note.h"

enum { RANK_NONE, RANK_WEAK, RANK_GIFT, RANK_FULL, RANK_OFFERED, GIFT_REACH = 6, OFFER_REACH = 3 };

/* A word with one of `senses` stands before, in the same clause and at most `reach` units away. */
static bool follows(const struct text *text, const struct token *tokens, size_t i, uint32_t senses,
		    size_t reach)
{
	if (i == 0 || !(tokens[i - 1].word->senses & senses))
		return false;
	size_t from = tokens[i - 1].to, to = tokens[i].from;
	if (to - from > reach)
		return false;
	for (size_t k = from; k < to; k++) {
		char16_t c = text->unit[k];
		if (c == ',' || c == u'。' || c == ';' || c == '!' || c == u'、')
			return false;
	}
	return true;
}

/* "Mobile: 138..." names a number and no handset. */
static bool names_number(const struct text *text, const struct token *token)
{
	size_t at = token->to;
	while (at < text->len && (text->unit[at] == ' ' || text->unit[at] == ':'))
		at++;
	return token->word->category == REPORT_DEVICE && at < text->len &&
	       text_is_digit(text->unit[at]);
}

static int rank_of(const struct text *text, const struct token *tokens, size_t i)
{
	if (tokens[i].word->weight == WEIGHT_NONE)
		return RANK_NONE;
	if (tokens[i].word->weight == WEIGHT_WEAK)
		return RANK_WEAK;
	if (follows(text, tokens, i, WORD_GIFT, GIFT_REACH))
		return RANK_GIFT;
	if (follows(text, tokens, i, WORD_NUISANCE | WORD_GRUMBLE, OFFER_REACH))
		return RANK_OFFERED;
	return names_number(text, &tokens[i]) ? RANK_NONE : RANK_FULL;
}

enum report_category category_read(const struct text *text, const struct token *tokens,
				   size_t count)
{
	static const char *const rules[] = { [RANK_NONE] = "",
					     [RANK_WEAK] = "a mere sign",
					     [RANK_GIFT] = "named as a gift",
					     [RANK_FULL] = "named first",
					     [RANK_OFFERED] = "right behind a word for selling" };
	enum report_category category = REPORT_UNKNOWN;
	size_t decided = 0;
	int best = RANK_NONE;
	for (size_t i = 0; i < count; i++) {
		int rank = rank_of(text, tokens, i);
		if (rank > best) {
			best = rank;
			decided = i;
			category = (enum report_category)tokens[i].word->category;
		}
	}
	if (best > RANK_NONE)
		text_note(text, NOTE_CATEGORY, rules[best], tokens[decided].from,
			  tokens[decided].to);
	return category;
}
