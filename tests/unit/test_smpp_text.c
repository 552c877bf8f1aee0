/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <check.h>
#include <errno.h>
#include <iconv.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "smpp/smpp_concat.h"
#include "smpp/smpp_gsm7.h"
#include "smpp/smpp_score.h"
#include "smpp/smpp_text.h"
#include "smpp/smpp_utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { TEXT_MAX = 4096 };

/* UTF-8 to another encoding. False when it lacks a character. */
static bool encode(const char *text, size_t len, const char *charset, uint8_t *out, size_t *out_len)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	ck_assert_ptr_ne(cd, (iconv_t)-1);
	char *from = (char *)(uintptr_t)text, *to = (char *)out;
	size_t room = TEXT_MAX;
	size_t rc = iconv(cd, &from, &len, &to, &room);
	iconv_close(cd);
	*out_len = (size_t)(to - (char *)out);
	return rc == 0;
}

/* Decodes into a buffer of exactly the promised size, so that a sanitizer sees one octet more. */
static char *decode(uint8_t data_coding, const uint8_t *in, size_t len, enum smpp_alphabet *used)
{
	char *out = malloc(3 * len + 4);
	uint8_t *copy = malloc(len ? len : 1);
	if (!out || !copy)
		abort();
	memcpy(copy, in, len);
	size_t n = smpp_text_decode(data_coding, copy, len, out, 3 * len + 3, used);
	free(copy);
	ck_assert_uint_le(n, 3 * len + 3);
	ck_assert_ptr_null(memchr(out, 0, n));
	out[n] = '\0';
	return out;
}

/* Every value, sixteen a row: Gsm7, Ascii, Latin1, Ucs2, gbK, Jis, Cyrillic, Hebrew, ksc (S),
 * Binary, and a dash for what cannot be a text. */
static const char label_of[257] = "GABLBJCHU-JGGJSK" /* 00 */
				  "GGGGBBBBUUUUGGGG"
				  "----------------"
				  "----------------"
				  "GGGGBBBBUUUUGGGG" /* 40 */
				  "GGGGBBBBUUUUGGGG"
				  "----------------"
				  "----------------"
				  "GGGGGGGGGGGGGGGG" /* 80 */
				  "GGGGGGGGGGGGGGGG"
				  "GGGGGGGGGGGGGGGG"
				  "GGGGGGGGGGGGGGGG"
				  "GGGGGGGGGGGGGGGG" /* c0 */
				  "GGGGGGGGGGGGGGGG"
				  "UUUUUUUUUUUUUUUU"
				  "GGGGBBBBGGGGBBBB";

static const char letters[SMPP_ALPHABET_COUNT] = {
	[SMPP_ALPHABET_GSM7] = 'G',	[SMPP_ALPHABET_ASCII] = 'A',  [SMPP_ALPHABET_LATIN1] = 'L',
	[SMPP_ALPHABET_UCS2] = 'U',	[SMPP_ALPHABET_GBK] = 'K',    [SMPP_ALPHABET_JIS] = 'J',
	[SMPP_ALPHABET_CYRILLIC] = 'C', [SMPP_ALPHABET_HEBREW] = 'H', [SMPP_ALPHABET_KSC] = 'S',
	[SMPP_ALPHABET_BINARY] = 'B',	[SMPP_ALPHABET_NONE] = '-',
};

START_TEST(test_coding_when_any_value_then_its_alphabet)
{
	uint8_t value = (uint8_t)_i;
	struct smpp_coding coding = smpp_text_coding(value);
	ck_assert_int_eq(coding.alphabet, smpp_text_alphabet(value));
	ck_assert_msg(letters[coding.alphabet] == label_of[value], "0x%02x: %s", value,
		      smpp_alphabet_name(coding.alphabet));
	ck_assert(coding.compressed == (value >= 0x20 && value < 0x80 && (value & 0x20)));
	ck_assert(coding.waiting == (value >= 0xc0 && value < 0xf0));
	ck_assert(coding.discard == (value >> 4 == 0xc));
	bool classed = value >> 4 == 0xf || (value >= 0x10 && value < 0x80 && (value & 0x10));
	ck_assert_int_eq(coding.message_class, classed ? value & 3 : SMPP_CLASS_NONE);
}
END_TEST

START_TEST(test_decode_when_any_value_then_ascii_reads)
{
	/* What every alphabet but UCS2 writes alike, and what cannot be a text shows in a log. */
	enum smpp_alphabet used;
	char *text = decode((uint8_t)_i, (const uint8_t *)"Hello 10086", 11, &used);
	ck_assert_str_eq(text, "Hello 10086");
	free(text);
}
END_TEST

START_TEST(test_refusal_when_it_cannot_be_a_text_then_a_lasting_status)
{
	ck_assert_uint_eq(smpp_text_refusal(SMPP_SUBMIT_SM), SMPP_RSUBMITFAIL);
	ck_assert_uint_eq(smpp_text_refusal(SMPP_SUBMIT_MULTI), SMPP_RSUBMITFAIL);
	ck_assert_uint_eq(smpp_text_refusal(SMPP_DELIVER_SM), SMPP_RX_P_APPN);
	ck_assert_uint_eq(smpp_text_refusal(SMPP_DATA_SM), SMPP_RX_P_APPN);
}
END_TEST

#define ROW(name, coding, octets, text, used)                                                      \
	{                                                                                          \
		name, coding, octets, sizeof(octets) - 1, text, used                               \
	}
