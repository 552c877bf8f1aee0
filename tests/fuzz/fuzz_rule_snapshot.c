/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A snapshot of rules as it may lie on a disk: as it is, and with the digest that would fit. What
 * is taken must be whole, and written and read again be the same. */
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "gateway/rule_snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rule_snapshot *open_octets(void *ctx, const uint8_t *data, size_t len)
{
	struct rule_snapshot *snapshot;
	const char *why;

	return rule_snapshot_open(ctx, data, len, &snapshot, &why) == 0 ? snapshot : NULL;
}

/* Writes all its rows, which are as many as it says. */
static void write_again(void *ctx, struct rule_snapshot *snapshot, FILE *file)
{
	struct rule_snapshot_writer *writer = rule_snapshot_writer_create(ctx, file);
	struct rule_snapshot_row row;
	uint64_t rows = 0;

	if (!writer || rule_snapshot_begin(writer, rule_snapshot_mark(snapshot)) < 0)
		abort();
	for (; rule_snapshot_next(snapshot, &row); rows++) {
		char *text = talloc_strndup(writer, row.text, row.len);

		if (!number_pack(row.subscriber.text) || strlen(text) != row.len ||
		    rule_snapshot_add(writer, row.subscriber.text, text) < 0)
			abort();
		talloc_free(text);
	}
	if (rows != rule_snapshot_count(snapshot) || rule_snapshot_rows(writer) != rows ||
	    rule_snapshot_end(writer) < 0)
		abort();
	talloc_free(writer);
}

static void compare(struct rule_snapshot *a, struct rule_snapshot *b)
{
	struct rule_snapshot_row left, right;

	while (rule_snapshot_next(a, &left))
		if (!rule_snapshot_next(b, &right) || left.len != right.len ||
		    memcmp(left.text, right.text, left.len) != 0 ||
		    strcmp(left.subscriber.text, right.subscriber.text) != 0)
			abort();
	if (rule_snapshot_next(b, &right))
		abort();
}

static void check(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	struct rule_snapshot *snapshot = open_octets(ctx, data, size);
	char *octets = NULL;
	size_t len = 0;

	if (snapshot) {
		FILE *file = open_memstream(&octets, &len);

		write_again(ctx, snapshot, file);
		fclose(file);
		struct rule_snapshot *again = open_octets(ctx, (const uint8_t *)octets, len);

		if (!again)
			abort();
		compare(open_octets(ctx, data, size), again);
	}
	talloc_free(ctx);
	free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *sealed = malloc(size + SHA256_DIGEST_SIZE);
	struct sha256_ctx hash;

	check(data, size);
	if (!sealed)
		return 0;
	memcpy(sealed, data, size);
	sha256_init(&hash);
	sha256_update(&hash, size, data);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, sealed + size);
	check(sealed, size + SHA256_DIGEST_SIZE);
	free(sealed);
	return 0;
}
