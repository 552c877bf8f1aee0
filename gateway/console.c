/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/console.h"

#include <string.h>

#include "gateway/console_files.h"
#include "gateway/http_problem.h"

static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; "
			     "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
			     "base-uri 'none'; form-action 'none'; "
			     "require-trusted-types-for 'script'; trusted-types 'none'";

static const char *type_of(const char *path)
{
	static const struct {
		const char *end;
		const char *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".mjs", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".woff2", "font/woff2" },
		{ ".webmanifest", "application/manifest+json" },
		{ ".txt", "text/plain; charset=utf-8" },
	};
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t end = strlen(types[i].end);

		if (len > end && strcmp(path + len - end, types[i].end) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

static const struct console_file *find(const char *path)
{
	if (strcmp(path, "/") == 0)
		path = "/index.html";
	for (const struct console_file *file = console_files; file->path; file++)
		if (strcmp(file->path, path) == 0)
			return file;
	return NULL;
}

/* "gzip" among the codings, and not with a weight of nothing. */
static bool unpacks(const char *accepted)
{
	const char *at = accepted ? strstr(accepted, "gzip") : NULL;

	return at && strncmp(at + 4, ";q=0", 4) != 0;
}

static void answer_file(struct http_exchange *exchange, const struct console_file *file)
{
	const char *seen = http_exchange_header(exchange, "If-None-Match");
	bool packed = unpacks(http_exchange_header(exchange, "Accept-Encoding")) &&
		      file->packed_end - file->packed < file->end - file->data;
	const char *data = packed ? file->packed : file->data;
	const char *end = packed ? file->packed_end : file->end;

	http_exchange_add_header(exchange, "ETag", file->tag);
	http_exchange_add_header(exchange, "Vary", "Accept-Encoding");
	http_exchange_add_header(exchange, "Cache-Control", "no-cache");
	http_exchange_add_header(exchange, "Content-Security-Policy", policy);
	http_exchange_add_header(exchange, "X-Frame-Options", "DENY");
	if (seen && strcmp(seen, file->tag) == 0) {
		http_exchange_answer_data(exchange, 304, NULL, "", 0);
		return;
	}
	if (packed)
		http_exchange_add_header(exchange, "Content-Encoding", "gzip");
	http_exchange_answer_data(exchange, 200, type_of(file->path), data, (size_t)(end - data));
}

void console_take(struct http_exchange *exchange)
{
	const char *method = http_exchange_method(exchange);
	const struct console_file *file = find(http_exchange_path(exchange));

	if (!file) {
		http_problem_answer(exchange, 404, NULL, "there is nothing at this path");
	} else if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) {
		answer_file(exchange, file);
	} else {
		http_exchange_add_header(exchange, "Allow", "GET, HEAD");
		http_problem_answer(exchange, 405, NULL, "only GET and HEAD");
	}
}
