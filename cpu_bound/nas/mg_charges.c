#include "cpu_bound/nas/mg_charges.h"

#include "cpu_bound/nas/nas_random.h"
#include "cpu_bound/nas/nas_random_fill.h"

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

/* Where the @k-th of three periodic images of index @at stands among the @count from @begin on; -1: nowhere. */
static ptrdiff_t image(uint64_t at, size_t n, ptrdiff_t begin, ptrdiff_t count, ptrdiff_t k)
{
    ptrdiff_t found = (ptrdiff_t)at + (k - 1) * (ptrdiff_t)n - begin;
    return found >= 0 && found < count ? found : -1;
}

static void place_images(uint64_t at, double charge, size_t n, struct mg_grid *v)
{
    for (int images = 0; images < 27; images++) {
        ptrdiff_t i = image(at % n, n, v->i0, (ptrdiff_t)v->n, images % 3);
        ptrdiff_t j = image(at / n % n, n, v->j0, v->lines, images / 3 % 3);
        ptrdiff_t l = image(at / n / n, n, v->l0, v->planes, images / 9);
        if (i >= 0 && j >= 0 && l >= 0)
            mg_line(v, v->j0 + j, v->l0 + l)[i] = charge;
    }
}

void mg_charges_place(const struct mg_charges *c, size_t n, struct mg_grid *v)
{
    for (int k = 0; k < MG_CHARGES; k++) {
        place_images(c->positive[k].at, 1, n, v);
        place_images(c->negative[k].at, -1, n, v);
    }
}
