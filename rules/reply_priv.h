/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reply_priv.h - what reply.c and reply_span.c share. */
#pragma once

#include "rules/reply_book.h"
#include "rules/reply_form.h"

enum { REPLY_VALUE_MAX = REPLY_CHOICES_MAX };

/* Who speaks, in which language. */
struct voice {
	const struct reply_book *book;
	int tongue;
};

static inline const char *reply_words(const struct voice *voice, int text)
{
	return reply_book_text(voice->book, voice->tongue, text);
}

/* A text without parts, of two values: that of `first_name`, and any other. */
void reply_put_pair(char *out, size_t cap, const char *text, const char *first_name,
		    const char *first, const char *second);
void reply_put_date(int64_t ms, const struct voice *voice, int text, char out[REPLY_DATE_MAX]);

/* Values of at most REPLY_VALUE_MAX octets; `out` is left empty where there is none. */
void reply_put_where(const struct reply_values *v, const struct voice *voice, char *out);
void reply_put_span(const struct reply_values *v, const struct voice *voice, char *out);
void reply_put_rules(const struct reply_values *v, const struct voice *voice, char *out);