static const struct decode_row {
	const char *name;
	uint8_t coding;
	const char *octets;
	size_t len;
	const char *text;
	enum smpp_alphabet used;
} decode_rows[] = {
	ROW("empty", 0, "", "", SMPP_ALPHABET_GSM7),
	ROW("empty ucs2", 8, "", "", SMPP_ALPHABET_UCS2),
	ROW("plain", 0, "13800138000 fraud", "13800138000 fraud", SMPP_ALPHABET_GSM7),
	ROW("low septets", 0, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0b\x0c\x0e\x0f",
	    "@£$¥èéùìòÇØøÅå", SMPP_ALPHABET_GSM7),
	ROW("greek", 0, "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a", "Δ_ΦΓΛΩΠΨΣΘΞ",
	    SMPP_ALPHABET_GSM7),
	ROW("middle", 0, "\x1c\x1d\x1e\x1f\x24\x40\x5b\x5c\x5d\x5e\x5f\x60", "ÆæßÉ¤¡ÄÖÑÜ§¿",
	    SMPP_ALPHABET_GSM7),
	ROW("end", 0, "\x7b\x7c\x7d\x7e\x7f", "äöñüà", SMPP_ALPHABET_GSM7),
	ROW("extension", 0,
	    "\x1b\x14\x1b\x28\x1b\x29\x1b\x2f\x1b\x3c\x1b\x3d\x1b\x3e\x1b\x40\x1b\x65",
	    "^{}\\[~]|€", SMPP_ALPHABET_GSM7),
	ROW("escape of what the extension lacks", 0, "\x1b\x41", "A", SMPP_ALPHABET_GSM7),
	ROW("escape twice", 0,
	    "a\x1b\x1b"
	    "b",
	    "a b", SMPP_ALPHABET_GSM7),
	ROW("escape at the end", 0, "abc\x1b", "abc\xef\xbf\xbd", SMPP_ALPHABET_GSM7),
	ROW("flash", 0xf0,
	    "\x1b\x65"
	    "5",
	    "€5", SMPP_ALPHABET_GSM7),
	ROW("ascii", 1, "`a$@", "`a$@", SMPP_ALPHABET_ASCII),
	ROW("latin1", 3,
	    "Gr\xfc\xdf"
	    "e",
	    "Grüße", SMPP_ALPHABET_LATIN1),
	ROW("ucs2", 8, "\x4f\x60\x59\x7d", "你好", SMPP_ALPHABET_UCS2),
	ROW("one common character that is ASCII too", 8, "\x66\x2f", "是", SMPP_ALPHABET_UCS2),
	ROW("surrogates", 8, "\xd8\x3d\xde\x00", "😀", SMPP_ALPHABET_UCS2),
	ROW("surrogate alone", 8, "\x4f\x60\xd8\x3d\x59\x7d", "你\xef\xbf\xbd好",
	    SMPP_ALPHABET_UCS2),
	ROW("low surrogate first", 8, "\xde\x00\x59\x7d\x4f\x60", "\xef\xbf\xbd好你",
	    SMPP_ALPHABET_UCS2),
	ROW("surrogate cut off", 8, "\x59\x7d\xd8\x3d", "好\xef\xbf\xbd", SMPP_ALPHABET_UCS2),
	ROW("byte order mark", 8, "\xfe\xff\x4f\x60", "你", SMPP_ALPHABET_UCS2),
	ROW("other byte order mark", 8, "\xff\xfe\x60\x4f", "你", SMPP_ALPHABET_UCS2LE),
	ROW("ucs2 cut in a character", 8, "\x63\xa8\x95\x00\x4f\x60\x59", "推销你\xef\xbf\xbd",
	    SMPP_ALPHABET_UCS2),
	ROW("gbk", 15, "\xc4\xe3\xba\xc3 10086", "你好 10086", SMPP_ALPHABET_GBK),
	ROW("gbk beyond gb2312", 15, "\xe9\x46\xbb\xf9", "镕基", SMPP_ALPHABET_GBK),
	ROW("gbk cut", 15, "\xc4\xe3\xba", "你\xef\xbf\xbd", SMPP_ALPHABET_GBK),
	ROW("gb18030 of four octets", 15, "\xc4\xe3\x94\x39\xfc\x36", "你😀", SMPP_ALPHABET_GBK),
	ROW("shift jis", 5, "\x82\xb1\x82\xf1\x93\xfa\x96\x7b", "こん日本", SMPP_ALPHABET_JIS),
	ROW("euc-jp", 5, "\xa4\xb3\xa4\xf3\xc6\xfc\xcb\xdc", "こん日本", SMPP_ALPHABET_JIS),
	ROW("euc-jp, x 0212", 13, "\x8f\xb0\xa1\xc6\xfc", "丂日", SMPP_ALPHABET_JIS),
	ROW("iso-2022-jp", 10, "a\x1b$B$3$s\x1b(Bb", "aこんb", SMPP_ALPHABET_JIS),
	ROW("shift jis cut", 5, "\x82\xb1\x82", "こ\xef\xbf\xbd", SMPP_ALPHABET_JIS),
	ROW("iso 8859-5", 6, "\xbf\xe0\xd8\xd2\xd5\xe2", "Привет", SMPP_ALPHABET_CYRILLIC),
	ROW("iso 8859-8", 7, "\xf9\xec\xe5\xed", "שלום", SMPP_ALPHABET_HEBREW),
	ROW("ks c 5601", 14, "\xc7\xd1\xb1\xdb", "한글", SMPP_ALPHABET_KSC),
	ROW("windows' hangul", 14, "\xc7\xd1\x8c\x63", "한똠", SMPP_ALPHABET_KSC),
	ROW("utf8 as ks c 5601", 14, "\xed\x95\x9c\xea\xb8\x80", "한글", SMPP_ALPHABET_UTF8),
	ROW("pictograms", 9, "a\x80", "a\xef\xbf\xbd", SMPP_ALPHABET_NONE),
	ROW("binary keeps ascii", 4, "a\xff\x80z", "a\xef\xbf\xbd\xef\xbf\xbdz",
	    SMPP_ALPHABET_BINARY),
	ROW("zero octet", 1, "a\0b",
	    "a\xef\xbf\xbd"
	    "b",
	    SMPP_ALPHABET_ASCII),

	ROW("utf8 as gsm", 0, "\xe6\x8e\xa8\xe9\x94\x80", "推销", SMPP_ALPHABET_UTF8),
	ROW("gbk as gsm", 0, "13800138000\xcd\xc6\xcf\xfa", "13800138000推销", SMPP_ALPHABET_GBK),
	ROW("one gbk character as gsm", 0, "\xca\xc7", "是", SMPP_ALPHABET_GBK),
	ROW("latin1 as gsm", 0, "caf\xe9", "café", SMPP_ALPHABET_LATIN1),
	ROW("ucs2 as gsm", 0, "\0\x31\0\x33\0\x38\0\x30\x63\xa8\x95\x00", "1380推销",
	    SMPP_ALPHABET_UCS2),
	ROW("ucs2 digits as gsm", 0, "\0\x31\0\x33\0\x38\0\x30\0\x30", "13800", SMPP_ALPHABET_UCS2),
	ROW("gbk as ascii", 1, "\xcd\xc6\xcf\xfa", "推销", SMPP_ALPHABET_GBK),
	ROW("utf8 as latin1", 3, "\xe6\x8e\xa8\xe9\x94\x80", "推销", SMPP_ALPHABET_UTF8),
	ROW("gbk as latin1", 3, "\xcd\xc6\xcf\xfa\xbf\xed\xb4\xf8\xd2\xb5\xce\xf1\xb5\xe7\xbb\xb0",
	    "推销宽带业务电话", SMPP_ALPHABET_GBK),
	ROW("ascii as ucs2, odd", 8, "13800138000", "13800138000", SMPP_ALPHABET_ASCII),
	ROW("ascii as ucs2, even", 8, "10086999", "10086999", SMPP_ALPHABET_ASCII),
	ROW("keyword as ucs2", 8, "QXGJLH", "QXGJLH", SMPP_ALPHABET_ASCII),
	ROW("words as ucs2", 8, "please stop calling me", "please stop calling me",
	    SMPP_ALPHABET_ASCII),
	ROW("gbk as ucs2", 8, "13800138000 \xcd\xc6\xcf\xfa", "13800138000 推销",
	    SMPP_ALPHABET_GBK),
	ROW("utf8 as ucs2", 8, "\xe6\x8e\xa8\xe9\x94\x80\xe5\xae\xbd\xe5\xb8\xa6", "推销宽带",
	    SMPP_ALPHABET_UTF8),
	ROW("little endian as ucs2", 8, "\x31\0\x33\0\x38\0\x30\0\xa8\x63\x00\x95", "1380推销",
	    SMPP_ALPHABET_UCS2LE),
	ROW("utf8 as gbk", 15, "\xe6\x8e\xa8\xe9\x94\x80\xe5\xae\xbd\xe5\xb8\xa6", "推销宽带",
	    SMPP_ALPHABET_UTF8),
	ROW("ucs2 as gbk", 15, "\0\x31\0\x33\0\x38\0\x30\x63\xa8\x95\x00", "1380推销",
	    SMPP_ALPHABET_UCS2),
	ROW("gbk as binary", 4, "13800138000 \xcd\xc6\xcf\xfa", "13800138000 推销",
	    SMPP_ALPHABET_GBK),
};

