/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/config_fill.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

/* A value is in place, or behind a pointer; lists always are (CYAML_FLAG_POINTER). */

static unsigned list_count(const struct cyaml_schema_field *field, const void *mapping)
{
	unsigned count;
	memcpy(&count, (const char *)mapping + field->count_offset, sizeof count);
	return count;
}

static size_t entry_size(const struct cyaml_schema_value *list)
{
	const struct cyaml_schema_value *entry = list->sequence.entry;
	return entry->flags & CYAML_FLAG_POINTER ? sizeof(void *) : entry->data_size;
}

static int copy_mapping(void *ctx, const struct cyaml_schema_value *schema, void *to,
			const void *from);

static int copy_text(void *ctx, void *to, const void *from)
{
	const char *text = *(char *const *)from;
	char *copy = text ? talloc_strdup(ctx, text) : NULL;
	if (text && !copy)
		return -ENOMEM;
	*(char **)to = copy;
	return 0;
}

static int copy_list(void *ctx, const struct cyaml_schema_field *field, void *to, const void *from)
{
	const struct cyaml_schema_value *entry = field->value.sequence.entry;
	unsigned count = list_count(field, from);
	size_t size = entry_size(&field->value);
	const char *source = *(const char *const *)((const char *)from + field->data_offset);
	char *copy = count ? talloc_zero_array(ctx, char, count *size) : NULL;
	if (count && !copy)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		int rc = entry->type == CYAML_MAPPING
				 ? copy_mapping(ctx, entry, copy + i * size, source + i * size)
				 : copy_text(ctx, copy + i * size, source + i * size);
		if (rc)
			return rc;
	}
	*(char **)((char *)to + field->data_offset) = copy;
	memcpy((char *)to + field->count_offset, &count, sizeof count);
	return 0;
}

static int copy_field(void *ctx, const struct cyaml_schema_field *field, void *to, const void *from)
{
	void *target = (char *)to + field->data_offset;
	const void *source = (const char *)from + field->data_offset;
	if (field->value.type == CYAML_SEQUENCE)
		return copy_list(ctx, field, to, from);
	if (field->value.type == CYAML_MAPPING)
		return copy_mapping(ctx, &field->value, target, source);
	if (field->value.type == CYAML_STRING)
		return copy_text(ctx, target, source);
	memcpy(target, source, field->value.data_size);
	return 0;
}

static int copy_mapping(void *ctx, const struct cyaml_schema_value *schema, void *to,
			const void *from)
{
	for (const struct cyaml_schema_field *field = schema->mapping.fields; field->key; field++) {
		int rc = copy_field(ctx, field, to, from);
		if (rc)
			return rc;
	}
	return 0;
}

struct fill {
	const struct config_tree *tree;
	const struct config_preset *preset;
	void *ctx;
};

static int fill_mapping(const struct fill *fill, const struct cyaml_schema_value *schema,
			const struct config_place *at, void *to, const void *preset);

static int fill_list(const struct fill *fill, const struct cyaml_schema_field *field,
		     const struct config_place *at, void *to)
{
	const struct cyaml_schema_value *entry = field->value.sequence.entry;
	if (entry->type != CYAML_MAPPING)
		return 0;
	char *data = *(char **)((char *)to + field->data_offset);
	for (unsigned i = 0; i < list_count(field, to); i++) {
		struct config_place below = config_place_index(at, i);
		int rc = fill_mapping(fill, entry, &below, data + i * entry_size(&field->value),
				      config_preset_entry(fill->preset, below.pattern));
		if (rc)
			return rc;
	}
	return 0;
}

static int fill_field(const struct fill *fill, const struct cyaml_schema_field *field,
		      const struct config_place *at, void *to, const void *preset)
{
	if (!config_tree_has(fill->tree, at->path))
		return copy_field(fill->ctx, field, to, preset);
	if (field->value.type == CYAML_MAPPING)
		return fill_mapping(fill, &field->value, at, (char *)to + field->data_offset,
				    (const char *)preset + field->data_offset);
	if (field->value.type == CYAML_SEQUENCE)
		return fill_list(fill, field, at, to);
	return 0;
}

