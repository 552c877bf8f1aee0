/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A SIP message: framed, read, answered; as a datagram and as the start of a stream. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sip_response.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sip_request_init();
}

static void require(int holds)
{
	if (!holds)
		abort();
}

/* One line stays one: nothing of the request ends up as a header of its own in the answer. */
static void check_answer(const char *out, size_t len)
{
	require(len > 4 && memcmp(out, "SIP/2.0 ", 8) == 0);
	require(memcmp(out + len - 4, "\r\n\r\n", 4) == 0);
	for (size_t i = 0; i + 4 < len; i++)
		require(memcmp(out + i, "\r\n\r\n", 4) != 0);
}

static void answer(const struct sip_head *head)
{
	static const struct sip_source source = { "192.0.2.9", 5060 };
	static const uint8_t key[SIP_KEY_SIZE] = { 7 };
	static char out[2 * SIP_MESSAGE_MAX];
	struct sip_request request;
	struct sip_answer what = { .status = 302, .contact = head->uri, .screening = "allow" };

	if (sip_request_read(head, &request) < 0)
		return;
	require(request.status == 0 || (request.status >= 400 && request.status < 700));
	if (request.status)
		what = (struct sip_answer){ .status = request.status };
	uint64_t transaction = sip_transaction(key, &request);
	ssize_t n = sip_response_write(&request, transaction, &source, &what, out, sizeof(out));
	if (n > 0)
		check_answer(out, (size_t)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sip_head head;
	char *octets;

	if (size < 1 || size > SIP_MESSAGE_MAX)
		return 0;
	/* Exactly as long as the input, so that a read past the end shows. */
	octets = malloc(size);
	if (!octets)
		return 0;
	memcpy(octets, data, size);
	if (sip_head_read(octets, size, SIP_DATAGRAM, &head) == 0) {
		require(head.octets.len + head.body_len <= size);
		answer(&head);
	}
	if (sip_head_read(octets, size, SIP_STREAM, &head) == 0) {
		require(head.octets.len + head.body_len <= size);
		answer(&head);
	}
	free(octets);
	return 0;
}
