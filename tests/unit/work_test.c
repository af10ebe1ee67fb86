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

static int make(size_t connections, size_t per_host)
{
    const struct work_limits limits = { .connections = connections, .per_host = per_host, .probes = 2, .longest_s = 60 };
    return work_create(&limits, &work);
}

/* Every attempt has its connection at once, so that servers are not met slowly. */
static enum work_state try(struct job **job)
{
    double wait_s;
    enum work_state state = work_try(work, 0, job, &wait_s);
    if (state == WORK_READY)
        work_connected(work, *job);
    return state;
}

static void entries_come_in_order_and_then_the_end(void)
{
    struct job *job;
    char url[32];
    CU_ASSERT_EQUAL_FATAL(make(4, 0), 0);
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
    CU_ASSERT_EQUAL_FATAL(make(2, 0), 0);
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
    CU_ASSERT_EQUAL_FATAL(make(8, 1), 0);
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
    CU_ASSERT_EQUAL_FATAL(make(2, 0), 0);
    feed("h", 1);
    work_feed_end(work);
    CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
    CU_ASSERT_EQUAL(try(&none), WORK_WAIT);
    work_retry(work, job, 0.05);
    CU_ASSERT_EQUAL(work_try(work, 0, &none, &wait_s), WORK_WAIT);
    CU_ASSERT_TRUE(wait_s > 0 && wait_s <= 0.05);
    double from = clock_now_s();
    CU_ASSERT_EQUAL_FATAL(work_wait(work, true, &job), WORK_READY);
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
    CU_ASSERT_EQUAL_FATAL(make(8, 0), 0);
    feed("h", 1);
    feed("h", 2);
    CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
    job->mirror = 1;
    job->sign = MANNERS_OVERLOAD;
    job->pause_s = 1000;
    work_retry(work, job, 0);
    CU_ASSERT_EQUAL_FATAL(try(&next), WORK_READY);
    CU_ASSERT_EQUAL(next->mirror, 1);
    CU_ASSERT_EQUAL(work_try(work, 0, &job, &wait_s), WORK_WAIT);
    CU_ASSERT_TRUE(wait_s > 900 && wait_s <= 1000);
    work_finish(work, next);
    work_destroy(work);
}

static void a_halt_ends_everything(void)
{
    struct job *job;
    CU_ASSERT_EQUAL_FATAL(make(8, 0), 0);
    feed("h", 1);
    work_halt(work);
    CU_ASSERT_EQUAL(try(&job), WORK_END);
    CU_ASSERT_EQUAL(work_wait(work, true, &job), WORK_END);
    work_destroy(work);
}

static void *feed_many(void *context)
{
    for (int i = 0; i < 10 * WORK_AHEAD; i++)
        feed("h", i);
    work_feed_end(work);
    return context;
}

static void the_reader_waits_for_room(void)
{
    pthread_t reader;
    struct job *job;
    size_t taken = 0, most = 0;
    CU_ASSERT_EQUAL_FATAL(make(4, 0), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, feed_many, NULL), 0);
    while (work_wait(work, true, &job) == WORK_READY) {
        size_t ahead = work_counts(work).fed - taken++;
        most = ahead > most ? ahead : most;
        work_finish(work, job);
    }
    pthread_join(reader, NULL);
    CU_ASSERT_EQUAL(taken, 10 * WORK_AHEAD);
    CU_ASSERT_TRUE(most <= WORK_AHEAD + 1);
    work_destroy(work);
}

static void *feed_heavy(void *context)
{
    for (int i = 0; i < 200; i++) {
        char line[64], why[128];
        struct entry *entry;
        snprintf(line, sizeof line, "http://h/f%d", i);
        CU_ASSERT_EQUAL_FATAL(entry_parse(line, strlen(line), &entry, why, sizeof why), 0);
        entry->bytes = 3 << 20; /* as if it had thousands of pieces */
        CU_ASSERT_EQUAL(work_feed(work, entry), 0);
    }
    work_feed_end(work);
    return context;
}

/* Also where retries and several connections for one file hold them. */
static void the_reader_waits_for_heavy_entries(void)
{
    pthread_t reader;
    struct job *job;
    size_t ended = 0, most = 0, joined = 0;
    CU_ASSERT_EQUAL_FATAL(make(4, 0), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, feed_heavy, NULL), 0);
    while (work_wait(work, true, &job) == WORK_READY) {
        size_t ahead = work_counts(work).fed + joined - ended++;
        most = ahead > most ? ahead : most;
        if (joined < 20) {
            CU_ASSERT_EQUAL(work_join(work, job), 0);
            joined++;
        }
        work_finish(work, job);
    }
    pthread_join(reader, NULL);
    CU_ASSERT_EQUAL(ended, 220);
    CU_ASSERT_TRUE(most <= WORK_AHEAD_BYTES / (3 << 20) + 2);
    work_destroy(work);
}

