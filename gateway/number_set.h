/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* number_set.h - a set of canonical numbers in eight octets each.
 *
 * Bounds:  numbers that number_pack cannot pack are never in it.
 * Memory:  talloc below ctx; grows by doubling. Threads: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct number_set;

struct number_set *number_set_create(void *ctx);
/* 0 or -ENOMEM. Adding twice does nothing. */
int number_set_add(struct number_set *set, const char *number) __attribute__((warn_unused_result));
/* What is not in it is no error. */
void number_set_remove(struct number_set *set, const char *number);
bool number_set_has(const struct number_set *set, const char *number);
