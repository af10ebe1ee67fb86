/* How many connections a server gets, when it is left alone, when it is taken for dead. */
#include "io_bound/manners.h"
#include "io_bound/retry.h"
#include "tests/unit/unit.h"

#include <math.h>

static const struct manners_limits limits = { .connections = 64, .probes = 2, .longest_s = 60 };
static struct manners m;

static void begin(void)
{
    manners_begin(&m);
}

/* An attempt from @now to @now that ends with @sign. */
static void attempt(enum manners_sign sign, double now)
{
    struct manners_attempt a = manners_ask(&m, &limits, now);
    manners_answer(&m, &limits, &a, sign, now, 0, UINT64_MAX);
}

static size_t window(void)
{
    return manners_connections(&m, &limits);
}

static void one_connection_first_and_fourfold_with_every_round(void)
{
    static const size_t want[] = { 1, 4, 16, 64, 64 };
    begin();
    for (size_t round = 0; round < sizeof want / sizeof *want; round++) {
        CU_ASSERT_EQUAL(window(), want[round]);
        CU_ASSERT_EQUAL(manners_ready_s(&m, &limits, window()), INFINITY);
        CU_ASSERT_TRUE(manners_ready_s(&m, &limits, window() - 1) <= 0);
        for (size_t i = window(); i > 0; i--) {
            struct manners_attempt a = manners_ask(&m, &limits, 0);
            CU_ASSERT_EQUAL(a.ramping, want[round] < 64);
            if (a.ramping)
                manners_connected(&m, &limits);
        }
    }
}

static void overload_halves_once_for_all_that_was_under_way(void)
{
    struct manners_attempt early[8];
    begin();
    for (int i = 0; i < 100; i++)
        attempt(MANNERS_WELL, 1);
    CU_ASSERT_EQUAL(window(), 64);
    for (int i = 0; i < 8; i++)
        early[i] = manners_ask(&m, &limits, 2);
    for (int i = 0; i < 8; i++)
        manners_answer(&m, &limits, &early[i], MANNERS_OVERLOAD, 3 + i, 0, 0);
    CU_ASSERT_EQUAL(window(), 32);
    attempt(MANNERS_OVERLOAD, 20);
    CU_ASSERT_EQUAL(window(), 16);
    for (int i = 0; i < 20; i++)
        attempt(MANNERS_OVERLOAD, 30 + i);
    CU_ASSERT_EQUAL(window(), 1); /* and not 0 */
}

/* Additive increase: n answers at n connections win one connection; from 16 to 17 takes 16 or 17 of them. */
static void afterwards_a_window_of_answers_wins_one(void)
{
    int answers = 0;
    begin();
    for (int i = 0; i < 100; i++)
        attempt(MANNERS_WELL, 1);
    attempt(MANNERS_OVERLOAD, 2);
    attempt(MANNERS_OVERLOAD, 3);
    CU_ASSERT_EQUAL(window(), 16);
    for (; window() == 16; answers++)
        attempt(MANNERS_WELL, 4);
    CU_ASSERT_TRUE(answers == 16 || answers == 17);
    CU_ASSERT_FALSE(manners_ask(&m, &limits, 5).ramping);
}

static void a_pause_holds_for_the_server(void)
{
    begin();
    struct manners_attempt a = manners_ask(&m, &limits, 10);
    manners_answer(&m, &limits, &a, MANNERS_OVERLOAD, 11, 30, 0);
    CU_ASSERT_EQUAL(manners_ready_s(&m, &limits, 0), 41);
    a = manners_ask(&m, &limits, 12); /* one that was let through by another path: a shorter wish changes nothing */
    manners_answer(&m, &limits, &a, MANNERS_OVERLOAD, 13, 5, 0);
    CU_ASSERT_EQUAL(manners_ready_s(&m, &limits, 0), 41);
}

static void trip(double now)
{
    for (int i = 0; i < MANNERS_TRIP; i++)
        attempt(MANNERS_UNREACHED, now);
}

