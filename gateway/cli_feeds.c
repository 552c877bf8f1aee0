/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "gateway/cli.h"
#include "gateway/feed_token.h"

static const char usage[] = "usage: mianrao feeds [token | hash | restart SOURCE]\n";

static enum cli_exit print_hash(const struct cli *cli, const char *token)
{
	char hash[FEED_TOKEN_HASH_MAX];

	if (feed_token_hash(token, strlen(token), hash) < 0) {
		fprintf(cli->errors, "mianrao: a token has %d to %d visible characters\n",
			FEED_TOKEN_MIN, FEED_TOKEN_MAX - 1);
		return CLI_REFUSED;
	}
	fprintf(cli->out, "token_hash: \"%s\"\n", hash);
	return CLI_OK;
}

/* A new token, for the source, and its hash, for the configuration. */
static enum cli_exit make_token(const struct cli *cli)
{
	char token[FEED_TOKEN_MAX];
	enum cli_exit code;
	int rc = feed_token_make(token);

	if (rc < 0) {
		fprintf(cli->errors, "mianrao: no random octets: %s\n", strerror(-rc));
		return CLI_REFUSED;
	}
	fprintf(cli->out, "token: %s\n", token);
	code = print_hash(cli, token);
	explicit_bzero(token, sizeof(token));
	return code;
}

static enum cli_exit hash_token(const struct cli *cli, FILE *in)
{
	char token[FEED_TOKEN_MAX + 2] = "";
	enum cli_exit code;

	if (!fgets(token, sizeof(token), in))
		token[0] = '\0';
	token[strcspn(token, "\r\n")] = '\0';
	code = print_hash(cli, token);
	explicit_bzero(token, sizeof(token));
	return code;
}

enum cli_exit cli_feeds(const struct cli *cli, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "token") == 0)
		return make_token(cli);
	if (argc == 2 && strcmp(argv[1], "hash") == 0)
		return hash_token(cli, stdin);
	if (argc == 3 && strcmp(argv[1], "restart") == 0)
		return cli_ask_and_show(
			cli, json_pack("{s:s,s:s}", "command", "feeds", "restart", argv[2]),
			cli_show);
	fputs(usage, cli->errors);
	return CLI_USAGE;
}
