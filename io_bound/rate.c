#include "io_bound/rate.h"

#include "common/clock.h"
#include "common/digest.h"

#include <string.h>

/* What an idle connection may catch up: bursts of a tenth of a second. */
static const int64_t BURST_NS = 100000000;

static double wait_s(struct rate *rate, int64_t now)
{
    int64_t next = rate->bytes_per_s ? atomic_load(&rate->next_ns) : now;
    return next > now ? (double)(next - now) * 1e-9 : 0;
}

static void charge(struct rate *rate, size_t bytes, int64_t now)
{
    if (rate->bytes_per_s == 0)
        return;
    int64_t cost = (int64_t)((double)bytes * 1e9 / (double)rate->bytes_per_s);
    int64_t next = atomic_load(&rate->next_ns), from;
    do
        from = next > now - BURST_NS ? next : now - BURST_NS;
    while (!atomic_compare_exchange_weak(&rate->next_ns, &next, from + cost));
}

double rate_take(struct rate *all, struct rate *host, size_t bytes)
{
    int64_t now = (int64_t)(clock_now_s() * 1e9);
    double wait = wait_s(all, now), wait_host = host ? wait_s(host, now) : 0;
    if (wait > 0 || wait_host > 0)
        return wait > wait_host ? wait : wait_host;
    charge(all, bytes, now); /* others may have charged meanwhile: then the next one waits longer */
    if (host)
        charge(host, bytes, now);
    return 0;
}

size_t rate_slot(const char *host)
{
    return digest_bytes(host, strlen(host)) % RATE_HOSTS;
}
