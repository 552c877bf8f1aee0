/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The SMSCs to which we bind: what the schema cannot say of them, their secrets, comparing them. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/cidr.h"
#include "gateway/config_check.h"
#include "gateway/smsc_tls.h"

enum {
	SECRET_MAX_OCTETS = 64, /* SMPP says 8; many know better */
	SYSTEM_TYPE_MAX = 12,
	ADDRESS_RANGE_MAX = 40,
	VERSION_33 = 0x33,
	VERSION_34 = 0x34,
	VERSION_50 = 0x50,
};

struct check {
	const struct config_tree *tree;
	void *ctx;
	const struct config *config;
	unsigned index; /* of the SMSC */
};

__attribute__((format(printf, 3, 4))) static int fault(const struct check *check, const char *key,
						       const char *format, ...)
{
	char path[CONFIG_PATH_MAX];
	char text[CONFIG_ERROR_MAX / 2];
	va_list args;

	snprintf(path, sizeof(path), "smscs[%u]%s%s", check->index, key[0] ? "." : "", key);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return config_tree_fault(check->tree, path, "%s", text);
}

/* ---- secrets ---- */

static int read_first_line(const char *path, char out[SECRET_MAX_OCTETS + 2])
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (!file)
		return -errno;
	ok = fgets(out, SECRET_MAX_OCTETS + 2, file) != NULL;
	fclose(file);
	if (!ok)
		return -ENODATA;
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

/* What the file holds takes the place of the password. */
static int check_secret(const struct check *check, const char *below, char **password,
			const char *file)
{
	char line[SECRET_MAX_OCTETS + 2];
	char key[64];
	int rc;

	snprintf(key, sizeof(key), "%spassword%s", below, file[0] ? "_file" : "");
	if (file[0] && (*password)[0])
		return fault(check, key, "and a password: one of them is enough");
	if (file[0]) {
		rc = read_first_line(file, line);
		if (rc < 0)
			return fault(check, key, "%.200s: %s", file, strerror(-rc));
		*password = talloc_strdup(check->ctx, line);
		if (!*password)
			return -ENOMEM;
	}
	if (strlen(*password) > SECRET_MAX_OCTETS)
		return fault(check, key, "is longer than %d octets", SECRET_MAX_OCTETS);
	return 0;
}

/* ---- one SMSC ---- */

static int check_name(const struct check *check, const struct config_smsc *smsc)
{
	if (!config_is_name(smsc->name))
		return fault(check, "name", "wants 1 to 31 letters, digits, '.', '_' or '-'");
	for (unsigned i = 0; i < check->index; i++)
		if (strcmp(check->config->smscs[i].name, smsc->name) == 0)
			return fault(check, "name", "'%s' is already smscs[%u]", smsc->name, i);
	return 0;
}

static int check_hosts(const struct check *check, const struct config_smsc *smsc)
{
	char key[64];

	if (smsc->hosts_count == 0 && smsc->outbind.addresses_count == 0)
		return fault(check, "hosts", "must not be empty");
	for (unsigned i = 0; i < smsc->hosts_count; i++) {
		snprintf(key, sizeof(key), "hosts[%u].address", i);
		if (!config_is_address(smsc->hosts[i].address))
			return fault(check, key, "'%.60s' is not a numeric address",
				     smsc->hosts[i].address);
	}
	return 0;
}

static int check_tls(const struct check *check, const struct config_smsc *smsc)
{
	struct smpp_tls_fault wrong;

	return smsc_tls_check(smsc, &wrong) < 0 ? fault(check, wrong.item, "%s", wrong.text) : 0;
}

static int check_bind(const struct check *check, const struct config_smsc *smsc)
{
	uint32_t version = smsc->interface_version;

	if (!config_is_system_id(smsc->system_id))
		return fault(check, "system_id", "wants 1 to 15 visible ASCII characters");
	if (strlen(smsc->system_type) > SYSTEM_TYPE_MAX)
		return fault(check, "system_type", "is longer than %d octets", SYSTEM_TYPE_MAX);
	if (strlen(smsc->address_range) > ADDRESS_RANGE_MAX)
		return fault(check, "address_range", "is longer than %d octets", ADDRESS_RANGE_MAX);
	if (version != VERSION_33 && version != VERSION_34 && version != VERSION_50)
		return fault(check, "interface_version", "is none of: 0x33, 0x34, 0x50");
	if (version == VERSION_33 && smsc->bind == SMSC_TRANSCEIVER)
		return fault(check, "bind", "SMPP 3.3 has no transceiver; a pair does the same");
	if (smsc->reconnect_min_ms > smsc->reconnect_max_ms)
		return fault(check, "reconnect_min_ms", "is greater than reconnect_max_ms");
	return check_secret(check, "", &check->config->smscs[check->index].password,
			    smsc->password_file);
}

