/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api_query.h - the address of a request taken apart.
 *
 * Does:    "name=value&name=value" into texts, and the segments of a path. A name that comes twice,
 *          an escape that is none, octets that are not UTF-8, and a NUL are refused: two readers
 *          could take them differently.
 * Bounds:  API_QUERY_MAX names, API_SEGMENTS_MAX segments.
 * Threads: pure.
 * Source:  RFC 3986 sec. 2.1; a '+' of a query is a blank, as forms write it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "gateway/api_schema.h"

enum { API_QUERY_MAX = 32, API_SEGMENTS_MAX = 8, API_SEGMENT_LEN_MAX = 128 };

/* `query` NULL: empty. 0 and a new object of texts; -EBADMSG with `fault`; -ENOMEM. */
int api_query_parse(const char *query, json_t **out, struct api_fault *fault)
	__attribute__((warn_unused_result));

struct api_path {
	size_t count;
	char segments[API_SEGMENTS_MAX][API_SEGMENT_LEN_MAX];
};

/* "/v1/reports/R1" is three segments. 0, or -EBADMSG: it is no path that we could have. */
int api_path_parse(const char *path, struct api_path *out) __attribute__((warn_unused_result));
