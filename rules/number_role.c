/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/number_role.h"

#include <assert.h>

#include "rules/cue.h"
#include "rules/language.h"
#include "rules/text_note.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { FILL_MAX = 4 };

static const char *const role_names[] = {
	[ROLE_CALLER] = "caller",   [ROLE_OWN] = "own",		[ROLE_MENTIONED] = "mentioned",
	[ROLE_DIALLED] = "dialled", [ROLE_CONTACT] = "contact",
};
static_assert(COUNT(role_names) == ROLE_COUNT, "a name for each role");

const char *number_role_name(enum number_role role)
{
	return role < ROLE_COUNT ? role_names[role] : "mentioned";
}

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
		return !alone || !cue_find(text, before, CUE_DIALLING);
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

static bool calls(const struct text *text, size_t end)
{
	size_t after = skip_forward(text, end, u" *,:#-)\"");
	return cue_find(text, after, CUE_CALLS_AFTER);
}

/* The role, and in the notes the rule that gave it. */
static enum number_role by_rule(const struct text *text, const struct number_found *f,
				enum number_role role, const char *rule)
{
	text_note(text, NOTE_ROLE, rule, f->from, f->to);
	return role;
}

/* The same, when the cue that was found last decided. */
static enum number_role by_cue(const struct text *text, const struct number_found *f,
			       enum number_role role, const char *rule)
{
	text_note_cue(text, NOTE_ROLE, rule, f->from, f->to);
	return role;
}

/* A code counts when the text tells that the number itself called, and not only that somebody spoke
 * of it. */
static enum number_role code_role(const struct text *text, const struct number_found *f, bool alone)
{
	size_t before = skip_back(text, f->from, u" :(\"\n");
	if (before == 0) {
		if (cue_find(text, f->to, CUE_OFFICIAL_FIRST))
			return by_cue(text, f, ROLE_MENTIONED, "code that is only spoken of");
		return by_rule(text, f, ROLE_CALLER, "code that begins the text");
	}
	if (cue_find(text, before, CUE_SUFFERED) && calls(text, f->to))
		return by_cue(text, f, ROLE_CALLER, "code said to have called");
	if (cue_find(text, before, CUE_CLAIM))
		return by_cue(text, f, ROLE_MENTIONED, "somebody passes for it");
	if (cue_find(text, before, CUE_DENIAL))
		return by_cue(text, f, ROLE_MENTIONED, "said not to be it");
	if (!cue_find(text, before, CUE_NOT_CALLED) && cue_find(text, before, CUE_CALLED_FOR))
		return by_cue(text, f, ROLE_DIALLED, "dialled, or to be dialled");
	if (cue_find(text, f->to, CUE_OFFICIAL))
		return by_cue(text, f, ROLE_MENTIONED, "code that is only spoken of");
	if (alone)
		return by_rule(text, f, ROLE_CALLER, "only number of the text");
	if (calls(text, f->to))
		return by_cue(text, f, ROLE_CALLER, "code said to have called");
	return by_rule(text, f, ROLE_MENTIONED, "code that is not said to have called");
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
	return !alone && !cue_find(text, before, CUE_NO_DENIAL);
}

static enum number_role authority_role(const struct text *text, const struct number_found *f)
{
	if (f->from == 0 && f->to == text->len)
		return by_rule(text, f, ROLE_CALLER, "nothing but the number");
	if (f->from == 0 && cue_find(text, skip_forward(text, f->to, u" *,:"), CUE_AUTHORITY_CALLS))
		return by_cue(text, f, ROLE_CALLER, "authority said to have called");
	return by_rule(text, f, ROLE_MENTIONED, "authority called for help");
}

static enum number_role role_of(const struct text *text, const struct numbers_found *found,
				size_t i)
{
	const struct number_found *f = &found->list[i];
	bool alone = found->count == 1;
	bool code = f->class == NUMBER_OPERATOR || f->class == NUMBER_SERVICE;
	size_t before = skip_back(text, f->from, u" :(\"是");

	enum numbering_known known = numbering_known(text->language->numbering, f->number.text);

	if (known == NUMBERING_SERVICE_CODE)
		return by_rule(text, f, ROLE_MENTIONED, "number of this service");
	if (code && known == NUMBERING_AUTHORITY)
		return authority_role(text, f);
	if (code)
		return code_role(text, f, alone);
	if (is_own(text, f, alone))
		return by_cue(text, f, ROLE_OWN, "the sender's own");
	if (is_denied(text, f, alone))
		return by_cue(text, f, ROLE_MENTIONED, "said not to be it");
	if (!alone && cue_find(text, skip_back(text, f->from, u" :是号码那个"), CUE_EARLIER))
		return by_cue(text, f, ROLE_MENTIONED, "of an earlier report");
	if (i + 1 < found->count && corrected(text, f->to, found->list[i + 1].from))
		return by_cue(text, f, ROLE_MENTIONED, "taken back");
	if (cue_find(text, before, CUE_CONTACT))
		return by_cue(text, f, ROLE_CONTACT, "where to answer a quoted message");
	return by_rule(text, f, ROLE_CALLER, "nothing says otherwise");
}

bool number_is_either(const struct text *text, const struct number_found *one,
		      const struct number_found *next)
{
	enum { BETWEEN_MAX = 10 }; /* "A, or it was B": longer words are another sentence */
	size_t at = skip_forward(text, one->to, u" ,、)\"");
	const struct cue *cue = cue_find(text, at, CUE_EITHER);

	if (!cue || next->from < at + cue->len || next->from - at > BETWEEN_MAX)
		return false;
	text_note_cue(text, NOTE_EITHER, "one of two, for the call records to tell", one->from,
		      next->to);
	return true;
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
			roles[i] =
				by_rule(text, &found->list[i], ROLE_CALLER, "no sender is named");
	}
}
