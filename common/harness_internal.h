#ifndef PARKIT_HARNESS_INTERNAL_H
#define PARKIT_HARNESS_INTERNAL_H
/* Between the files of the harness only: harness.c runs, harness_list.c lists, harness_report.c prints. */
#include "common/clock.h"
#include "common/harness.h"

struct harness_args {
    uint64_t size, threads, repeats, warmups, seed;
    int model, bind, class_at; /* class_at: index into the workload's classes */
    const char *schedule, *isa, *out;
    bool json;
};

/* One measured workload, on rank 0 ready to be reported. */
struct measurement {
    const struct workload *workload;
    const struct runtime *runtime;
    const struct params *params;
    const struct harness_args *args;
    const struct team *team;
    const struct topology *topology;
    void *state;
    double *seconds;        /* args->repeats values                 */
    bool verified;
    const char *why;        /* not verified: the reason             */
    json_t *binding;        /* borrowed                             */
    char started[CLOCK_RFC3339_LEN];
};

/** harness_list() - `list [--json]`. An exit code. */
int harness_list(const struct runtime *rt, const struct workload *const *table, int argc, char **argv);

/** harness_models() - "serial, openmp": the models of @w in this runtime, into @out; returns @out. */
const char *harness_models(const struct runtime *rt, const struct workload *w, char *out, size_t size);

/** harness_size_text() - "-n 1000" or "-c B", as typed, into @out; returns @out. */
const char *harness_size_text(const struct workload *w, const struct params *p, char *out, size_t size);

/** harness_report() - the result on stdout. 0, -ENOMEM, or -ENOSPC after a message. */
int harness_report(const struct measurement *m);

/** harness_flush() - all of stdout is written: 0, or -ENOSPC after a message. */
int harness_flush(void);

#endif