START_TEST(test_decode_of_octets_gives_text_and_alphabet)
{
	const struct decode_row *row = &decode_rows[_i];
	enum smpp_alphabet used;
	char *text = decode(row->coding, (const uint8_t *)row->octets, row->len, &used);
	ck_assert_msg(strcmp(text, row->text) == 0 && used == row->used, "%s: got \"%s\" by %s",
		      row->name, text, smpp_alphabet_name(used));
	free(text);
}
END_TEST

START_TEST(test_converters_when_kept_and_freed_then_texts_read_the_same)
{
	void *root = talloc_new(NULL);
	struct smpp_text_converters *kept = smpp_text_keep_converters(root);
	ck_assert_ptr_nonnull(kept);
	for (int round = 0; round < 2; round++) {
		char *text = decode(14, (const uint8_t *)"\xc7\xd1\xb1\xdb", 4, NULL);
		ck_assert_str_eq(text, "한글");
		free(text);
		if (round == 0)
			talloc_free(kept);
	}
	ck_assert_uint_eq(talloc_total_blocks(root), 1);
	talloc_free(root);
}
END_TEST

START_TEST(test_decode_into_a_short_buffer_ends_after_a_whole_character)
{
	const uint8_t in[] = { 0x4f, 0x60, 0x59, 0x7d, 0, 'a' };
	for (size_t cap = 0; cap < 10; cap++) {
		char *out = malloc(cap + 1);
		size_t n = smpp_text_decode(8, in, sizeof(in), out, cap, NULL);
		size_t want = cap < 3 ? 0 : cap < 6 ? 3 : cap < 7 ? 6 : 7;
		ck_assert_msg(n == want, "cap %zu: %zu octets", cap, n);
		ck_assert_mem_eq(out, "你好a", n);
		free(out);
	}
}
END_TEST

