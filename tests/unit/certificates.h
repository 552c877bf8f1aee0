/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* certificates.h - certificates for tests, made with openssl in a folder of their own.
 *
 *   authority, stranger   two authorities
 *   server                of authority, for smpp.example and 127.0.0.1
 *   renewed               the same of another key
 *   expired               of authority, valid until yesterday
 *   client                of authority, "O=短信中心, CN=smsc1"
 *   foreign               of stranger, "CN=smsc1"
 *
 * Each is NAME.pem with NAME.key beside it.
 */
#pragma once

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char certificates_folder[] = "/tmp/mianrao-certificates-XXXXXX";

static inline void certificates_make(void)
{
	static const char script[] =
		"set -e; exec 2>openssl.log\n"
		"key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }\n"
		"ca() { key $1; openssl req -x509 -new -key $1.key -subj /CN=$1 -days 2 -out "
		"$1.pem; }\n"
		"leaf() {\n"
		"  key $1\n"
		"  openssl req -new -utf8 -key $1.key -subj \"$3\" -addext subjectAltName=$4 -out "
		"$1.csr\n"
		"  openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial \\\n"
		"    -copy_extensions copyall -days $5 -out $1.pem\n"
		"}\n"
		"ca authority; ca stranger\n"
		"leaf server authority /O=Mianrao/CN=smpp.example DNS:smpp.example,IP:127.0.0.1 2\n"
		"leaf renewed authority /O=Mianrao/CN=smpp.example DNS:smpp.example,IP:127.0.0.1 "
		"2\n"
		"leaf expired authority /CN=smpp.example DNS:smpp.example -1\n"
		"leaf client authority /O=短信中心/CN=smsc1 DNS:smsc1.example 2\n"
		"leaf foreign stranger /CN=smsc1 DNS:smsc1.example 2\n"
		"openssl ec -in server.key -aes128 -passout pass:x -out locked.key\n"
		"echo rubbish >rubbish.pem\n";
	char command[sizeof(script) + 128];

	ck_assert_ptr_nonnull(mkdtemp(certificates_folder));
	snprintf(command, sizeof(command), "cd %s\n%s", certificates_folder, script);
	ck_assert_msg(system(command) == 0, "openssl failed: see %s/openssl.log",
		      certificates_folder);
}

static inline void certificates_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", certificates_folder);
	ck_assert_int_eq(system(command), 0);
	/* As mkdtemp() wants it the next time. */
	memset(certificates_folder + strlen(certificates_folder) - 6, 'X', 6);
}

/* The path of a file of the folder; eight at a time. NULL stays NULL. */
static inline const char *certificate_path(const char *file)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];

	if (!file)
		return NULL;
	snprintf(path, sizeof(paths[0]), "%s/%s", certificates_folder, file);
	return path;
}

/* "AB:CD:...", as `openssl x509 -fingerprint -sha256` prints it. */
static inline const char *certificate_fingerprint(const char *file)
{
	static char text[EVP_MAX_MD_SIZE * 3];
	FILE *in = fopen(certificate_path(file), "re");
	X509 *certificate;
	uint8_t octets[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	ck_assert_ptr_nonnull(in);
	certificate = PEM_read_X509(in, NULL, NULL, NULL);
	fclose(in);
	ck_assert_int_eq(X509_digest(certificate, EVP_sha256(), octets, &len), 1);
	X509_free(certificate);
	for (unsigned i = 0; i < len; i++)
		snprintf(text + 3 * i, 4, "%02X:", octets[i]);
	text[3 * len - 1] = '\0';
	return text;
}