static int fill_mapping(const struct fill *fill, const struct cyaml_schema_value *schema,
			const struct config_place *at, void *to, const void *preset)
{
	for (const struct cyaml_schema_field *field = schema->mapping.fields; field->key; field++) {
		struct config_place below = config_place_key(at, field->key);
		int rc = fill_field(fill, field, &below, to, preset);
		if (rc)
			return rc;
	}
	return 0;
}

int config_fill(const struct config_tree *tree, void *ctx, struct config_file *file,
		const struct config_preset *preset)
{
	const struct config_place top = { "", "" };
	const struct fill fill = { tree, preset, ctx };
	return fill_mapping(&fill, &config_schema, &top, file, &preset->file);
}

/* Values as text. */

static int64_t read_integer(const struct cyaml_schema_value *schema, const void *data)
{
	bool is_signed = schema->type == CYAML_INT;
	if (schema->data_size == sizeof(uint16_t))
		return *(const uint16_t *)data;
	if (schema->data_size == sizeof(uint32_t))
		return is_signed ? *(const int32_t *)data : (int64_t) * (const uint32_t *)data;
	return *(const int64_t *)data;
}

static const char *word_of(const struct cyaml_schema_value *schema, int64_t value)
{
	for (uint32_t i = 0; i < schema->enumeration.count; i++)
		if (schema->enumeration.strings[i].val == value)
			return schema->enumeration.strings[i].str;
	return "?";
}

struct visit {
	config_visit_cb *visit;
	void *user;
};

static int visit_mapping(const struct visit *visit, const struct cyaml_schema_value *schema,
			 const struct config_place *at, const void *data);

static int visit_scalar(const struct visit *visit, const struct cyaml_schema_value *schema,
			const struct config_place *at, const void *data)
{
	char number[24];
	const char *text = number;
	if (schema->type == CYAML_STRING)
		text = *(char *const *)data;
	else if (schema->type == CYAML_BOOL)
		text = *(const bool *)data ? "true" : "false";
	else if (schema->type == CYAML_ENUM)
		text = word_of(schema, read_integer(schema, data));
	else
		snprintf(number, sizeof number, "%" PRId64, read_integer(schema, data));
	return visit->visit(visit->user, at, text ? text : "");
}

static int visit_list(const struct visit *visit, const struct cyaml_schema_field *field,
		      const struct config_place *at, const void *mapping)
{
	const struct cyaml_schema_value *entry = field->value.sequence.entry;
	const char *data = *(const char *const *)((const char *)mapping + field->data_offset);
	unsigned count = list_count(field, mapping);
	if (count == 0)
		return visit->visit(visit->user, at, "[]");
	for (unsigned i = 0; i < count; i++) {
		struct config_place below = config_place_index(at, i);
		const char *item = data + i * entry_size(&field->value);
		int rc = entry->type == CYAML_MAPPING ? visit_mapping(visit, entry, &below, item)
						      : visit_scalar(visit, entry, &below, item);
		if (rc)
			return rc;
	}
	return 0;
}

static int visit_mapping(const struct visit *visit, const struct cyaml_schema_value *schema,
			 const struct config_place *at, const void *data)
{
	for (const struct cyaml_schema_field *field = schema->mapping.fields; field->key; field++) {
		struct config_place below = config_place_key(at, field->key);
		const void *value = (const char *)data + field->data_offset;
		int rc;
		if (field->value.type == CYAML_SEQUENCE)
			rc = visit_list(visit, field, &below, data);
		else if (field->value.type == CYAML_MAPPING)
			rc = visit_mapping(visit, &field->value, &below, value);
		else
			rc = visit_scalar(visit, &field->value, &below, value);
		if (rc)
			return rc;
	}
	return 0;
}

int config_visit(const struct config_file *file, config_visit_cb *visit, void *user)
{
	const struct config_place top = { "", "" };
	const struct visit walk = { visit, user };
	return visit_mapping(&walk, &config_schema, &top, file);
}
