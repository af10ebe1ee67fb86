#include "cpu_bound/mg_charges.h"

#include "cpu_bound/nas_random.h"
#include "cpu_bound/nas_random_fill.h"

#include <math.h>

/* Into its place in a list that falls; the last one falls out. */
static void insert(struct mg_charge list[MG_CHARGES], struct mg_charge new)
{
    int at = MG_CHARGES - 1;
    if (!(new.height > list[at].height))
        return;
    for (; at > 0 && new.height > list[at - 1].height; at--)
        list[at] = list[at - 1];
    list[at] = new;
}

void mg_charges_clear(struct mg_charges *c)
{
    for (int k = 0; k < MG_CHARGES; k++)
        c->positive[k] = c->negative[k] = (struct mg_charge){ -HUGE_VAL, 0 };
}

void mg_charges_search(struct mg_charges *c, size_t n, size_t l0, size_t l1, enum isa isa)
{
    double number[MG_SIDE_MAX];
    for (uint64_t first = (uint64_t)n * n * l0; first < (uint64_t)n * n * l1; first += n) {
        ISA_SELECT(nas_random_fill, isa)(number, n, nas_random_at(NAS_SEED, first));
        for (size_t i = 0; i < n; i++) {
            insert(c->positive, (struct mg_charge){ number[i], first + i });
            insert(c->negative, (struct mg_charge){ -number[i], first + i });
        }
    }
}

void mg_charges_join(struct mg_charges *c, const struct mg_charges *other)
{
    for (int k = 0; k < MG_CHARGES; k++) {
        insert(c->positive, other->positive[k]);
        insert(c->negative, other->negative[k]);
    }
}

static void place(const struct mg_charge list[MG_CHARGES], double charge, struct mg_grid *v)
{
    for (int k = 0; k < MG_CHARGES; k++) {
        uint64_t i = list[k].at % v->n, j = list[k].at / v->n % v->n, l = list[k].at / v->n / v->n;
        mg_line(v, (ptrdiff_t)j, (ptrdiff_t)l)[i] = charge;
    }
}

void mg_charges_place(const struct mg_charges *c, struct mg_grid *v)
{
    place(c->positive, 1, v);
    place(c->negative, -1, v);
}