static void finish(struct job *job, enum manners_sign sign)
{
    job->sign = sign;
    work_finish(work, job);
}

static void servers_take_turns(void)
{
    static const char *const want[] = { "f0", "f100", "f200", "f1", "f101", "f201", "f2", "f3" };
    struct job *job;
    CU_ASSERT_EQUAL_FATAL(make(16, 0), 0);
    for (int i = 0; i < 4; i++)
        feed("a", i);
    for (int i = 0; i < 2; i++)
        feed("b", 100 + i);
    for (int i = 0; i < 2; i++)
        feed("c", 200 + i);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
        CU_ASSERT_STRING_EQUAL(job->entry->out, want[i]);
        finish(job, MANNERS_WELL);
    }
    work_destroy(work);
}

static void a_retry_whose_time_has_come_goes_first(void)
{
    struct job *job;
    CU_ASSERT_EQUAL_FATAL(make(1, 0), 0);
    for (int i = 0; i < 3; i++)
        feed("h", i);
    CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
    work_retry(work, job, 0);
    CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
    CU_ASSERT_STRING_EQUAL(job->entry->out, "f0");
    CU_ASSERT_EQUAL(job->attempts, 2);
    finish(job, MANNERS_WELL);
    work_destroy(work);
}

/* 2,000 entries of a server that refuses: asked for a few times, and all of them come back at once. */
static void a_dead_server_is_not_waited_for(void)
{
    struct job *job;
    size_t asked = 0, refused = 0, other = 0;
    const struct work_limits limits = { .connections = 4, .probes = 0, .longest_s = 1000 };
    CU_ASSERT_EQUAL_FATAL(work_create(&limits, &work), 0);
    for (int i = 0; i < 2000; i++)
        feed("dead", i);
    feed("alive", 2000);
    work_feed_end(work);
    while (work_wait(work, true, &job) == WORK_READY) {
        bool alive = strstr(job->entry->url[0], "alive") != NULL;
        other += alive;
        refused += job->refused;
        asked += !alive && !job->refused;
        CU_ASSERT_EQUAL(job->attempts, job->refused ? 0 : 1);
        finish(job, alive ? MANNERS_WELL : MANNERS_UNREACHED);
    }
    CU_ASSERT_EQUAL(asked, MANNERS_TRIP);
    CU_ASSERT_EQUAL(refused, 2000 - MANNERS_TRIP);
    CU_ASSERT_EQUAL(other, 1);
    work_destroy(work);
}

static void only_so_many_files_are_begun(void)
{
    struct job *job;
    size_t begun = 0, attempts = 0;
    const struct work_limits limits = { .connections = 4, .max_files = 3, .longest_s = 1 };
    CU_ASSERT_EQUAL_FATAL(work_create(&limits, &work), 0);
    for (int i = 0; i < 10; i++)
        feed(i % 2 ? "a" : "b", i);
    while (try(&job) == WORK_READY) {
        attempts++;
        begun += job->attempts == 1;
        if (job->attempts == 1)
            work_retry(work, job, 0);
        else
            work_finish(work, job);
    }
    for (int i = 10; i < WORK_AHEAD + 20; i++) /* nobody makes room, and none is needed */
        feed("c", i);
    work_feed_end(work);
    CU_ASSERT_EQUAL(try(&job), WORK_END);
    CU_ASSERT_EQUAL(begun, 3);
    CU_ASSERT_EQUAL(attempts, 6);
    CU_ASSERT_EQUAL(work_counts(work).fed, WORK_AHEAD + 20);
    CU_ASSERT_EQUAL(work_counts(work).left_out, WORK_AHEAD + 17);
    work_destroy(work);
}

/* More servers than are remembered: each is let go when its only job has ended. */
static void very_many_servers(void)
{
    char host[32];
    struct job *job;
    CU_ASSERT_EQUAL_FATAL(make(4, 0), 0);
    for (int i = 0; i < 5000; i++) {
        snprintf(host, sizeof host, "h%d", i);
        feed(host, i);
        CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
        CU_ASSERT_PTR_NOT_NULL(strstr(job->entry->url[0], host));
        if (i % 3 == 0) {
            job->mirror = 1;
            work_retry(work, job, 0);
            CU_ASSERT_EQUAL_FATAL(try(&job), WORK_READY);
            CU_ASSERT_EQUAL(job->mirror, 1);
        }
        finish(job, MANNERS_WELL);
    }
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
        UNIT(the_reader_waits_for_heavy_entries),
        UNIT(servers_take_turns),
        UNIT(a_retry_whose_time_has_come_goes_first),
        UNIT(a_dead_server_is_not_waited_for),
        UNIT(only_so_many_files_are_begun),
        UNIT(very_many_servers),
        UNIT_END,
    };
    return unit_main("work", tests);
}
