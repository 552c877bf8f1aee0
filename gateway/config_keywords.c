/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The keywords: from the file's entries to a table that is looked up. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/config_check.h"

static int fault_at(const struct config_tree *tree, const struct config_keyword *entries,
		    const struct keyword_fault *fault)
{
	char path[CONFIG_PATH_MAX];

	if (fault->word < entries[fault->source].words_count)
		snprintf(path, sizeof(path), "keywords[%zu].words[%zu]", fault->source,
			 fault->word);
	else
		snprintf(path, sizeof(path), "keywords[%zu]", fault->source);
	return config_tree_fault(tree, path, "%s", fault->text);
}

/* A code becomes its canonical number, and has to be one of ours. */
static int take_code(const struct config_tree *tree, void *ctx, const struct config *config,
		     unsigned entry, unsigned index)
{
	char **code = &config->keywords[entry].codes[index];
	char path[CONFIG_PATH_MAX];
	struct number number;

	snprintf(path, sizeof(path), "keywords[%u].codes[%u]", entry, index);
	if (config_read_code(config->tables->numbering, *code, strlen(*code), &number) < 0 ||
	    !config_is_service_code(config, number.text))
		return config_tree_fault(tree, path, "'%.60s' is none of reports.service_codes",
					 *code);
	*code = talloc_strdup(ctx, number.text);
	return *code ? 0 : -ENOMEM;
}

static int take_entry(const struct config_tree *tree, void *ctx, const struct config *config,
		      unsigned i, struct keyword_source *out)
{
	const struct config_keyword *entry = &config->keywords[i];
	int rc = 0;

	for (unsigned k = 0; rc == 0 && k < entry->codes_count; k++)
		rc = take_code(tree, ctx, config, i, k);
	*out = (struct keyword_source){
		.sense = entry->sense,
		.scope = entry->scope,
		.needs_receipt = entry->needs_receipt,
		.words = (const char *const *)entry->words,
		.word_count = entry->words_count,
		.codes = (const char *const *)entry->codes,
		.code_count = entry->codes_count,
	};
	return rc;
}

int config_check_keywords(const struct config_tree *tree, void *ctx, struct config *config)
{
	unsigned count = config->keywords_count;
	struct keyword_source *sources = talloc_array(ctx, struct keyword_source, count + 1);
	struct keyword_table *table;
	struct keyword_fault fault;
	int rc = sources ? 0 : -ENOMEM;

	for (unsigned i = 0; rc == 0 && i < count; i++)
		rc = take_entry(tree, ctx, config, i, &sources[i]);
	if (rc == 0)
		rc = keyword_table_compile(ctx, config->tables->language, sources, count, &table,
					   &fault);
	talloc_free(sources);
	if (rc == -EBADMSG)
		return fault_at(tree, config->keywords, &fault);
	if (rc == 0)
		config->keyword_table = table;
	return rc;
}
