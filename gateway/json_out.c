/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/json_out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "smpp/smpp_utf8.h"

static void put(struct json_out *out, const char *octets, size_t len)
{
	if (out->full || len >= out->size - out->len) {
		out->full = true;
		return;
	}
	memcpy(out->text + out->len, octets, len);
	out->len += len;
}

static bool is_plain(unsigned char octet)
{
	return octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\';
}

static void put_char(struct json_out *out, uint32_t cp)
{
	char text[8];
	size_t len;

	if (cp == '"' || cp == '\\')
		len = (size_t)snprintf(text, sizeof(text), "\\%c", (char)cp);
	else if (cp < 0x20 || cp == 0x7f)
		len = (size_t)snprintf(text, sizeof(text), "\\u%04x", cp);
	else
		len = smpp_utf8_write(cp, text);
	put(out, text, len);
}

static void put_string(struct json_out *out, const char *value)
{
	size_t len = strlen(value);
	size_t at = 0;

	put(out, "\"", 1);
	while (at < len) {
		size_t run = 0;
		uint32_t cp;

		while (at + run < len && is_plain((unsigned char)value[at + run]))
			run++;
		put(out, value + at, run);
		at += run;
		if (at == len)
			break;
		at += smpp_utf8_read((const uint8_t *)value + at, len - at, &cp);
		put_char(out, cp);
	}
	put(out, "\"", 1);
}

static void put_name(struct json_out *out, const char *name)
{
	if (out->comma)
		put(out, ",", 1);
	out->comma = true;
	if (!name)
		return;
	put_string(out, name);
	put(out, ":", 1);
}

void json_out_begin(struct json_out *out, char *text, size_t size)
{
	*out = (struct json_out){ .text = text, .size = size };
}

void json_out_open(struct json_out *out, const char *name, char bracket)
{
	put_name(out, name);
	put(out, &bracket, 1);
	out->comma = false;
}

void json_out_close(struct json_out *out, char bracket)
{
	put(out, &bracket, 1);
	out->comma = true;
}

void json_out_text(struct json_out *out, const char *name, const char *value)
{
	put_name(out, name);
	put_string(out, value);
}

void json_out_int(struct json_out *out, const char *name, int64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)value);

	put_name(out, name);
	put(out, digits, (size_t)len);
}

void json_out_bool(struct json_out *out, const char *name, bool value)
{
	put_name(out, name);
	if (value)
		put(out, "true", 4);
	else
		put(out, "false", 5);
}

int json_out_end(struct json_out *out)
{
	if (out->full)
		return -EMSGSIZE;
	out->text[out->len] = '\0';
	return 0;
}
