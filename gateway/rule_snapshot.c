/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/rule_snapshot.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

enum {
	FORMAT = 1,
	MAGIC = 8,
	HEAD = MAGIC + 4 + 4 + 8 + AUDIT_CHAIN_SIZE,
	COUNT = 8,
	TRAILER = COUNT + SHA256_DIGEST_SIZE,
	ROW = 8 + 4,
	LENGTH = 4,
	TEXT_MAX = BLOCK_SET_MAX * BLOCK_RULE_TEXT_MAX,
	NOTES = 4096,
	NOTE_TEXT_MAX = 244,
};
static const char magic[MAGIC] = { 'M', 'I', 'A', 'N', 'R', 'U', 'L', 'E' };

static void put_int(uint8_t *at, uint64_t value, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_int(const uint8_t *at, size_t octets)
{
	uint64_t value = 0;

	for (size_t i = octets; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

/* ---- writing ---- */

/* A text that was written, and its number. A longer one is written again each time: what is noted
 * is bounded, and long texts are seldom alike. */
struct note {
	uint32_t id;
	uint32_t len; /* 0: empty */
	char text[NOTE_TEXT_MAX];
};

struct rule_snapshot_writer {
	FILE *file;
	struct sha256_ctx hash;
	uint64_t rows;
	uint32_t texts;
	struct note notes[NOTES];
};

struct rule_snapshot_writer *rule_snapshot_writer_create(void *ctx, FILE *file)
{
	struct rule_snapshot_writer *writer = talloc_zero(ctx, struct rule_snapshot_writer);

	if (!writer)
		return NULL;
	writer->file = file;
	sha256_init(&writer->hash);
	return writer;
}

static int put(struct rule_snapshot_writer *writer, const void *octets, size_t len)
{
	sha256_update(&writer->hash, len, octets);
	if (fwrite(octets, 1, len, writer->file) == len)
		return 0;
	return errno ? -errno : -EIO;
}

int rule_snapshot_begin(struct rule_snapshot_writer *writer, const struct rule_mark *mark)
{
	uint8_t head[HEAD] = { 0 };

	memcpy(head, magic, MAGIC);
	put_int(head + MAGIC, FORMAT, 4);
	put_int(head + MAGIC + 8, (uint64_t)mark->id, 8);
	memcpy(head + MAGIC + 16, mark->chain, AUDIT_CHAIN_SIZE);
	return put(writer, head, sizeof(head));
}

static struct note *note_of(struct rule_snapshot_writer *writer, const char *text, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return &writer->notes[(hash ^ hash >> 15) % NOTES];
}

/* Whether it was written before; from now on it was. */
static bool known_text(struct rule_snapshot_writer *writer, const char *text, size_t len,
		       uint32_t *id)
{
	struct note *note = len <= NOTE_TEXT_MAX ? note_of(writer, text, len) : NULL;

	if (note && note->len == len && memcmp(note->text, text, len) == 0) {
		*id = note->id;
		return true;
	}
	*id = writer->texts++;
	if (note) {
		*note = (struct note){ .id = *id, .len = (uint32_t)len };
		memcpy(note->text, text, len);
	}
	return false;
}

int rule_snapshot_add(struct rule_snapshot_writer *writer, const char *subscriber, const char *text)
{
	uint8_t row[ROW + LENGTH];
	uint64_t key = number_pack(subscriber);
	size_t len = strlen(text);
	uint32_t id;
	int rc;

	if (!key || len == 0)
		return 0;
	if (len > TEXT_MAX || writer->texts == UINT32_MAX)
		return -EOVERFLOW;
	bool known = known_text(writer, text, len, &id);

	put_int(row, key, 8);
	put_int(row + 8, id, 4);
	put_int(row + ROW, len, LENGTH);
	writer->rows++;
	rc = put(writer, row, known ? (size_t)ROW : sizeof(row));
	return rc == 0 && !known ? put(writer, text, len) : rc;
}

int rule_snapshot_end(struct rule_snapshot_writer *writer)
{
	uint8_t trailer[COUNT], digest[SHA256_DIGEST_SIZE];
	int rc;

	put_int(trailer, writer->rows, COUNT);
	rc = put(writer, trailer, sizeof(trailer));
	sha256_digest(&writer->hash, sizeof(digest), digest);
	return rc == 0 ? put(writer, digest, sizeof(digest)) : rc;
}

uint64_t rule_snapshot_rows(const struct rule_snapshot_writer *writer)
{
	return writer->rows;
}

/* ---- reading ---- */

struct text {
	const char *octets;
	size_t len;
};

struct rule_snapshot {
	struct rule_mark mark;
	const uint8_t *at;
	const uint8_t *end; /* of the rows */
	uint64_t count;
	struct text *texts;
	size_t text_count;
	size_t text_room;
};

static int add_text(struct rule_snapshot *snapshot, const uint8_t *octets, size_t len)
{
	if (snapshot->text_count == snapshot->text_room) {
		size_t room = snapshot->text_room ? 2 * snapshot->text_room : 64;
		struct text *texts =
			talloc_realloc(snapshot, snapshot->texts, struct text, (unsigned)room);

		if (!texts)
			return -ENOMEM;
		snapshot->texts = texts;
		snapshot->text_room = room;
	}
	snapshot->texts[snapshot->text_count++] =
		(struct text){ .octets = (const char *)octets, .len = len };
	return 0;
}

/* One row from `at`: its octets, or negative errno. The first row of a text brings the text. */
static ssize_t check_row(struct rule_snapshot *snapshot, const uint8_t *at, size_t left)
{
	struct number number;

	if (left < ROW || number_unpack(get_int(at, 8), &number) < 0)
		return -EBADMSG;
	uint64_t text = get_int(at + 8, 4);

	if (text < snapshot->text_count)
		return ROW;
	if (text > snapshot->text_count || left < ROW + LENGTH)
		return -EBADMSG;
	size_t len = get_int(at + ROW, LENGTH);

	if (len == 0 || len > TEXT_MAX || len > left - ROW - LENGTH ||
	    memchr(at + ROW + LENGTH, '\0', len))
		return -EBADMSG;
	int rc = add_text(snapshot, at + ROW + LENGTH, len);

	return rc < 0 ? rc : (ssize_t)(ROW + LENGTH + len);
}

static int check_rows(struct rule_snapshot *snapshot)
{
	uint64_t rows = 0;
	ssize_t used;

	for (const uint8_t *at = snapshot->at; at < snapshot->end; at += used, rows++) {
		used = check_row(snapshot, at, (size_t)(snapshot->end - at));
		if (used < 0)
			return (int)used;
	}
	return rows == snapshot->count ? 0 : -EBADMSG;
}

static const char *check_frame(const uint8_t *data, size_t len)
{
	struct sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (len < HEAD + TRAILER || memcmp(data, magic, MAGIC) != 0)
		return "it is no snapshot of rules";
	if (get_int(data + MAGIC, 4) != FORMAT)
		return "it is of another version";
	sha256_init(&hash);
	sha256_update(&hash, len - sizeof(digest), data);
	sha256_digest(&hash, sizeof(digest), digest);
	if (memcmp(digest, data + len - sizeof(digest), sizeof(digest)) != 0)
		return "it is damaged or not whole: its digest differs";
	return (int64_t)get_int(data + MAGIC + 8, 8) <= 0 ? "its mark is none" : NULL;
}

int rule_snapshot_open(void *ctx, const uint8_t *data, size_t len, struct rule_snapshot **out,
		       const char **why)
{
	struct rule_snapshot *snapshot;
	int rc;

	*why = check_frame(data, len);
	if (*why)
		return -EBADMSG;
	snapshot = talloc_zero(ctx, struct rule_snapshot);
	if (!snapshot)
		return -ENOMEM;
	snapshot->mark.id = (int64_t)get_int(data + MAGIC + 8, 8);
	memcpy(snapshot->mark.chain, data + MAGIC + 16, AUDIT_CHAIN_SIZE);
	snapshot->at = data + HEAD;
	snapshot->end = data + len - TRAILER;
	snapshot->count = get_int(snapshot->end, COUNT);
	rc = check_rows(snapshot);
	if (rc < 0) {
		*why = rc == -EBADMSG ? "a row in it is none" : "no memory";
		talloc_free(snapshot);
		return rc;
	}
	*out = snapshot;
	return 0;
}

const struct rule_mark *rule_snapshot_mark(const struct rule_snapshot *snapshot)
{
	return &snapshot->mark;
}

uint64_t rule_snapshot_count(const struct rule_snapshot *snapshot)
{
	return snapshot->count;
}

bool rule_snapshot_next(struct rule_snapshot *snapshot, struct rule_snapshot_row *out)
{
	const uint8_t *at = snapshot->at;

	if (at == snapshot->end || number_unpack(get_int(at, 8), &out->subscriber) < 0)
		return false;
	const struct text *text = &snapshot->texts[get_int(at + 8, 4)];

	out->text = text->octets;
	out->len = text->len;
	/* The text itself follows the row that brought it. */
	snapshot->at += ROW;
	if (text->octets == (const char *)at + ROW + LENGTH)
		snapshot->at += LENGTH + text->len;
	return true;
}
