#include "io_bound/files/part.h"

#include "common/digest.h"
#include "io_bound/lists/name.h"
#include "io_bound/files/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct part {
    struct tree *tree;
    struct ledger *ledger;
    enum fsync_policy policy;
    const char *out;                     /* NULL: no file in work                             */
    const char *base;                    /* last component of out, once the folder is open    */
    bool fresh;                          /* a new temporary file, not what is there           */
    bool ours;                           /* the temporary file that is there is this one      */
    int fd;                              /* of the temporary or nameless file, -1: none yet   */
    int folder_fd;                       /* kept: the next file is mostly in the same folder  */
    char *folder;                        /* its path with the last '/'; NULL: none open       */
    uint64_t written;                    /* where the buffer belongs                          */
    uint64_t total;                      /* 0: not known                                      */
    size_t fill;
    uint64_t key;                        /* of the commit under way, and what it commits      */
    const struct version *version;
    char temporary[NAME_COMPONENT_MAX + 1];
    char *buffer;
};

int part_create(struct tree *tree, struct ledger *ledger, enum fsync_policy policy, struct part **out)
{
    struct part *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    *p = (struct part){ .tree = tree, .ledger = ledger, .policy = policy, .fd = -1, .folder_fd = -1, .buffer = malloc(PART_BUFFER) };
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

/* NFS and quotas report errors of earlier writes at close. */
static int close_temporary(struct part *p)
{
    int fd = p->fd;
    p->fd = -1;
    return fd < 0 || close(fd) == 0 ? 0 : -errno;
}

void part_destroy(struct part *p)
{
    if (!p)
        return;
    close_temporary(p);
    leave_folder(p);
    free(p->buffer);
    free(p);
}

static void start(struct part *p, const char *out, uint64_t position, bool fresh)
{
    close_temporary(p);
    p->out = out;
    p->written = position;
    p->fresh = fresh;
    p->ours = !fresh;
    p->total = 0;
    p->fill = 0;
}

void part_begin(struct part *p, const char *out)
{
    start(p, out, 0, true);
}

void part_continue(struct part *p, const char *out, uint64_t position, uint64_t total)
{
    start(p, out, position, false);
    p->total = total;
}

void part_announce(struct part *p, uint64_t total)
{
    p->total = total;
}

uint64_t part_position(const struct part *p)
{
    return p->written + p->fill;
}

uint64_t part_written(const struct part *p)
{
    return p->written;
}

/* --- opening --- */

/* Have the folder of p->out open. */
static int enter_folder(struct part *p, bool make)
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
    p->folder_fd = tree_folder(p->tree, p->out, make, &p->base);
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

static int find_temporary(struct part *p, bool make)
{
    int rc = enter_folder(p, make);
    if (rc == 0)
        choose_temporary(p);
    return rc;
}

/*
 * So that a full disk is found before the download and the file lies in few pieces; zeros are never written for it. A
 * temporary file that others go on with has the length of the whole: a shorter one has lost something.
 */
static int reserve(const struct part *p)
{
    if (p->total <= PART_BUFFER || fallocate(p->fd, 0, 0, (off_t)p->total) == 0)
        return 0;
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO)
        return -errno;
    return ftruncate(p->fd, (off_t)p->total) == 0 ? 0 : -errno; /* the file system cannot reserve */
}

/* What is there must be what was left: -ENOENT if not. */
static int check_left(const struct part *p)
{
    struct stat st;
    if (fstat(p->fd, &st) != 0)
        return -errno;
    return S_ISREG(st.st_mode) && (uint64_t)st.st_size == p->total ? 0 : -ENOENT;
}

static int open_temporary(struct part *p)
{
    enum { FLAGS = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, NEW = FLAGS | O_CREAT | O_EXCL };
    int rc = find_temporary(p, p->fresh);
    if (rc == 0 && p->fresh)
        rc = ledger_mark(p->ledger);
    if (rc != 0)
        return rc;
    p->fd = openat(p->folder_fd, p->temporary, p->fresh ? NEW : FLAGS, 0666);
    if (p->fd < 0 && p->fresh && errno == EEXIST && tree_own_leavings(p->tree) && unlinkat(p->folder_fd, p->temporary, 0) == 0)
        p->fd = openat(p->folder_fd, p->temporary, NEW, 0666);
    if (p->fd < 0)
        return errno == ELOOP ? -ENOENT : -errno;
    p->ours = true;
    return p->fresh ? reserve(p) : check_left(p);
}

int part_open(struct part *p)
{
    int rc = p->fd >= 0 ? 0 : open_temporary(p);
    return rc == 0 ? p->fd : rc;
}

/* --- writing --- */

static int write_whole(int fd, const char *data, size_t size, uint64_t position)
{
    while (size > 0) {
        ssize_t written = pwrite(fd, data, size, (off_t)position);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        data += written;
        position += (uint64_t)written;
        size -= (size_t)written;
    }
    return 0;
}

static int flush(struct part *p)
{
    int fd = part_open(p);
    int rc = fd < 0 ? fd : write_whole(fd, p->buffer, p->fill, p->written);
    if (rc == 0)
        p->written += p->fill;
    p->fill = 0;
    return rc;
}

