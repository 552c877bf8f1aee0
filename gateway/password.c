/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/password.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <talloc.h>

#include "gateway/store.h"

struct check {
	struct store_op op; /* first */
	char password[128];
	char hash[PASSWORD_HASH_MAX];
	bool known;
	bool right;
	password_cb *cb;
	void *user;
};

/* What an unknown name is checked against: the prefix of our own hashes, so the work is the same.
 */
static const char nobody[] = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$";

/* Compares without telling by its time where the difference is. */
static bool same(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char differ = len != strlen(b);

	for (size_t i = 0; i < len && b[i]; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

static int run_check(struct db *db, struct store_op *op)
{
	struct check *check = (struct check *)op;
	struct crypt_data *data = talloc_zero(check, struct crypt_data);
	const char *got;

	(void)db;
	if (!data)
		return -ENOMEM;
	got = crypt_rn(check->password, check->known ? check->hash : nobody, data, sizeof(*data));
	check->right = got && check->known && same(got, check->hash);
	memset(check->password, 0, sizeof(check->password));
	return 0;
}

static void check_done(struct store_op *op)
{
	struct check *check = (struct check *)op;

	check->cb(check->user, op->rc == 0 && check->right);
	talloc_free(check);
}

void password_check(struct gateway *gateway, const char *password, const char *hash,
		    password_cb *cb, void *user)
{
	struct check *check = talloc_zero(NULL, struct check);

	if (!check) {
		cb(user, false);
		return;
	}
	check->op.run = run_check;
	check->op.done = check_done;
	snprintf(check->password, sizeof(check->password), "%s", password);
	snprintf(check->hash, sizeof(check->hash), "%s", hash ? hash : "");
	check->known = hash != NULL;
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
