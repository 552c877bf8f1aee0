/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/config_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <yaml.h>

struct config_tree {
	yaml_document_t document;
	bool loaded;
	const char *name;
	char *error;
};

static int fault_at(const struct config_tree *tree, size_t line, const char *path,
		    const char *format, va_list args)
{
	int len = line ? snprintf(tree->error, CONFIG_ERROR_MAX, "%.200s:%zu: ", tree->name, line)
		       : snprintf(tree->error, CONFIG_ERROR_MAX, "%.200s: ", tree->name);
	size_t used = (size_t)len;
	if (path[0])
		used += (size_t)snprintf(tree->error + used, CONFIG_ERROR_MAX - used,
					 "%.200s: ", path);
	vsnprintf(tree->error + used, CONFIG_ERROR_MAX - used, format, args);
	return -EINVAL;
}

__attribute__((format(printf, 4, 5))) static int node_fault(const struct config_tree *tree,
							    const yaml_node_t *node,
							    const char *path, const char *format,
							    ...)
{
	va_list args;
	va_start(args, format);
	int rc = fault_at(tree, node->start_mark.line + 1, path, format, args);
	va_end(args);
	return rc;
}

static yaml_node_t *node_at(const struct config_tree *tree, int index)
{
	return yaml_document_get_node((yaml_document_t *)&tree->document, index);
}

static yaml_node_t *node_root(const struct config_tree *tree)
{
	return tree->loaded ? node_at(tree, 1) : NULL;
}

static const char *scalar_text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static bool key_is(const yaml_node_t *node, const char *key, size_t len)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.length == len &&
	       memcmp(node->data.scalar.value, key, len) == 0;
}

static yaml_node_t *child_of_key(const struct config_tree *tree, const yaml_node_t *node,
				 const char *key, size_t len)
{
	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++)
		if (key_is(node_at(tree, p->key), key, len))
			return node_at(tree, p->value);
	return NULL;
}

static yaml_node_t *child_of_index(const struct config_tree *tree, const yaml_node_t *node,
				   unsigned long index)
{
	if (!node || node->type != YAML_SEQUENCE_NODE)
		return NULL;
	yaml_node_item_t *item = node->data.sequence.items.start;
	return index < (size_t)(node->data.sequence.items.top - item) ? node_at(tree, item[index])
								      : NULL;
}

/* The node at `path`, or NULL. *line is that of the last node on the way to it, 0 for the root. */
static const yaml_node_t *find_path(const struct config_tree *tree, const char *path, size_t *line)
{
	const yaml_node_t *node = node_root(tree);
	*line = 0;
	while (node && *path) {
		if (*path == '[') {
			char *end;
			node = child_of_index(tree, node, strtoul(path + 1, &end, 10));
			path = *end ? end + 1 : end;
		} else {
			path += *path == '.';
			size_t len = strcspn(path, ".[");
			node = child_of_key(tree, node, path, len);
			path += len;
		}
		if (node)
			*line = node->start_mark.line + 1;
	}
	return node;
}

bool config_tree_has(const struct config_tree *tree, const char *path)
{
	size_t line;
	return find_path(tree, path, &line) != NULL;
}

int config_tree_fault(const struct config_tree *tree, const char *path, const char *format, ...)
{
	size_t line;
	find_path(tree, path, &line);
	va_list args;
	va_start(args, format);
	int rc = fault_at(tree, line, path, format, args);
	va_end(args);
	return rc;
}

/* Checking what was written against the schema. */

static bool word_is_bool(const char *word)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* Decimal or 0x; "010" is refused because YAML readers differ on what it means. */
static bool read_number(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-');
	bool hex = strncmp(digits, "0x", 2) == 0;
	if (hex)
		digits += 2;
	else if (digits[0] == '0' && digits[1])
		return false;
	const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";
	if (!*digits || digits[strspn(digits, allowed)])
		return false;
	errno = 0;
	*out = strtoll(text, NULL, hex ? 16 : 10);
	return errno == 0;
}

