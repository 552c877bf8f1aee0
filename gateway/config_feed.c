/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The feed and its sources: what the schema cannot say of them. */
#include <stdio.h>
#include <string.h>

#include "gateway/config_check.h"
#include "gateway/feed_name.h"
#include "gateway/feed_token.h"

/* What is wrong with a key of a source. */
static int source_fault(const struct config_tree *tree, unsigned index, const char *key,
			const char *text)
{
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "feed.sources[%u].%s", index, key);
	return config_tree_fault(tree, path, "%s", text);
}

static bool is_column_number(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= 4 && text[0] != '0' && text[strspn(text, "0123456789")] == 0;
}

/* A name without a header to find it in. The presets of columns that may be absent mean nothing
 * then. */
static bool is_lost_name(const struct config_source *source, enum call_field field)
{
	const char *column = source->columns[field];

	if (source->header || !column[0] || is_column_number(column))
		return false;
	return call_field_needed(field) || strcmp(column, call_field_name(field)) != 0;
}

static int check_columns(const struct config_tree *tree, const struct config_source *source,
			 unsigned index)
{
	char path[CONFIG_PATH_MAX];

	for (int i = 0; i < CALL_FIELD_COUNT; i++) {
		enum call_field field = (enum call_field)i;

		snprintf(path, sizeof(path), "feed.sources[%u].columns.%s", index,
			 call_field_name(field));
		if (!source->columns[i][0] && call_field_needed(field))
			return config_tree_fault(tree, path, "must not be empty");
		if (is_lost_name(source, field))
			return config_tree_fault(tree, path,
						 "'%.60s' is no column number from 1, and there "
						 "is no header to name it",
						 source->columns[i]);
	}
	return 0;
}

static int check_files(const struct config_tree *tree, const struct config_source *source,
		       unsigned index)
{
	const char *delimiter = source->delimiter;

	if (!source->directory[0])
		return 0;
	if (source->file_pattern[0] && !feed_pattern_ok(source->file_pattern))
		return source_fault(
			tree, index, "file_pattern",
			"wants a file name with {seq} in it at most once, and * for any "
			"text");
	if (source->format != FEED_CSV)
		return 0;
	if (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0]) || delimiter[0] & 0x80)
		return source_fault(tree, index, "delimiter",
				    "wants one ASCII character, not a quote or a line end");
	return check_columns(tree, source, index);
}

static int check_name(const struct config_tree *tree, const struct config *config, unsigned index)
{
	const struct config_source *source = &config->feed.sources[index];
	char path[CONFIG_PATH_MAX];

	if (!config_is_name(source->name))
		return source_fault(tree, index, "name",
				    "wants 1 to 31 letters, digits, '.', '_' or '-'");
	for (unsigned i = 0; i < index; i++) {
		if (strcmp(config->feed.sources[i].name, source->name) != 0)
			continue;
		snprintf(path, sizeof(path), "feed.sources[%u].name", index);
		return config_tree_fault(tree, path, "'%s' is already feed.sources[%u]",
					 source->name, i);
	}
	return 0;
}

/* One token, one source: it is known by nothing else. */
static int check_token(const struct config_tree *tree, const struct config *config, unsigned index)
{
	const struct config_source *source = &config->feed.sources[index];

	if (!source->token_hash[0])
		return 0;
	if (!feed_token_hash_ok(source->token_hash))
		return source_fault(
			tree, index, "token_hash",
			"is not a hash as `mianrao feeds token` prints it (sha256:...)");
	if (source->directory[0])
		return source_fault(tree, index, "token_hash",
				    "is of no use: a source with a directory brings files");
	for (unsigned i = 0; i < index; i++)
		if (strcasecmp(config->feed.sources[i].token_hash, source->token_hash) == 0)
			return source_fault(tree, index, "token_hash",
					    "is that of another source as well");
	return 0;
}

static int take_source(const struct config_tree *tree, struct config *config, unsigned index)
{
	struct config_source *source = &config->feed.sources[index];
	int rc = check_name(tree, config, index);

	if (rc == 0 && call_offset_read(source->utc_offset, strlen(source->utc_offset),
					&source->utc_offset_s) < 0)
		rc = source_fault(tree, index, "utc_offset", "is no offset (+08:00)");
	if (rc == 0)
		rc = check_token(tree, config, index);
	return rc ? rc : check_files(tree, source, index);
}

int config_check_feed(const struct config_tree *tree, struct config *config)
{
	int rc = 0;

	if (!config->feed.stream[0])
		return config_tree_fault(tree, "feed.stream", "must not be empty");
	if (!config->feed.group[0])
		return config_tree_fault(tree, "feed.group", "must not be empty");
	for (unsigned i = 0; rc == 0 && i < config->feed.sources_count; i++)
		rc = take_source(tree, config, i);
	return rc;
}
