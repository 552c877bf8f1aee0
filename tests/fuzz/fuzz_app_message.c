/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A text of the App, whatever it holds, is a message that decodes, from and to whom it was made; a
 * key is valid or not, and hashing needs none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/app_message.h"
#include "gateway/app_request.h"
#include "smpp/smpp_pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check(const char *text)
{
	static uint8_t octets[APP_PDU_MAX];
	struct smpp_fault fault;
	struct smpp_pdu pdu;
	ssize_t len = app_message_encode("+8613800138000", "10086999", text, octets);

	if (len < 0) {
		require(strlen(text) > APP_TEXT_MAX);
		return;
	}
	require(smpp_pdu_decode(octets, (size_t)len, &pdu, &fault) == 0);
	require(pdu.command_id == SMPP_DELIVER_SM && smpp_pdu_message(&pdu).len % 2 == 0);
	require(pdu.source_addr.len == strlen("8613800138000"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct app_request request = { .owner = "", .key = text };
	const char *const texts[] = { text, NULL, text };

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	check(text);
	require(!app_key_valid(text) || strlen(text) < APP_KEY_MAX);
	app_request_hash(&request, texts, 3);
	free(text);
	return 0;
}
