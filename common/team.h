#ifndef PARKIT_TEAM_H
#define PARKIT_TEAM_H
/*
 * Who works: the concurrency model, the number of workers of this process, their places, and the
 * dealer that hands out blocks to them.
 */
#include "common/topology.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model { MODEL_SERIAL, MODEL_COOP, MODEL_THREADS, MODEL_PROCESSES, MODEL_OPENMP, MODEL_COUNT };
extern const char *const model_names[]; /* "serial", "coop", "threads", "processes", "openmp", NULL */
#define MODEL_BIT(model) (1u << (model))
enum { MODELS_ALL = MODEL_BIT(MODEL_COUNT) - 1 };

/* How blocks are dealt out: OpenMP's kinds, for the other models too. */
enum schedule_kind { SCHEDULE_AUTO, SCHEDULE_STATIC, SCHEDULE_DYNAMIC, SCHEDULE_GUIDED };
struct schedule {
    enum schedule_kind kind; /* AUTO: what the workload asks for                    */
    size_t chunk;            /* 0: the kind's default                               */
};

/** schedule_parse() - "static", "dynamic,4", "guided", "auto". 0, or -EINVAL after a message. */
int schedule_parse(const char *text, struct schedule *out);
const char *schedule_name(enum schedule_kind kind);

enum { TEAM_BOUND_LEN = 64 };

struct team {
    enum model model;
    unsigned threads;                 /* workers of this process, at least 1                       */
    const struct topology *topology;  /* NULL: bind nobody                                         */
    const int *place;                 /* the worker's hardware thread, -1: anywhere                */
    char (*bound)[TEAM_BOUND_LEN];    /* out: where each worker really may run (shared memory)     */
    struct schedule schedule;
    uint64_t yields;                  /* out: switches that cooperative tasks made of their own will */
};

/**
 * team_create() - a team of @threads workers from the @first place of @policy. Fills *team; its
 * schedule is AUTO. Returns 0 or -ENOMEM. team_destroy() frees; it accepts a zeroed team.
 */
int team_create(struct team *team, enum model model, unsigned threads, const struct topology *topology,
                enum bind_policy policy, unsigned first) __attribute__((warn_unused_result));
void team_destroy(struct team *team);

/** team_bind() - the calling thread or process becomes @worker: bind it and record what is in force. */
void team_bind(struct team *team, unsigned worker);

/** team_shared_alloc() - zeroed memory that forked workers share; NULL: none left. team_shared_free() frees. */
void *team_shared_alloc(size_t bytes);
void team_shared_free(void *memory, size_t bytes);

/* A dealer hands the blocks [begin, end) to workers; in shared memory it serves processes too. */
struct dealer {
    _Atomic size_t next;
    atomic_bool stopped;
    size_t begin, end;
    struct schedule schedule; /* never AUTO, chunk at least 1 (0 for static: one range each) */
    unsigned workers;
};

void dealer_init(struct dealer *d, struct schedule schedule, size_t begin, size_t end, unsigned workers);

/**
 * dealer_next() - the next range for @worker. @turn: counts this worker's calls, starts at 0.
 * false: nothing is left. Thread-safe.
 */
bool dealer_next(struct dealer *d, unsigned worker, size_t *turn, size_t *begin, size_t *end);

/** dealer_stop() - hand out nothing more: a worker has failed. Thread-safe. */
void dealer_stop(struct dealer *d);

#endif
