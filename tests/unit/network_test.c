/* The arithmetic of the network benchmarks: the fit T = a + b n, and the data that messages carry. */
#include "mpi/network/network_data.h"
#include "mpi/network/network_fit.h"
#include "tests/unit/unit.h"

enum { SIZES = 28 }; /* 0, 1, 2, 4 ... 64 MiB */

static void sizes(double *bytes)
{
    for (size_t i = 0; i < SIZES; i++)
        bytes[i] = i ? (double)((size_t)1 << (i - 1)) : 0;
}

static bool near(double got, double want)
{
    return fabs(got - want) <= 1e-6 * fabs(want);
}

static void one_straight_line_is_found_exactly(void)
{
    double bytes[SIZES], seconds[SIZES];
    sizes(bytes);
    for (size_t i = 0; i < SIZES; i++)
        seconds[i] = 2e-6 + bytes[i] / 5e9;
    struct network_fit fit = network_fit(bytes, seconds, SIZES);
    CU_ASSERT_EQUAL(fit.n, 1);
    CU_ASSERT(near(fit.regime[0].latency_s, 2e-6));
    CU_ASSERT(near(fit.regime[0].seconds_per_byte, 1 / 5e9));
    CU_ASSERT(fit.regime[0].worst < 1e-6);
    CU_ASSERT_EQUAL(fit.regime[0].first, 0);
    CU_ASSERT_EQUAL(fit.regime[0].last, SIZES - 1);
}

/* Eager up to 4 KiB, rendezvous up to 512 KiB, beyond the cache: each with its own a and b. */
static const double latency[3] = { 1e-6, 5e-6, 60e-6 }, rate[3] = { 2e9, 8e9, 3e9 };
static const size_t ends[3] = { 13, 20, SIZES - 1 };

static void protocols(const double *bytes, double noise, double *seconds)
{
    for (size_t i = 0, r = 0; i < SIZES; i++) {
        r += i > ends[r];
        seconds[i] = (latency[r] + bytes[i] / rate[r]) * (1 + (i % 2 ? noise : -noise));
    }
}

static void three_protocols_are_told_apart(void)
{
    double bytes[SIZES], seconds[SIZES];
    sizes(bytes);
    protocols(bytes, 0, seconds);
    struct network_fit fit = network_fit(bytes, seconds, SIZES);
    CU_ASSERT_EQUAL_FATAL(fit.n, 3);
    for (size_t r = 0; r < 3; r++) {
        CU_ASSERT_EQUAL(fit.regime[r].last, ends[r]);
        CU_ASSERT(near(fit.regime[r].latency_s, latency[r]));
        CU_ASSERT(near(fit.regime[r].seconds_per_byte, 1 / rate[r]));
    }
}

static void noise_is_no_regime(void)
{
    double bytes[SIZES], seconds[SIZES];
    sizes(bytes);
    for (size_t i = 0; i < SIZES; i++)
        seconds[i] = (2e-6 + bytes[i] / 5e9) * (i % 2 ? 1.02 : 0.98);
    CU_ASSERT_EQUAL(network_fit(bytes, seconds, SIZES).n, 1);
    protocols(bytes, 0.02, seconds);
    struct network_fit fit = network_fit(bytes, seconds, SIZES);
    CU_ASSERT_EQUAL_FATAL(fit.n, 3);
    CU_ASSERT(fabs(rate[2] * fit.regime[2].seconds_per_byte - 1) < 0.05);
}

static void latency_and_cost_are_never_negative(void)
{
    const double bytes[4] = { 1, 2, 4, 8 }, falling[4] = { 4, 3, 2, 1 }, from_nothing[4] = { 0.5, 2, 8, 32 };
    struct network_fit fit = network_fit(bytes, falling, 4);
    CU_ASSERT_EQUAL(fit.n, 1);
    CU_ASSERT(fit.regime[0].seconds_per_byte == 0 && fit.regime[0].latency_s > 0);
    fit = network_fit(bytes, from_nothing, 4);
    CU_ASSERT(fit.regime[0].latency_s == 0 && fit.regime[0].seconds_per_byte > 0);
}

static void too_few_points_give_no_fit(void)
{
    const double bytes[3] = { 1, 2, 4 }, seconds[3] = { 1, 2, 3 };
    CU_ASSERT_EQUAL(network_fit(bytes, seconds, 3).n, 0);
    CU_ASSERT_EQUAL(network_fit(bytes, seconds, 0).n, 0);
}

static void every_changed_byte_is_noticed(void)
{
    unsigned char message[21];
    for (size_t n = 1; n <= sizeof message; n++) {
        data_fill(message, n, data_key(3, 4, 1));
        CU_ASSERT(data_right(message, n, data_key(3, 4, 1)));
        for (size_t i = 0; i < n; i++) {
            message[i] ^= 1;
            CU_ASSERT_FALSE(data_right(message, n, data_key(3, 4, 1)));
            message[i] ^= 1;
        }
    }
}

static void messages_of_others_and_of_before_are_noticed(void)
{
    unsigned char message[8];
    data_fill(message, sizeof message, data_key(3, 4, 1));
    CU_ASSERT_FALSE(data_right(message, sizeof message, data_key(4, 3, 1)));
    CU_ASSERT_FALSE(data_right(message, sizeof message, data_key(3, 5, 1)));
    CU_ASSERT_FALSE(data_right(message, sizeof message, data_key(3, 4, 0)));
}

static void sums_are_those_of_the_terms(void)
{
    for (int ranks = 1; ranks < 50; ranks++)
        for (size_t i = 0; i < 3000; i += 7) {
            double sum = 0;
            for (int rank = 0; rank < ranks; rank++)
                sum += data_term(rank, i, 1);
            CU_ASSERT(sum == data_sum(ranks, i, 1));
        }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(one_straight_line_is_found_exactly),
        UNIT(three_protocols_are_told_apart),
        UNIT(noise_is_no_regime),
        UNIT(latency_and_cost_are_never_negative),
        UNIT(too_few_points_give_no_fit),
        UNIT(every_changed_byte_is_noticed),
        UNIT(messages_of_others_and_of_before_are_noticed),
        UNIT(sums_are_those_of_the_terms),
        UNIT_END,
    };
    return unit_main("network", tests);
}
