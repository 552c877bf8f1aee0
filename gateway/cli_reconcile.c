/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* `mianrao rewards reconcile FILE`: what the rewards system says of a day, against the ledger. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/reconcile.h"

enum { BATCH = 500 };

/* An entry of the file. */
struct there {
	struct reconcile_entry entry;
	bool seen; /* in the ledger's day */
};

struct account {
	const struct cli *cli;
	struct reconcile_reader reader;
	struct there *entries; /* by id, once the file is read */
	size_t count;
	size_t cap;
	uint64_t matched;
	uint64_t here_mb; /* of what was compared */
	uint64_t there_mb;
	json_t *differences;
	json_t *errors;
};

/* ---- what differs ---- */

static json_t *side(const struct reconcile_entry *entry)
{
	return entry ? json_pack("{ss sI}", "state", reward_state_name(entry->kind, entry->state),
				 "amount_mb", (json_int_t)entry->amount_mb)
		     : json_null();
}

static void add_difference(struct account *account, const char *what,
			   const struct reconcile_entry *here, const struct reconcile_entry *there)
{
	json_t *row = json_pack("{ss ss}", "what", what, "id", here ? here->id : there->id);

	json_object_set_new(row, "here", side(here));
	json_object_set_new(row, "there", side(there));
	json_object_set_new(row, "line",
			    there ? json_integer((json_int_t)there->line) : json_null());
	json_array_append_new(account->differences, row);
}

static void compare(struct account *account, const struct reconcile_entry *here,
		    const struct reconcile_entry *there)
{
	unsigned bits = reconcile_compare(here, there);

	account->here_mb += here->amount_mb;
	account->there_mb += there->amount_mb;
	if (bits & RECONCILE_AMOUNT_DIFFERS)
		add_difference(account, "amount differs", here, there);
	if (bits & RECONCILE_STATE_DIFFERS)
		add_difference(account, "state differs", here, there);
	account->matched += bits == RECONCILE_SAME;
}

/* ---- the file ---- */

static int by_id(const void *left, const void *right)
{
	const struct there *a = left;
	const struct there *b = right;
	int order = strcmp(a->entry.id, b->entry.id);

	return order ? order : (a->entry.line > b->entry.line) - (a->entry.line < b->entry.line);
}

static bool keep(struct account *account, const struct reconcile_entry *entry)
{
	if (account->count == account->cap) {
		size_t cap = account->cap ? account->cap * 2 : 1024;
		struct there *entries = reallocarray(account->entries, cap, sizeof(*entries));

		if (!entries)
			return false;
		account->entries = entries;
		account->cap = cap;
	}
	account->entries[account->count++] = (struct there){ .entry = *entry };
	return true;
}

static void add_error(struct account *account, const char *error)
{
	json_t *text = json_string(error);

	json_array_append_new(account->errors,
			      json_pack("{sI so}", "line", (json_int_t)account->reader.line,
					"error", text ? text : json_string("is not UTF-8")));
}

static bool read_lines(struct account *account, FILE *file)
{
	char error[RECONCILE_ERROR_MAX];
	struct reconcile_entry entry;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	bool ok = true;

	while (ok && (len = getline(&line, &cap, file)) > 0) {
		len -= line[len - 1] == '\n';
		int rc = reconcile_read(&account->reader, line, (size_t)len, &entry, error);
		if (rc < 0)
			add_error(account, error);
		else if (rc > 0)
			ok = keep(account, &entry);
	}
	free(line);
	return ok && !ferror(file);
}

/* An id that stands there twice is credited twice, or listed wrongly: the first one is compared. */
static void drop_repeats(struct account *account)
{
	size_t kept = 0;

	if (account->count > 0)
		qsort(account->entries, account->count, sizeof(*account->entries), by_id);
	for (size_t i = 0; i < account->count; i++) {
		struct there *there = &account->entries[i];

		if (kept > 0 && strcmp(account->entries[kept - 1].entry.id, there->entry.id) == 0)
			add_difference(account, "duplicate", NULL, &there->entry);
		else
			account->entries[kept++] = *there;
	}
	account->count = kept;
}

static struct there *find(const struct account *account, const char *id)
{
	struct there key = { .entry = { .line = 0 } };
	size_t low = 0;
	size_t high = account->count;

	snprintf(key.entry.id, sizeof(key.entry.id), "%s", id);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(account->entries[middle].entry.id, key.entry.id);

