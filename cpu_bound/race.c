/*
 * race: 5,000 jobs add 1 a hundred times to one shared counter. Without protection a worker reads,
 * another reads the same value, both write it plus one: an update is lost. A mutex, an atomic
 * addition and a reduction (a private count each, joined at the end) are right, at very different cost.
 * One thread, or cooperative tasks that hand over only between jobs, lose nothing.
 */
#include "cpu_bound/race.h"

#include "common/clock.h"
#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/models.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const protection_names[RACE_PROTECTIONS] = { "unprotected", "mutex", "atomic", "reduction" };

/* In shared memory, so that processes race as threads do. The counter has a cache line to itself. */
struct arena {
    _Alignas(64) atomic_uint_fast64_t counter;
    _Alignas(64) pthread_mutex_t mutex;
    atomic_uint arrived, left; /* workers                          */
    atomic_bool go;
    double start, end;         /* set by the last to arrive, to leave */
    unsigned workers;
    enum race_protection protection;
    struct dealer dealer;
};

static void add_unprotected(struct arena *a)
{
    /* A read and a write that others may come between. Each is atomic in itself, so that C defines the
     * outcome (lost updates, nothing worse); the compiled code is that of a plain counter. */
    uint64_t seen = atomic_load_explicit(&a->counter, memory_order_relaxed);
    atomic_store_explicit(&a->counter, seen + 1, memory_order_relaxed);
}

static void add_with_mutex(struct arena *a)
{
    pthread_mutex_lock(&a->mutex);
    add_unprotected(a);
    pthread_mutex_unlock(&a->mutex);
}

static void add_atomically(struct arena *a)
{
    atomic_fetch_add_explicit(&a->counter, 1, memory_order_relaxed);
}

static void one_job(struct arena *a, uint64_t *private_count)
{
    for (int u = 0; u < RACE_UPDATES_PER_JOB; u++)
        switch (a->protection) {
        case RACE_UNPROTECTED:
            add_unprotected(a);
            break;
        case RACE_MUTEX:
            add_with_mutex(a);
            break;
        case RACE_ATOMIC:
            add_atomically(a);
            break;
        default:
            ++*private_count;
            __asm__ volatile("" : "+r"(*private_count)); /* one addition an update, as the others have it */
        }
}

/* Nobody starts before everybody is there: threads that run one after the other cannot race. */
static void wait_for_all(struct arena *a)
{
    if (atomic_fetch_add(&a->arrived, 1) + 1 == a->workers) {
        a->start = clock_now_s();
        atomic_store(&a->go, true);
    }
    while (!atomic_load(&a->go))
        sched_yield();
}

static int work(void *context, unsigned worker)
{
    struct arena *a = context;
    uint64_t private_count = 0;
    size_t turn = 0, begin, end;
    wait_for_all(a);
    while (dealer_next(&a->dealer, worker, &turn, &begin, &end))
        for (size_t job = begin; job < end; job++)
            one_job(a, &private_count);
    atomic_fetch_add(&a->counter, private_count);
    if (atomic_fetch_add(&a->left, 1) + 1 == a->workers)
        a->end = clock_now_s();
    return 0;
}

static int work_all(struct arena *a, struct team *team)
{
    switch (team->model) {
    case MODEL_THREADS:
        return models_each_thread(team, work, a);
    case MODEL_PROCESSES:
        return models_each_process(team, work, a);
    case MODEL_COOP: /* a task is a job; it hands over when it is done */
        team->yields += a->dealer.end;
        /* fall through */
    default:
        team_bind(team, 0);
        return work(a, 0);
    }
}

