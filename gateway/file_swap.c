/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/file_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int join(char out[PATH_MAX], const char *folder, const char *name)
{
	return snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int file_swap_begin(struct file_swap *swap, const char *folder, const char *name,
		    const char *beside)
{
	int fd;

	swap->file = NULL;
	if (snprintf(swap->folder, PATH_MAX, "%s", folder) >= PATH_MAX ||
	    join(swap->path, folder, name) < 0 || join(swap->beside, folder, beside) < 0)
		return -ENAMETOOLONG;
	fd = open(swap->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	swap->file = fdopen(fd, "w");
	if (swap->file)
		return 0;
	close(fd);
	unlink(swap->beside);
	return -ENOMEM;
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

int file_swap_commit(struct file_swap *swap)
{
	int rc = fflush(swap->file) != 0 || fsync(fileno(swap->file)) < 0 ? -errno : 0;

	if (fclose(swap->file) != 0 && rc == 0)
		rc = -errno;
	swap->file = NULL;
	if (rc == 0 && rename(swap->beside, swap->path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(swap->beside);
	return rc < 0 ? rc : sync_folder(swap->folder);
}

void file_swap_abort(struct file_swap *swap)
{
	if (!swap->file)
		return;
	fclose(swap->file);
	swap->file = NULL;
	unlink(swap->beside);
}