int part_write(struct part *p)
{
    return p->fill > 0 ? flush(p) : 0;
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

/* --- the end --- */

int part_keep(struct part *p)
{
    int rc = part_write(p), closed;
    if (rc == 0 && p->fd >= 0 && p->fresh && p->total && ftruncate(p->fd, (off_t)p->total) != 0)
        rc = -errno;
    closed = close_temporary(p);
    p->out = NULL;
    return rc != 0 ? rc : closed;
}

/* The temporary file is complete: the ledger first, then the name. */
static int give_name(struct part *p, bool durable)
{
    struct stat st;
    if (fstatat(p->folder_fd, p->temporary, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    int rc = ledger_done(p->ledger, p->key, &st, durable, p->version, NULL);
    if (rc == 0 && renameat(p->folder_fd, p->temporary, p->folder_fd, p->base) != 0)
        rc = -errno;
    if (rc == 0 && durable && fsync(p->folder_fd) != 0)
        rc = -errno;
    return rc;
}

/* A killed run may have left a temporary file that nothing is known of. */
static void clear_temporary(struct part *p)
{
    if (!ledger_has_past(p->ledger))
        return;
    choose_temporary(p);
    if (faccessat(p->folder_fd, p->temporary, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && tree_own_leavings(p->tree))
        unlinkat(p->folder_fd, p->temporary, 0);
}

/* All of it is still in memory, as of most small files: make it without a name. */
static int make_whole(struct part *p, bool durable, struct ledger_batch *batch)
{
    struct stat st;
    int rc = enter_folder(p, true);
    int fd = rc == 0 ? whole_file_make(p->folder_fd, p->buffer, p->fill, durable) : rc;
    if (fd < 0)
        return fd;
    rc = fstat(fd, &st) == 0 ? ledger_done(p->ledger, p->key, &st, durable, p->version, batch) : -errno;
    p->fd = fd;
    if (rc != 0)
        close_temporary(p);
    return rc;
}

static int name_whole(struct part *p, bool durable)
{
    int rc = whole_file_link(p->fd, p->folder_fd, p->base), closed = close_temporary(p);
    if (rc == 0 && closed != 0) {
        rc = closed;
        unlinkat(p->folder_fd, p->base, 0);
    }
    if (rc == 0)
        clear_temporary(p);
    if (rc == 0 && durable && fsync(p->folder_fd) != 0)
        rc = -errno;
    return rc;
}

static int commit_temporary(struct part *p, bool durable)
{
    int rc = flush(p);
    if (rc == 0 && durable && fdatasync(p->fd) != 0)
        rc = -errno;
    int closed = close_temporary(p);
    rc = rc != 0 ? rc : closed;
    return rc == 0 ? give_name(p, durable) : rc;
}

/* @rc: what came of the way without a temporary name. Where that cannot be gone, the other one is. */
static int end_commit(struct part *p, int rc)
{
    if (rc == -EOPNOTSUPP || rc == -EEXIST)
        rc = commit_temporary(p, p->policy == FSYNC_FILE);
    if (rc != 0)
        part_discard(p);
    p->out = NULL;
    return rc;
}

int part_commit(struct part *p, uint64_t key, const struct version *version, struct ledger_batch *batch)
{
    bool in_memory = p->fresh && !p->ours && p->fd < 0, durable = p->policy == FSYNC_FILE;
    p->key = key;
    p->version = version;
    int rc = in_memory ? make_whole(p, durable, batch) : -EOPNOTSUPP;
    if (rc == 0 && batch)
        return PART_UNNAMED;
    return end_commit(p, rc == 0 ? name_whole(p, durable) : rc);
}

int part_name(struct part *p, int recorded)
{
    return end_commit(p, recorded == 0 ? name_whole(p, p->policy == FSYNC_FILE) : recorded);
}

void part_discard(struct part *p)
{
    close_temporary(p);
    if (p->out && p->ours && find_temporary(p, false) == 0)
        unlinkat(p->folder_fd, p->temporary, 0);
    p->fill = 0;
    p->out = NULL;
}

void part_restart(struct part *p)
{
    const char *out = p->out;
    part_discard(p);
    part_begin(p, out);
}

int part_adopt(struct part *p, const char *out, uint64_t key, struct version *version, enum ledger_file *known, uint64_t *size)
{
    struct stat st;
    *known = LEDGER_UNKNOWN;
    if (!ledger_has(p->ledger, key))
        return 0;
    part_begin(p, out);
    int rc = find_temporary(p, false);
    if (rc != 0)
        return rc == -ENOENT ? 0 : rc;
    if (fstatat(p->folder_fd, p->base, &st, AT_SYMLINK_NOFOLLOW) == 0)
        *known = ledger_find(p->ledger, key, &st, version);
    if (*known == LEDGER_UNKNOWN && tree_own_leavings(p->tree) &&
        fstatat(p->folder_fd, p->temporary, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        ledger_find(p->ledger, key, &st, version) == LEDGER_CURRENT) { /* ended between the ledger and the name */
        if (renameat(p->folder_fd, p->temporary, p->folder_fd, p->base) != 0)
            return -errno;
        *known = LEDGER_CURRENT;
    }
    *size = (uint64_t)st.st_size;
    return *known == LEDGER_CURRENT ? ledger_done(p->ledger, key, &st, false, version, NULL) : 0;
}
