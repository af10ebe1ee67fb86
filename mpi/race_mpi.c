/*
 * race between ranks: they add 1 to one counter in the memory of rank 0, by one-sided operations.
 *
 *   unprotected  get, then put what was read plus one: another rank may come between
 *   mutex        the same inside an exclusive lock of the window
 *   atomic       one MPI_Fetch_and_op
 *   reduction    a private count each, added up by MPI_Reduce
 *
 * Jobs cost the same, so each rank, and in it each thread, gets an equal share beforehand. The threads of
 * a rank take turns at MPI (thread level serialized): only updates of different ranks meet unprotected.
 */
#include "cpu_bound/race.h"

#include "common/clock.h"
#include "common/openmp.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/lap.h"
#include "mpi/runtime.h"

#include <stdlib.h>

/* The counter: word 0 of rank 0's part of the window. */
struct counter {
    MPI_Win win;
    uint64_t *word;
};

static int read_and_write(struct counter *c)
{
    uint64_t value;
    int rc = mpi_check("MPI_Get", MPI_Get(&value, 1, MPI_UINT64_T, 0, 0, 1, MPI_UINT64_T, c->win));
    if (rc == 0)
        rc = mpi_check("MPI_Win_flush", MPI_Win_flush(0, c->win));
    value++;
    if (rc == 0)
        rc = mpi_check("MPI_Put", MPI_Put(&value, 1, MPI_UINT64_T, 0, 0, 1, MPI_UINT64_T, c->win));
    return rc ? rc : mpi_check("MPI_Win_flush", MPI_Win_flush(0, c->win));
}

static int read_and_write_locked(struct counter *c)
{
    int rc = mpi_check("MPI_Win_lock", MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, c->win));
    if (rc == 0)
        rc = read_and_write(c);
    return rc ? rc : mpi_check("MPI_Win_unlock", MPI_Win_unlock(0, c->win));
}

static int add_atomically(struct counter *c)
{
    uint64_t one = 1, before;
    int rc = mpi_check("MPI_Fetch_and_op", MPI_Fetch_and_op(&one, &before, MPI_UINT64_T, 0, 0, MPI_SUM, c->win));
    return rc ? rc : mpi_check("MPI_Win_flush", MPI_Win_flush(0, c->win));
}

/* This rank's jobs, each of RACE_UPDATES_PER_JOB updates by the team, who take turns. */
static int update_shared(struct counter *c, int (*update)(struct counter *), uint64_t jobs, unsigned threads)
{
    int failed = 0;
    /* static: all jobs cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(c, update, jobs, failed) num_threads(threads) schedule(static)
    for (uint64_t job = 0; job < jobs; job++)
        for (int u = 0; u < RACE_UPDATES_PER_JOB; u++) {
#pragma omp critical(mpi)
            if (!failed)
                failed = update(c);
        }
    return failed;
}

static uint64_t count_privately(uint64_t jobs, unsigned threads)
{
    uint64_t count = 0;
    /* static: all jobs cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(jobs) num_threads(threads) schedule(static) reduction(+ : count)
    for (uint64_t job = 0; job < jobs; job++)
        for (int u = 0; u < RACE_UPDATES_PER_JOB; u++) {
            count++;
            __asm__ volatile("" : "+r"(count)); /* one addition an update, as the others have it */
        }
    return count;
}

static int run_protection(struct mpi_runtime *rt, struct counter *c, enum race_protection p, uint64_t jobs, unsigned threads,
                          uint64_t *count)
{
    if (p == RACE_REDUCTION) {
        double since = clock_now_s();
        uint64_t mine = count_privately(jobs, threads);
        lap(&since, &rt->phases.compute_s);
        return mpi_check("MPI_Reduce", MPI_Reduce(&mine, count, 1, MPI_UINT64_T, MPI_SUM, 0, rt->comm));
    }
    if (p == RACE_MUTEX)
        return update_shared(c, read_and_write_locked, jobs, threads);
    /* lock_all is a shared lock: it keeps nobody out, it only opens the window */
    int rc = mpi_check("MPI_Win_lock_all", MPI_Win_lock_all(0, c->win));
    if (rc == 0)
        rc = update_shared(c, p == RACE_ATOMIC ? add_atomically : read_and_write, jobs, threads);
    return rc ? rc : mpi_check("MPI_Win_unlock_all", MPI_Win_unlock_all(c->win));
}

