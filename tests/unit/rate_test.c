/* Limits on bytes a second, over all and of one server. */
#include "common/clock.h"
#include "io_bound/rate.h"
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

/* Take @bytes, waiting as told; returns how long that was in all. */
static double take(struct rate *all, struct rate *host, size_t bytes)
{
    double waited = 0, wait_s;
    while ((wait_s = rate_take(all, host, bytes)) > 0) {
        waited += wait_s;
        clock_sleep_s(wait_s);
    }
    return waited;
}

static void no_limit_never_waits(void)
{
    struct rate none = { 0 };
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(rate_take(&none, NULL, 1 << 20), 0);
    CU_ASSERT_EQUAL(rate_take(&none, &none, 1 << 20), 0);
}

/* 400 kB at 1 MB a second last 0.4 s, less the burst of a tenth that may be caught up. */
static void the_total_is_what_was_asked_for(void)
{
    struct rate all = { .bytes_per_s = 1000000 };
    double from = clock_now_s();
    for (int i = 0; i < 40; i++)
        take(&all, NULL, 10000);
    CU_ASSERT_TRUE(clock_now_s() - from >= 0.4 - 0.1 - 0.02);
}

static void the_tighter_limit_holds_and_costs_the_other_nothing(void)
{
    struct rate all = { .bytes_per_s = 1000000000 }, slow = { .bytes_per_s = 100000 }, other = { .bytes_per_s = 100000 };
    while (rate_take(&all, &slow, 10000) == 0)
        ;
    CU_ASSERT_TRUE(rate_take(&all, &slow, 10000) > 0);
    CU_ASSERT_EQUAL(rate_take(&all, &other, 10000), 0);
    int64_t before = all.next_ns;
    CU_ASSERT_TRUE(rate_take(&all, &slow, 10000) > 0);
    CU_ASSERT_EQUAL(all.next_ns, before); /* what is refused is not charged */
}

static void places_of_servers(void)
{
    CU_ASSERT_TRUE(rate_slot("http://a:80") < RATE_HOSTS);
    CU_ASSERT_NOT_EQUAL(rate_slot("http://a:80"), rate_slot("http://b:80"));
    CU_ASSERT_EQUAL(rate_slot("http://a:80"), rate_slot("http://a:80"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(no_limit_never_waits),
        UNIT(the_total_is_what_was_asked_for),
        UNIT(the_tighter_limit_holds_and_costs_the_other_nothing),
        UNIT(places_of_servers),
        UNIT_END,
    };
    return unit_main("rate", tests);
}
