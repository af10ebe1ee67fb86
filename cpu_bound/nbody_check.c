#include "cpu_bound/nbody_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static void momentum_of(const struct nbody_system *s, double momentum[3])
{
    momentum[0] = momentum[1] = momentum[2] = 0;
    for (size_t i = 0; i < s->n; i++) {
        momentum[0] += s->m[i] * s->vx[i];
        momentum[1] += s->m[i] * s->vy[i];
        momentum[2] += s->m[i] * s->vz[i];
    }
}

struct nbody_kept nbody_check_keep(const struct nbody_system *s, struct nbody_energy energy)
{
    struct nbody_kept kept = { .energy = energy };
    momentum_of(s, kept.momentum);
    return kept;
}

/*
 * Each kick rounds v and uses an acceleration that is off by some roundings of its largest terms. Were
 * all roundings in one direction, momentum would change by about this; they are not.
 */
static double momentum_tolerance(const struct nbody_system *s, size_t steps)
{
    double moved = 0;
    for (size_t i = 0; i < s->n; i++)
        moved += s->m[i] * (fabs(s->vx[i]) + fabs(s->vy[i]) + fabs(s->vz[i]) +
                            s->step * (fabs(s->ax[i]) + fabs(s->ay[i]) + fabs(s->az[i])));
    return 0x1p-52 * (double)(2 * steps + 16) * moved;
}

int nbody_check_momentum(const struct nbody_system *s, const struct nbody_kept *before, size_t steps, char *why, size_t why_len)
{
    double now[3], tolerance = momentum_tolerance(s, steps);
    momentum_of(s, now);
    for (int axis = 0; axis < 3; axis++)
        if (!(fabs(now[axis] - before->momentum[axis]) <= tolerance)) {
            snprintf(why, why_len, "momentum along %c changed by %.3g, more than rounding (%.2g)", "xyz"[axis],
                     now[axis] - before->momentum[axis], tolerance);
            return -EDOM;
        }
    return 0;
}

double nbody_check_energy_change(const struct nbody_energy *before, const struct nbody_energy *now)
{
    double change = now->kinetic - now->binding - (before->kinetic - before->binding);
    return change == 0 ? 0 : change / (before->kinetic + before->binding);
}

/*
 * The leapfrog of an oscillator of angular frequency w keeps p^2 / (1 - (h w / 2)^2) + (w x)^2, so the energy
 * swings by (h w)^2 / 4 of itself. The fastest oscillation here is that of the two heaviest stars that
 * there can be, 1.5/n each, through each other. Measured: at most half of this, in 2,000 steps of 400 pairs.
 */
static double energy_tolerance(const struct nbody_system *s)
{
    double w2 = 3.0 / (double)s->n / (s->softening * s->softening * s->softening);
    return 0.25 * s->step * s->step * w2;
}

int nbody_check_energy(const struct nbody_system *s, const struct nbody_energy *before, const struct nbody_energy *now,
                       char *why, size_t why_len)
{
    double change = nbody_check_energy_change(before, now);
    if (fabs(change) <= energy_tolerance(s))
        return 0;
    snprintf(why, why_len, "the energy changed by %.3g of kinetic and binding energy, more than %.2g", change,
             energy_tolerance(s));
    return -EDOM;
}

/* Draws from the seed (xorshift64, Marsaglia 2003). */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* The sum of the terms' magnitudes: what the rounding of a sum is measured by. */
static double magnitude(const struct nbody_system *s, size_t i)
{
    double sum = 0, softening2 = s->softening * s->softening;
    for (size_t j = 0; j < s->n; j++) {
        double dx = s->x[j] - s->x[i], dy = s->y[j] - s->y[i], dz = s->z[j] - s->z[i];
        double r2 = dx * dx + dy * dy + dz * dz, q = r2 + softening2;
        sum += s->m[j] * sqrt(r2) / (q * sqrt(q));
    }
    return sum;
}

