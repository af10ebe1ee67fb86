#include "io_bound/files/tree.h"

#include "common/message.h"
#include "io_bound/lists/name.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

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
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit is an error of one write (EFBIG), not the end */
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

static int step_by_step(const struct tree *t, const char *out, bool make)
{
    char name[NAME_COMPONENT_MAX + 1];
    int fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    for (const char *slash; fd >= 0 && (slash = strchr(out, '/')); out = slash + 1) {
        size_t length = (size_t)(slash - out);
        memcpy(name, out, length); /* name_check() refuses longer ones */
        name[length] = '\0';
        fd = descend(fd, name, make);
    }
    return fd;
}

/* The folder @path in one step, as the kernel promises it (openat2(2)); -ENOSYS where it does not. */
static int open_beneath(int fd, const char *path)
{
#ifdef RESOLVE_BENEATH
    struct open_how how = { .flags = FOLDER_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
    long opened = syscall(SYS_openat2, fd, path, &how, sizeof how);
    return opened >= 0 ? (int)opened : -errno;
#else
    (void)fd, (void)path;
    return -ENOSYS;
#endif
}

int tree_folder(const struct tree *t, const char *out, bool make, const char **base)
{
    char name[NAME_PATH_MAX + 1];
    const char *last = strrchr(out, '/');
    int fd;
    *base = last ? last + 1 : out;
    if (last && last - out < (ptrdiff_t)sizeof name) {
        snprintf(name, sizeof name, "%.*s", (int)(last - out), out);
        fd = open_beneath(t->fd, name);
        if (fd >= 0 || fd == -ELOOP || fd == -ENOTDIR || (fd == -ENOENT && !make))
            return fd;
    }
    return step_by_step(t, out, make); /* an old kernel, a sandbox that knows no openat2, or folders to be made */
}

/* --- single files in the folder itself --- */

int tree_open_at(const struct tree *t, const char *name, int flags)
{
    int fd = openat(t->fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    return fd >= 0 ? fd : -errno;
}

int tree_rename(const struct tree *t, const char *from, const char *to)
{
    return renameat(t->fd, from, t->fd, to) == 0 ? 0 : -errno;
}

int tree_unlink(const struct tree *t, const char *name)
{
    return unlinkat(t->fd, name, 0) == 0 ? 0 : -errno;
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
