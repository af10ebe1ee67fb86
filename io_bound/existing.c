#include "io_bound/existing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

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

static bool hashes_right(int fd, const struct expect *expect, struct hasher *hasher)
{
    char *buffer = malloc(READ_BYTES), why[256];
    ssize_t got = -1;
    if (buffer && hasher_start(hasher, expect->hashes) == 0)
        while ((got = read(fd, buffer, READ_BYTES)) > 0 || (got < 0 && errno == EINTR))
            if (got > 0)
                hasher_add(hasher, buffer, (size_t)got);
    free(buffer);
    return got == 0 && hasher_check(hasher, expect, why, sizeof why) == 0;
}

bool existing_is_right(const struct tree *tree, const struct entry *entry, struct hasher *hasher, bool *verified)
{
    const struct expect *expect = &entry->expect;
    struct stat st;
    int fd = open_existing(tree, entry->out);
    bool right = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (right && expect->has_size)
        right = (uint64_t)st.st_size == expect->size;
    if (right && hasher && expect->hashes)
        right = hashes_right(fd, expect, hasher);
    if (fd >= 0)
        close(fd);
    *verified = right && (expect->has_size || (hasher && expect->hashes));
    return right;
}
