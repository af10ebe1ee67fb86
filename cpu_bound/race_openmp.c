/*
 * race in OpenMP's words: nothing, critical, atomic, and the reduction clause. Every loop is
 * schedule(static), because all jobs cost the same, and num_threads is the team that was asked for.
 */
#include "common/clock.h"
#include "common/openmp.h"
#include "cpu_bound/race.h"

#include <stdatomic.h>

#define FOR_EACH_UPDATE for (int u = 0; u < RACE_UPDATES_PER_JOB; u++)

static uint64_t unprotected(uint64_t jobs, unsigned threads)
{
    /* A read and a write that others may come between. Each is atomic in itself, so that C defines the
     * outcome (lost updates, nothing worse); the compiled code is that of a plain counter. */
    atomic_uint_fast64_t counter = 0;
#pragma omp parallel for default(none) shared(counter, jobs) num_threads(threads) schedule(static)
    for (uint64_t job = 0; job < jobs; job++)
        FOR_EACH_UPDATE
        {
            uint64_t seen = atomic_load_explicit(&counter, memory_order_relaxed);
            atomic_store_explicit(&counter, seen + 1, memory_order_relaxed);
        }
    return atomic_load(&counter);
}

static uint64_t critical(uint64_t jobs, unsigned threads)
{
    uint64_t counter = 0;
#pragma omp parallel for default(none) shared(counter, jobs) num_threads(threads) schedule(static)
    for (uint64_t job = 0; job < jobs; job++)
        FOR_EACH_UPDATE
        {
#pragma omp critical(race)
            counter++;
        }
    return counter;
}

static uint64_t atomically(uint64_t jobs, unsigned threads)
{
    uint64_t counter = 0;
#pragma omp parallel for default(none) shared(counter, jobs) num_threads(threads) schedule(static)
    for (uint64_t job = 0; job < jobs; job++)
        FOR_EACH_UPDATE
        {
#pragma omp atomic update
            counter++;
        }
    return counter;
}

static uint64_t reduction(uint64_t jobs, unsigned threads)
{
    uint64_t counter = 0;
#pragma omp parallel for default(none) shared(jobs) num_threads(threads) schedule(static) reduction(+ : counter)
    for (uint64_t job = 0; job < jobs; job++)
        FOR_EACH_UPDATE
        {
            counter++;
            __asm__ volatile("" : "+r"(counter)); /* one addition an update, as the others have it */
        }
    return counter;
}

int race_run_openmp(struct race *r, struct team *team)
{
    static uint64_t (*const count[RACE_PROTECTIONS])(uint64_t, unsigned) = { unprotected, critical, atomically, reduction };
    unsigned threads = team->threads;
    /* Starts and binds the team outside the timed part, as the other models do. */
#pragma omp parallel default(none) shared(team) num_threads(threads)
    team_bind(team, (unsigned)omp_get_thread_num());
    for (int p = 0; p < RACE_PROTECTIONS; p++) {
        double start = clock_now_s();
        r->result[p].count = count[p](r->jobs, threads);
        r->result[p].seconds = clock_now_s() - start;
    }
    return 0;
}
