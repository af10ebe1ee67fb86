/*
 * mandelbrot with its rows spread over the ranks: computed by whoever takes them (blocks_mpi.c), kept by each rank its share.
 *
 * Rows of others are in memory only from when they are computed until the next run begins: the array is whole in the address
 * space, but only what has been written to takes memory.
 *
 * A rank sends the rows that it computed for others: at most n^2 counts of 2 bytes over the number of ranks where all compute
 * alike many, some more where its rows are cheap.
 */
#include "common/digest.h"
#include "cpu_bound/mandelbrot.h"
#include "mpi/check.h"
#include "mpi/deliver.h"
#include "mpi/digest_mpi.h"
#include "mpi/drivers.h"
#include "mpi/picture_mpi.h"
#include "mpi/runtime.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct mandelbrot_mpi {
    struct mandelbrot set;  /* first: blocks(), compute(), answer(), text() and work() of mandelbrot.c look at it */
    struct mpi_runtime *rt;
    size_t begin, end;      /* rows kept here */
};

/* Its share, and what it computes for others, which may be more than a share where rows are cheap. */
static double bytes(const struct params *p)
{
    double all = (double)p->size * (double)p->size * sizeof(uint16_t);
    int ranks = p->runtime ? p->runtime->ranks : 1;
    return ranks > 3 ? 3 * all / ranks : all;
}

static size_t all_bytes(const struct mandelbrot_mpi *m)
{
    return m->set.view.n * m->set.view.n * sizeof *m->set.count;
}

static void teardown(void *state)
{
    struct mandelbrot_mpi *m = state;
    if (m && m->set.count)
        munmap(m->set.count, all_bytes(m));
    free(m);
}

static int setup(const struct params *p, void **state)
{
    struct mandelbrot_mpi *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    m->rt = mpi_runtime_of(p->runtime);
    mandelbrot_init(&m->set, p);
    void *count = mmap(NULL, all_bytes(m), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (count == MAP_FAILED) {
        teardown(m);
        return -ENOMEM;
    }
    m->set.count = count;
    struct delivery all = { .ranks = p->runtime->ranks, .spread = true,
                            .blocks = { .count = p->size, .slot_size = p->size * sizeof *m->set.count } };
    struct block_range mine = deliver_share(&all, p->runtime->rank);
    m->begin = mine.begin;
    m->end = mine.end;
    *state = m;
    return 0;
}

/* Give back the whole pages within rows [@begin, @end). */
static void forget(const struct mandelbrot_mpi *m, size_t begin, size_t end)
{
    size_t row = m->set.view.n * sizeof *m->set.count, page = (size_t)sysconf(_SC_PAGESIZE);
    size_t from = (begin * row + page - 1) / page * page, to = end * row / page * page;
    if (from < to)
        (void)madvise((char *)m->set.count + from, to - from, MADV_DONTNEED); /* else they only stay */
}

static int prepare(void *state, struct team *team)
{
    struct mandelbrot_mpi *m = state;
    (void)team;
    forget(m, 0, m->begin);
    forget(m, m->end, m->set.view.n);
    return 0;
}

/* The rows' sums, and their digests, on rank 0. */
static int add_up(struct mandelbrot_mpi *m)
{
    struct mandelbrot *set = &m->set;
    struct runtime *base = &m->rt->base;
    uint64_t *digest = malloc((m->end - m->begin + 1) * sizeof *digest);
    int rc = base->agree(base, digest ? 0 : -ENOMEM);
    if (rc == 0) {
        set->iterations = set->inside = 0;
        mandelbrot_add_up(set, m->begin, m->end, digest);
        rc = digest_mpi_join(m->rt, digest, m->end - m->begin, &set->digest);
    }
    uint64_t mine[2] = { set->iterations, set->inside }, all[2] = { 0 };
    if (rc == 0)
        rc = mpi_check("MPI_Reduce", MPI_Reduce(mine, all, 2, MPI_UINT64_T, MPI_SUM, 0, m->rt->comm));
    set->iterations = all[0];
    set->inside = all[1];
    free(digest);
    return rc;
}

static int verify(void *state, char *why, size_t why_len)
{
    struct mandelbrot_mpi *m = state;
    int rc = add_up(m);
    if (rc != 0)
        return rc;
    if (m->rt->base.rank == 0)
        rc = mandelbrot_check_area(&m->set, why, why_len);
    if (rc == 0)
        rc = mandelbrot_check_rows(&m->set, m->begin, m->end, why, why_len);
    return mpi_verdict(m->rt, rc, why, why_len);
}

static int write_picture(const void *state, const char *path)
{
    const struct mandelbrot_mpi *m = state;
    size_t n = m->set.view.n;
    return picture_mpi_write(m->rt, path, &(struct picture_part){ n, n, m->begin, m->end, mandelbrot_colour_row, &m->set });
}

void mandelbrot_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->prepare = prepare;
    w->verify = verify;
    w->write = write_picture;
    w->teardown = teardown;
}
