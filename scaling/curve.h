#ifndef PARKIT_CURVE_H
#define PARKIT_CURVE_H
/*
 * The points of a study and the curves they form.
 *
 * A point is what was run several times: threads, ranks, nodes, size. A curve is the points that may be
 * compared with each other: in a strong study those of one size; in a weak study, where the size grows
 * with the processors, the k-th smallest size of every count, whatever law of growth was chosen.
 *
 * Processors ("count") are threads x ranks, where ranks are those on all nodes together. Fewer ranks than
 * nodes cannot be: then they were not given, or are those of one node, and the product is taken times nodes.
 */
#include "common/stats.h"
#include "scaling/study.h"

struct point {
    uint64_t threads, ranks, nodes, size;
    bool has_size;
    uint64_t count;                  /* processors                                             */
    size_t ended[RUN_STATE_COUNT];   /* runs by how they ended; only RUN_OK enters the figures */
    double *seconds;                 /* of the ended[RUN_OK] runs, in their order              */
    struct stats time;               /* valid if ended[RUN_OK] > 0                             */
    double fom;                      /* median figure of merit; NaN: none                      */
    size_t curve;                    /* index of its curve                                     */

    /* NaN where unknown. p0 is the smallest count with a run that ended well.                 */
    double speedup;      /* strong: T(p0)/T(p); weak: scaled, (p/p0) T(p0)/T(p)                */
    double efficiency;   /* speedup p0/p                                                       */
    double efficiency_low, efficiency_high; /* 95 % by bootstrap over the runs                 */
    double doubling;     /* speedup gained per doubling, coming from reference                 */
    double karp_flatt;   /* serial fraction seen at this point (speedup.h); strong only        */
    const struct point *reference; /* at p/2, or at the next smaller count                     */
};

struct curve {
    bool has_size;
    uint64_t size;              /* strong: of all its points; weak: of its first               */
    struct point *point;        /* ascending count; points of one count ascending time         */
    size_t n;
    const struct point **front; /* the fastest measured point of each count, ascending count   */
    size_t n_front;
};

struct curves {
    bool weak;
    struct point *point;        /* all points; the curves are slices                           */
    size_t n_points;
    struct curve *curve;        /* ascending size                                              */
    size_t n;
};

/**
 * curves_create() - group the runs of @study and compute all of the above; efficiency_low and _high stay
 * NaN (analysis.h fills them). 0 or -ENOMEM. curves_destroy() frees what @out points to.
 */
int curves_create(const struct study *study, bool weak, struct curves *out) __attribute__((warn_unused_result));
void curves_destroy(struct curves *c);

/** point_has() - whether @r is one of the runs of @p. */
bool point_has(const struct point *p, const struct run *r);

/** curve_speedup() - the speed-up on @count processors in @time_s, against @base_count in @base_s. */
double curve_speedup(bool weak, double base_count, double base_s, double count, double time_s);

#endif