int nbody_check_sample(const struct nbody_system *s, uint64_t seed, char *why, size_t why_len)
{
    enum { SAMPLE = 64 };
    struct nbody_bodies bodies = nbody_system_bodies(s);
    uint64_t random = 2 * seed + 1;
    for (int k = 0; k < SAMPLE; k++) {
        size_t i = draw(&random) % s->n;
        double x, y, z;
        nbody_reference(&bodies, i, i + 1, s->n, &(struct nbody_pull){ &x, &y, &z });
        double error = sqrt((s->ax[i] - x) * (s->ax[i] - x) + (s->ay[i] - y) * (s->ay[i] - y) + (s->az[i] - z) * (s->az[i] - z));
        if (!(error <= 1e-12 * magnitude(s, i))) {
            snprintf(why, why_len, "the acceleration of body %zu is (%.17g, %.17g, %.17g), not (%.17g, %.17g, %.17g)", i,
                     s->ax[i], s->ay[i], s->az[i], x, y, z);
            return -EDOM;
        }
    }
    return 0;
}

/*
 * Two bodies in a circle about their centre of mass. The leapfrog also goes round in a circle, only by the
 * angle 2 asin(h w / 2) a step h instead of h w, because x(t+h) - 2 x(t) + x(t-h) = -(h w)^2 x(t); so the
 * closed form holds to the last digits and not merely to second order. Softening only enters w.
 */
struct orbit {
    double distance, angle, speed; /* between the bodies; of a step; of one against the other */
};

static struct orbit orbit_of(const struct nbody_system *s)
{
    double distance = 1, q = distance * distance + s->softening * s->softening;
    double w = sqrt((s->m[0] + s->m[1]) / (q * sqrt(q)));
    double angle = 2 * asin(0.5 * s->step * w);
    return (struct orbit){ distance, angle, distance * sin(angle) / s->step };
}

/* Along which the circle is laid: two unit vectors at right angles, in no plane of the axes. */
static const double across[3] = { 2. / 3, 2. / 3, 1. / 3 }, along[3] = { -2. / 3, 1. / 3, 2. / 3 };

/* Where both bodies are after @steps: coordinate @axis of r and v. */
static void on_circle(const struct nbody_system *s, size_t steps, int axis, double r[2], double v[2])
{
    struct orbit o = orbit_of(s);
    double c = cos((double)steps * o.angle), w = sin((double)steps * o.angle);
    double apart = o.distance * (c * across[axis] + w * along[axis]);
    double rate = o.speed * (c * along[axis] - w * across[axis]);
    for (int body = 0; body < 2; body++) {
        double share = (body ? -s->m[0] : s->m[1]) / (s->m[0] + s->m[1]);
        r[body] = share * apart;
        v[body] = share * rate;
    }
}

static double orbit_error(const struct nbody_system *s, size_t steps)
{
    const double *const r[3] = { s->x, s->y, s->z }, *const v[3] = { s->vx, s->vy, s->vz };
    double worst = 0, want_r[2], want_v[2];
    for (int axis = 0; axis < 3; axis++) {
        on_circle(s, steps, axis, want_r, want_v);
        for (int body = 0; body < 2; body++)
            worst = fmax(worst, fmax(fabs(r[axis][body] - want_r[body]), fabs(v[axis][body] - want_v[body])));
    }
    return worst;
}

static void lay_orbit(struct nbody_system *s)
{
    double *const r[3] = { s->x, s->y, s->z }, *const v[3] = { s->vx, s->vy, s->vz };
    s->m[0] = 0.75;
    s->m[1] = 0.25;
    s->softening = 0.25;
    s->step = 0.05;
    for (int axis = 0; axis < 3; axis++)
        on_circle(s, 0, axis, r[axis], v[axis]);
}

int nbody_check_orbit(enum isa isa, bool plain, char *why, size_t why_len)
{
    enum { STEPS = 140 }; /* once round */
    struct nbody_system s = { 0 };
    struct team team = { 0 };
    int rc = nbody_system_create(2, isa, &s);
    if (rc == 0)
        rc = team_create(&team, MODEL_SERIAL, 1, NULL, BIND_NONE, 0);
    if (rc == 0) {
        s.plain = plain;
        lay_orbit(&s);
        nbody_system_run(&s, STEPS, &team);
        double error = orbit_error(&s, STEPS);
        if (!(error <= 1e-12)) {
            snprintf(why, why_len, "two bodies in a circle are off by %.3g after %d steps", error, STEPS);
            rc = -EDOM;
        }
    }
    team_destroy(&team);
    nbody_system_destroy(&s);
    return rc;
}