/* Rank 0 sets its own word under a lock, so that its copy and that of the window are one. */
static int set_counter(struct counter *c, uint64_t value)
{
    int rc = mpi_check("MPI_Win_lock", MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, c->win));
    if (rc == 0) {
        *c->word = value;
        rc = mpi_check("MPI_Win_unlock", MPI_Win_unlock(0, c->win));
    }
    return rc;
}

static int get_counter(struct counter *c, uint64_t *value)
{
    int rc = mpi_check("MPI_Win_lock", MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, c->win));
    if (rc == 0) {
        *value = *c->word;
        rc = mpi_check("MPI_Win_unlock", MPI_Win_unlock(0, c->win));
    }
    return rc;
}

/* From the common start to the end of the last rank; the result is right on rank 0 only. */
static int measure(struct mpi_runtime *rt, struct counter *c, enum race_protection p, uint64_t jobs, unsigned threads,
                   struct race_result *out)
{
    struct runtime *base = &rt->base;
    bool shared = p != RACE_REDUCTION, root = base->rank == 0;
    int rc = root ? set_counter(c, 0) : 0;
    if (rc == 0)
        rc = mpi_check("MPI_Barrier", MPI_Barrier(rt->comm));
    double start = clock_now_s(), computed = rt->phases.compute_s, since = start;
    if (rc == 0)
        rc = run_protection(rt, c, p, jobs, threads, &out->count);
    if (rc != 0)
        return rc;
    lap(&since, &rt->phases.communicate_s); /* a shared update is a message, all of it */
    rt->phases.communicate_s -= rt->phases.compute_s - computed;
    out->seconds = base->max(base, since - start);
    lap(&since, &rt->phases.wait_s);
    return root && shared ? get_counter(c, &out->count) : 0;
}

static int counter_create(struct mpi_runtime *rt, struct counter *c)
{
    MPI_Aint bytes = rt->base.rank == 0 ? sizeof *c->word : 0;
    c->win = MPI_WIN_NULL;
    int rc = mpi_check("MPI_Win_allocate",
                       MPI_Win_allocate(bytes, sizeof *c->word, MPI_INFO_NULL, rt->comm, &c->word, &c->win));
    return rc ? rc : mpi_check("MPI_Win_set_errhandler", MPI_Win_set_errhandler(c->win, MPI_ERRORS_RETURN));
}

int race_mpi_run(struct mpi_runtime *rt, const struct workload *w, void *state, struct team *team)
{
    struct race *r = state;
    struct counter c;
    struct dealer dealer;
    size_t turn = 0, begin = 0, end = 0;
    unsigned threads = team->threads;
    (void)w;
    dealer_init(&dealer, (struct schedule){ SCHEDULE_STATIC, 0 }, 0, r->jobs, (unsigned)rt->base.ranks);
    if (!dealer_next(&dealer, (unsigned)rt->base.rank, &turn, &begin, &end))
        begin = end; /* more ranks than jobs */
    /* Starts and binds the team outside the timed part. */
#pragma omp parallel default(none) shared(team) num_threads(threads)
    team_bind(team, (unsigned)omp_get_thread_num());

    int rc = counter_create(rt, &c);
    for (int p = 0; rc == 0 && p < RACE_PROTECTIONS; p++)
        rc = measure(rt, &c, (enum race_protection)p, end - begin, threads, &r->result[p]);
    if (rc == 0)
        rc = mpi_check("MPI_Win_free", MPI_Win_free(&c.win));
    return rt->base.agree(&rt->base, rc);
}
