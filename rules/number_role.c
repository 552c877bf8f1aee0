/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number_role.h"

#include <string.h>

#include "rules/cue.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { FILL_MAX = 4 };

/* Authorities whom people call for help, all of them NUMBER_SERVICE, and our own service code. */
static const char *const authorities[] = { "12315", "12300", "12321", "12345", "12381", "12377",
					   "12318", "12110", "96110", "12378", "12363", "12386",
					   "12348", "12337", "12389", "12328", "12381" };
static const char own_service[] = "10086999";

static bool one_of(char16_t c, const char16_t *set)
{
	for (; *set; set++) {
		if (*set == c)
			return true;
	}
	return false;
}

static size_t skip_back(const struct text *text, size_t at, const char16_t *set)
{
	for (int i = 0; i < FILL_MAX && at > 0 && one_of(text->unit[at - 1], set); i++)
		at--;
	return at;
}

static size_t skip_forward(const struct text *text, size_t at, const char16_t *set)
{
	while (at < text->len && one_of(text->unit[at], set))
		at++;
	return at;
}

/* "My number", "mother's phone": an owner, perhaps 的, and a thing, right before `end`. */
static bool is_owned(const struct text *text, size_t end, bool alone)
{
	const struct cue *thing = cue_find(text, end, CUE_THING);
	for (; thing; thing = cue_find_next(text, end, CUE_THING, thing)) {
		size_t at = skip_back(text, end - thing->len, u"的");
		const struct cue *owner = cue_find(text, at, CUE_OWNER);
		if (!owner)
			continue;
		/* "keeps calling my phone": what follows may be the caller. */
		size_t before = at - owner->len;
		return !alone || before == 0 || !one_of(text->unit[before - 1], u"打给拨呼");
	}
	return false;
}

static bool is_own(const struct text *text, const struct number_found *f, bool alone)
{
	size_t near = skip_back(text, f->from, u" :(\"=");
	size_t before = skip_back(text, near, u"是为 ");
	size_t after = skip_forward(text, f->to, u" ");
	return is_owned(text, before, alone) || cue_find(text, before, CUE_OWN_BEFORE) ||
	       cue_find(text, near, CUE_OWN_BEFORE) || cue_find(text, after, CUE_OWN_AFTER);
}

static bool is_authority(const char *number)
{
	for (size_t i = 0; i < COUNT(authorities); i++) {
		if (strcmp(number, authorities[i]) == 0)
			return true;
	}
	return false;
}

static bool calls(const struct text *text, size_t end)
{
	size_t after = skip_forward(text, end, u" *,:#-");
	return cue_find(text, after, CUE_CALLS_AFTER);
}

/* The text tells that the number itself called, and not only that somebody spoke of it. */
static bool is_code_caller(const struct text *text, const struct number_found *f, bool alone)
{
	size_t before = skip_back(text, f->from, u" :(\"\n");
	if (before == 0)
		return !cue_find(text, f->to, CUE_OFFICIAL_FIRST);
	if (cue_find(text, before, CUE_SUFFERED) && calls(text, f->to))
		return true;
	if (cue_find(text, before, CUE_CLAIM) || cue_find(text, before, CUE_DENIAL) ||
	    cue_find(text, before, CUE_CALLED_FOR))
		return false;
	if (cue_find(text, f->to, CUE_OFFICIAL))
		return false;
	return alone || calls(text, f->to);
}

/* A word of correction stands between the end of one number and the start of the next. */
static bool corrected(const struct text *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (cue_find(text, i, CUE_CORRECTION))
			return true;
	}
	return false;
}

static bool is_denied(const struct text *text, const struct number_found *f, bool alone)
{
	size_t before = skip_back(text, f->from, u" :\"");
	if (!cue_find(text, before, CUE_DENIAL))
		return false;
	/* "Is it not ...?" and "nothing but ..." deny nothing. */
	return !text_before(text, before, u"是不是") && !text_before(text, before, u"除了") &&
	       !alone;
}

static enum number_role role_of(const struct text *text, const struct numbers_found *found,
				size_t i)
{
	const struct number_found *f = &found->list[i];
	bool alone = found->count == 1;
	bool code = f->class == NUMBER_OPERATOR || f->class == NUMBER_SERVICE;
	size_t before = skip_back(text, f->from, u" :(\"是");

	if (strcmp(f->number.text, own_service) == 0)
		return ROLE_MENTIONED;
	if (code && is_authority(f->number.text)) {
		bool bare = f->from == 0 && f->to == text->len;
		bool caller = f->from == 0 && cue_find(text, skip_forward(text, f->to, u" *,:"),
						       CUE_AUTHORITY_CALLS);
		return bare || caller ? ROLE_CALLER : ROLE_MENTIONED;
	}
	if (code)
		return is_code_caller(text, f, alone) ? ROLE_CALLER : ROLE_MENTIONED;
	if (is_own(text, f, alone))
		return ROLE_OWN;
	if (is_denied(text, f, alone))
		return ROLE_MENTIONED;
	if (!alone && cue_find(text, skip_back(text, f->from, u" :是号码那个"), CUE_EARLIER))
		return ROLE_MENTIONED;
	if (i + 1 < found->count && corrected(text, f->to, found->list[i + 1].from))
		return ROLE_MENTIONED;
	if (cue_find(text, before, CUE_CONTACT))
		return ROLE_CONTACT;
	return ROLE_CALLER;
}

void number_roles(const struct text *text, const struct numbers_found *found,
		  enum number_role roles[NUMBER_FOUND_MAX])
{
	bool any = false;
	for (size_t i = 0; i < found->count; i++) {
		roles[i] = role_of(text, found, i);
		any |= roles[i] == ROLE_CALLER;
	}
	/* A contact is complained of when there is no sender. */
	for (size_t i = 0; i < found->count; i++) {
		if (!any && roles[i] == ROLE_CONTACT)
			roles[i] = ROLE_CALLER;
	}
}
