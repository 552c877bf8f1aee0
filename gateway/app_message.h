/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* app_message.h - a text of the operator's App as the inbox stores every text: a deliver_sm.
 *
 * Does:    writes the PDU that an SMSC would have sent: UCS2, from the subscriber to the service
 *          code, the text as message_payload. What reads stored messages needs to know no other
 *          form.
 * Bounds:  APP_TEXT_MAX characters of UTF-8.
 * Threads: pure. Memory: allocates nothing.
 * Source:  SMPP 3.4 sec. 4.6.1, 5.3.2.32.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	APP_TEXT_MAX = 1000,			    /* characters */
	APP_PDU_MAX = 512 + 4 * (APP_TEXT_MAX + 1), /* two UTF-16 units each */
};

/* Octets written; -EMSGSIZE for a longer text. */
ssize_t app_message_encode(const char *subscriber, const char *service_code, const char *text,
			   uint8_t out[APP_PDU_MAX]) __attribute__((warn_unused_result));
