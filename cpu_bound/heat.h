#ifndef PARKIT_HEAT_H
#define PARKIT_HEAT_H
/* What heat is asked for and what it reports: of heat.c, and of a driver that spreads the field over ranks. */
#include "cpu_bound/heat_tiles.h"

/* The workload's own options. */
struct heat_options {
    uint64_t steps, tile, frames;
    double alpha;
    const char *movie;
};

/* The state; a driver's own may begin with it, and answer(), work() and text() of heat.c then serve it too. */
struct heat {
    struct heat_grid grid;
    struct heat_modes modes;
    struct heat_options own;
    uint64_t seed;
    struct team *team;
    double error;        /* the largest, by verify()              */
    double centre;       /* the value in the middle of the square */
};

#endif
