#ifndef PARKIT_HOSTS_H
#define PARKIT_HOSTS_H
/*
 * The jobs that wait, by the server that they ask, and the order in which servers get their turn: one job
 * each, round-robin, so that no server is asked in bursts and a slow one holds up nobody else. Of one
 * server, retries whose time has come go before jobs that were not begun.
 *
 * Not thread-safe: work.c holds the lock.
 */
#include "io_bound/job.h"
#include "io_bound/manners.h"

enum { HOSTS_LOOPS_MAX = 64 };

struct hosts;

/** hosts_create() - 0 or -ENOMEM. @limits is copied. hosts_destroy() frees the jobs that wait; accepts NULL. */
int hosts_create(const struct manners_limits *limits, struct hosts **out) __attribute__((warn_unused_result));
void hosts_destroy(struct hosts *h);

/** hosts_share() - so many loops share the connections to each server; more than HOSTS_LOOPS_MAX do so without shares. */
void hosts_share(struct hosts *h, size_t loops);

/** hosts_add() - queue @job, which was not begun, at the server of its URL. 0 or -ENOMEM. */
int hosts_add(struct hosts *h, struct job *job) __attribute__((warn_unused_result));

/** hosts_add_beside() - queue @job, another one for what @job->host is asked for already. */
void hosts_add_beside(struct hosts *h, struct job *job);

/**
 * hosts_take() - the next job that may run at @now; NULL: none before @next_s (INFINITY: not before one
 * has come back). job->refused is set where the job's server is dead, so that it is not worth asking.
 * @again_only: only retries. @loop: who asks; it is given no more than its share of the connections to one server, for it keeps them.
 */
struct job *hosts_take(struct hosts *h, size_t loop, double now, bool again_only, double *next_s);

/** hosts_connected() - @job, which was taken, has its connection. */
void hosts_connected(struct hosts *h, struct job *job);

/**
 * hosts_again() - @job, which was taken, comes back with job->sign and job->pause_s, to run again from
 * job->due_s on; its server may be another now. True: the server that was asked may be asked by more than one that waits now.
 */
bool hosts_again(struct hosts *h, struct job *job, double now);

/** hosts_finish() - @job, which was taken, comes back with job->sign and job->pause_s; frees it. True: as hosts_again(). */
bool hosts_finish(struct hosts *h, struct job *job, double now);

/** hosts_room() - whether @host may be asked by one more than is under way now. */
bool hosts_room(const struct hosts *h, const struct host *host);

/** hosts_more() - whether more may be taken now, after a job of @host was. */
bool hosts_more(const struct hosts *h, const struct host *host);

/** hosts_drop_new() - free the jobs that were not begun; returns how many. */
size_t hosts_drop_new(struct hosts *h);

/** hosts_waiting() - jobs that wait; of these, @again: retries. */
size_t hosts_waiting(const struct hosts *h, size_t *again);

#endif
