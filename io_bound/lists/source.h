#ifndef PARKIT_SOURCE_H
#define PARKIT_SOURCE_H
/*
 * Where entries come from: the URLs of the command line, then each list, line by line as it comes, then each Metalink
 * document. No two of all these entries may have the same output.
 * A thread of its own reads, because a list may be a pipe that is slower than the downloads.
 *
 * The first mistake in a list ends the reading: what stood before it is fetched, nothing from that
 * line on.
 */
#include "io_bound/work.h"

#include <stddef.h>

struct source;

/* All borrowed. "-" among the file names: standard input. */
struct source_names {
    const char *const *urls, *const *lists, *const *metalinks;
    size_t n_urls, n_lists, n_metalinks;
};

/**
 * source_create() - check the URLs and open the lists; nothing is read from a list yet.
 *
 * Returns 0; -EINVAL after one message (a bad URL, a name given twice, no such list); -ENOSYS after one: Metalink is
 * not built in; -ENOMEM.
 */
int source_create(const struct source_names *names, struct source **out) __attribute__((warn_unused_result));
void source_destroy(struct source *s); /* accepts NULL; after source_end() if it was started */

/** source_start() - begin to feed @work, from a new thread. 0 or a negative errno value. */
int source_start(struct source *s, struct work *work) __attribute__((warn_unused_result));

/** source_end() - stop reading if it still goes on. 0; -EINVAL: a list was bad (a message said so); -EIO; -ENOMEM. */
int source_end(struct source *s) __attribute__((warn_unused_result));

#endif