		if (order == 0)
			return &account->entries[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---- the ledger ---- */

static bool take_here(const json_t *row, struct reconcile_entry *out)
{
	const char *id = json_string_value(json_object_get(row, "id"));
	const char *state = json_string_value(json_object_get(row, "state"));

	*out = (struct reconcile_entry){ .amount_mb = (uint64_t)json_integer_value(
						 json_object_get(row, "amount_mb")) };
	if (!id || !state || !reward_id_valid(id) || reward_state_parse(state, &out->state) < 0)
		return false;
	memcpy(out->id, id, strlen(id) + 1);
	out->kind = reward_kind_of(id);
	return true;
}

/* What moved data, and only that, has to be there. */
static void compare_row(struct account *account, const json_t *row)
{
	struct reconcile_entry here;
	struct there *there;

	if (!take_here(row, &here))
		return;
	there = find(account, here.id);
	if (there) {
		there->seen = true;
		compare(account, &here, &there->entry);
	} else if (here.state == REWARD_STATE_CREDITED) {
		account->here_mb += here.amount_mb;
		add_difference(account, "missing there", &here, NULL);
	}
}

static enum cli_exit compare_day(struct account *account, const struct settlement_day *day)
{
	json_int_t after_ms = -1;
	char after_id[REWARD_KEY_MAX] = "";
	bool more = true;

	while (more) {
		json_t *result, *row;
		size_t i;
		enum cli_exit code =
			cli_ask(account->cli,
				json_pack("{ss sI sI sI ss}", "command", "reward_ledger", "from_ms",
					  (json_int_t)day->from_ms, "to_ms", (json_int_t)day->to_ms,
					  "after_ms", after_ms, "after_id", after_id),
				&result);

		if (code)
			return code;
		json_array_foreach(json_object_get(result, "entries"), i, row)
		{
			compare_row(account, row);
			after_ms = json_integer_value(json_object_get(row, "changed_ms"));
			snprintf(after_id, sizeof(after_id), "%s",
				 json_string_value(json_object_get(row, "id")));
		}
		more = json_is_true(json_object_get(result, "more"));
		json_decref(result);
	}
	return CLI_OK;
}

static enum cli_exit look_up(struct account *account, struct there **batch, size_t count)
{
	json_t *ids = json_array();
	json_t *result, *row;
	enum cli_exit code;
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(ids, json_string(batch[i]->entry.id));
	code = cli_ask(account->cli, json_pack("{ss so}", "command", "reward_lookup", "ids", ids),
		       &result);
	if (code)
		return code;
	json_array_foreach(json_object_get(result, "entries"), i, row)
	{
		struct reconcile_entry here;

		if (i >= count)
			break;
		if (take_here(row, &here)) {
			compare(account, &here, &batch[i]->entry);
			continue;
		}
		account->there_mb += batch[i]->entry.amount_mb;
		add_difference(account, "missing here", NULL, &batch[i]->entry);
	}
	json_decref(result);
	return CLI_OK;
}

/* What the ledger changed on another day, or does not know. */
static enum cli_exit compare_rest(struct account *account)
{
	struct there *batch[BATCH];
	enum cli_exit code = CLI_OK;
	size_t count = 0;

	for (size_t i = 0; code == CLI_OK && i < account->count; i++) {
		if (!account->entries[i].seen)
			batch[count++] = &account->entries[i];
		if (count < BATCH)
			continue;
		code = look_up(account, batch, count);
		count = 0;
	}
	return code == CLI_OK && count > 0 ? look_up(account, batch, count) : code;
}

/* ---- the command ---- */

static enum cli_exit report(struct account *account, const struct settlement_day *day)
{
	const struct cli *cli = account->cli;
	bool same =
		json_array_size(account->differences) == 0 && json_array_size(account->errors) == 0;
	json_t *result = json_pack(
		"{sb ss sI sI sI sI sO sO}", "balanced", same, "day", day->text, "entries",
		(json_int_t)account->reader.entries, "matched", (json_int_t)account->matched,
		"here_mb", (json_int_t)account->here_mb, "there_mb", (json_int_t)account->there_mb,
		"differences", account->differences, "errors", account->errors);

	cli_print(cli, result, cli_show);
	json_decref(result);
	return same ? CLI_OK : CLI_REFUSED;
}

static enum cli_exit reconcile(struct account *account, const struct settlement_day *day)
{
	enum cli_exit code;

	drop_repeats(account);
	code = compare_day(account, day);
	if (code == CLI_OK)
		code = compare_rest(account);
	return code == CLI_OK ? report(account, day) : code;
}

enum cli_exit cli_reconcile(const struct cli *cli, const char *path, const char *day_text)
{
	struct account account = { .cli = cli,
				   .differences = json_array(),
				   .errors = json_array() };
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	enum cli_exit code = CLI_REFUSED;
	struct settlement_day day;

	if (!file || !read_lines(&account, file)) {
		fprintf(cli->errors, "mianrao: %s: %s\n", path, strerror(errno));
	} else if (day_text ? settlement_day_read(day_text, &day) < 0 : !account.reader.has_day) {
		fprintf(cli->errors, "mianrao: %s: say which day it is of: --day 2026-11-25\n",
			path);
		code = CLI_USAGE;
	} else {
		code = reconcile(&account, day_text ? &day : &account.reader.day);
	}
	if (file && file != stdin)
		fclose(file);
	free(account.entries);
	json_decref(account.differences);
	json_decref(account.errors);
	return code;
}
