/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* api_pace.h - messages go first: so many requests of the API and the console a second, and those
 * beyond that wait for their turn.
 *
 * Does:    gives each request to `turn` at once, or, when that many were answered in the last
 *          second, later, in the order of coming. Nothing is refused: whoever asks too fast is
 *          answered more slowly. The machines' own paths (/v1/screen, /v1/cdrs, ...) do not come by
 * here. Bounds:  as many wait as there are connections; a connection's deadline runs on. Threads:
 * the loop's.
 */
#pragma once

#include <event2/event.h>
#include <stdint.h>

#include "gateway/http.h"

struct api_pace;
typedef void api_turn_fn(void *user, struct http_exchange *exchange);

/* NULL: out of memory. What waits is dropped with it. */
struct api_pace *api_pace_create(void *ctx, struct event_base *base, api_turn_fn *turn, void *user);
/* `rate` a second, and a burst of as many; 0: any number. */
void api_pace_take(struct api_pace *pace, struct http_exchange *exchange, uint32_t rate);
