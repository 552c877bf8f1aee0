/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* SIP screening: what the schema cannot say of it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cidr.h"
#include "gateway/config_check.h"

__attribute__((format(printf, 3, 4))) static const char *
path_of(char path[CONFIG_PATH_MAX], unsigned index, const char *format, ...)
{
	va_list args;
	int n = snprintf(path, CONFIG_PATH_MAX, "sip.sources[%u].", index);

	va_start(args, format);
	vsnprintf(path + n, CONFIG_PATH_MAX - (size_t)n, format, args);
	va_end(args);
	return path;
}

static int check_listener(const struct config_tree *tree, const struct config_sip *sip,
			  unsigned index)
{
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "sip.listeners[%u].address", index);
	if (config_is_address(sip->listeners[index].address))
		return 0;
	return config_tree_fault(tree, path, "'%.60s' is no numeric address",
				 sip->listeners[index].address);
}

static bool is_token(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", *text))
			return false;
	return true;
}

static int check_headers(const struct config_tree *tree, const struct config_sip_source *source,
			 unsigned index)
{
	char path[CONFIG_PATH_MAX];

	if (!is_token(source->trunk_header))
		return config_tree_fault(tree, path_of(path, index, "trunk_header"),
					 "'%.60s' is no name of a header", source->trunk_header);
	if (!is_token(source->roaming_header))
		return config_tree_fault(tree, path_of(path, index, "roaming_header"),
					 "'%.60s' is no name of a header", source->roaming_header);
	if (source->trunks_count > 0 && !source->trunk_header[0])
		return config_tree_fault(tree, path_of(path, index, "trunks"),
					 "need a trunk_header that names the trunk");
	return 0;
}

static int check_source(const struct config_tree *tree, const struct config_sip *sip,
			unsigned index)
{
	const struct config_sip_source *source = &sip->sources[index];
	char path[CONFIG_PATH_MAX];
	struct cidr block;

	if (!config_is_name(source->name))
		return config_tree_fault(tree, path_of(path, index, "name"),
					 "wants 1 to 31 letters, digits, '.', '_' or '-'");
	for (unsigned i = 0; i < index; i++)
		if (strcmp(sip->sources[i].name, source->name) == 0)
			return config_tree_fault(tree, path_of(path, index, "name"),
						 "'%s' is already sip.sources[%u]", source->name,
						 i);
	for (unsigned i = 0; i < source->addresses_count; i++)
		if (cidr_parse(source->addresses[i], &block) < 0)
			return config_tree_fault(tree, path_of(path, index, "addresses[%u]", i),
						 "'%.60s' is no address block",
						 source->addresses[i]);
	return check_headers(tree, source, index);
}

/* What is copied into a header must not be able to end it. */
static int check_text(const struct config_tree *tree, const char *key, const char *text)
{
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "sip.reject.%s", key);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return config_tree_fault(tree, path, "holds a control character");
	return 0;
}

static int check_reject(const struct config_tree *tree, const struct config_sip_reject *reject)
{
	int rc = check_text(tree, "phrase", reject->phrase);

	if (rc == 0)
		rc = check_text(tree, "reason", reject->reason);
	if (rc == 0)
		rc = check_text(tree, "call_info", reject->call_info);
	/* RFC 8688 §3: who gets a 608 must be able to find out whom to ask. */
	if (rc == 0 && reject->status == 608 && !reject->call_info[0])
		return config_tree_fault(tree, "sip.reject.call_info",
					 "must not be empty with status 608");
	return rc;
}

int config_check_sip(const struct config_tree *tree, const struct config *config)
{
	const struct config_sip *sip = &config->sip;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < sip->listeners_count; i++)
		rc = check_listener(tree, sip, i);
	for (unsigned i = 0; rc == 0 && i < sip->sources_count; i++)
		rc = check_source(tree, sip, i);
	return rc < 0 ? rc : check_reject(tree, &sip->reject);
}
