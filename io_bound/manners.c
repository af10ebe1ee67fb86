#include "io_bound/manners.h"

#include "io_bound/retry.h"

#include <math.h>

/* A connection or an answer while ramping: the window grows fourfold in a round trip. */
static const double RAMP_STEP = 3;

void manners_begin(struct manners *m)
{
    *m = (struct manners){ .window = 1, .threshold = INFINITY, .cut_s = -INFINITY };
}

size_t manners_connections(const struct manners *m, const struct manners_limits *limits)
{
    return m->window < (double)limits->connections ? (size_t)m->window : limits->connections;
}

static bool tripped(const struct manners *m)
{
    return m->in_a_row >= MANNERS_TRIP;
}

double manners_ready_s(const struct manners *m, const struct manners_limits *limits, size_t in_flight)
{
    if (tripped(m))
        return m->probing ? INFINITY : fmax(m->probe_s, m->not_before_s);
    return in_flight < manners_connections(m, limits) ? m->not_before_s : INFINITY;
}

bool manners_dead(const struct manners *m, const struct manners_limits *limits, double now)
{
    return tripped(m) && m->failed_probes >= limits->probes && (m->probing || m->probe_s > now);
}

struct manners_attempt manners_ask(struct manners *m, const struct manners_limits *limits, double now)
{
    struct manners_attempt attempt = { .began_s = now, .probe = tripped(m) };
    attempt.ramping = m->window < fmin(m->threshold, (double)limits->connections);
    m->probing |= attempt.probe;
    return attempt;
}

static void grow(struct manners *m, const struct manners_limits *limits)
{
    double step = m->window < m->threshold ? RAMP_STEP : 1 / m->window;
    m->window = fmin(m->window + step, (double)limits->connections);
}

void manners_connected(struct manners *m, const struct manners_limits *limits)
{
    if (m->window < m->threshold)
        grow(m, limits);
}

/* What began before the last cut tells nothing new. */
static void shrink(struct manners *m, double began_s, double now)
{
    if (began_s < m->cut_s)
        return;
    m->window = m->threshold = fmax(1, m->window / 2);
    m->cut_s = now;
}

static void count_failure(struct manners *m, const struct manners_limits *limits, bool probe, double now, uint64_t random)
{
    m->in_a_row++;
    m->failed_probes += probe;
    if (!probe && m->in_a_row != MANNERS_TRIP)
        return; /* too few yet, or a straggler from before it tripped */
    bool dead = m->failed_probes >= limits->probes;
    m->probe_s = now + (dead ? limits->longest_s : retry_delay_s(m->failed_probes + 1, limits->longest_s, random));
}

static void close_breaker(struct manners *m, const struct manners_limits *limits)
{
    if (tripped(m))
        m->threshold = fmax(1, (double)limits->connections / 2);
    m->in_a_row = m->failed_probes = 0;
}

void manners_answer(struct manners *m, const struct manners_limits *limits, const struct manners_attempt *attempt,
                    enum manners_sign sign, double now, double pause_s, uint64_t random)
{
    if (attempt->probe)
        m->probing = false;
    if (pause_s > 0)
        m->not_before_s = fmax(m->not_before_s, now + pause_s);
    if (sign == MANNERS_WELL || sign == MANNERS_OVERLOAD)
        close_breaker(m, limits);
    if (sign == MANNERS_WELL)
        grow(m, limits);
    if (sign == MANNERS_OVERLOAD || sign == MANNERS_UNREACHED)
        shrink(m, attempt->began_s, now);
    if (sign == MANNERS_UNREACHED)
        count_failure(m, limits, attempt->probe, now, random);
}
