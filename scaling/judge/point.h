#ifndef PARKIT_POINT_H
#define PARKIT_POINT_H
/*
 * A point is what was run several times: threads, ranks, nodes, size.
 *
 * Processors ("count") are threads x ranks, where ranks are those on all nodes together. Fewer ranks than
 * nodes cannot be: then they were not given, or are those of one node, and the product is taken times nodes.
 */
#include "common/stats.h"
#include "scaling/judge/bootstrap.h"
#include "scaling/judge/study.h"

struct point {
    uint64_t threads, ranks, nodes, size, base_size;
    bool has_size, has_base_size;
    uint64_t count;                  /* processors                                             */
    const struct run *const *run;    /* its runs, in the order of the study; not owned         */
    size_t n_runs;
    size_t ended[RUN_STATE_COUNT];   /* runs by how they ended; only RUN_OK enters the figures */

    /* Of the ended[RUN_OK] runs. NaN where a median of them is not known of every run. */
    double *seconds;                 /* ascending                                              */
    struct stats time;               /* valid if ended[RUN_OK] > 0                             */
    double fom, program_s, max_rss, mhz, energy_j;
    double wall_s;                   /* median of the time taken from outside                  */
    double busy;                     /* processors in use on average                           */
    const char *binding;             /* of the first run that has one; NULL: unknown           */
    const char *affinity;            /* that most of its runs were seen on; NULL: unknown      */
    bool bindings_differ;            /* between its runs                                       */

    /* Filled by curves_create(); NaN where unknown. p0 is the smallest count with a run that ended well. */
    size_t curve;        /* index of its curve                                                 */
    double speedup;      /* strong: T(p0)/T(p); weak: scaled, (p/p0) T(p0)/T(p)                */
    double efficiency;   /* speedup p0/p                                                       */
    double doubling;     /* speedup gained per doubling, coming from reference                 */
    double karp_flatt;   /* serial fraction seen at this point (speedup.h); strong only        */
    const struct point *reference; /* at p/2, or at the next smaller count                     */

    /* Filled by analysis_create(): 95 % by bootstrap over the runs. */
    struct interval speedup_95, efficiency_95, doubling_95, karp_flatt_95;
};

/**
 * points_create() - sort @run, pointers to all runs of @study, by point, and fill @point, which has room for as
 * many points as there are runs. @n receives their number; they are ascending by threads, ranks, nodes, size.
 * 0 or -ENOMEM; either way points_destroy() frees what the @n points own.
 */
int points_create(const struct study *study, const struct run **run, struct point *point, size_t *n)
    __attribute__((warn_unused_result));
void points_destroy(struct point *point, size_t n);

#endif