static int arena_init(struct arena *a)
{
    pthread_mutexattr_t attributes;
    int rc = pthread_mutexattr_init(&attributes);
    if (rc != 0)
        return -rc;
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    rc = pthread_mutex_init(&a->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return -rc;
}

static int run_one(struct race *r, struct arena *a, struct team *team, enum race_protection p)
{
    atomic_store(&a->counter, 0);
    atomic_store(&a->arrived, 0);
    atomic_store(&a->left, 0);
    atomic_store(&a->go, false);
    a->workers = team->threads;
    a->protection = p;
    dealer_init(&a->dealer, (struct schedule){ SCHEDULE_STATIC, 0 }, 0, r->jobs, team->threads);
    int rc = work_all(a, team);
    r->result[p] = (struct race_result){ atomic_load(&a->counter), a->end - a->start };
    return rc;
}

static int race_run(void *state, struct team *team)
{
    struct race *r = state;
    if (team->model == MODEL_OPENMP)
        return race_run_openmp(r, team);
    struct arena *a = team_shared_alloc(sizeof *a);
    int rc = a ? arena_init(a) : -ENOMEM;
    team->yields = 0;
    for (int p = 0; rc == 0 && p < RACE_PROTECTIONS; p++)
        rc = run_one(r, a, team, (enum race_protection)p);
    team_shared_free(a, sizeof *a);
    return rc;
}

static int race_setup(const struct params *p, void **state)
{
    struct race *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->jobs = p->size;
    *state = r;
    return 0;
}

static int race_verify(void *state, char *why, size_t why_len)
{
    const struct race *r = state;
    for (int p = RACE_UNPROTECTED; p < RACE_PROTECTIONS; p++) {
        bool right = p == RACE_UNPROTECTED ? r->result[p].count <= race_updates(r) : r->result[p].count == race_updates(r);
        if (right)
            continue;
        snprintf(why, why_len, "%s counted %" PRIu64 " of %" PRIu64 " updates", protection_names[p], r->result[p].count,
                 race_updates(r));
        return -EDOM;
    }
    return 0;
}

static double race_work(const void *state)
{
    return RACE_PROTECTIONS * (double)race_updates(state);
}

static json_t *race_answer(const void *state)
{
    const struct race *r = state;
    return json_integer((json_int_t)r->result[RACE_REDUCTION].count);
}

/* Only of what must be right: how many updates are lost differs from run to run. */
static uint64_t race_digest(const void *state)
{
    const struct race *r = state;
    uint64_t right[] = { r->result[RACE_MUTEX].count, r->result[RACE_ATOMIC].count, r->result[RACE_REDUCTION].count };
    return digest_bytes(right, sizeof right);
}

static uint64_t lost(const struct race *r, int p)
{
    return race_updates(r) - r->result[p].count;
}

static double ns_per_update(const struct race *r, int p)
{
    return 1e9 * r->result[p].seconds / (double)race_updates(r);
}

static int race_details(const void *state, json_t *result)
{
    const struct race *r = state;
    json_t *variants = json_array();
    for (int p = 0; p < RACE_PROTECTIONS; p++)
        json_array_append_new(variants, json_pack("{s:s,s:I,s:I,s:f,s:f}", "protection", protection_names[p], "count",
                                                  (json_int_t)r->result[p].count, "lost", (json_int_t)lost(r, p), "seconds",
                                                  r->result[p].seconds, "ns_per_update", ns_per_update(r, p)));
    return json_object_set_new(result, "lost_updates", json_integer((json_int_t)lost(r, RACE_UNPROTECTED))) == 0 &&
                   json_object_set_new(result, "variants", variants) == 0
               ? 0
               : -ENOMEM;
}

static void race_text(const void *state, char *out, size_t size)
{
    const struct race *r = state;
    snprintf(out, size,
             "unprotected lost %" PRIu64 " of %" PRIu64 " updates (%.2g ns each); right: mutex %.2g ns, atomic %.2g ns, "
             "reduction %.2g ns",
             lost(r, RACE_UNPROTECTED), race_updates(r), ns_per_update(r, RACE_UNPROTECTED), ns_per_update(r, RACE_MUTEX),
             ns_per_update(r, RACE_ATOMIC), ns_per_update(r, RACE_REDUCTION));
}

const struct workload race_workload = {
    .name = "race",
    .summary = "a shared counter: updates lost without protection, and what each protection costs",
    .pattern = "shared update",
    .size_is = "jobs of 100 updates each",
    .size_default = 5000,
    .size_min = 1,
    .size_max = 1000000000,
    .check = "100 updates a job counted by mutex, atomic and reduction",
    .work_unit = "updates",
    .models = MODELS_ALL,
    .setup = race_setup,
    .run = race_run,
    .verify = race_verify,
    .work = race_work,
    .answer = race_answer,
    .digest = race_digest,
    .details = race_details,
    .text = race_text,
    .teardown = free,
};
