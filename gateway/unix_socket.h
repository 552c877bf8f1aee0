/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* unix_socket.h - a listening Unix socket that only its owner can use.
 *
 * Does:    binds with mode 0600 from the first moment; takes over a file on which nobody answers,
 *          and no other; removes the file later only if it is still the one it made.
 * Errors:  negative errno: -EADDRINUSE somebody answers there, -EEXIST the path is no socket,
 *          -ENAMETOOLONG, or what the system calls say.
 * Threads: changes the umask for the length of a bind, so: at start.
 */
#pragma once

#include <sys/types.h>
#include <sys/un.h>

struct unix_socket {
	int fd; /* listening, not blocking, close-on-exec */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	dev_t device;
	ino_t inode;
};

int unix_socket_listen(struct unix_socket *out, const char *path, int backlog)
	__attribute__((warn_unused_result));
/* A connected, blocking socket, or negative errno. */
int unix_socket_connect(const char *path) __attribute__((warn_unused_result));
/* Removes the file; the descriptor is the caller's. */
void unix_socket_remove(const struct unix_socket *socket);
