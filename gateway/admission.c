/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/admission.h"

#include <string.h>
#include <talloc.h>

struct prefix {
	const char *text;
	size_t len;
};

struct prefix_list {
	struct prefix *prefixes;
	unsigned count;
};

struct admission {
	enum account_role role;
	struct prefix_list sources;
	struct prefix_list destinations;
};

static bool copy_list(struct admission *admission, struct prefix_list *out, char *const *texts,
		      unsigned count)
{
	out->count = count;
	out->prefixes = talloc_array(admission, struct prefix, count);
	for (unsigned i = 0; out->prefixes && i < count; i++) {
		out->prefixes[i].text = talloc_strdup(out->prefixes, texts[i]);
		if (!out->prefixes[i].text)
			return false;
		out->prefixes[i].len = strlen(texts[i]);
	}
	return out->prefixes != NULL;
}

struct admission *admission_create(void *ctx, enum account_role role,
				   const struct config_account *account)
{
	struct admission *admission = talloc_zero(ctx, struct admission);

	if (!admission)
		return NULL;
	admission->role = role;
	if (account &&
	    (!copy_list(admission, &admission->sources, account->sources, account->sources_count) ||
	     !copy_list(admission, &admission->destinations, account->destinations,
			account->destinations_count)))
		TALLOC_FREE(admission);
	return admission;
}

/* An empty list allows all. */
static bool allows(const struct prefix_list *list, const char *number)
{
	for (unsigned i = 0; i < list->count; i++)
		if (strncmp(number, list->prefixes[i].text, list->prefixes[i].len) == 0)
			return true;
	return list->count == 0;
}

/* The operator's own platform may be a hub: its account names the number whole. */
static bool names(const struct prefix_list *list, const char *number)
{
	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(number, list->prefixes[i].text) == 0)
			return true;
	return false;
}

static bool is_usurped(const struct admission *admission, const struct config *live,
		       const char *source)
{
	return config_is_service_code(live, source) ||
	       (number_is_official(live->tables->numbering, source) &&
		!names(&admission->sources, source));
}

/* SMPP 3.4 sec. 5.2.12: an acknowledgement is a handset's or a person's, who may come from abroad;
 * receipts and what has no name are an SMSC's. */
static bool is_message_type(uint8_t esm_class)
{
	enum { DEFAULT = 0x00, DELIVERY_ACK = 0x08, USER_ACK = 0x10 };
	uint8_t type = esm_class & SMPP_ESM_TYPE_MASK;

	return type == DEFAULT || type == DELIVERY_ACK || type == USER_ACK;
}

static bool has_receipt_tlvs(const struct smpp_pdu *pdu)
{
	struct smpp_octets value;

	return smpp_pdu_find_tlv(pdu, SMPP_TAG_RECEIPTED_MESSAGE_ID, &value) ||
	       smpp_pdu_find_tlv(pdu, SMPP_TAG_MESSAGE_STATE, &value);
}

static uint32_t check_hub(const struct config *live, const struct smpp_pdu *pdu,
			  const char *destination, const char **why)
{
	if (!is_message_type(pdu->esm_class)) {
		*why = "a hub brings no receipts";
		return SMPP_RINVESMCLASS;
	}
	if (has_receipt_tlvs(pdu)) {
		*why = "a hub brings no receipts";
		return SMPP_ROPTPARNOTALLWD;
	}
	if (config_is_service_code(live, destination)) {
		*why = "a hub brings no reports";
		return SMPP_RINVDSTADR;
	}
	return SMPP_ROK;
}

uint32_t admission_check(const struct admission *admission, const struct config *live,
			 const struct smpp_pdu *pdu, const char *source, const char *destination,
			 const char **why)
{
	if (!admission) {
		*why = "out of memory";
		return SMPP_RSYSERR;
	}
	if (is_usurped(admission, live, source)) {
		*why = "the source is a number of ours";
		return SMPP_RINVSRCADR;
	}
	if (!allows(&admission->sources, source)) {
		*why = "the account may not send from this number";
		return SMPP_RINVSRCADR;
	}
	if (!allows(&admission->destinations, destination)) {
		*why = "the account may not send to this number";
		return SMPP_RINVDSTADR;
	}
	return admission->role == ACCOUNT_HUB ? check_hub(live, pdu, destination, why) : SMPP_ROK;
}