/* With these random bits a wait has its upper bound: half a second, then doubling. */
static void the_breaker_opens_probes_and_gives_up(void)
{
    begin();
    attempt(MANNERS_UNREACHED, 1);
    CU_ASSERT_TRUE(manners_ready_s(&m, &limits, 0) <= 1);
    begin();
    trip(10);
    CU_ASSERT_FALSE(manners_dead(&m, &limits, 10));
    CU_ASSERT_DOUBLE_EQUAL(manners_ready_s(&m, &limits, 0), 10.5, 1e-9);
    struct manners_attempt probe = manners_ask(&m, &limits, 10.5);
    CU_ASSERT_TRUE(probe.probe);
    CU_ASSERT_EQUAL(manners_ready_s(&m, &limits, 1), INFINITY); /* one probe at a time */
    manners_answer(&m, &limits, &probe, MANNERS_UNREACHED, 11, 0, UINT64_MAX);
    CU_ASSERT_DOUBLE_EQUAL(manners_ready_s(&m, &limits, 0), 12, 1e-9);
    CU_ASSERT_FALSE(manners_dead(&m, &limits, 11));
    attempt(MANNERS_UNREACHED, 12);
    CU_ASSERT_TRUE(manners_dead(&m, &limits, 12));
    CU_ASSERT_TRUE(manners_dead(&m, &limits, 71));
    CU_ASSERT_FALSE(manners_dead(&m, &limits, 73)); /* half-open: one more may try */
    probe = manners_ask(&m, &limits, 73);
    CU_ASSERT_TRUE(manners_dead(&m, &limits, 73)); /* but no other */
    manners_answer(&m, &limits, &probe, MANNERS_UNREACHED, 74, 0, 0);
    CU_ASSERT_TRUE(manners_dead(&m, &limits, 133));
}

static void any_answer_closes_the_breaker_and_the_window_grows_fast_again(void)
{
    begin();
    for (int i = 0; i < 100; i++)
        attempt(MANNERS_WELL, 1);
    for (int i = 0; i < 40; i++)
        attempt(MANNERS_UNREACHED, 10 + i);
    CU_ASSERT_EQUAL(window(), 1);
    attempt(MANNERS_WELL, 200);
    CU_ASSERT_FALSE(manners_dead(&m, &limits, 200));
    CU_ASSERT_EQUAL(window(), 4);
    for (int i = 0; i < 12; i++)
        attempt(MANNERS_WELL, 201);
    CU_ASSERT_TRUE(window() >= 32);
    trip(300); /* it takes all of them again */
    CU_ASSERT_FALSE(manners_dead(&m, &limits, 300));
}

static void what_was_not_asked_shows_nothing(void)
{
    begin();
    trip(1);
    struct manners_attempt probe = manners_ask(&m, &limits, 2);
    manners_answer(&m, &limits, &probe, MANNERS_NOTHING, 2, 0, 0);
    CU_ASSERT_TRUE(manners_ready_s(&m, &limits, 0) < INFINITY); /* the next one may probe */
    CU_ASSERT_TRUE(manners_ask(&m, &limits, 3).probe);
}

static void what_the_end_of_an_attempt_shows(void)
{
    CU_ASSERT_EQUAL(retry_sign(CURLE_OK, 200, false), MANNERS_WELL);
    CU_ASSERT_EQUAL(retry_sign(CURLE_OK, 404, true), MANNERS_WELL);
    CU_ASSERT_EQUAL(retry_sign(CURLE_OK, 500, false), MANNERS_WELL);
    CU_ASSERT_EQUAL(retry_sign(CURLE_PARTIAL_FILE, 200, false), MANNERS_WELL); /* one file's fault */
    CU_ASSERT_EQUAL(retry_sign(CURLE_OK, 429, false), MANNERS_OVERLOAD);
    CU_ASSERT_EQUAL(retry_sign(CURLE_OK, 503, true), MANNERS_OVERLOAD);
    CU_ASSERT_EQUAL(retry_sign(CURLE_RECV_ERROR, 200, true), MANNERS_OVERLOAD);
    CU_ASSERT_EQUAL(retry_sign(CURLE_COULDNT_CONNECT, 0, false), MANNERS_UNREACHED);
    CU_ASSERT_EQUAL(retry_sign(CURLE_COULDNT_RESOLVE_HOST, 0, true), MANNERS_UNREACHED);
    CU_ASSERT_EQUAL(retry_sign(CURLE_OPERATION_TIMEDOUT, 0, true), MANNERS_UNREACHED);
    CU_ASSERT_EQUAL(retry_sign(CURLE_GOT_NOTHING, 0, false), MANNERS_UNREACHED);
    CU_ASSERT_EQUAL(retry_sign(CURLE_GOT_NOTHING, 0, true), MANNERS_NOTHING); /* a kept connection was closed */
    CU_ASSERT_EQUAL(retry_sign(CURLE_WRITE_ERROR, 0, false), MANNERS_NOTHING);
    CU_ASSERT_EQUAL(retry_sign(CURLE_PEER_FAILED_VERIFICATION, 0, false), MANNERS_NOTHING);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(one_connection_first_and_fourfold_with_every_round),
        UNIT(overload_halves_once_for_all_that_was_under_way),
        UNIT(afterwards_a_window_of_answers_wins_one),
        UNIT(a_pause_holds_for_the_server),
        UNIT(the_breaker_opens_probes_and_gives_up),
        UNIT(any_answer_closes_the_breaker_and_the_window_grows_fast_again),
        UNIT(what_was_not_asked_shows_nothing),
        UNIT(what_the_end_of_an_attempt_shows),
        UNIT_END,
    };
    return unit_main("manners", tests);
}
