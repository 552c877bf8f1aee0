/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config_schema.h - the keys of mianrao.yaml: type, place, default, range, reloadable or not.
 *
 * Does:    describes mianrao.yaml to libcyaml and to gateway/config*.c; decides nothing.
 * Owns:    constants, but for the struct that config_preset_fill() fills.
 * Threads: any.
 */
#pragma once

#include <cyaml/cyaml.h>

#include "gateway/config.h"
#include "gateway/iso_time.h"

/* Policies as the file has them: the date is text, the rest is the policy itself. */
struct config_verdict_entry {
	char *effective;
	struct verdict_policy policy;
};

struct config_reward_entry {
	char *effective;
	char *budget_since; /* "": as `effective` */
	struct reward_tier *tiers;
	unsigned tiers_count;
	struct reward_policy policy;
};

/* The file as libcyaml loads it. */
struct config_file {
	struct config config; /* without the policies */
	struct config_verdict_entry *verdict;
	unsigned verdict_count;
	struct config_reward_entry *reward;
	unsigned reward_count;
};

/* The values of keys that the file leaves out, and of keys that an entry of a list leaves out. A
 * text that is NULL in an entry has no preset: the key is required. Points into itself. */
struct config_preset {
	struct config_file file;
	struct config_listener listener;
	struct config_account account;
	struct config_smsc smsc;
	struct config_host host;
	struct config_source source;
	struct call_trunk feed_trunk;
	struct config_sip_listener sip_listener;
	struct config_sip_source sip_source;
	struct config_trunk trunk;
	struct config_verdict_entry verdict;
	struct config_reward_entry reward;
	struct reward_tier tier;
	char verdict_effective[ISO_TIME_MAX];
	char reward_effective[ISO_TIME_MAX];
};

void config_preset_fill(struct config_preset *out);
/* The preset of an entry of the list at `path` ("accounts[]"), or NULL. */
const void *config_preset_entry(const struct config_preset *preset, const char *path);

extern const struct cyaml_schema_value config_schema;

/* Where a walk along the schema is: with indexes for people ("accounts[2].window"), and with "[]"
 * for the tables ("accounts[].window"). The schema bounds the length. */
enum { CONFIG_PATH_MAX = 256 };
struct config_place {
	char path[CONFIG_PATH_MAX];
	char pattern[CONFIG_PATH_MAX];
};

struct config_place config_place_key(const struct config_place *at, const char *key);
struct config_place config_place_index(const struct config_place *at, unsigned index);

/* A number's range. `path` has "[]" for every index: "accounts[].window". */
struct config_range {
	const char *path;
	int64_t min;
	int64_t max;
};

const struct config_range *config_range_find(const char *path);
/* The keys at or below which SIGHUP cannot change anything; NULL after the last. */
const char *config_fixed_key(unsigned index);
