/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* keywords.h - the keywords of the embedded defaults, made once for each program of tests. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "gateway/config.h"

static inline const struct keyword_set *test_keywords(void)
{
	static struct config *config;
	char error[CONFIG_ERROR_MAX];

	if (!config && config_load(NULL, NULL, &config, error) < 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	return keyword_table_set(config->keyword_table, "10086999");
}
