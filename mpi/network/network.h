#ifndef PARKIT_MPI_NETWORK_H
#define PARKIT_MPI_NETWORK_H
/*
 * The network benchmarks: commands of parkit-mpi beside the workloads.
 *
 * A benchmark measures patterns (a ping-pong between two ranks, an allreduce, a halo exchange), each at
 * many message sizes. What all share is here: options, sizes, warm-up, iteration counts, checking of the
 * data, statistics over ranks and repeats, the fit T = a + b n, and table, CSV and JSON.
 *
 * How to add a benchmark:
 *   1. Write mpi/NAME.c with `const struct network_benchmark network_NAME` at its end.
 *   2. Its run() calls network_measure() for one struct network_pattern after the other.
 *   3. Add one line to the table in network.c, and rows to tests/e2e/mpi_network.sh.
 */
#include "common/option.h"
#include "mpi/network/network_fit.h"
#include "mpi/runtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network_args {
    uint64_t min, max;       /* of the message size, bytes                                       */
    uint64_t repeats;        /* samples at each size                                             */
    uint64_t iterations;     /* in each sample; 0: as many as take `seconds` / repeats           */
    uint64_t warmups;        /* iterations before, beside those that find the iteration count    */
    double seconds;          /* for the samples of one size                                      */
    int bind;
    bool csv, json;
};

/* One size of one pattern. The times are medians over the repeats. */
struct network_point {
    size_t bytes;            /* size n of a message                                              */
    uint64_t iterations;     /* of each sample                                                   */
    double min_s, avg_s, max_s; /* fastest rank, mean, slowest rank                              */
    double best_s;           /* slowest rank of the best repeat                                  */
    double moved;            /* bytes that a rank sends or receives; bandwidth = moved / max_s    */
    bool right;              /* every byte that came was the right one                           */
};

struct network_series {
    char pattern[32];        /* "pingpong", "allreduce", "halo-2d"                               */
    char path[64];           /* who takes part, in words                                         */
    struct network_point *point;
    size_t n;
    struct network_fit fit;  /* of best_s: a and b are the network's, noise is not                */
};

/* A benchmark that runs. */
struct network {
    struct mpi_runtime *rt;
    const struct network_benchmark *benchmark;
    const struct network_args *args;
    const void *own;         /* own_size bytes, filled from the benchmark's own options          */
    struct network_series *series; /* the same on every rank                                     */
    size_t n;
};

struct network_benchmark {
    const char *name, *summary;
    const struct option_spec *options; /* of its own; NULL: none                                 */
    size_t own_size;
    const char *max_default;
    int (*run)(struct network *net);   /* 0, or a negative errno value agreed on by all ranks    */
};

/*
 * What is measured. Sizes run from `smallest` by `factor` to `largest`; after 0 comes 1.
 * The same data must come at every iteration: fill() is called before a batch, right() after it, each
 * batch with another @round, so that what an earlier one left behind does not pass for an answer.
 */
struct network_pattern {
    const char *name;
    const char *path;
    MPI_Comm comm;           /* of those that take part; MPI_COMM_NULL: this rank looks on       */
    void *state;
    size_t smallest, largest, factor; /* network_limit() lowers `largest` */
    int (*prepare)(void *state, size_t bytes);  /* before a size; NULL: nothing to do            */
    void (*fill)(void *state, size_t bytes, unsigned round);
    /* run() - @iterations times; *seconds: what this rank spent. 0 or -ECOMM. */
    int (*run)(void *state, size_t bytes, uint64_t iterations, double *seconds);
    bool (*right)(const void *state, size_t bytes, unsigned round);
    double (*moved)(const void *state, size_t bytes);  /* that a rank sends or receives at least */
    double (*memory)(const void *state, size_t bytes); /* of this rank's buffers, bytes          */
};

extern const struct network_benchmark network_pingpong, network_collectives, network_halo;

/** network_find() - the benchmark of that name; NULL: none. */
const struct network_benchmark *network_find(const char *name);

/** network_list() - on stdout one line for each. 0, or -ENOSPC after a message. */
int network_list(void);

/** network_main() - all of `parkit-mpi NAME [options]`. Returns an exit code, the same on every rank. */
int network_main(struct mpi_runtime *rt, const struct network_benchmark *b, int argc, char **argv);

/**
 * network_measure() - collective over all ranks: measure @p at each of its sizes between --min and --max and
 * add the series to @net, unless none lies between. 0, -ENOMEM, -ECOMM.
 */
int network_measure(struct network *net, const struct network_pattern *p) __attribute__((warn_unused_result));

/**
 * network_limit() - collective: lower @p->largest to --max and to what memory can hold: the buffers, as
 * @p->memory() tells, take at most half of what is free on every node. A note on rank 0 if memory it was.
 * The same on all ranks. 0 or -ECOMM.
 */
int network_limit(const struct network *net, struct network_pattern *p) __attribute__((warn_unused_result));

/** network_buffer() - @bytes at the begin of a page, written to; NULL: no memory. free() frees. */
void *network_buffer(size_t bytes);

/** network_report() - on rank 0: the table, CSV or JSON. @result: what is known of the run, for JSON. */
int network_report(const struct network *net, json_t *result) __attribute__((warn_unused_result));

#endif
