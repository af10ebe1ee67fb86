#ifndef PARKIT_SWEEP_H
#define PARKIT_SWEEP_H
/*
 * The runs of a study: blocks of one repetition of every point, each block shuffled, so that a slow drift
 * of the machine (heat, neighbours) spreads over all points and not over the last.
 *
 * Each run has a process of its own between the study and the command. It measures and records; the
 * kernel tells it when the study is killed, and it ends the command then. So whatever is killed when, no
 * command is left to run beside the next, and what is recorded is a whole run.
 */
#include "scaling/plan/design.h"
#include "scaling/folder.h"
#include "scaling/journal.h"

struct sweep {
    const struct design *design;
    const struct folder *folder;
    struct journal *journal;
    bool progress; /* one line on stderr, written over again */
};

/**
 * sweep_run() - make the runs that are left. 0 when all are finished, whatever their ends; a positive
 * signal number when told to end; a negative errno value after a message.
 */
int sweep_run(const struct sweep *s) __attribute__((warn_unused_result));

/** sweep_print() - the commands of the runs that are left, in their order, as a shell would take them. 0 or -ENOMEM. */
int sweep_print(const struct sweep *s) __attribute__((warn_unused_result));

#endif
