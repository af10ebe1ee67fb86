/* common/clock.h, against the system's other clocks. */
#include "common/clock.h"
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static void time_never_runs_backwards(void)
{
    double last = clock_now_s();
    unsigned backwards = 0;
    for (int i = 0; i < 100000; i++) {
        double now = clock_now_s();
        backwards += now < last;
        last = now;
    }
    CU_ASSERT_EQUAL(backwards, 0);
}

static void a_sleep_is_never_too_short(void)
{
    static const double waits[] = { 0, 0.001, 0.05 };
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        double start = clock_now_s();
        clock_sleep_s(waits[i]);
        CU_ASSERT_TRUE(clock_now_s() - start >= waits[i]);
    }
}

/* More than one second, so that nanoseconds carry over whatever the moment. */
static void a_sleep_of_seconds_carries_over(void)
{
    double start = clock_now_s();
    clock_sleep_s(1.01);
    CU_ASSERT_TRUE(clock_now_s() - start >= 1.01);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms = alarms + 1;
}

static void signals_do_not_shorten_a_sleep(void)
{
    struct sigaction action = { .sa_handler = on_alarm }, before;
    struct itimerval every_5_ms = { { 0, 5000 }, { 0, 5000 } }, never = { 0 };
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &every_5_ms, NULL);
    double start = clock_now_s();
    clock_sleep_s(0.1);
    double took = clock_now_s() - start;
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    CU_ASSERT_TRUE(alarms > 0);
    CU_ASSERT_TRUE(took >= 0.1);
}

/* RFC 3339, section 5.6: 2024-02-29T23:59:60.123Z in 24 characters; the moment is that of time(2). */
static void wall_clock_is_rfc3339_in_utc(void)
{
    char text[CLOCK_RFC3339_LEN];
    struct tm utc = { 0 };
    int ms = -1;
    time_t before = time(NULL);
    clock_rfc3339(text);
    time_t after = time(NULL);
    CU_ASSERT_EQUAL(strlen(text), 24);
    CU_ASSERT_EQUAL(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                           &utc.tm_min, &utc.tm_sec, &ms), 7);
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    time_t told = timegm(&utc);
    CU_ASSERT_TRUE(told + 1 >= before && told <= after + 1); /* time(2) may lag by a tick */
    CU_ASSERT_TRUE(ms >= 0 && ms <= 999);
    CU_ASSERT_EQUAL(text[23], 'Z');
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(time_never_runs_backwards),      UNIT(a_sleep_is_never_too_short),  UNIT(a_sleep_of_seconds_carries_over),
        UNIT(signals_do_not_shorten_a_sleep), UNIT(wall_clock_is_rfc3339_in_utc), UNIT_END,
    };
    return unit_main("clock", tests);
}
