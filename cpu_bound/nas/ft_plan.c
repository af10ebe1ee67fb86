#include "cpu_bound/nas/ft_plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

void ft_turn(size_t k, size_t n, double out[2])
{
    double angle = -2 * M_PI * (double)(k % n) / (double)n;
    out[0] = cos(angle);
    out[1] = sin(angle);
}

/* Radix 4 once or twice, until the rest is a power of 8. */
static int steps_of(size_t n, struct ft_step step[FT_STEPS_MAX])
{
    int steps = 0;
    for (size_t span = n; span > 1; span /= (size_t)step[steps++].radix) {
        int doublings = __builtin_ctzll(span);
        step[steps] = (struct ft_step){ .radix = doublings % 3 == 0 ? 8 : 4, .span = span };
    }
    return steps;
}

static size_t twiddles_of(const struct ft_step *s)
{
    return s->span / (size_t)s->radix * (size_t)(s->radix - 1);
}

int ft_plan_create(size_t n, struct ft_plan *out)
{
    size_t count = 0;
    *out = (struct ft_plan){ .n = n };
    out->steps = steps_of(n, out->step);
    for (int s = 0; s < out->steps; s++)
        count += twiddles_of(&out->step[s]);
    out->twiddles = malloc(2 * count * sizeof *out->twiddles);
    const double *next = out->twiddles;
    for (int s = 0; s < out->steps && next; s++) {
        out->step[s].twiddle = next;
        next += 2 * twiddles_of(&out->step[s]);
    }
    return out->twiddles ? 0 : -ENOMEM;
}

void ft_plan_fill(struct ft_plan *p)
{
    double *twiddle = p->twiddles;
    for (int s = 0; s < p->steps; s++) {
        size_t radix = (size_t)p->step[s].radix, apart = p->step[s].span / radix;
        for (size_t j = 0; j < apart; j++)
            for (size_t k = 1; k < radix; k++, twiddle += 2)
                ft_turn(j * k, p->step[s].span, twiddle);
    }
}

void ft_plan_destroy(struct ft_plan *p)
{
    free(p->twiddles);
    *p = (struct ft_plan){ 0 };
}

size_t ft_plan_frequency(const struct ft_plan *p, size_t position)
{
    size_t frequency = 0, weight = 1;
    for (int s = 0; s < p->steps; s++) {
        size_t apart = p->step[s].span / (size_t)p->step[s].radix;
        frequency += weight * (position / apart);
        position %= apart;
        weight *= (size_t)p->step[s].radix;
    }
    return frequency;
}