/* Texts as people write them, each under each right label: none may be read otherwise. */
static const struct {
	const char *name;
	uint8_t coding;
	const char *charset;
	enum smpp_alphabet alphabet;
} right_labels[] = {
	{ "ucs2", 8, "UTF-16BE", SMPP_ALPHABET_UCS2 },
	{ "ucs2 flash", 0x18, "UTF-16BE", SMPP_ALPHABET_UCS2 },
	{ "gbk", 15, "GBK", SMPP_ALPHABET_GBK },
	{ "latin1", 3, "ISO-8859-1", SMPP_ALPHABET_LATIN1 },
	{ "ascii", 1, "US-ASCII", SMPP_ALPHABET_ASCII },
	{ "shift jis", 5, "CP932", SMPP_ALPHABET_JIS },
	{ "euc-jp", 5, "EUC-JP", SMPP_ALPHABET_JIS },
	{ "iso-2022-jp", 10, "ISO-2022-JP-2", SMPP_ALPHABET_JIS },
	{ "cyrillic", 6, "ISO-8859-5", SMPP_ALPHABET_CYRILLIC },
	{ "hebrew", 7, "ISO-8859-8", SMPP_ALPHABET_HEBREW },
	{ "ks c 5601", 14, "UHC", SMPP_ALPHABET_KSC },
};

static const char *const sentences[] = {
	"是",
	"退",
	"查询",
	"好",
	"你好",
	"不是我",
	"取消",
	"繁體中文簡訊測試",
	"請勿打擾",
	"Guten Tag, schöne Grüße aus Köln",
	"Où êtes-vous? Ça va très bien à Nîmes.",
	"Ñandú",
	"éé",
	"ÀÁÂÃÄÅ",
	"Ærøskøbing på Ærø",
	"þæð er öðruvísi á Íslandi",
	"Привет, как дела?",
	"สวัสดีครับ",
	"مرحبا بالعالم",
	"안녕하세요 반갑습니다",
	"감사합니다",
	"こんにちは、元気ですか",
	"Zażółć gęślą jaźń",
	"Tiếng Việt rất đẹp",
	"नमस्ते",
	"שלום",
	"😀😀",
	"hello world",
	"13800138000",
	"QXGJLH",
	"TD",
	"00000",
	"@me",
	"a@b@c",
};

static size_t check_right_labels(const char *text, size_t len)
{
	size_t tried = 0;
	uint8_t octets[TEXT_MAX];
	for (size_t i = 0; i < COUNT(right_labels); i++) {
		size_t n;
		if (!encode(text, len, right_labels[i].charset, octets, &n))
			continue;
		enum smpp_alphabet used;
		char *back = decode(right_labels[i].coding, octets, n, &used);
		bool same = strlen(back) == len && memcmp(back, text, len) == 0;
		ck_assert_msg(same && used == right_labels[i].alphabet,
			      "%s \"%s\": read by %s as \"%s\"", right_labels[i].name, text,
			      smpp_alphabet_name(used), back);
		free(back);
		tried++;
	}
	return tried;
}

START_TEST(test_decode_of_a_right_label_never_doubts_it)
{
	for (size_t i = 0; i < COUNT(sentences); i++)
		ck_assert_uint_gt(check_right_labels(sentences[i], strlen(sentences[i])), 0);
	FILE *file = fopen("tests/data/reports-dev.jsonl", "r");
	ck_assert_msg(file != NULL, "run from the project's root");
	json_t *line;
	size_t lines = 0;
	while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL))) {
		const json_t *text = json_object_get(line, "text");
		const char *value = json_string_value(text);
		if (strlen(value) == json_string_length(text)) /* a zero octet is no text */
			lines += check_right_labels(value, strlen(value)) > 0;
		json_decref(line);
	}
	fclose(file);
	ck_assert_uint_gt(lines, 200);
}
END_TEST

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

START_TEST(test_decode_of_random_septets_and_letters_keeps_the_label)
{
	uint64_t state = 1;
	for (int round = 0; round < 20000; round++) {
		uint8_t octets[160];
		size_t len = 1 + next_random(&state) % sizeof(octets);
		enum smpp_alphabet used;
		for (size_t i = 0; i < len; i++)
			octets[i] = next_random(&state) & 0x7f;
		free(decode(0, octets, len, &used));
		ck_assert_msg(used == SMPP_ALPHABET_GSM7, "round %d: %s", round,
			      smpp_alphabet_name(used));
		for (size_t i = 0; i < len; i++)
			octets[i] |= next_random(&state) & 1 ? 0xc0 : octets[i] < 0x20 ? 0x40 : 0;
		free(decode(3, octets, len, &used));
		ck_assert_msg(used == SMPP_ALPHABET_LATIN1, "round %d: %s", round,
			      smpp_alphabet_name(used));
	}
}
END_TEST

