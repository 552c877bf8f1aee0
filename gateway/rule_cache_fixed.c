/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's rules, of the configuration or as operations set them, and protected numbers. */
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/operator_rules.h"
#include "gateway/rule_cache_priv.h"

uint8_t rule_cache_operator_blocks(const struct rule_cache *cache)
{
	static const uint8_t channels[] = { BLOCK_CALL, BLOCK_SMS };
	struct block_context context = { .subscriber_known = true,
					 .operator_rules = cache->fixed->operator_rules };
	uint8_t blocked = 0;

	for (size_t i = 0; i < sizeof(channels); i++) {
		struct block_attempt attempt = { .channel = channels[i],
						 .caller = { "withheld" },
						 .entry = BLOCK_ENTRY_INTERNATIONAL,
						 .now_ms = clock_now_ms() };

		if (block_decide(&attempt, &context).verdict == BLOCK_DENY)
			blocked |= channels[i];
	}
	return blocked;
}

static int compile_lines(struct rule_cache *cache, void *ctx, char *text, struct block_set **out)
{
	struct block_fault fault;
	size_t line;
	int rc;

	if (!text)
		return -ENOMEM;
	rc = block_set_compile(ctx, cache->gateway->live->tables->numbering, text, strlen(text),
			       out, &line, &fault);
	if (rc < 0)
		LOGP(LOG_BLOCK, LOGL_ERROR,
		     "operator's rules or protected numbers, line %zu, column %zu: %s\n", line,
		     fault.column, fault.text);
	return rc;
}

struct fixed_rules *rule_cache_hold(struct rule_cache *cache)
{
	cache->fixed->holds++;
	return cache->fixed;
}

void fixed_rules_release(struct fixed_rules *rules)
{
	if (rules && --rules->holds == 0)
		talloc_free(rules);
}

static int compile_fixed(struct rule_cache *cache, struct fixed_rules *fixed)
{
	const struct config_blocking *blocking = &cache->gateway->live->blocking;
	const char *set = cache->operator_text;
	char *rules = set ? talloc_strdup(fixed, set) : operator_configured_text(fixed, blocking);
	char *numbers = talloc_strdup(fixed, "");
	int rc;

	fixed->version = cache->operator_version;
	fixed->configured = !set;
	for (unsigned i = 0; i < blocking->protected_numbers_count && numbers; i++)
		numbers = talloc_asprintf_append(numbers, "allow call,sms from =%s\n",
						 blocking->protected_numbers[i]);
	rc = compile_lines(cache, fixed, rules, &fixed->operator_rules);
	if (rc == 0)
		rc = compile_lines(cache, fixed, numbers, &fixed->protected_numbers);
	talloc_free(rules);
	talloc_free(numbers);
	return rc;
}

int rule_cache_configure(struct rule_cache *cache)
{
	struct fixed_rules *fixed = talloc_zero(NULL, struct fixed_rules);
	int rc = fixed ? compile_fixed(cache, fixed) : -ENOMEM;

	if (rc < 0) {
		talloc_free(fixed);
		return rc;
	}
	fixed->holds = 1;
	fixed_rules_release(cache->fixed);
	cache->fixed = fixed;
	return 0;
}

int rule_cache_set_operator(struct rule_cache *cache, int64_t version, const char *text)
{
	const int64_t version_before = cache->operator_version;
	char *before = cache->operator_text;
	int rc = 0;

	cache->operator_text = text ? talloc_strdup(cache, text) : NULL;
	cache->operator_version = version;
	if (text && !cache->operator_text)
		rc = -ENOMEM;
	if (rc == 0)
		rc = rule_cache_configure(cache);
	if (rc == 0) {
		talloc_free(before);
		return 0;
	}
	talloc_free(cache->operator_text);
	cache->operator_text = before;
	cache->operator_version = version_before;
	return rc;
}

int64_t rule_cache_operator_version(const struct rule_cache *cache)
{
	return cache->operator_version;
}
