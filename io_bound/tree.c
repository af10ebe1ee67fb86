#include "io_bound/tree.h"

#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const fsync_policy_names[] = { "none", "batch", "file", NULL };

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

struct tree {
    int fd;
    pthread_mutex_t lock; /* the lock of the folder belongs to fd: one change of it at a time */
};

/* Like mkdir -p. Links are followed here: this is the folder that the user named. */
static int make_folders(const char *path)
{
    char *part = strdup(path);
    int rc = part ? 0 : -ENOMEM;
    for (char *end = part; rc == 0 && *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char kept = *end;
        *end = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            rc = -errno;
        *end = kept;
    }
    free(part);
    return rc;
}

int tree_open(const char *path, struct tree **out)
{
    struct tree *t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->fd = open(path, FOLDER_FLAGS);
    int rc = t->fd >= 0 ? 0 : -errno;
    if (rc == -ENOENT && (rc = make_folders(path)) == 0)
        rc = (t->fd = open(path, FOLDER_FLAGS)) >= 0 ? 0 : -errno;
    if (rc == 0 && faccessat(t->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        rc = -errno;
    if (rc != 0) {
        message_error("cannot write to the folder %s: %s; choose another with --dir", path, strerror(-rc));
        if (t->fd >= 0)
            close(t->fd);
        free(t);
        return rc;
    }
    pthread_mutex_init(&t->lock, NULL);
    flock(t->fd, LOCK_SH | LOCK_NB); /* where it fails, tree_own_leavings() will say no */
    *out = t;
    return 0;
}

void tree_close(struct tree *t)
{
    if (!t)
        return;
    close(t->fd);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* One step down. Takes over @fd. */
static int descend(int fd, const char *name, bool make)
{
    enum { STEP_FLAGS = FOLDER_FLAGS | O_NOFOLLOW };
    int next = openat(fd, name, STEP_FLAGS);
    if (next < 0 && errno == ENOENT && make && (mkdirat(fd, name, 0777) == 0 || errno == EEXIST))
        next = openat(fd, name, STEP_FLAGS);
    int rc = next >= 0 ? next : -errno;
    close(fd);
    return rc;
}

int tree_folder(const struct tree *t, const char *out, bool make, const char **base)
{
    char name[256];
    int fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    for (const char *slash; fd >= 0 && (slash = strchr(out, '/')); out = slash + 1) {
        size_t length = (size_t)(slash - out);
        memcpy(name, out, length); /* name_check() refuses more than 255 bytes */
        name[length] = '\0';
        fd = descend(fd, name, make);
    }
    *base = out;
    return fd;
}

bool tree_own_leavings(struct tree *t)
{
    pthread_mutex_lock(&t->lock);
    bool own = flock(t->fd, LOCK_EX | LOCK_NB) == 0;
    flock(t->fd, LOCK_SH | LOCK_NB);
    pthread_mutex_unlock(&t->lock);
    return own;
}

int tree_sync(const struct tree *t)
{
    return syncfs(t->fd) == 0 ? 0 : -errno;
}
