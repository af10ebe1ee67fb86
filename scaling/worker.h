#ifndef PARKIT_WORKER_H
#define PARKIT_WORKER_H
/* The process that makes one run of a study; see sweep.h for why there is one. */
#include "scaling/plan/design.h"
#include "scaling/folder.h"

struct worker_run {
    const struct grid_point *point;
    uint64_t rep, order; /* rep 0: a warm-up, which is not recorded */
    const char *log;
};

struct worker;

/** worker_create() - block the signals that tell us to end, find out the topology. 0, or a negative errno value. */
int worker_create(struct worker **out) __attribute__((warn_unused_result));
void worker_destroy(struct worker *w);

/**
 * worker_do() - make @run and wait for it. 0: ended well; -EIO: recorded, but it did not end well; a positive
 * signal number: told to end, the run has been ended and is not recorded; another negative errno value after
 * a message: it could not be made.
 */
int worker_do(const struct design *d, const struct folder *folder, struct worker *w, const struct worker_run *run)
    __attribute__((warn_unused_result));

#endif
