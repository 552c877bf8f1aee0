/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules/blocked_list.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(BLOCKED_LIST_MAX * (sizeof("2 1000000000 9223372036854775807 \n") + NUMBER_MAX) <
		      BLOCKED_LIST_TEXT_MAX,
	      "a whole list fits");

void blocked_list_write(const struct blocked_list *list, char out[BLOCKED_LIST_TEXT_MAX])
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->count && i < BLOCKED_LIST_MAX; i++) {
		const struct blocked_entry *entry = &list->entries[i];

		at += (size_t)snprintf(out + at, BLOCKED_LIST_TEXT_MAX - at,
				       "%d %" PRIu32 " %" PRId64 " %s\n", (int)entry->channel,
				       entry->count, entry->last_ms, entry->sender.text);
	}
}

/* A number and the blank behind it; what follows, or NULL. */
static const char *read_value(const char *at, int64_t max, int64_t *out)
{
	char *end;

	if (!at || *at < '0' || *at > '9')
		return NULL;
	errno = 0;
	*out = strtoll(at, &end, 10);
	return errno || *end != ' ' || *out > max ? NULL : end + 1;
}

static bool is_channel(int64_t value)
{
	return value == BLOCKED_CALL || value == BLOCKED_SMS;
}

/* One line; what follows it, or NULL. A name may hold blanks. */
static const char *read_line(const char *line, struct blocked_entry *out)
{
	int64_t channel = 0;
	int64_t count = 0;
	const char *at = read_value(line, BLOCKED_SMS, &channel);
	size_t len;

	at = read_value(at, BLOCKED_COUNT_MAX, &count);
	at = read_value(at, INT64_MAX, &out->last_ms);
	len = at ? strcspn(at, "\n") : 0;
	if (!at || !is_channel(channel) || count == 0 || len == 0 || len >= NUMBER_MAX ||
	    at[len] != '\n')
		return NULL;
	memcpy(out->sender.text, at, len);
	out->sender.text[len] = '\0';
	out->channel = (enum blocked_channel)channel;
	out->count = (uint32_t)count;
	return number_form(out->sender.text) == NUMBER_FORM_NONE ? NULL : at + len + 1;
}

int blocked_list_read(const char *text, struct blocked_list *out)
{
	struct blocked_list list = { 0 };

	while (*text) {
		if (list.count == BLOCKED_LIST_MAX)
			return -EBADMSG;
		text = read_line(text, &list.entries[list.count++]);
		if (!text)
			return -EBADMSG;
	}
	*out = list;
	return 0;
}
