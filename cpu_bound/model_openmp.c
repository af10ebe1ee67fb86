/*
 * openmp: a team computes the blocks by a parallel loop, or by the workload's own pattern (tasks).
 * The schedule is chosen at run time, because the same loop serves even and uneven blocks.
 */
#include "cpu_bound/models.h"

#include "common/blocks.h"
#include "common/openmp.h"

#include <stdatomic.h>

static omp_sched_t omp_kind(enum schedule_kind kind)
{
    return kind == SCHEDULE_STATIC ? omp_sched_static : kind == SCHEDULE_GUIDED ? omp_sched_guided : omp_sched_dynamic;
}

/* The range cut into pieces: even shares for a static schedule without a chunk, else `chunk` blocks each. */
struct pieces {
    size_t begin, end, chunk, count;
};

static struct pieces cut(struct schedule schedule, unsigned threads, size_t begin, size_t end)
{
    size_t n = end - begin, chunk = schedule.chunk;
    if (schedule.kind == SCHEDULE_STATIC && chunk == 0)
        return (struct pieces){ begin, end, 0, n < threads ? n : threads };
    chunk = chunk ? chunk : 1;
    return (struct pieces){ begin, end, chunk, blocks_count(n, chunk) };
}

static size_t edge(const struct pieces *p, size_t i)
{
    if (p->chunk == 0)
        return p->begin + (p->end - p->begin) * i / p->count;
    return i >= p->count ? p->end : p->begin + i * p->chunk;
}

int models_run_openmp(const struct workload *w, void *state, struct team *team, const struct blocks *b, size_t begin,
                      size_t end, const struct watch *watch)
{
    if (w->compute_openmp)
        return w->compute_openmp(state, team, begin, end);

    struct schedule schedule = models_schedule(team, b);
    struct pieces pieces = cut(schedule, team->threads, begin, end);
    atomic_int failed = 0;
    /* The loop runs over pieces, not blocks, so that a kernel sees a range and keeps its scratch over it. */
    omp_set_schedule(omp_kind(schedule.kind), 1);
    /* num_threads: the team that was asked for, whatever OMP_NUM_THREADS says */
#pragma omp parallel default(none) shared(w, state, team, failed, pieces, watch) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        /* schedule(runtime): static for even blocks, dynamic else; see models_schedule() */
#pragma omp for schedule(runtime)
        for (size_t i = 0; i < pieces.count; i++) {
            bool stop = atomic_load_explicit(&failed, memory_order_relaxed) != 0;
            int rc = stop ? 0 : w->compute(state, edge(&pieces, i), edge(&pieces, i + 1));
            if (!stop && rc == 0 && watch && omp_get_thread_num() == 0)
                rc = watch->look(watch->with);
            int none = 0;
            if (rc != 0) /* the first that failed is told of */
                atomic_compare_exchange_strong(&failed, &none, rc);
        }
    }
    return failed;
}
