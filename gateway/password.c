/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/password.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/store.h"

struct check {
	struct store_op op; /* first */
	char password[PASSWORD_OCTETS];
	char hash[PASSWORD_HASH_MAX];
	bool known;
	bool right;
	password_cb *cb;
	void *user;
};

/* What an unknown name is checked against while there is no account at all. */
static const char nobody[] = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$";

/* Compares without telling by its time where the difference is. */
static bool same(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned differ = len != strlen(b);

	for (size_t i = 0; i < len && b[i]; i++)
		differ |= (unsigned char)a[i] ^ (unsigned char)b[i];
	return differ == 0;
}

bool password_matches(const char *password, const char *hash, bool known)
{
	struct crypt_data *data = talloc_zero(NULL, struct crypt_data);
	const char *got;
	bool right;

	if (!data)
		return false;
	got = crypt_rn(password, hash[0] ? hash : nobody, data, sizeof(*data));
	right = got && same(got, hash);
	explicit_bzero(data, sizeof(*data));
	talloc_free(data);
	return right & known;
}

const char *password_decoy(const struct config *config, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return config->accounts_count > 0
		       ? config->accounts[hash % config->accounts_count].password_hash
		       : "";
}

static int run_check(struct db *db, struct store_op *op)
{
	struct check *check = (struct check *)op;

	(void)db;
	check->right = password_matches(check->password, check->hash, check->known);
	explicit_bzero(check->password, sizeof(check->password));
	return 0;
}

static void check_done(struct store_op *op)
{
	struct check *check = (struct check *)op;

	check->cb(check->user, op->rc == 0 && check->right);
	talloc_free(check);
}

void password_check(struct gateway *gateway, const char *name, const char *password,
		    password_cb *cb, void *user)
{
	const struct config_account *account = config_find_account(gateway->live, name);
	struct check *check = talloc_zero(NULL, struct check);

	if (!check) {
		cb(user, false);
		return;
	}
	check->op.run = run_check;
	check->op.done = check_done;
	snprintf(check->password, sizeof(check->password), "%s", password);
	snprintf(check->hash, sizeof(check->hash), "%s",
		 account ? account->password_hash : password_decoy(gateway->live, name));
	check->known = account != NULL;
	check->cb = cb;
	check->user = user;
	store_submit(gateway->worker, &check->op);
}

int password_hash(const char *password, char out[PASSWORD_HASH_MAX])
{
	struct crypt_data data = { 0 };
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *got;

	if (!crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)))
		return -EIO;
	got = crypt_rn(password, setting, &data, sizeof(data));
	if (!got || strlen(got) >= PASSWORD_HASH_MAX)
		return -EIO;
	memcpy(out, got, strlen(got) + 1);
	return 0;
}