START_TEST(test_gsm7_written_and_read_gives_the_character)
{
	uint32_t cp, back;
	uint8_t septets[2];
	for (cp = 0; cp < 0x11000; cp++) {
		size_t n = smpp_gsm7_write(cp, septets);
		if (n == 0)
			continue;
		ck_assert_uint_eq(smpp_gsm7_read(septets, n, &back), n);
		ck_assert_uint_eq(back, cp);
	}
	for (uint8_t septet = 0; septet < 128; septet++) {
		if (septet == SMPP_GSM7_ESCAPE)
			continue;
		smpp_gsm7_read(&septet, 1, &cp);
		ck_assert_msg(smpp_gsm7_write(cp, septets) == 1 && septets[0] == septet,
			      "septet 0x%02x", septet);
	}
}
END_TEST

/* ---- national language tables ---- */

static uint32_t standard[2][SMPP_GSM7_LANGUAGES][128]; /* locking, single; 0: empty */

static unsigned language_by_name(const char *name)
{
	for (uint8_t i = 0; i < SMPP_GSM7_LANGUAGES; i++)
		if (strcmp(smpp_gsm7_language_name(i), name) == 0)
			return i;
	ck_abort_msg("no language %s", name);
	return 0;
}

static size_t load_standard(void)
{
	FILE *file = fopen("tests/data/gsm7-national.tsv", "r");
	ck_assert_msg(file != NULL, "run from the project's root");
	char line[256], name[32], table[16];
	size_t columns = 0;
	while (fgets(line, sizeof(line), file)) {
		unsigned first;
		int pos;
		if (line[0] == '#')
			continue;
		ck_assert_int_eq(sscanf(line, "%31s %15s %x %n", name, table, &first, &pos), 3);
		uint32_t *to = standard[strcmp(table, "single") == 0][language_by_name(name)];
		char *save, *word = strtok_r(line + pos, " \n", &save);
		for (unsigned i = 0; i < 16; i++, word = strtok_r(NULL, " \n", &save)) {
			ck_assert_ptr_nonnull(word);
			to[first + i] = *word == '-' ? 0 : (uint32_t)strtoul(word, NULL, 16);
		}
		columns++;
	}
	fclose(file);
	return columns;
}

/* What the standard says of a septet under two identifiers, written down once more. */
static uint32_t expected(unsigned locking, unsigned single, bool escaped, uint8_t septet)
{
	uint32_t cp = 0;
	bool locked = locking != 0 && locking != 2; /* A.3.2: Spanish has none */
	if (escaped && single != 0)
		cp = standard[1][single][septet];
	else if (escaped)
		cp = smpp_gsm7_extension(septet);
	if (cp == 0 && escaped && septet == SMPP_GSM7_ESCAPE)
		return ' ';
	if (cp == 0 && locked)
		cp = standard[0][locking][septet] ? standard[0][locking][septet] : ' ';
	if (cp == 0)
		smpp_gsm7_read(&septet, 1, &cp);
	return cp;
}

static void check_septet(unsigned locking, unsigned single, bool escaped, uint8_t septet)
{
	const struct smpp_gsm7_shift shift = { (uint8_t)locking, (uint8_t)single };
	const uint8_t in[2] = { escaped ? SMPP_GSM7_ESCAPE : septet, septet };
	uint32_t cp;
	size_t used = smpp_gsm7_read_shifted(&shift, in, 1 + escaped, &cp);
	ck_assert_msg(used == 1u + escaped && cp == expected(locking, single, escaped, septet),
		      "%s locking, %s single: %s0x%02x gives U+%04X, not U+%04X",
		      smpp_gsm7_language_name((uint8_t)locking),
		      smpp_gsm7_language_name((uint8_t)single), escaped ? "escape " : "", septet,
		      cp, expected(locking, single, escaped, septet));
}

START_TEST(test_gsm7_when_shifted_then_each_table_as_in_the_standard)
{
	ck_assert_uint_eq(load_standard(), 25 * 8); /* 12 locking tables and 13 single ones */
	for (unsigned locking = 0; locking < SMPP_GSM7_LANGUAGES; locking++)
		for (unsigned single = 0; single < SMPP_GSM7_LANGUAGES; single++)
			for (uint8_t septet = 0; septet < 128; septet++) {
				check_septet(locking, single, true, septet);
				if (septet != SMPP_GSM7_ESCAPE)
					check_septet(locking, single, false, septet);
			}
}
END_TEST

START_TEST(test_gsm7_when_shifted_by_a_reserved_identifier_then_the_default)
{
	for (unsigned identifier = SMPP_GSM7_LANGUAGES; identifier < 256; identifier++) {
		const struct smpp_gsm7_shift shift = { (uint8_t)identifier, (uint8_t)identifier };
		for (unsigned octet = 0; octet < 256; octet++) {
			const uint8_t in[2] = { SMPP_GSM7_ESCAPE, (uint8_t)octet };
			uint32_t a, b;
			for (size_t from = 0; from < 2; from++) {
				size_t used =
					smpp_gsm7_read_shifted(&shift, in + from, 2 - from, &a);
				ck_assert_uint_eq(used, smpp_gsm7_read(in + from, 2 - from, &b));
				ck_assert_uint_eq(a, b);
			}
			ck_assert_uint_eq(smpp_gsm7_read_shifted(&shift, in, 0, &a), 0);
			ck_assert_uint_eq(smpp_gsm7_read_shifted(&shift, in, 1, &a), 1);
			ck_assert_uint_eq(a, SMPP_CHAR_BAD);
		}
	}
	ck_assert_str_eq(smpp_gsm7_language_name(SMPP_GSM7_LANGUAGES), "reserved");
}
END_TEST

