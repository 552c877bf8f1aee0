/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* address_list.h - which network addresses an account may come from.
 *
 * Does:    an empty list allows nobody, and so does a block that does not parse.
 * Threads: pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "gateway/config.h"

bool address_list_allows(const struct config_account *account, const struct sockaddr *address);
/* At least one account allows it. */
bool address_list_known(const struct config *config, const struct sockaddr *address);
/* "127.0.0.1:2775", "[::1]:2775". */
void address_format(const struct sockaddr *address, char *out, size_t size);
