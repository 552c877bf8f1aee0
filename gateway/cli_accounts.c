/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/password.h"

enum { PASSWORD_MAX = 128, SMPP_PASSWORD_MAX = 8 };

static bool echo(int fd, bool on)
{
	struct termios mode;
	if (tcgetattr(fd, &mode))
		return false;
	mode.c_lflag = on ? mode.c_lflag | ECHO : mode.c_lflag & ~(tcflag_t)ECHO;
	return tcsetattr(fd, TCSAFLUSH, &mode) == 0;
}

/* One line. -EINVAL: empty, too long, or with a NUL in it. */
static int read_password(const struct cli *cli, FILE *in, char out[PASSWORD_MAX])
{
	bool terminal = isatty(fileno(in));
	if (terminal) {
		fputs("Password: ", cli->errors);
		fflush(cli->errors);
		echo(fileno(in), false);
	}
	size_t len = 0;
	int c;
	while ((c = getc(in)) != EOF && c != '\n' && len < PASSWORD_MAX)
		out[len++] = (char)c;
	if (terminal) {
		echo(fileno(in), true);
		fputc('\n', cli->errors);
	}
	if (len == 0 || len == PASSWORD_MAX || memchr(out, 0, len))
		return -EINVAL;
	out[len] = 0;
	return 0;
}

enum cli_exit cli_hash(const struct cli *cli, FILE *in)
{
	char password[PASSWORD_MAX];
	char hash[PASSWORD_HASH_MAX];
	if (read_password(cli, in, password)) {
		fprintf(cli->errors, "mianrao: a password has 1 to %d octets\n", PASSWORD_MAX - 1);
		return CLI_REFUSED;
	}
	if (strlen(password) > SMPP_PASSWORD_MAX)
		fprintf(cli->errors,
			"mianrao: note: SMPP 3.4 allows %d characters; "
			"some peers cannot send more\n",
			SMPP_PASSWORD_MAX);
	int rc = password_hash(password, hash);
	explicit_bzero(password, sizeof password);
	if (rc) {
		fprintf(cli->errors, "mianrao: cannot hash: %s\n", strerror(-rc));
		return CLI_REFUSED;
	}
	fprintf(cli->out, "%s\n", hash);
	return CLI_OK;
}

enum cli_exit cli_accounts(const struct cli *cli, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "hash") == 0)
		return cli_hash(cli, stdin);
	if (argc != 1) {
		fputs("usage: mianrao accounts [hash]\n", cli->errors);
		return CLI_USAGE;
	}
	return cli_ask_and_show(cli, json_pack("{s:s}", "command", "accounts"), cli_show);
}
