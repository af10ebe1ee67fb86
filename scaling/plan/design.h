#ifndef PARKIT_DESIGN_H
#define PARKIT_DESIGN_H
/*
 * The design of a study: all that decides what is run, in which order and how often. Written as
 * plan.json ("parkit.plan/1") before the first run. Its "points" are complete in themselves, with nodes and
 * ranks per node, so that something other than parkit-scale (a batch system) could run them.
 */
#include "common/topology.h"
#include "scaling/plan/grid.h"
#include "scaling/measure/match.h"
#include "scaling/measure/trial.h"

struct design {
    char *const *command;
    struct grid_request lists;
    struct grid grid;
    uint64_t repeats, warmups, seed;
    double precision;      /* percent: repeat until the 95 % interval of the median is within so much of it; 0: fixed */
    uint64_t max_repeats;  /* equal to repeats where the number is fixed                                              */
    double timeout_s;      /* 0: none                                                                                 */
    enum bind_policy bind;
    struct match_texts texts;
    struct match match;
    const char *ok_exit, *rule, *setup, *cleanup; /* NULL: none                                                       */
    const char *const *env; /* "NAME=VALUE", with placeholders                                                        */
    size_t n_env;
};

/** design_json() - plan.json with machine, program and revision; a new reference, NULL without memory. */
json_t *design_json(const struct design *d);

/** design_difference() - the first thing that two plans measure differently, in words ("repeats is 3 there and 4
 *  here"), allocated; NULL if they are the same study. */
char *design_difference(const json_t *there, const json_t *here);

/** design_total() - the runs that will surely be made; with @precision up to n * max_repeats. */
size_t design_total(const struct design *d);

#endif
