/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/admin_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static int path_of(const char *state_dir, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s/%s", state_dir, ADMIN_SECRET_NAME);

	return len < 0 || len >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int admin_secret_remove(const char *state_dir)
{
	char path[PATH_MAX];
	int rc = path_of(state_dir, path);

	if (rc < 0)
		return rc;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int write_line(int fd, const char *token)
{
	if (dprintf(fd, "%s\n", token) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int admin_secret_write(const char *state_dir, const char *token)
{
	char path[PATH_MAX];
	int rc = path_of(state_dir, path);
	int fd;

	if (rc == 0)
		rc = admin_secret_remove(state_dir);
	if (rc < 0)
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_line(fd, token);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc < 0)
		unlink(path);
	return rc;
}
