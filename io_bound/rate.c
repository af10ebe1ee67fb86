#include "io_bound/rate.h"

#include "common/clock.h"

/* What an idle connection may catch up: bursts of a tenth of a second. */
static const int64_t BURST_NS = 100000000;

double rate_take(struct rate *rate, size_t bytes)
{
    if (rate->bytes_per_s == 0)
        return 0;
    int64_t now = (int64_t)(clock_now_s() * 1e9);
    int64_t cost = (int64_t)((double)bytes * 1e9 / (double)rate->bytes_per_s);
    int64_t next = atomic_load(&rate->next_ns);
    for (;;) {
        if (next > now)
            return (double)(next - now) * 1e-9;
        int64_t from = next > now - BURST_NS ? next : now - BURST_NS;
        if (atomic_compare_exchange_weak(&rate->next_ns, &next, from + cost))
            return 0;
    }
}
