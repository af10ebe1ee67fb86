#ifndef PARKIT_TREE_H
#define PARKIT_TREE_H
/*
 * The output folder. Everything is opened beneath its descriptor (openat2 with RESOLVE_BENEATH, or one
 * component at a time where the kernel lacks it) and never through a symbolic link, so no name leads
 * outside. Folders that a name needs are made.
 *
 * The folder is locked (flock) in shared mode while a run uses it. Only a run that gets it exclusively
 * may take the leavings of a killed run for what they are and remove them.
 */
#include <stdbool.h>

enum fsync_policy {
    FSYNC_NONE,  /* the operating system writes when it likes                   */
    FSYNC_BATCH, /* every so many files, before they are reported as done       */
    FSYNC_FILE,  /* each file before it gets its name, and the name too         */
};
extern const char *const fsync_policy_names[]; /* "none", "batch", "file", NULL */

struct tree;

/** tree_open() - open the folder @path, made if it is missing. 0, or a negative errno value after one message. */
int tree_open(const char *path, struct tree **out) __attribute__((warn_unused_result));
void tree_close(struct tree *t); /* accepts NULL */

/**
 * tree_folder() - a descriptor of the folder that holds the file @out (a name that name_check() accepts).
 *
 * @make: make the folders that are missing.
 * @base: receives a pointer to the last component of @out.
 * Returns the descriptor, which the caller closes, or a negative errno value (-ELOOP or -ENOTDIR: a
 * link or a file stands where a folder is needed). Thread-safe.
 */
int tree_folder(const struct tree *t, const char *out, bool make, const char **base);

/** tree_open_at() - openat(2) of a file in the folder itself, no link followed. A descriptor or a negative errno value. */
int tree_open_at(const struct tree *t, const char *name, int flags);
int tree_rename(const struct tree *t, const char *from, const char *to); /* 0 or a negative errno value */
int tree_unlink(const struct tree *t, const char *name);                 /* 0 or a negative errno value */

/** tree_own_leavings() - whether no other run uses the folder now, so that a stale file may go. Thread-safe. */
bool tree_own_leavings(struct tree *t);

/** tree_sync() - have everything written to the folder's file system on disk (syncfs). 0 or a negative errno value. */
int tree_sync(const struct tree *t) __attribute__((warn_unused_result));

#endif
