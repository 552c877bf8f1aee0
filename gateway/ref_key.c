/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/ref_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/base16.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

enum { DIGITS = BASE16_ENCODE_LENGTH(NUMBER_REF_KEY_SIZE) };

static int read_digits(const char *text, uint8_t octets[NUMBER_REF_KEY_SIZE])
{
	struct base16_decode_ctx coder;
	size_t count = NUMBER_REF_KEY_SIZE;

	base16_decode_init(&coder);
	if (strspn(text, "0123456789abcdefABCDEF") != DIGITS ||
	    strspn(text + DIGITS, "\n") != strlen(text + DIGITS) ||
	    !base16_decode_update(&coder, &count, octets, DIGITS, text) ||
	    !base16_decode_final(&coder) || count != NUMBER_REF_KEY_SIZE)
		return -EBADMSG;
	return 0;
}

/* -ENOENT: there is no file. */
static int read_file(const char *path, uint8_t octets[NUMBER_REF_KEY_SIZE])
{
	char text[DIGITS + 8] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = fstat(fd, &about) < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len < 0 || (about.st_mode & (S_IRWXG | S_IRWXO))) {
		int rc = len < 0 ? -errno : -EPERM;

		close(fd);
		return rc;
	}
	close(fd);
	return strlen(text) == (size_t)len ? read_digits(text, octets) : -EBADMSG;
}

static int write_all(int fd)
{
	uint8_t octets[NUMBER_REF_KEY_SIZE];
	char text[DIGITS + 1];

	if (getrandom(octets, sizeof(octets), 0) != (ssize_t)sizeof(octets))
		return -EIO;
	base16_encode_update(text, sizeof(octets), octets);
	text[DIGITS] = '\n';
	if (write(fd, text, sizeof(text)) != (ssize_t)sizeof(text))
		return -EIO;
	return fsync(fd) < 0 ? -errno : 0;
}

static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	int fd, rc;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[1] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

/* Whole, or not at all: written beside, and put in its place unless another was faster. */
static int make_file(const char *path)
{
	char beside[PATH_MAX];
	int fd, rc;

	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return -errno;
	rc = write_all(fd);
	if (rc == 0 && link(beside, path) < 0 && errno != EEXIST)
		rc = -errno;
	close(fd);
	unlink(beside);
	return rc < 0 ? rc : sync_folder(path);
}

int ref_key_open(void *ctx, const char *path, struct number_ref_key **out,
		 char error[REF_KEY_ERROR_MAX])
{
	uint8_t octets[NUMBER_REF_KEY_SIZE];
	struct number_ref_key *key = talloc(ctx, struct number_ref_key);
	int rc = key ? read_file(path, octets) : -ENOMEM;

	if (rc == -ENOENT)
		rc = make_file(path);
	if (rc == 0)
		rc = read_file(path, octets);
	if (rc < 0) {
		snprintf(error, REF_KEY_ERROR_MAX, "%.160s: %s", path,
			 rc == -EBADMSG ? "wants 64 hexadecimal digits on one line"
			 : rc == -EPERM ? "others than its owner may read it"
					: strerror(-rc));
		talloc_free(key);
		return rc;
	}
	number_ref_key_set(key, octets);
	explicit_bzero(octets, sizeof(octets));
	*out = key;
	return 0;
}
