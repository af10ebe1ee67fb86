#include "io_bound/files/existing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BLOCK = 256 * 1024 };

/* Returns a descriptor or -1. O_NONBLOCK: a FIFO of that name must not hold us up. */
static int open_existing(const struct tree *tree, const char *out)
{
    const char *base;
    int folder = tree_folder(tree, out, false, &base);
    if (folder < 0)
        return -1;
    int fd = openat(folder, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    return fd;
}

bool existing_is_right(const struct tree *tree, const struct entry *entry, struct hasher *hasher, bool *verified)
{
    const struct expect *expect = &entry->expect;
    struct stat st;
    char why[256];
    int fd = open_existing(tree, entry->out);
    bool right = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (right && expect->has_size)
        right = (uint64_t)st.st_size == expect->size;
    if (right && hasher && expect->hashes)
        right = hash_file(fd, expect, hasher, why, sizeof why) == 0;
    if (fd >= 0)
        close(fd);
    *verified = right && (expect->has_size || (hasher && expect->hashes));
    return right;
}

static int read_up_to(int fd, uint64_t size, char *block, existing_take *take, void *context)
{
    for (uint64_t at = 0; at < size;) {
        size_t most = size - at < READ_BLOCK ? (size_t)(size - at) : READ_BLOCK;
        ssize_t got = pread(fd, block, most, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        int rc = got > 0 ? take(context, block, (size_t)got) : 0;
        if (got <= 0 || rc != 0)
            return got < 0 ? -errno : rc;
        at += (uint64_t)got;
    }
    return 0;
}

int existing_read(const struct tree *tree, const struct entry *entry, existing_take *take, void *context)
{
    struct stat st;
    int rc = -ENOENT, fd = open_existing(tree, entry->out);
    char *block = fd >= 0 ? malloc(READ_BLOCK) : NULL;
    if (fd >= 0 && !block)
        rc = -ENOMEM;
    else if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        rc = read_up_to(fd, entry->expect.size, block, take, context);
    free(block);
    if (fd >= 0)
        close(fd);
    return rc;
}
