#ifndef PARKIT_WORK_H
#define PARKIT_WORK_H
/*
 * What is to be fetched, and who may be asked now: the queue that all five models draw from. It keeps
 * the retries that wait for their time, the limit of each host and the pauses that a host asked for
 * (Retry-After). libcurl only ever holds transfers that may run at once.
 *
 * Memory is bounded whatever the length of the list: the reader of the list waits while WORK_FRESH
 * entries are queued, and no fresh entry is taken while `window` jobs wait for a time or a host.
 *
 * All functions are thread-safe.
 */
#include "io_bound/ask.h"
#include "io_bound/entry.h"

#include <stdbool.h>

enum { WORK_FRESH = 1024 };

struct assembly;
struct work;
struct host;

/* One entry on its way. Whoever took it owns it until work_retry() or work_finish(). */
struct job {
    struct entry *entry;
    size_t mirror;          /* entry->url[mirror] is asked                      */
    unsigned failures;      /* failed attempts at this mirror                   */
    unsigned attempts;      /* attempts in all                                  */
    double started_s;       /* begin of the first attempt; 0: none yet          */
    bool fresh_connection;  /* the last attempt broke on a connection: open one */
    struct ask ask;         /* what the next attempt asks for                   */
    const char *pinned;     /* URL to ask instead, as long as the attempt lasts; NULL: entry->url[mirror] */
    struct assembly *assembly; /* what is there of the file, shared by the jobs that fetch it; NULL: nothing */
    unsigned restarts;      /* how often what was there had to be given up      */
    bool whole_only;        /* ask for no range (again)                         */
    double due_s;           /* the queue's own from here on                     */
    struct host *host;
    struct job *next;
};

/** work_create() - @connections: jobs at most in flight; @per_host: of these at one host. 0 or -ENOMEM. */
int work_create(size_t connections, size_t per_host, struct work **out) __attribute__((warn_unused_result));
void work_destroy(struct work *w); /* accepts NULL; jobs that still wait are freed */

/* --- the side of the list's reader --- */

/** work_feed() - queue @entry, waiting for room; takes it over. 0; -ECANCELED: halted; -ENOMEM. */
int work_feed(struct work *w, struct entry *entry) __attribute__((warn_unused_result));
void work_feed_end(struct work *w); /* no more entries will come */

/* --- the side of the connections --- */

enum work_state {
    WORK_READY, /* a job was taken                                             */
    WORK_WAIT,  /* none now; one may come up in wait_s seconds, or at a wake    */
    WORK_END,   /* none now and none ever                                      */
};

/** work_try() - take a job if one may run now; else says how long none will (INFINITY: until a wake). */
enum work_state work_try(struct work *w, struct job **job, double *wait_s);

/** work_wait() - take a job, sleeping until one may run. WORK_READY or WORK_END (also after a halt or a signal). */
enum work_state work_wait(struct work *w, struct job **job);

/** work_wake_fd() - have the eventfd @fd written when a loop that got WORK_WAIT should try again. 0 or -ENOMEM. */
int work_wake_fd(struct work *w, int fd) __attribute__((warn_unused_result));

/**
 * work_join() - another connection for @job's file: a job that shares its entry and assembly, ready now.
 * The caller has counted it to the assembly. 0 or -ENOMEM.
 */
int work_join(struct work *w, const struct job *job) __attribute__((warn_unused_result));

/** work_retry() - give @job back, to run again after @delay_s; no job runs at its host for @pause_s. */
void work_retry(struct work *w, struct job *job, double delay_s, double pause_s);

/** work_finish() - @job has come to its end; frees it. */
void work_finish(struct work *w, struct job *job);

/** work_halt() - hand out no more jobs: a signal came or the disk is full. */
void work_halt(struct work *w);

/* For the progress line. */
struct work_counts {
    size_t fed, in_flight, waiting;
    bool all_fed;
};
struct work_counts work_counts(struct work *w);

#endif
