/*
 * Plummer's model of a star cluster in equilibrium, radius, G and total mass about 1. A body's numbers come from the seed
 * and its index alone. Source: Aarseth, Henon, Wielen, Astronomy and Astrophysics 37 (1974), 183-187, appendix.
 */
#include "cpu_bound/nbody_system.h"

#include <math.h>

/* The next of a body's random numbers, uniform in [0, 1): splitmix64 (Steele, Lea, Flood 2014). */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* A vector of that length in a random direction. */
static void direct(uint64_t *random, double length, double *x, double *y, double *z)
{
    double cosine = 2 * uniform(random) - 1, angle = 2 * M_PI * uniform(random), sine = sqrt(1 - cosine * cosine);
    *x = length * sine * cos(angle);
    *y = length * sine * sin(angle);
    *z = length * cosine;
}

/* Speed as a share of the escape speed: density q^2 (1 - q^2)^(7/2), which stays below 0.1, by rejection. */
static double share_of_escape(uint64_t *random)
{
    for (;;) {
        double q = uniform(random);
        if (0.1 * uniform(random) < q * q * pow(1 - q * q, 3.5))
            return q;
    }
}

/* Body @body of @total, as the @i-th of the system. */
static void place(struct nbody_system *s, uint64_t seed, size_t total, size_t body, size_t i)
{
    uint64_t random = (seed << 40) + ((uint64_t)body << 8);
    s->m[i] = (0.5 + uniform(&random)) / (double)total;
    double radius = 1 / sqrt(pow(1 - uniform(&random), -2. / 3) - 1 + 1e-9); /* 1e-9: none farther out than 30000 */
    direct(&random, radius, &s->x[i], &s->y[i], &s->z[i]);
    double escape = sqrt(2) / sqrt(sqrt(1 + radius * radius));
    direct(&random, escape * share_of_escape(&random), &s->vx[i], &s->vy[i], &s->vz[i]);
}

void nbody_plummer_draw(struct nbody_system *s, uint64_t seed, size_t total, size_t first)
{
    for (size_t i = 0; i < s->n; i++)
        place(s, seed, total, first + i, i);
}

void nbody_plummer_weigh(const struct nbody_system *s, struct nbody_moments *sum)
{
    const double *const array[NBODY_COORDINATES] = { s->x, s->y, s->z, s->vx, s->vy, s->vz };
    for (size_t i = 0; i < s->n; i++) {
        for (size_t a = 0; a < NBODY_COORDINATES; a++)
            sum->first[a] += s->m[i] * array[a][i];
        sum->mass += s->m[i];
    }
}

void nbody_plummer_centre(struct nbody_system *s, const struct nbody_moments *sum)
{
    double *const array[NBODY_COORDINATES] = { s->x, s->y, s->z, s->vx, s->vy, s->vz };
    for (size_t a = 0; a < NBODY_COORDINATES; a++)
        for (size_t i = 0; i < s->n; i++)
            array[a][i] -= sum->first[a] / sum->mass;
}

void nbody_plummer(struct nbody_system *s, uint64_t seed)
{
    struct nbody_moments sum = { 0 };
    nbody_plummer_draw(s, seed, s->n, 0);
    nbody_plummer_weigh(s, &sum);
    nbody_plummer_centre(s, &sum);
}
