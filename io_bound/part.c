#include "io_bound/part.h"

#include "common/digest.h"
#include "io_bound/name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct part {
    struct tree *tree;
    enum fsync_policy policy;
    const char *out;                     /* NULL: no file in work                             */
    const char *base;                    /* last component of out, once the folder is open    */
    int fd;                              /* of the temporary file, -1: not opened yet         */
    int folder_fd;                       /* kept: the next file is mostly in the same folder  */
    char *folder;                        /* its path with the last '/'; NULL: none open       */
    size_t fill;
    char temporary[NAME_COMPONENT_MAX + 1];
    char *buffer;
};

int part_create(struct tree *tree, enum fsync_policy policy, struct part **out)
{
    struct part *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    *p = (struct part){ .tree = tree, .policy = policy, .fd = -1, .folder_fd = -1, .buffer = malloc(PART_BUFFER) };
    if (!p->buffer) {
        free(p);
        return -ENOMEM;
    }
    *out = p;
    return 0;
}

static void leave_folder(struct part *p)
{
    if (p->folder_fd >= 0)
        close(p->folder_fd);
    p->folder_fd = -1;
    free(p->folder);
    p->folder = NULL;
}

void part_destroy(struct part *p)
{
    if (!p)
        return;
    part_discard(p);
    leave_folder(p);
    free(p->buffer);
    free(p);
}

void part_begin(struct part *p, const char *out)
{
    part_discard(p);
    p->out = out;
}

/* Have the folder of p->out open. */
static int enter_folder(struct part *p)
{
    const char *slash = strrchr(p->out, '/');
    size_t length = slash ? (size_t)(slash - p->out) + 1 : 0;
    if (p->folder && strlen(p->folder) == length && strncmp(p->folder, p->out, length) == 0) {
        p->base = p->out + length;
        return 0;
    }
    leave_folder(p);
    p->folder = strndup(p->out, length);
    if (!p->folder)
        return -ENOMEM;
    p->folder_fd = tree_folder(p->tree, p->out, true, &p->base);
    if (p->folder_fd >= 0)
        return 0;
    int rc = p->folder_fd;
    leave_folder(p);
    return rc;
}

/* ".NAME.part"; where that is too long for a file name, the digest of NAME stands for it. */
static void choose_temporary(struct part *p)
{
    char digest[DIGEST_TEXT_LEN];
    const char *name = p->base;
    if (strlen(name) > NAME_COMPONENT_MAX - strlen("..part"))
        name = digest_text(digest_bytes(name, strlen(name)), digest);
    snprintf(p->temporary, sizeof p->temporary, ".%s.part", name);
}

static int open_temporary(struct part *p)
{
    enum { FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
    int rc = enter_folder(p);
    if (rc != 0)
        return rc;
    choose_temporary(p);
    p->fd = openat(p->folder_fd, p->temporary, FLAGS, 0666);
    if (p->fd < 0 && errno == EEXIST && tree_own_leavings(p->tree) && unlinkat(p->folder_fd, p->temporary, 0) == 0)
        p->fd = openat(p->folder_fd, p->temporary, FLAGS, 0666);
    return p->fd >= 0 ? 0 : -errno;
}

static int write_whole(int fd, const char *data, size_t size)
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

static int flush(struct part *p)
{
    int rc = p->fd >= 0 ? 0 : open_temporary(p);
    if (rc == 0)
        rc = write_whole(p->fd, p->buffer, p->fill);
    p->fill = 0;
    return rc;
}

int part_add(struct part *p, const void *data, size_t size)
{
    const char *bytes = data;
    while (size > 0) {
        size_t room = PART_BUFFER - p->fill, n = size < room ? size : room;
        memcpy(p->buffer + p->fill, bytes, n);
        p->fill += n;
        bytes += n;
        size -= n;
        int rc = p->fill == PART_BUFFER ? flush(p) : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* NFS and quotas report errors of earlier writes at close. */
static int close_temporary(struct part *p)
{
    int fd = p->fd;
    p->fd = -1;
    return close(fd) == 0 ? 0 : -errno;
}

int part_commit(struct part *p)
{
    bool sync = p->policy == FSYNC_FILE;
    int rc = flush(p);
    if (rc == 0 && sync && fdatasync(p->fd) != 0)
        rc = -errno;
    if (rc == 0) {
        rc = close_temporary(p);
        if (rc == 0 && renameat(p->folder_fd, p->temporary, p->folder_fd, p->base) != 0)
            rc = -errno;
        if (rc != 0)
            unlinkat(p->folder_fd, p->temporary, 0);
        else if (sync && fsync(p->folder_fd) != 0)
            rc = -errno;
    }
    part_discard(p);
    return rc;
}

void part_discard(struct part *p)
{
    if (p->fd >= 0) {
        close(p->fd);
        unlinkat(p->folder_fd, p->temporary, 0);
    }
    p->fd = -1;
    p->fill = 0;
    p->out = NULL;
}
