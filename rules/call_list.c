/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/call_list.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool call_list_has(const struct call_list *list, const char *number)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->entries[i].number.text, number) == 0)
			return true;
	return false;
}

static bool can_be_reported(const struct callers *callers, const struct number *caller)
{
	enum number_form form = number_form(caller->text);

	if (form == NUMBER_FORM_NONE || form == NUMBER_FORM_ALPHA || form == NUMBER_FORM_WITHHELD)
		return false;
	for (size_t i = 0; i < callers->except_count; i++)
		if (strcmp(callers->except[i], caller->text) == 0)
			return false;
	return !callers->only || call_list_has(callers->only, caller->text);
}

static void remove_at(struct callers *callers, size_t at)
{
	callers->count--;
	memmove(&callers->list[at], &callers->list[at + 1],
		(callers->count - at) * sizeof(callers->list[0]));
}

/* Into its place, before the first that is not newer; the oldest falls off a full list. */
static void insert(struct callers *callers, const struct call_record *record)
{
	size_t at = 0;

	while (at < callers->count && callers->list[at].start_ms > record->start_ms)
		at++;
	if (at == CALLERS_MAX)
		return;
	if (callers->count == CALLERS_MAX)
		callers->count--;
	memmove(&callers->list[at + 1], &callers->list[at],
		(callers->count - at) * sizeof(callers->list[0]));
	callers->list[at] = (struct call_list_entry){ record->caller, record->start_ms };
	callers->count++;
}

static void add_call(struct callers *callers, const struct call_record *record)
{
	for (size_t i = 0; i < callers->count; i++) {
		if (strcmp(callers->list[i].number.text, record->caller.text) != 0)
			continue;
		if (callers->list[i].start_ms >= record->start_ms)
			return;
		remove_at(callers, i);
		break;
	}
	insert(callers, record);
}

void callers_add_run(struct callers *callers, const uint8_t *run, size_t len, int64_t day_start_ms)
{
	struct call_record record;

	for (size_t at = 0; at + CALL_PACKED_SIZE <= len; at += CALL_PACKED_SIZE) {
		if (call_record_unpack(run + at, day_start_ms, &record) < 0)
			continue;
		if (record.start_ms >= callers->from_ms && record.start_ms < callers->to_ms &&
		    can_be_reported(callers, &record.caller))
			add_call(callers, &record);
	}
}

void callers_drop(struct callers *callers, const char *number)
{
	for (size_t i = 0; i < callers->count; i++) {
		if (strcmp(callers->list[i].number.text, number) == 0) {
			remove_at(callers, i);
			return;
		}
	}
}

void call_list_make(const struct callers *callers, size_t max, struct call_list *out)
{
	out->count = callers->count;
	if (out->count > max)
		out->count = max;
	if (out->count > CALL_LIST_MAX)
		out->count = CALL_LIST_MAX;
	memcpy(out->entries, callers->list, out->count * sizeof(out->entries[0]));
}

static_assert(CALL_LIST_MAX * (NUMBER_MAX + 22) < CALL_LIST_TEXT_MAX, "a whole list fits");

void call_list_write(const struct call_list *list, char out[CALL_LIST_TEXT_MAX])
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->count && i < CALL_LIST_MAX; i++)
		at += (size_t)snprintf(out + at, CALL_LIST_TEXT_MAX - at, "%s %" PRId64 "\n",
				       list->entries[i].number.text, list->entries[i].start_ms);
}

/* One line; what follows it, or NULL. */
static const char *read_line(const char *line, struct call_list_entry *out)
{
	size_t len = strcspn(line, " \n");
	char *end;

	if (len == 0 || len >= NUMBER_MAX || line[len] != ' ' || line[len + 1] < '0' ||
	    line[len + 1] > '9')
		return NULL;
	memcpy(out->number.text, line, len);
	out->number.text[len] = '\0';
	errno = 0;
	out->start_ms = strtoll(line + len + 1, &end, 10);
	if (errno || *end != '\n' || number_form(out->number.text) == NUMBER_FORM_NONE)
		return NULL;
	return end + 1;
}

int call_list_read(const char *text, struct call_list *out)
{
	struct call_list list = { 0 };

	while (*text) {
		if (list.count == CALL_LIST_MAX)
			return -EBADMSG;
		text = read_line(text, &list.entries[list.count++]);
		if (!text)
			return -EBADMSG;
	}
	*out = list;
	return 0;
}
