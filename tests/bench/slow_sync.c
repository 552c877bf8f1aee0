/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A disk that takes its time: preloaded, each sync of a file lasts BENCH_SYNC_MS longer. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int slow(const char *name, int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	const char *text = getenv("BENCH_SYNC_MS");
	long ms = text ? strtol(text, NULL, 10) : 0;
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
	return real(fd);
}

int fsync(int fd)
{
	return slow("fsync", fd);
}

int fdatasync(int fd)
{
	return slow("fdatasync", fd);
}
