#include "io_bound/files/existing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