static int check_number(const struct config_tree *tree, const yaml_node_t *node,
			const struct config_place *at)
{
	const struct config_range *range = config_range_find(at->pattern);
	int64_t value;
	if (!read_number(scalar_text(node), &value))
		return node_fault(tree, node, at->path, "'%.60s' is not a whole number",
				  scalar_text(node));
	if (range && (value < range->min || value > range->max))
		return node_fault(tree, node, at->path,
				  "%" PRId64 " is not within %" PRId64 " to %" PRId64, value,
				  range->min, range->max);
	return 0;
}

static int check_word(const struct config_tree *tree, const struct cyaml_schema_value *schema,
		      const yaml_node_t *node, const struct config_place *at)
{
	char words[512] = ""; /* of the longest list, the senses of keywords, twice as much */
	for (uint32_t i = 0; i < schema->enumeration.count; i++) {
		const char *word = schema->enumeration.strings[i].str;
		if (strcmp(word, scalar_text(node)) == 0)
			return 0;
		size_t used = strlen(words);
		snprintf(words + used, sizeof words - used, "%s%s", used ? ", " : "", word);
	}
	return node_fault(tree, node, at->path, "'%.60s' is none of: %s", scalar_text(node), words);
}

static int check_scalar(const struct config_tree *tree, const struct cyaml_schema_value *schema,
			const yaml_node_t *node, const struct config_place *at)
{
	if (node->type != YAML_SCALAR_NODE)
		return node_fault(tree, node, at->path, "a single value is wanted here");
	if (memchr(node->data.scalar.value, 0, node->data.scalar.length))
		return node_fault(tree, node, at->path, "holds a NUL");
	if (schema->type == CYAML_UINT || schema->type == CYAML_INT)
		return check_number(tree, node, at);
	if (schema->type == CYAML_ENUM)
		return check_word(tree, schema, node, at);
	if (schema->type == CYAML_BOOL && !word_is_bool(scalar_text(node)))
		return node_fault(tree, node, at->path, "'%.60s' is neither true nor false",
				  scalar_text(node));
	if (schema->type == CYAML_STRING && node->data.scalar.length < schema->string.min)
		return node_fault(tree, node, at->path, "must not be empty");
	if (schema->type == CYAML_STRING && node->data.scalar.length > schema->string.max)
		return node_fault(tree, node, at->path, "is longer than %u octets",
				  (unsigned)schema->string.max);
	return 0;
}

static int check_node(const struct config_tree *tree, const struct cyaml_schema_value *schema,
		      const yaml_node_t *node, const struct config_place *at);

static const struct cyaml_schema_field *find_field(const struct cyaml_schema_value *schema,
						   const yaml_node_t *key)
{
	const struct cyaml_schema_field *field = schema->mapping.fields;
	while (field->key && !key_is(key, field->key, strlen(field->key)))
		field++;
	return field->key ? field : NULL;
}

static int check_required(const struct config_tree *tree, const struct cyaml_schema_value *schema,
			  const yaml_node_t *node, const struct config_place *at)
{
	for (const struct cyaml_schema_field *field = schema->mapping.fields; field->key; field++)
		if (!(field->value.flags & CYAML_FLAG_OPTIONAL) &&
		    !child_of_key(tree, node, field->key, strlen(field->key)))
			return node_fault(tree, node, at->path, "has no key '%s'", field->key);
	return 0;
}