static const struct shifted_row {
	const char *name;
	struct smpp_gsm7_shift shift;
	uint8_t coding;
	const char *octets;
	const char *text;
	enum smpp_alphabet used;
} shifted_rows[] = {
	{ "turkish, locking",
	  { 1, 0 },
	  0,
	  "\x1c\x1d\x0b\x0c\x07\x40\x60",
	  "ŞşĞğıİç",
	  SMPP_ALPHABET_GSM7 },
	{ "turkish, single",
	  { 0, 1 },
	  0,
	  "\x1bS\x1bs\x1bG\x1bg\x1bI\x1bi\x1b\x63",
	  "ŞşĞğİıç",
	  SMPP_ALPHABET_GSM7 },
	{ "spanish, single", { 0, 2 }, 0, "Buenos d\x1bias", "Buenos días", SMPP_ALPHABET_GSM7 },
	{ "portuguese, both", { 3, 3 }, 0, "n\x7bo \x1b\x17", "não Ψ", SMPP_ALPHABET_GSM7 },
	{ "hindi, both",
	  { 6, 6 },
	  0,
	  "\x2f\x42\x4c\x5f\x27\x59 \x1b\x1d\x1b"
	  "A",
	  "नमस्ते १A",
	  SMPP_ALPHABET_GSM7 },
	{ "class 0", { 1, 0 }, 0x10, "\x1c", "Ş", SMPP_ALPHABET_GSM7 },
	{ "not in ucs2", { 1, 1 }, 8, "\x4f\x60\x59\x7d", "你好", SMPP_ALPHABET_UCS2 },
	{ "not where octets are wrong",
	  { 1, 0 },
	  0,
	  "\xe6\x8e\xa8\xe9\x94\x80",
	  "推销",
	  SMPP_ALPHABET_UTF8 },
};

START_TEST(test_decode_when_shifted_then_national_letters)
{
	const struct shifted_row *row = &shifted_rows[_i];
	enum smpp_alphabet used;
	char out[128];
	size_t len =
		smpp_text_decode_shifted(row->coding, &row->shift, (const uint8_t *)row->octets,
					 strlen(row->octets), out, sizeof(out) - 1, &used);
	out[len] = '\0';
	ck_assert_msg(strcmp(out, row->text) == 0 && used == row->used, "%s: %s by %s", row->name,
		      out, smpp_alphabet_name(used));
}
END_TEST

