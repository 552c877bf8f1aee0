/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The words of our texts: those of a directory, or the ones that are built in. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "gateway/config_check.h"
#include "rules/embedded.h"
#include "rules/reply_book.h"

enum { FILE_MAX_OCTETS = 1 << 20 };

static const char *const names[REPLY_TONGUES] = { [REPLY_ZH] = "zh.txt", [REPLY_EN] = "en.txt" };

/* The book is counted, and the configuration one of those that hold it. */
struct hold {
	struct reply_book *book;
};

static int let_go(struct hold *hold)
{
	reply_book_unref(hold->book);
	return 0;
}

static int keep(void *ctx, struct reply_book *book, struct config *config)
{
	struct hold *hold = talloc(ctx, struct hold);

	if (!hold) {
		reply_book_unref(book);
		return -ENOMEM;
	}
	hold->book = book;
	talloc_set_destructor(hold, let_go);
	config->reports.book = book;
	return 0;
}

static void use_built_in(struct reply_source sources[REPLY_TONGUES])
{
	sources[REPLY_ZH] = (struct reply_source){ "built-in zh.txt", embedded_replies_zh_txt,
						   EMBEDDED_LEN(replies_zh_txt) };
	sources[REPLY_EN] = (struct reply_source){ "built-in en.txt", embedded_replies_en_txt,
						   EMBEDDED_LEN(replies_en_txt) };
}

static int read_file(void *scratch, const char *path, struct reply_source *out)
{
	char *text = talloc_size(scratch, FILE_MAX_OCTETS + 1);
	FILE *file = text ? fopen(path, "re") : NULL;
	int rc = 0;

	if (!text)
		return -ENOMEM;
	if (!file)
		return -errno;
	out->len = fread(text, 1, FILE_MAX_OCTETS + 1, file);
	if (ferror(file))
		rc = -EIO;
	else if (out->len > FILE_MAX_OCTETS)
		rc = -EFBIG;
	fclose(file);
	out->text = text;
	return rc;
}

static int use_directory(const struct config_tree *tree, void *scratch, const char *directory,
			 struct reply_source sources[REPLY_TONGUES])
{
	for (int i = 0; i < REPLY_TONGUES; i++) {
		char *path = talloc_asprintf(scratch, "%s/%s", directory, names[i]);
		int rc = path ? read_file(scratch, path, &sources[i]) : -ENOMEM;

		if (rc == -ENOMEM)
			return rc;
		if (rc < 0)
			return config_tree_fault(tree, "reports.replies", "%.200s: %s", path,
						 strerror(-rc));
		sources[i].name = path;
	}
	return 0;
}

static int compile(const struct config_tree *tree, const struct reply_source *sources,
		   struct reply_book **book)
{
	struct reply_fault fault;
	int rc = reply_book_compile(sources, book, &fault);

	if (rc != -EBADMSG)
		return rc;
	if (fault.line == 0)
		return config_tree_fault(tree, "reports.replies", "%.200s: %s", fault.file,
					 fault.text);
	return config_tree_fault(tree, "reports.replies", "%.200s:%zu: %s", fault.file, fault.line,
				 fault.text);
}

int config_load_replies(const struct config_tree *tree, void *ctx, struct config *config)
{
	struct reply_source sources[REPLY_TONGUES];
	struct reply_book *book = NULL;
	void *scratch = talloc_new(ctx);
	int rc = scratch ? 0 : -ENOMEM;

	if (rc == 0 && config->reports.replies[0])
		rc = use_directory(tree, scratch, config->reports.replies, sources);
	else if (rc == 0)
		use_built_in(sources);
	if (rc == 0)
		rc = compile(tree, sources, &book);
	talloc_free(scratch);
	return rc < 0 ? rc : keep(ctx, book, config);
}
