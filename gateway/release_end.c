/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/release_end.h"

#include <osmocom/core/utils.h>
#include <talloc.h>

static struct release_end *create(void *ctx, struct gateway *gateway)
{
	struct release_end *end = talloc_zero(ctx, struct release_end);

	if (!end)
		gateway->metrics.hub_routes_failed_total++;
	return end;
}

struct release_end *release_end_taken(void *ctx, struct gateway *gateway, const char *account,
				      const char *name, const struct peer *smsc,
				      const struct smpp_pdu *answer, int64_t sent_ms)
{
	struct release_end *end = create(ctx, gateway);

	if (!end)
		return NULL;
	if (hub_routes_make(gateway, account, smsc, answer, sent_ms, &end->route))
		osmo_strlcpy(end->route.name, name, sizeof(end->route.name));
	else
		TALLOC_FREE(end);
	return end;
}

struct release_end *release_end_failed(void *ctx, struct gateway *gateway, const char *account,
				       const struct kept_message *kept)
{
	struct release_end *end = create(ctx, gateway);

	if (!end)
		return NULL;
	osmo_strlcpy(end->route.account, account, sizeof(end->route.account));
	end->route.expires_ms = hub_routes_expiry(gateway, kept->ended_ms);
	end->receipt_len = kept_receipt_write(kept, end->receipt);
	if (end->receipt_len == 0)
		TALLOC_FREE(end);
	return end;
}

int release_end_store(struct db *db, const struct release_end *end, struct release_counts *counts)
{
	const struct hub_route *route = &end->route;
	int rc;

	if (route->key.len == 0) {
		counts->receipts++;
		return hub_receipt_put(db, route->account, route->expires_ms, end->receipt,
				       end->receipt_len);
	}
	counts->routes++;
	rc = hub_route_any_early(db);
	if (rc >= 0)
		rc = hub_route_put(db, route, rc > 0);
	counts->early += rc > 0 ? (uint64_t)rc : 0;
	return rc < 0 ? rc : 0;
}
