/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/sip_via.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_DEFAULT = 5060, PORT_LAST = 65535 };

static void take_via(osip_via_t *via, struct sip_via *out)
{
	osip_generic_param_t *param = NULL;
	unsigned long port = via->port ? strtoul(via->port, NULL, 10) : 0;

	snprintf(out->sent_by, sizeof(out->sent_by), "%s", via->host);
	out->port = port >= 1 && port <= PORT_LAST ? (uint16_t)port : PORT_DEFAULT;
	out->rport = osip_via_param_get_byname(via, (char *)"rport", &param) == 0;
	if (osip_via_param_get_byname(via, (char *)"branch", &param) == 0 && param->gvalue)
		snprintf(out->branch, sizeof(out->branch), "%s", param->gvalue);
}

/* The first of several that stand in one line. */
static void cut_value(char *value)
{
	bool quoted = false;

	for (char *c = value; *c; c++) {
		if (*c == '"')
			quoted = !quoted;
		if (*c == ',' && !quoted) {
			*c = '\0';
			return;
		}
	}
}

static int parse_via(const char *value, struct sip_via *out)
{
	osip_via_t *via;
	int rc;

	if (osip_via_init(&via) != 0)
		return -EBADMSG;
	rc = osip_via_parse(via, value) == 0 && via->host ? 0 : -EBADMSG;
	if (rc == 0)
		take_via(via, out);
	osip_via_free(via);
	return rc;
}

int sip_via_read(char *value, struct sip_via *out, const char **why)
{
	static const char bare_cookie[] = "z9hG4bK";
	int rc;

	*why = NULL;
	if (sip_form_has_empty_parameter(value) || !sip_form_is_balanced(value, ""))
		*why = "bad Via";
	cut_value(value);
	rc = parse_via(value, out);
	if (rc < 0) {
		*why = "bad Via";
		value[strcspn(value, ";")] = '\0';
		rc = parse_via(value, out);
	}
	if (!*why && strcmp(out->branch, bare_cookie) == 0)
		*why = "bad branch";
	return rc;
}
