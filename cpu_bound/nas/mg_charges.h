#ifndef PARKIT_MG_CHARGES_H
#define PARKIT_MG_CHARGES_H
/*
 * The right-hand side of mg: +1 at the ten points with the largest of n^3 random numbers, -1 at the ten with
 * the smallest, 0 elsewhere. Point (i, j, l) has number i + n (j + n l) of the sequence. Workers search planes,
 * each into a list of its own; the lists are joined.
 */
#include "common/isa.h"
#include "cpu_bound/nas/mg_grid.h"

#include <stdint.h>

enum { MG_CHARGES = 10 };

struct mg_charge {
    double height;  /* the number; for negative charges its negative */
    uint64_t at;    /* i + n (j + n l)                               */
};

/* From the most extreme on. Heights of -HUGE_VAL: not found yet. */
struct mg_charges {
    struct mg_charge positive[MG_CHARGES], negative[MG_CHARGES];
};

/** mg_charges_clear() - none found. */
void mg_charges_clear(struct mg_charges *c);

/** mg_charges_search() - add what planes [@l0, @l1) of an @n-cube (n at most MG_SIDE_MAX) hold. */
void mg_charges_search(struct mg_charges *c, size_t n, size_t l0, size_t l1, enum isa isa);

/** mg_charges_join() - add what @other has found in other planes. */
void mg_charges_join(struct mg_charges *c, const struct mg_charges *other);

/** mg_charges_place() - write the charges into @v, of a level of @n points a side, which is 0: those in memory, also as ghosts. */
void mg_charges_place(const struct mg_charges *c, size_t n, struct mg_grid *v);

#endif