static int check_mapping(const struct config_tree *tree, const struct cyaml_schema_value *schema,
			 const yaml_node_t *node, const struct config_place *at)
{
	if (node->type != YAML_MAPPING_NODE)
		return node_fault(tree, node, at->path, "keys with values are wanted here");
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = node_at(tree, p->key);
		const struct cyaml_schema_field *field = find_field(schema, key);
		if (!field)
			return node_fault(tree, key, at->path, "unknown key '%.60s'",
					  key->type == YAML_SCALAR_NODE ? scalar_text(key) : "?");
		struct config_place below = config_place_key(at, field->key);
		for (yaml_node_pair_t *q = node->data.mapping.pairs.start; q < p; q++)
			if (key_is(node_at(tree, q->key), field->key, strlen(field->key)))
				return node_fault(tree, key, below.path, "comes twice");
		int rc = check_node(tree, &field->value, node_at(tree, p->value), &below);
		if (rc)
			return rc;
	}
	return check_required(tree, schema, node, at);
}

static int check_sequence(const struct config_tree *tree, const struct cyaml_schema_value *schema,
			  const yaml_node_t *node, const struct config_place *at)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return node_fault(tree, node, at->path, "a list is wanted here");
	yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	if (count > schema->sequence.max)
		return node_fault(tree, node, at->path, "has more than %u entries",
				  (unsigned)schema->sequence.max);
	for (unsigned i = 0; i < count; i++) {
		struct config_place below = config_place_index(at, i);
		int rc = check_node(tree, schema->sequence.entry, node_at(tree, item[i]), &below);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_node(const struct config_tree *tree, const struct cyaml_schema_value *schema,
		      const yaml_node_t *node, const struct config_place *at)
{
	if (schema->type == CYAML_MAPPING)
		return check_mapping(tree, schema, node, at);
	if (schema->type == CYAML_SEQUENCE)
		return check_sequence(tree, schema, node, at);
	return check_scalar(tree, schema, node, at);
}

/* Reading. */

static int tree_free(struct config_tree *tree)
{
	if (tree->loaded)
		yaml_document_delete(&tree->document);
	return 0;
}

static int parser_fault(const struct config_tree *tree, const yaml_parser_t *parser)
{
	snprintf(tree->error, CONFIG_ERROR_MAX, "%.200s:%zu: %s%s%s", tree->name,
		 parser->problem_mark.line + 1, parser->context ? parser->context : "",
		 parser->context ? ": " : "", parser->problem ? parser->problem : "not YAML");
	return -EINVAL;
}

/* One document and nothing after it. */
static int load_document(struct config_tree *tree, yaml_parser_t *parser)
{
	if (!yaml_parser_load(parser, &tree->document))
		return parser_fault(tree, parser);
	tree->loaded = true;
	yaml_document_t next;
	if (!yaml_parser_load(parser, &next))
		return parser_fault(tree, parser);
	bool more = yaml_document_get_root_node(&next) != NULL;
	yaml_document_delete(&next);
	if (!more)
		return 0;
	snprintf(tree->error, CONFIG_ERROR_MAX, "%.200s: holds more than one document", tree->name);
	return -EINVAL;
}

int config_tree_read(void *ctx, const char *name, const char *text, size_t len,
		     struct config_tree **out, char error[CONFIG_ERROR_MAX])
{
	struct config_tree *tree = talloc_zero(ctx, struct config_tree);
	yaml_parser_t parser;
	if (!tree || !yaml_parser_initialize(&parser)) {
		talloc_free(tree);
		return -ENOMEM;
	}
	talloc_set_destructor(tree, tree_free);
	tree->name = name;
	tree->error = error;
	int rc = 0;
	if (text) {
		yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
		rc = load_document(tree, &parser);
	}
	yaml_parser_delete(&parser);
	const struct config_place top = { "", "" };
	if (rc == 0 && !config_tree_is_empty(tree))
		rc = check_node(tree, &config_schema, node_root(tree), &top);
	if (rc == 0)
		*out = tree;
	else
		talloc_free(tree);
	return rc;
}

bool config_tree_is_empty(const struct config_tree *tree)
{
	const yaml_node_t *root = node_root(tree);
	return !root || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0) ||
	       (root->type == YAML_MAPPING_NODE &&
		root->data.mapping.pairs.start == root->data.mapping.pairs.top);
}
