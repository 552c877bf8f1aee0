/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_path(struct sockaddr_un *address, const char *path)
{
	size_t len = strlen(path);
	if (len == 0)
		return -ENOENT;
	if (len >= sizeof address->sun_path)
		return -ENAMETOOLONG;
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, len);
	return 0;
}

static int connect_socket(const char *path, int flags)
{
	struct sockaddr_un address;
	int rc = set_path(&address, path);
	if (rc)
		return rc;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int unix_socket_connect(const char *path)
{
	return connect_socket(path, 0);
}

/* Removes what an earlier process left behind. A full backlog (-EAGAIN) is somebody, too. */
static int clear_stale(const char *path)
{
	struct stat st;
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	int fd = connect_socket(path, SOCK_NONBLOCK);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || fd == -EAGAIN)
		return -EADDRINUSE;
	if (fd != -ECONNREFUSED)
		return fd;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)address, sizeof *address) ? -errno : 0;
	umask(mask);
	return rc;
}

int unix_socket_listen(struct unix_socket *out, const char *path, int backlog)
{
	struct sockaddr_un address;
	int rc = set_path(&address, path);
	if (rc == 0)
		rc = clear_stale(path);
	if (rc)
		return rc;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = bind_private(fd, &address);
	struct stat st;
	if (rc == 0 && (listen(fd, backlog) || lstat(path, &st))) {
		rc = -errno;
		unlink(path);
	}
	if (rc) {
		close(fd);
		return rc;
	}
	*out = (struct unix_socket){ .fd = fd, .device = st.st_dev, .inode = st.st_ino };
	memcpy(out->path, address.sun_path, sizeof out->path);
	return 0;
}

void unix_socket_remove(const struct unix_socket *socket)
{
	struct stat st;
	if (lstat(socket->path, &st) == 0 && st.st_dev == socket->device &&
	    st.st_ino == socket->inode)
		unlink(socket->path);
}