static const struct utf8_row {
	const char *octets;
	size_t used;
	uint32_t cp;
} utf8_rows[] = {
	{ "a", 1, 'a' },
	{ "\xc3\xa9", 2, 0xe9 },
	{ "\xe2\x82\xac", 3, 0x20ac },
	{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
	{ "\xc0\x80", 1, SMPP_CHAR_BAD },	  /* overlong */
	{ "\xe0\x80\x80", 1, SMPP_CHAR_BAD },	  /* overlong */
	{ "\xf0\x8f\x80\x80", 1, SMPP_CHAR_BAD }, /* overlong */
	{ "\xed\xa0\x80", 1, SMPP_CHAR_BAD },	  /* surrogate */
	{ "\xf4\x90\x80\x80", 1, SMPP_CHAR_BAD }, /* over U+10FFFF */
	{ "\xe2\x82", 2, SMPP_CHAR_BAD },	  /* cut */
	{ "\xe2\x82(", 2, SMPP_CHAR_BAD },
	{ "\x80", 1, SMPP_CHAR_BAD },
	{ "\xff", 1, SMPP_CHAR_BAD },
};

START_TEST(test_utf8_read_of_octets_gives_a_character_or_refuses)
{
	const struct utf8_row *row = &utf8_rows[_i];
	size_t len = strlen(row->octets);
	uint32_t cp;
	char back[4];
	ck_assert_msg(smpp_utf8_read((const uint8_t *)row->octets, len, &cp) == row->used &&
			      cp == row->cp,
		      "row %d: 0x%x", _i, cp);
	if (cp != SMPP_CHAR_BAD) {
		ck_assert_uint_eq(smpp_utf8_write(cp, back), len);
		ck_assert_mem_eq(back, row->octets, len);
	}
}
END_TEST

static const struct segment_row {
	const char *name;
	const char *unit; /* repeated so often */
	size_t times;
	const char *tail;
	uint8_t coding;
	size_t parts;		    /* 0: too long */
	size_t first_len, last_len; /* with UDH */
} segment_rows[] = {
	{ "empty", "", 0, "", 0, 1, 0, 0 },
	{ "one", "a", 1, "", 0, 1, 1, 1 },
	{ "160 septets", "a", 160, "", 0, 1, 160, 160 },
	{ "161 septets", "a", 161, "", 0, 2, 159, 14 },
	{ "306 septets", "a", 306, "", 0, 2, 159, 159 },
	{ "307 septets", "a", 307, "", 0, 3, 159, 7 },
	{ "80 euros", "€", 80, "", 0, 1, 160, 160 },
	{ "escape not split", "€", 81, "", 0, 2, 158, 16 },
	{ "70 units", "好", 70, "", 8, 1, 140, 140 },
	{ "71 units", "好", 71, "", 8, 2, 140, 14 },
	{ "surrogates not split", "😀", 36, "", 8, 2, 138, 18 },
	{ "one chinese character", "a", 100, "好", 8, 2, 140, 74 },
	{ "backquote is not in the alphabet", "a", 3, "`", 8, 1, 8, 8 },
	{ "broken utf8", "a", 1, "\xff", 8, 1, 4, 4 },
	{ "eight parts", "a", 8 * 153, "", 0, 8, 159, 159 },
	{ "nine parts", "a", 8 * 153 + 1, "", 0, 0, 0, 0 },
	{ "eight parts of ucs2", "好", 8 * 67, "", 8, 8, 140, 140 },
	{ "nine parts of ucs2", "好", 8 * 67 + 1, "", 8, 0, 0, 0 },
};

static size_t repeat(const struct segment_row *row, char *out)
{
	size_t len = 0, unit = strlen(row->unit);
	for (size_t i = 0; i < row->times; i++, len += unit)
		memcpy(out + len, row->unit, unit);
	memcpy(out + len, row->tail, strlen(row->tail));
	return len + strlen(row->tail);
}

START_TEST(test_segment_of_a_text_fills_parts)
{
	const struct segment_row *row = &segment_rows[_i];
	static char text[TEXT_MAX];
	static struct smpp_parts parts;
	size_t len = repeat(row, text);
	int rc = smpp_text_segment(text, len, 0x5a, &parts);
	if (row->parts == 0) {
		ck_assert_msg(rc == -EMSGSIZE, "%s: %d", row->name, rc);
		return;
	}
	ck_assert_msg(rc == 0 && parts.count == row->parts && parts.data_coding == row->coding &&
			      parts.udhi == (row->parts > 1),
		      "%s: rc %d, %zu parts, coding %u", row->name, rc, parts.count,
		      parts.data_coding);
	ck_assert_msg(parts.part[0].len == row->first_len &&
			      parts.part[parts.count - 1].len == row->last_len,
		      "%s: %zu ... %zu", row->name, parts.part[0].len,
		      parts.part[parts.count - 1].len);
	if (strcmp(row->name, "broken utf8") == 0)
		return;
	/* Each part reads alone, and together they are the text. */
	size_t pos = 0;
	for (size_t i = 0; i < parts.count; i++) {
		size_t udh = parts.udhi ? 6 : 0;
		const uint8_t want[] = { 5, 0, 3, 0x5a, (uint8_t)parts.count, (uint8_t)(i + 1) };
		ck_assert_mem_eq(parts.part[i].octets, want, udh);
		char *back = decode(parts.data_coding, parts.part[i].octets + udh,
				    parts.part[i].len - udh, NULL);
		ck_assert_msg(pos + strlen(back) <= len &&
				      memcmp(text + pos, back, strlen(back)) == 0,
			      "%s: part %zu", row->name, i);
		pos += strlen(back);
		free(back);
	}
	ck_assert_uint_eq(pos, len);
}
END_TEST

/* Characters of each kind that segmentation has to tell apart. */
static const char *const draws[] = { "a", "@", "€", "{", "é", "好", "😀", "\n", "Ω", "10086" };

static size_t draw_text(uint64_t *state, char *out)
{
	size_t len = 0, kinds = 1 + next_random(state) % COUNT(draws);
	for (size_t count = next_random(state) % 500; count > 0; count--) {
		const char *draw = draws[next_random(state) % kinds];
		memcpy(out + len, draw, strlen(draw));
		len += strlen(draw);
	}
	return len;
}

/* What a receiver does: reads each part's header, puts the texts together, decodes. */
static size_t join(const struct smpp_parts *parts, uint16_t reference, uint8_t *out)
{
	size_t len = 0;
	for (size_t i = 0; i < parts->count; i++) {
		const struct smpp_pdu pdu = { .command_id = SMPP_SUBMIT_SM,
					      .esm_class = parts->udhi ? SMPP_ESM_UDHI : 0,
					      .short_message = { parts->part[i].octets,
								 parts->part[i].len } };
		struct smpp_part_info info;
		smpp_part_read(&pdu, &info);
		ck_assert(info.concatenated == parts->udhi && !info.udh_broken);
		ck_assert(!parts->udhi || (info.reference == reference && info.index == i + 1 &&
					   info.total == parts->count));
		/* On the radio: 140 octets with septets packed. */
		size_t header = parts->part[i].len - info.text.len;
		size_t octets =
			parts->data_coding == 8 ? info.text.len : (info.text.len * 7 + 7) / 8;
		ck_assert_uint_le(header + octets, 140);
		memcpy(out + len, info.text.data, info.text.len);
		len += info.text.len;
	}
	return len;
}

START_TEST(test_segment_when_texts_are_drawn_then_joined_they_are_the_same)
{
	static char text[8192];
	static uint8_t joined[SMPP_PARTS_MAX * SMPP_PART_OCTETS];
	static struct smpp_parts parts;
	uint64_t state = 3;
	size_t split = 0, whole = 0;
	for (int round = 0; round < 4000; round++) {
		size_t len = draw_text(&state, text);
		uint16_t reference = (uint16_t)next_random(&state);
		bool wide = round % 2;
		if (!wide)
			reference &= 0xff;
		int rc = wide ? smpp_text_segment_wide(text, len, reference, &parts)
			      : smpp_text_segment(text, len, (uint8_t)reference, &parts);
		if (rc == -EMSGSIZE)
			continue;
		ck_assert_int_eq(rc, 0);
		size_t n = join(&parts, reference, joined);
		char *back = decode(parts.data_coding, joined, n, NULL);
		ck_assert_msg(strlen(back) == len && memcmp(back, text, len) == 0, "round %d",
			      round);
		free(back);
		/* Each part reads alone: no character lies across a cut. */
		for (size_t i = 0; i < parts.count; i++) {
			size_t header = parts.udhi ? parts.part[i].octets[0] + 1u : 0;
			back = decode(parts.data_coding, parts.part[i].octets + header,
				      parts.part[i].len - header, NULL);
			ck_assert_msg(!strstr(back, "\xef\xbf\xbd"), "round %d, part %zu", round,
				      i);
			free(back);
		}
		split += parts.udhi;
		whole += !parts.udhi;
	}
	ck_assert_uint_gt(split, 1000);
	ck_assert_uint_gt(whole, 300);
}
END_TEST

START_TEST(test_segment_when_the_reference_is_wide_then_one_octet_less)
{
	static const struct {
		const char *unit;
		size_t times, parts, first_len, last_len;
	} rows[] = {
		{ "a", 160, 1, 160, 160 },     { "a", 161, 2, 159, 16 },
		{ "a", 304, 2, 159, 159 },     { "a", 305, 3, 159, 8 },
		{ "€", 81, 2, 159, 17 },       { "好", 70, 1, 140, 140 },
		{ "好", 71, 2, 139, 17 },      { "好", 132, 2, 139, 139 },
		{ "好", 133, 3, 139, 9 },      { "😀", 36, 2, 139, 19 },
		{ "a", 8 * 152, 8, 159, 159 }, { "a", 8 * 152 + 1, 0, 0, 0 },
		{ "好", 8 * 66, 8, 139, 139 }, { "好", 8 * 66 + 1, 0, 0, 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		static char text[TEXT_MAX];
		static struct smpp_parts parts;
		const struct segment_row row = { .unit = rows[i].unit,
						 .times = rows[i].times,
						 .tail = "" };
		size_t len = repeat(&row, text);
		int rc = smpp_text_segment_wide(text, len, 0x1234, &parts);
		if (rows[i].parts == 0) {
			ck_assert_msg(rc == -EMSGSIZE, "row %zu", i);
			continue;
		}
		ck_assert_msg(rc == 0 && parts.count == rows[i].parts, "row %zu: %zu", i,
			      parts.count);
		ck_assert_msg(parts.part[0].len == rows[i].first_len &&
				      parts.part[parts.count - 1].len == rows[i].last_len,
			      "row %zu: %zu ... %zu", i, parts.part[0].len,
			      parts.part[parts.count - 1].len);
		if (parts.count > 1) {
			const uint8_t want[] = { 6, 8, 4, 0x12, 0x34, (uint8_t)parts.count, 1 };
			ck_assert_mem_eq(parts.part[0].octets, want, sizeof(want));
		}
	}
}
END_TEST

START_TEST(test_han_common_counts_the_level_one_characters)
{
	size_t common = 0;
	for (uint32_t cp = 0; cp < 0x20000; cp++)
		common += smpp_han_is_common(cp);
	ck_assert_uint_eq(common, 3755);
	ck_assert(smpp_han_is_common(0x4e00));
	ck_assert(!smpp_han_is_common(0x4e02));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_text");
	TCase *tests = tcase_create("text");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, test_coding_when_any_value_then_its_alphabet, 0, 256);
	tcase_add_loop_test(tests, test_decode_when_any_value_then_ascii_reads, 0, 256);
	tcase_add_test(tests, test_refusal_when_it_cannot_be_a_text_then_a_lasting_status);
	tcase_add_loop_test(tests, test_decode_of_octets_gives_text_and_alphabet, 0,
			    COUNT(decode_rows));
	tcase_add_test(tests, test_converters_when_kept_and_freed_then_texts_read_the_same);
	tcase_add_test(tests, test_decode_into_a_short_buffer_ends_after_a_whole_character);
	tcase_add_test(tests, test_decode_of_a_right_label_never_doubts_it);
	tcase_add_test(tests, test_decode_of_random_septets_and_letters_keeps_the_label);
	tcase_add_test(tests, test_gsm7_written_and_read_gives_the_character);
	tcase_add_test(tests, test_gsm7_when_shifted_then_each_table_as_in_the_standard);
	tcase_add_test(tests, test_gsm7_when_shifted_by_a_reserved_identifier_then_the_default);
	tcase_add_loop_test(tests, test_decode_when_shifted_then_national_letters, 0,
			    COUNT(shifted_rows));
	tcase_add_loop_test(tests, test_utf8_read_of_octets_gives_a_character_or_refuses, 0,
			    COUNT(utf8_rows));
	tcase_add_loop_test(tests, test_segment_of_a_text_fills_parts, 0, COUNT(segment_rows));
	tcase_add_test(tests, test_segment_when_texts_are_drawn_then_joined_they_are_the_same);
	tcase_add_test(tests, test_segment_when_the_reference_is_wide_then_one_octet_less);
	tcase_add_test(tests, test_han_common_counts_the_level_one_characters);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
