#ifndef PARKIT_WORKLOAD_H
#define PARKIT_WORKLOAD_H
/*
 * A workload: one idea, its kernel, its check. Programs differ only in who computes which range.
 *
 * Layers, each unaware of the ones above it:
 *   kernel    arrays and ranges                            cpu_bound/NAME*.c
 *   driver    who computes which range                     cpu_bound/model_*.c, mpi/blocks_mpi.c
 *   harness   warm-up, repeats, clock, verify, report      common/harness.c
 *   main      the table of workloads and the runtime       cpu_bound/cpu_main.c, mpi/mpi_main.c
 *
 * How to add one:
 *   1. Write cpu_bound/NAME.c (and NAME_isa.c for a kernel worth an instruction set, isa.h): all
 *      functions static, and at the bottom `const struct workload NAME_workload = { ... };`.
 *   2. If it falls into independent blocks, give `blocks`: every model and MPI then work at once.
 *      Otherwise give `run`, and register its distributed driver in mpi/drivers.c.
 *   3. Add the line WORKLOAD(NAME) to cpu_bound/workloads.h.
 *   4. Add its rows to tests/e2e/cpu.sh (published answers, digests at 1, 2, 3, 5 threads).
 */
#include "common/isa.h"
#include "common/option.h"
#include "common/team.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command line asks of any workload. */
struct params {
    uint64_t size;     /* within the workload's min and max; 0 where there are classes  */
    char class;        /* one of the workload's classes, 0 where it has none            */
    uint64_t seed;     /* for workloads, or their checks, that draw numbers             */
    enum isa isa;
    const char *out;   /* file for the picture or field; NULL: none                     */
    const void *own;   /* the workload's own options, own_size bytes, filled            */
    struct team *team; /* who will work, so that setup() can have pages touched first   */
                       /* by the thread that will use them                              */
    struct runtime *runtime; /* the process or the ranks (harness.h); NULL when `list` asks for bytes() */
};

/*
 * Independent blocks. Their number and borders depend on the size alone, never on the team, and
 * block b writes only slot b: so the slots hold the same bits whoever computed them, and what is
 * joined from them in the order of the blocks is the same at every count of threads and ranks.
 */
struct blocks {
    size_t count;
    size_t slot_size;  /* bytes of one block's result; MPI sends these                  */
    void *slots;       /* count * slot_size bytes from team_shared_alloc()              */
    bool even;         /* blocks cost about the same: dealt out statically by default   */
    size_t chunk;      /* else: blocks dealt out at a time by default, with its reason  */
                       /* in the workload's file; at least 1                            */
};

struct workload {
    const char *name;     /* the word typed: "primes"                                   */
    const char *summary;  /* one line for `list` and --help                             */
    const char *pattern;  /* the parallel pattern: "segmented sieve"                    */
    const char *size_is;  /* what SIZE counts: "upper limit"                            */
    uint64_t size_default, size_min, size_max;
    const char *classes;  /* problem classes in place of sizes, "SWABCD"; NULL: sizes    */
    char class_default;
    const char *check;    /* what the answer is checked against: "OEIS A006880"         */
    const char *work_unit;/* "integers"; the rate is in these per second                */
    unsigned models;      /* MODEL_BIT()s                                               */
    bool has_isa;         /* has kernels per instruction set                            */
    bool distributed;     /* each rank holds a part of the state: verify() and write() are called on all ranks together */
    const struct option_spec *options; /* the workload's own; NULL: none                */
    size_t own_size;

    /* bytes() - memory one run needs in a process, checked against what is free before setup(). NULL: little.
     * `list` asks too, once a class, with no team. */
    double (*bytes)(const struct params *p);

    /* setup() - allocate and fill; not timed. 0 or a negative errno value after a message. Owns nothing of @p. */
    int (*setup)(const struct params *p, void **state);

    /* prepare() - before each run(), not timed: a rehearsal, where the rules of the benchmark ask for one, then the
     * initial state again. NULL: run() needs none. 0 or a negative errno after a message. */
    int (*prepare)(void *state, struct team *team);

    /* Exactly one of the two below. Both are called once per repeat and must leave the state ready for the next. */
    void (*blocks)(void *state, struct blocks *out);
    int (*run)(void *state, struct team *team);

    /* compute() - blocks [begin, end): the kernel. Threads call it together on disjoint ranges. 0, -ENOMEM. */
    int (*compute)(void *state, size_t begin, size_t end);
    /* compute_openmp() - the same blocks by an OpenMP team, where a plain parallel loop is not the pattern. */
    int (*compute_openmp)(void *state, struct team *team, size_t begin, size_t end);
    /* join() - the answer from the slots, in the order of the blocks. Timed. NULL: the slots are the answer. */
    void (*join)(void *state);

    /* verify() - 0: right; -EDOM: wrong, with the reason in @why; -ENOMEM: could not be checked. Not timed. */
    int (*verify)(void *state, char *why, size_t why_len);
    double (*work)(const void *state);      /* work_units done by one run                   */
    json_t *(*answer)(const void *state);   /* a new reference                              */
    uint64_t (*digest)(const void *state);  /* of the result's bytes (digest.h)             */
    /* details() - what else there is to say: fields for the JSON object (may be NULL). */
    int (*details)(const void *state, json_t *result);
    /* text() - the answer in one line for people, into @out. */
    void (*text)(const void *state, char *out, size_t size);
    /* write() - the picture or field to @path, by a temporary name. 0 or negative errno after a message. */
    int (*write)(const void *state, const char *path);
    /* out_check() - whether @path is a name that write() can serve: 0 or -EINVAL after a message. */
    int (*out_check)(const char *path);
    void (*teardown)(void *state);          /* accepts NULL                                 */
};

#endif
