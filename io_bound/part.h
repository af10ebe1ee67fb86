#ifndef PARKIT_PART_H
#define PARKIT_PART_H
/*
 * A file on its way: bytes are gathered, written under a temporary name beside the final one
 * (".NAME.part"), and the name is given by rename(2) when the file is complete and right. A small
 * file therefore costs four system calls: openat, write, close, renameat; one that fails before
 * PART_BUFFER bytes costs none.
 */
#include "io_bound/tree.h"

#include <stddef.h>

enum { PART_BUFFER = 256 * 1024 }; /* libcurl delivers 16 KiB at a time; a write should be larger */

struct part;

/** part_create() - for one file at a time beneath @tree (borrowed). 0 or -ENOMEM. */
int part_create(struct tree *tree, enum fsync_policy policy, struct part **out) __attribute__((warn_unused_result));
void part_destroy(struct part *p); /* accepts NULL; an unfinished file is discarded */

/**
 * part_begin() - the next bytes are those of the file @out (borrowed until commit or discard).
 * Touches nothing on disk. An unfinished file is discarded first.
 */
void part_begin(struct part *p, const char *out);

/** part_add() - append. 0, or a negative errno value; -EEXIST: another run is fetching the file. */
int part_add(struct part *p, const void *data, size_t size) __attribute__((warn_unused_result));

/** part_commit() - the file is right: give it its name. 0, or a negative errno value and nothing is left. */
int part_commit(struct part *p) __attribute__((warn_unused_result));

/** part_discard() - remove what there is of it. */
void part_discard(struct part *p);

#endif
