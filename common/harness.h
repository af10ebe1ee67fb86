#ifndef PARKIT_HARNESS_H
#define PARKIT_HARNESS_H
/*
 * What parkit-cpu and parkit-mpi share: read the command line, set up, warm up, time, verify, report.
 * Verify, then speak of speed: a wrong answer is reported as wrong, has no rate, and exits 1.
 */
#include "common/workload.h"

/*
 * What one process, or all ranks of an MPI job together, can do. Every rank calls the harness with the
 * same command line; only rank 0 has an answer and prints, and it verifies alone unless the workload is
 * distributed. A failure is agreed on after each step that may fail on one rank alone, so that no rank
 * waits for ever.
 */
struct runtime {
    int rank, ranks, nodes;
    int rank_on_node, ranks_on_node;
    /* Among the ranks of this node that were given the same cpuset: each takes its own places of it.
     * 0 of 1 where the launcher has bound every rank to processors of its own. */
    int rank_in_cpuset, ranks_in_cpuset;

    /* run() - one timed run of @w on all ranks. 0 or a negative errno value after a message. */
    int (*run)(struct runtime *rt, const struct workload *w, void *state, struct team *team);
    /* agree() - 0 only if @rc is 0 on every rank; else this rank's code, or -ECANCELED: another failed. */
    int (*agree)(struct runtime *rt, int rc);
    double (*max)(struct runtime *rt, double value); /* over the ranks; also a barrier */
    /* bindings() - on rank 0 an array with one string per worker of each rank; NULL elsewhere. */
    json_t *(*bindings)(struct runtime *rt, const struct team *team);
    /* details() - fields of the runtime itself for the result, on rank 0 (may be NULL). */
    int (*details)(struct runtime *rt, json_t *result);
    /* accept() - the command line is known, and so many runs follow, warm-ups included: does that suit the runtime's own
     * options? 0 or a negative errno value after a message, the same on all ranks. NULL: it has none. */
    int (*accept)(struct runtime *rt, const struct workload *w, const struct params *p, uint64_t runs);
    const struct option_spec *options; /* the runtime's own options and the struct they fill; NULL: none */
    void *own;
    const char *no_rate; /* why the time of this run gives no rate; NULL: it does                       */
    bool model_choice;   /* whether -m is offered; without it every run is MODEL_OPENMP       */
};

/** runtime_single - one process; its run() must be set to the driver of the models. */
extern const struct runtime runtime_single;

/**
 * harness_main() - the whole of a program: `PROGRAM list [--json]`, `PROGRAM WORKLOAD [options]`.
 *
 * @table: NULL-terminated. @usage: the first line of --help, with "WORKLOAD" in it.
 * Returns an exit code (exit_codes.h), the same on every rank.
 */
int harness_main(struct runtime *rt, const struct workload *const *table, const char *usage, int argc, char **argv);

/** harness_check_folder() - collective: whether a file can be made at @path. 0, or -EACCES on all ranks after a message. */
int harness_check_folder(struct runtime *rt, const char *path) __attribute__((warn_unused_result));

#endif
