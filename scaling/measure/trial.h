#ifndef PARKIT_TRIAL_H
#define PARKIT_TRIAL_H
/*
 * One run from its place on the machine to its line in a file: bind, set the environment, measure,
 * search the output, settle how it ended, record. parkit-run does this once, parkit-scale once a run.
 */
#include "common/topology.h"
#include "scaling/measure/match.h"
#include "scaling/measure/record.h"

enum { TRIAL_EXITS_MAX = 16 };

struct trial {
    struct record record;      /* the point and the command; the rest is filled in by the run        */
    bool has_threads, has_ranks; /* told: the command is bound to threads x ranks cpus of this node  */
    uint64_t cores;            /* bind it to so many instead; 0: as above                            */
    enum bind_policy bind;
    const struct topology *topology; /* NULL: found out when it is needed                            */
    const struct match *match;
    unsigned char right_exit[TRIAL_EXITS_MAX]; /* exit codes that are right                          */
    size_t n_right_exits;      /* 0: only 0 is                                                       */
    double timeout_s;          /* 0: none                                                            */
    const char *append;        /* file to add the line to; NULL: none                                */
    bool json, quiet;          /* print the line on stdout; show nothing else                        */
};

/**
 * trial_run() - 0: ran, ended well, recorded; -EIO: recorded, but failed, too slow or wrong; -ENOENT after
 * a message: something is missing and nothing was recorded; a positive signal number: this process was
 * told to end, nothing was recorded. Changes the environment of this process.
 */
int trial_run(struct trial *t) __attribute__((warn_unused_result));

/** trial_right_exits() - read "0,1" into right_exit; NULL changes nothing. 0, or -EINVAL after a message. */
int trial_right_exits(struct trial *t, const char *text) __attribute__((warn_unused_result));

/** trial_check_writable() - 0, or a negative errno value after a message; NULL is writable. */
int trial_check_writable(const char *path) __attribute__((warn_unused_result));

#endif
