#include "io_bound/files/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* What a kernel or file system says that cannot do it (open(2), linkat(2)); overlays and NFS among them. */
static int cannot(int error)
{
    bool unsupported = error == EOPNOTSUPP || error == EISDIR || error == EINVAL || error == ENOSYS || error == EXDEV;
    return unsupported ? -EOPNOTSUPP : -error;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

int whole_file_make(int folder_fd, const void *data, size_t size, bool durable)
{
    int fd = openat(folder_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    if (fd < 0)
        return cannot(errno);
    int rc = write_all(fd, data, size);
    if (rc == 0 && durable && fdatasync(fd) != 0)
        rc = -errno;
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

/* By its descriptor alone only since Linux 6.10 without privilege; by /proc always, where that is mounted. */
int whole_file_link(int fd, int folder_fd, const char *name)
{
    static atomic_bool by_proc;
    char path[32];
    if (!atomic_load_explicit(&by_proc, memory_order_relaxed)) {
        if (linkat(fd, "", folder_fd, name, AT_EMPTY_PATH) == 0)
            return 0;
        if (errno != ENOENT && errno != EPERM && errno != EINVAL)
            return cannot(errno);
        atomic_store_explicit(&by_proc, true, memory_order_relaxed);
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, folder_fd, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    return errno == ENOENT ? -EOPNOTSUPP : cannot(errno);
}