static int check_outbind_name(const struct check *check, const struct config_outbind *outbind)
{
	if (!config_is_system_id(outbind->system_id))
		return fault(check, "outbind.system_id", "wants 1 to 15 visible ASCII characters");
	for (unsigned i = 0; i < check->index; i++)
		if (strcmp(check->config->smscs[i].outbind.system_id, outbind->system_id) == 0)
			return fault(check, "outbind.system_id", "'%s' is already smscs[%u]'s",
				     outbind->system_id, i);
	return 0;
}

/* Anybody at these addresses could have us bind: a name and a password must say who it is. */
static int check_outbind(const struct check *check, const struct config_smsc *smsc)
{
	const struct config_outbind *outbind = &smsc->outbind;
	struct cidr block;
	char key[64];
	int rc;

	if (outbind->addresses_count == 0)
		return 0;
	for (unsigned i = 0; i < outbind->addresses_count; i++) {
		snprintf(key, sizeof(key), "outbind.addresses[%u]", i);
		if (cidr_parse(outbind->addresses[i], &block))
			return fault(check, key, "'%.60s' is no address block (10.20.0.0/16)",
				     outbind->addresses[i]);
	}
	rc = check_outbind_name(check, outbind);
	if (rc == 0)
		rc = check_secret(check, "outbind.",
				  &check->config->smscs[check->index].outbind.password,
				  outbind->password_file);
	if (rc == 0 && !smsc->outbind.password[0])
		return fault(check, "outbind", "wants a password or a password_file");
	return rc;
}

int config_check_smscs(const struct config_tree *tree, void *ctx, const struct config *config)
{
	static int (*const parts[])(const struct check *, const struct config_smsc *) = {
		check_name, check_hosts, check_tls, check_bind, check_outbind,
	};
	int rc = 0;

	for (unsigned i = 0; i < config->smscs_count; i++) {
		const struct check check = { tree, ctx, config, i };

		for (size_t part = 0; rc == 0 && part < sizeof(parts) / sizeof(*parts); part++)
			rc = parts[part](&check, &config->smscs[i]);
	}
	return rc;
}

/* ---- looking at them ---- */

const struct config_smsc *config_find_smsc(const struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->smscs_count; i++)
		if (strcmp(config->smscs[i].name, name) == 0)
			return &config->smscs[i];
	return NULL;
}

#define AT(member) offsetof(struct config_smsc, member)
static const size_t texts[] = {
	AT(name),
	AT(system_id),
	AT(password),
	AT(password_file),
	AT(system_type),
	AT(address_range),
	AT(certificate),
	AT(key),
	AT(server_ca),
	AT(server_name),
	AT(server_fingerprint),
	AT(outbind.system_id),
	AT(outbind.password),
	AT(outbind.password_file),
};
static const size_t numbers[] = {
	AT(interface_version),
	AT(addr_ton),
	AT(addr_npi),
	AT(window),
	AT(rate),
	AT(enquire_s),
	AT(response_s),
	AT(sessions),
	AT(hosts_count),
	AT(reconnect_min_ms),
	AT(reconnect_max_ms),
	AT(outbind.addresses_count),
};
_Static_assert(sizeof(unsigned) == sizeof(uint32_t), "counts are compared as numbers");

static bool same_text(const struct config_smsc *a, const struct config_smsc *b, size_t offset)
{
	return strcmp(*(char *const *)(const void *)((const char *)a + offset),
		      *(char *const *)(const void *)((const char *)b + offset)) == 0;
}

static bool same_hosts(const struct config_smsc *a, const struct config_smsc *b)
{
	for (unsigned i = 0; i < a->hosts_count; i++)
		if (a->hosts[i].port != b->hosts[i].port ||
		    strcmp(a->hosts[i].address, b->hosts[i].address) != 0)
			return false;
	for (unsigned i = 0; i < a->outbind.addresses_count; i++)
		if (strcmp(a->outbind.addresses[i], b->outbind.addresses[i]) != 0)
			return false;
	return true;
}

bool config_same_smsc(const struct config_smsc *a, const struct config_smsc *b)
{
	if (a->bind != b->bind || a->balance != b->balance || a->tls != b->tls)
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!same_text(a, b, texts[i]))
			return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (memcmp((const char *)a + numbers[i], (const char *)b + numbers[i],
			   sizeof(uint32_t)) != 0)
			return false;
	return same_hosts(a, b);
}
