/* The queue that the models draw from: limits, retries, pauses, its end, and its bound on memory. */
#include "io_bound/work.h"
#include "tests/unit/unit.h"

#include "common/clock.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct work *work;

static void feed(const char *host, int number)
{
    char line[128], why[128];
    struct entry *entry;
    snprintf(line, sizeof line, "http://%s/f%d\tmirror=http://mirror/f%d", host, number, number);
    CU_ASSERT_EQUAL_FATAL(entry_parse(line, strlen(line), &entry, why, sizeof why), 0);
    CU_ASSERT_EQUAL(work_feed(work, entry), 0);
}

static enum work_state try(struct job **job)
{
    double wait_s;
    return work_try(work, job, &wait_s);
}

static void entries_come_in_order_and_then_the_end(void)
{
    struct job *job;
    char url[32];
    CU_ASSERT_EQUAL_FATAL(work_create(4, 0, &work), 0);
    CU_ASSERT_EQUAL(try(&job), WORK_WAIT);
    for (int i = 0; i < 10; i++)
        feed("h", i);
    work_feed_end(work);
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
        snprintf(url, sizeof url, "http://h/f%d", i);
        CU_ASSERT_STRING_EQUAL(job->entry->url[0], url);
        CU_ASSERT_EQUAL(job->attempts, 1);
        work_finish(work, job);
    }
    CU_ASSERT_EQUAL(try(&job), WORK_END);
    work_destroy(work);
}

static void no_more_are_in_flight_than_connections(void)
{
    struct job *first, *second, *third;
    CU_ASSERT_EQUAL_FATAL(work_create(2, 0, &work), 0);
    for (int i = 0; i < 3; i++)
        feed("h", i);
    CU_ASSERT_EQUAL_FATAL(try(&first), WORK_READY);
    CU_ASSERT_EQUAL_FATAL(try(&second), WORK_READY);
    CU_ASSERT_EQUAL(try(&third), WORK_WAIT);
    work_finish(work, first);
    CU_ASSERT_EQUAL_FATAL(try(&third), WORK_READY);
    work_finish(work, second);
    work_finish(work, third);
    work_destroy(work);
}

static void a_full_host_does_not_hold_up_others(void)
{
    struct job *a, *b, *none;
    CU_ASSERT_EQUAL_FATAL(work_create(8, 1, &work), 0);
    feed("a", 1);
    feed("a", 2);
    feed("b", 3);
    CU_ASSERT_EQUAL_FATAL(try(&a), WORK_READY);
    CU_ASSERT_EQUAL_FATAL(try(&b), WORK_READY);
    CU_ASSERT_STRING_EQUAL(b->entry->out, "f3");
    CU_ASSERT_EQUAL(try(&none), WORK_WAIT);
    work_finish(work, a);
    CU_ASSERT_EQUAL_FATAL(try(&a), WORK_READY);
    CU_ASSERT_STRING_EQUAL(a->entry->out, "f2");
    work_finish(work, a);
    work_finish(work, b);
    work_destroy(work);
}

static void a_retry_waits_for_its_time_and_keeps_the_end_away(void)
{
    struct job *job, *none;
    double wait_s;
    CU_ASSERT_EQUAL_FATAL(work_create(2, 0, &work), 0);
    feed("h", 1);
    work_feed_end(work);
    CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
    CU_ASSERT_EQUAL(try(&none), WORK_WAIT);
    work_retry(work, job, 0.05, 0);
    CU_ASSERT_EQUAL(work_try(work, &none, &wait_s), WORK_WAIT);
    CU_ASSERT_TRUE(wait_s > 0 && wait_s <= 0.05);
    double from = clock_now_s();
    CU_ASSERT_EQUAL_FATAL(work_wait(work, &job), WORK_READY);
    CU_ASSERT_TRUE(clock_now_s() - from >= wait_s - 0.001);
    CU_ASSERT_EQUAL(job->attempts, 2);
    work_finish(work, job);
    CU_ASSERT_EQUAL(try(&none), WORK_END);
    work_destroy(work);
}

static void a_pause_holds_the_host_but_not_its_mirror(void)
{
    struct job *job, *next;
    double wait_s;
    CU_ASSERT_EQUAL_FATAL(work_create(8, 0, &work), 0);
    feed("h", 1);
    feed("h", 2);
    CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
    job->mirror = 1;
    work_retry(work, job, 0, 1000);
    CU_ASSERT_EQUAL_FATAL(try(&next), WORK_READY);
    CU_ASSERT_EQUAL(next->mirror, 1);
    CU_ASSERT_EQUAL(work_try(work, &job, &wait_s), WORK_WAIT);
    CU_ASSERT_TRUE(wait_s > 900 && wait_s <= 1000);
    work_finish(work, next);
    work_destroy(work);
}

static void a_halt_ends_everything(void)
{
    struct job *job;
    CU_ASSERT_EQUAL_FATAL(work_create(8, 0, &work), 0);
    feed("h", 1);
    work_halt(work);
    CU_ASSERT_EQUAL(try(&job), WORK_END);
    CU_ASSERT_EQUAL(work_wait(work, &job), WORK_END);
    work_destroy(work);
}

static void *feed_many(void *context)
{
    for (int i = 0; i < 10 * WORK_FRESH; i++)
        feed("h", i);
    work_feed_end(work);
    return context;
}

static void the_reader_waits_for_room(void)
{
    pthread_t reader;
    struct job *job;
    size_t taken = 0, most = 0;
    CU_ASSERT_EQUAL_FATAL(work_create(4, 0, &work), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, feed_many, NULL), 0);
    while (work_wait(work, &job) == WORK_READY) {
        size_t ahead = work_counts(work).fed - taken++;
        most = ahead > most ? ahead : most;
        work_finish(work, job);
    }
    pthread_join(reader, NULL);
    CU_ASSERT_EQUAL(taken, 10 * WORK_FRESH);
    CU_ASSERT_TRUE(most <= WORK_FRESH + 1);
    work_destroy(work);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(entries_come_in_order_and_then_the_end),
        UNIT(no_more_are_in_flight_than_connections),
        UNIT(a_full_host_does_not_hold_up_others),
        UNIT(a_retry_waits_for_its_time_and_keeps_the_end_away),
        UNIT(a_pause_holds_the_host_but_not_its_mirror),
        UNIT(a_halt_ends_everything),
        UNIT(the_reader_waits_for_room),
        UNIT_END,
    };
    return unit_main("work", tests);
}
