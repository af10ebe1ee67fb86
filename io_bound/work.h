#ifndef PARKIT_WORK_H
#define PARKIT_WORK_H
/*
 * What is to be fetched, and who may be asked now: the queue that all five models draw from. It keeps
 * the retries that wait for their time and what is known of each server (hosts.h, manners.h). libcurl only
 * ever holds transfers that may run at once.
 *
 * Memory is bounded whatever the length of the list and of its entries: the reader of the list waits while WORK_AHEAD jobs
 * are queued, or while the entries that are queued or in work take WORK_AHEAD_BYTES or more.
 *
 * All functions are thread-safe.
 */
#include "io_bound/job.h"

enum { WORK_AHEAD = 4096, WORK_AHEAD_BYTES = 16 << 20 };

struct work;

struct work_limits {
    size_t connections;  /* jobs at most in flight                            */
    size_t per_host;     /* of these at one server; 0: all                    */
    size_t max_files;    /* entries begun at most, the rest is left out; 0: all */
    unsigned probes;     /* asked in vain for so often, a server is dead      */
    double longest_s;    /* between probes                                    */
};

/** work_create() - 0 or -ENOMEM. */
int work_create(const struct work_limits *limits, struct work **out) __attribute__((warn_unused_result));
void work_destroy(struct work *w); /* accepts NULL; jobs that still wait are freed */

/* --- the side of the list's reader --- */

/** work_feed() - queue @entry, waiting for room; takes it over. 0; -ECANCELED: halted; -ENOMEM. */
int work_feed(struct work *w, struct entry *entry) __attribute__((warn_unused_result));
void work_feed_end(struct work *w); /* no more entries will come */

/* --- the side of the connections --- */

/**
 * work_share() - several loops draw from @w, each of which keeps connections open that it does not need now: give each its share
 * of those to one server. Call before the first job is taken.
 */
void work_share(struct work *w, size_t loops);

enum work_state {
    WORK_READY, /* a job was taken; job->refused: to be settled without asking */
    WORK_WAIT,  /* none now; one may come up in wait_s seconds, or at a wake    */
    WORK_END,   /* none now and none ever                                      */
};

/** work_try() - take a job if one may run now; else says how long none will (INFINITY: until a wake). @loop: who asks, below the number of work_share(), else 0. */
enum work_state work_try(struct work *w, size_t loop, struct job **job, double *wait_s);

/**
 * work_wait() - take a job, sleeping until one may run. WORK_READY or WORK_END (also after a halt or a signal).
 * @connected: this thread may have a connection open. Those that have none sleep longer, or a server that takes only so many would
 * refuse them while others hold the places asleep.
 */
enum work_state work_wait(struct work *w, bool connected, struct job **job);

/** work_wake_fd() - have the eventfd @fd written when a loop that got WORK_WAIT should try again. 0 or -ENOMEM. */
int work_wake_fd(struct work *w, int fd) __attribute__((warn_unused_result));

/**
 * work_join() - another connection for @job's file: a job that shares its entry and assembly, ready now.
 * The caller has counted it to the assembly. 0 or -ENOMEM.
 */
int work_join(struct work *w, const struct job *job) __attribute__((warn_unused_result));

/** work_connected() - @job has its connection; of use where job->attempt.ramping is set. */
void work_connected(struct work *w, struct job *job);

/** work_retry() - give @job back, with its sign and pause_s set, to run again after @delay_s. */
void work_retry(struct work *w, struct job *job, double delay_s);

/** work_finish() - @job, with its sign and pause_s set, has come to its end; frees it. */
void work_finish(struct work *w, struct job *job);

/** work_halt() - hand out no more jobs: a signal came or the disk is full. */
void work_halt(struct work *w);

/* For the progress line. */
struct work_counts {
    size_t fed, in_flight, waiting; /* waiting: for another attempt              */
    size_t left_out;                /* by max_files                               */
    bool all_fed;
};
struct work_counts work_counts(struct work *w);

#endif
