/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/smsc_tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/log.h"

/* The keys of an SMSC are named after what they are to us. */
static void rename_item(struct smpp_tls_fault *fault)
{
	static const char *const names[][2] = {
		{ "ca", "server_ca" },
		{ "name", "server_name" },
		{ "fingerprint", "server_fingerprint" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(fault->item, names[i][0]) == 0)
			fault->item = names[i][1];
}

static struct smpp_tls *create(void *ctx, const struct config_smsc *smsc,
			       struct smpp_tls_fault *fault)
{
	const struct smpp_tls_config config = { .certificate = smsc->certificate,
						.key = smsc->key,
						.ca = smsc->server_ca,
						.name = smsc->server_name,
						.fingerprint = smsc->server_fingerprint };
	struct smpp_tls *tls = smpp_tls_create(ctx, &config, fault);

	if (!tls)
		rename_item(fault);
	return tls;
}

/* What is given for nothing was meant for something. */
static int check_plain(const struct config_smsc *smsc, struct smpp_tls_fault *fault)
{
	const struct {
		const char *item;
		const char *value;
	} rows[] = {
		{ "certificate", smsc->certificate },
		{ "key", smsc->key },
		{ "server_ca", smsc->server_ca },
		{ "server_name", smsc->server_name },
		{ "server_fingerprint", smsc->server_fingerprint },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].value[0])
			continue;
		fault->item = rows[i].item;
		snprintf(fault->text, sizeof(fault->text), "is given, but tls is not true");
		return -EINVAL;
	}
	return 0;
}

int smsc_tls_check(const struct config_smsc *smsc, struct smpp_tls_fault *fault)
{
	struct smpp_tls *tls;

	if (!smsc->tls)
		return check_plain(smsc, fault);
	tls = create(NULL, smsc, fault);
	talloc_free(tls);
	return tls ? 0 : -EINVAL;
}

struct smpp_tls *smsc_tls_load(void *ctx, const struct config_smsc *smsc)
{
	struct smpp_tls_fault fault;
	struct smpp_tls *tls = create(ctx, smsc, &fault);

	if (!tls)
		LOGP(LOG_SMPP, LOGL_ERROR, "SMSC %s: %s: %s\n", smsc->name, fault.item, fault.text);
	return tls;
}
