/* common/team.h: the dealer hands out every block exactly once; a team knows where its workers are. */
#include "capture.h"
#include "common/message.h"
#include "common/team.h"
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* --- the dealer --- */

enum { FIRST = 5, BLOCKS_MAX = 1000 }; /* ranges begin at FIRST, so that a forgotten offset shows */

/* Workers take turns, worker 0 first, until nobody gets anything; times[b] counts who got block b. */
static void deal_in_turns(struct dealer *d, unsigned workers, unsigned char *times)
{
    size_t *turn = calloc(workers, sizeof *turn);
    bool any = true;
    CU_ASSERT_PTR_NOT_NULL_FATAL(turn);
    while (any) {
        any = false;
        for (unsigned w = 0; w < workers; w++) {
            size_t begin, end;
            if (!dealer_next(d, w, &turn[w], &begin, &end))
                continue;
            CU_ASSERT_TRUE_FATAL(begin < end && begin >= FIRST && end <= FIRST + BLOCKS_MAX);
            for (size_t b = begin; b < end; b++)
                times[b - FIRST]++;
            any = true;
        }
    }
    free(turn);
}

static bool each_once(const unsigned char *times, size_t count)
{
    for (size_t b = 0; b < BLOCKS_MAX; b++)
        if (times[b] != (b < count))
            return false;
    return true;
}

static void every_kind_deals_each_block_once(void)
{
    static const size_t counts[] = { 0, 1, 2, 3, 7, 64, 97, 1000 }, chunks[] = { 0, 1, 2, 3, 10, 97, 5000, SIZE_MAX };
    static const unsigned workers[] = { 1, 2, 3, 5, 7, 64 };
    for (int kind = SCHEDULE_STATIC; kind <= SCHEDULE_GUIDED; kind++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
            for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++)
                for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
                    unsigned char times[BLOCKS_MAX] = { 0 };
                    struct dealer d;
                    dealer_init(&d, (struct schedule){ (enum schedule_kind)kind, chunks[k] }, FIRST, FIRST + counts[c],
                                workers[w]);
                    deal_in_turns(&d, workers[w], times);
                    CU_ASSERT_TRUE(each_once(times, counts[c]));
                }
}

struct hand {
    struct dealer *d;
    unsigned worker;
    _Atomic unsigned char *times;
};

static void *take_all(void *argument)
{
    struct hand *h = argument;
    size_t turn = 0, begin, end;
    while (dealer_next(h->d, h->worker, &turn, &begin, &end))
        for (size_t b = begin; b < end; b++)
            atomic_fetch_add(&h->times[b - FIRST], 1);
    return NULL;
}

static void threads_get_each_block_once(void)
{
    enum { THREADS = 8 };
    for (int kind = SCHEDULE_STATIC; kind <= SCHEDULE_GUIDED; kind++)
        for (size_t chunk = 0; chunk <= 3; chunk++) {
            static _Atomic unsigned char times[BLOCKS_MAX];
            struct dealer d;
            struct hand hand[THREADS];
            pthread_t thread[THREADS];
            unsigned wrong = 0;
            for (size_t b = 0; b < BLOCKS_MAX; b++)
                atomic_store(&times[b], 0);
            dealer_init(&d, (struct schedule){ (enum schedule_kind)kind, chunk }, FIRST, FIRST + BLOCKS_MAX, THREADS);
            for (unsigned i = 0; i < THREADS; i++) {
                hand[i] = (struct hand){ &d, i, times };
                CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, take_all, &hand[i]), 0);
            }
            for (unsigned i = 0; i < THREADS; i++)
                pthread_join(thread[i], NULL);
            for (size_t b = 0; b < BLOCKS_MAX; b++)
                wrong += times[b] != 1;
            CU_ASSERT_EQUAL(wrong, 0);
        }
}

static void processes_share_a_dealer(void)
{
    enum { WORKERS = 3 };
    _Atomic unsigned char *times = team_shared_alloc(BLOCKS_MAX);
    struct dealer *d = team_shared_alloc(sizeof *d);
    unsigned wrong = 0;
    CU_ASSERT_TRUE_FATAL(times && d);
    dealer_init(d, (struct schedule){ SCHEDULE_DYNAMIC, 3 }, FIRST, FIRST + BLOCKS_MAX, WORKERS);
    for (unsigned w = 0; w < WORKERS; w++)
        if (fork() == 0) {
            take_all(&(struct hand){ d, w, times });
            _exit(0);
        }
    for (int w = 0, status; w < WORKERS; w++)
        CU_ASSERT_TRUE(wait(&status) > 0 && status == 0);
    for (size_t b = 0; b < BLOCKS_MAX; b++)
        wrong += times[b] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    team_shared_free((void *)times, BLOCKS_MAX);
    team_shared_free(d, sizeof *d);
}

static void static_shares_differ_by_one_at_most(void)
{
    struct dealer d;
    size_t begin, end, expected = FIRST;
    dealer_init(&d, (struct schedule){ SCHEDULE_STATIC, 0 }, FIRST, FIRST + 11, 3);
    for (unsigned w = 0; w < 3; w++) {
        size_t turn = 0;
        CU_ASSERT_TRUE(dealer_next(&d, w, &turn, &begin, &end));
        CU_ASSERT_EQUAL(begin, expected); /* contiguous, in the order of the workers */
        CU_ASSERT_EQUAL(end - begin, w < 2 ? 4 : 3);
        CU_ASSERT_FALSE(dealer_next(&d, w, &turn, &begin, &end));
        expected += w < 2 ? 4 : 3;
    }
}

static void guided_pieces_shrink_to_the_chunk(void)
{
    struct dealer d;
    size_t turn = 0, begin, end, last = SIZE_MAX, first = 0;
    dealer_init(&d, (struct schedule){ SCHEDULE_GUIDED, 4 }, 0, 1000, 2);
    while (dealer_next(&d, 0, &turn, &begin, &end)) {
        first = first ? first : end - begin;
        CU_ASSERT_TRUE(end - begin <= last && (end - begin >= 4 || end == 1000));
        last = end - begin;
    }
    CU_ASSERT_TRUE(first > 100 && first <= 500);
}

static void a_stopped_dealer_hands_out_nothing(void)
{
    for (int kind = SCHEDULE_STATIC; kind <= SCHEDULE_GUIDED; kind++) {
        struct dealer d;
        size_t turn = 0, begin, end;
        dealer_init(&d, (struct schedule){ (enum schedule_kind)kind, 1 }, 0, 100, 2);
        CU_ASSERT_TRUE(dealer_next(&d, 0, &turn, &begin, &end));
        dealer_stop(&d);
        CU_ASSERT_FALSE(dealer_next(&d, 0, &turn, &begin, &end));
        CU_ASSERT_FALSE(dealer_next(&d, 1, &turn, &begin, &end));
    }
}

/* --- schedules as words --- */

static void schedules_are_read(void)
{
    struct schedule s;
    CU_ASSERT_TRUE(schedule_parse("auto", &s) == 0 && s.kind == SCHEDULE_AUTO && s.chunk == 0);
    CU_ASSERT_TRUE(schedule_parse("static", &s) == 0 && s.kind == SCHEDULE_STATIC && s.chunk == 0);
    CU_ASSERT_TRUE(schedule_parse("dynamic,4", &s) == 0 && s.kind == SCHEDULE_DYNAMIC && s.chunk == 4);
    CU_ASSERT_TRUE(schedule_parse("guided,1K", &s) == 0 && s.kind == SCHEDULE_GUIDED && s.chunk == 1000);
    for (int kind = SCHEDULE_AUTO; kind <= SCHEDULE_GUIDED; kind++)
        CU_ASSERT_TRUE(schedule_parse(schedule_name((enum schedule_kind)kind), &s) == 0 && (int)s.kind == kind);
}

static void other_words_are_refused_by_one_line(void)
{
    static const char *const words[] = { "", ",", "fast", "Static", "dynamic,", "dynamic,0", "dynamic,-1", "dynamic,x",
                                         "dynamic 4", "static,1,2", "auto,2", "dyn", "dynamically" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct schedule s = { SCHEDULE_GUIDED, 9 };
        struct capture said;
        char want[64];
        capture_begin(&said, STDERR_FILENO);
        int rc = schedule_parse(words[i], &s);
        capture_end(&said);
        snprintf(want, sizeof want, "test: --schedule %s is not right; ", words[i]);
        CU_ASSERT_EQUAL(rc, -EINVAL);
        CU_ASSERT_TRUE(strncmp(said.text, want, strlen(want)) == 0);
        CU_ASSERT_PTR_EQUAL(strchr(said.text, '\n'), said.text + strlen(said.text) - 1);
        CU_ASSERT_TRUE(s.kind == SCHEDULE_GUIDED && s.chunk == 9); /* unchanged */
    }
}

/* --- the team --- */

static void a_team_without_topology_is_bound_nowhere(void)
{
    struct team team;
    cpu_set_t before, after;
    CU_ASSERT_EQUAL_FATAL(team_create(&team, MODEL_THREADS, 5, NULL, BIND_SPREAD, 0), 0);
    CU_ASSERT_TRUE(team.threads == 5 && team.model == MODEL_THREADS && team.schedule.kind == SCHEDULE_AUTO);
    sched_getaffinity(0, sizeof before, &before);
    for (unsigned w = 0; w < 5; w++) {
        CU_ASSERT_EQUAL(team.place[w], -1);
        team_bind(&team, w);
        CU_ASSERT_TRUE(strlen(team.bound[w]) > 0); /* recorded all the same */
    }
    sched_getaffinity(0, sizeof after, &after);
    CU_ASSERT_TRUE(CPU_EQUAL(&before, &after));
    team_destroy(&team);
    team_destroy(&team); /* and again: nothing left to free */
}

static void *bind_worker_one(void *team)
{
    team_bind(team, 1);
    return NULL;
}

static void a_worker_is_where_the_plan_says(void)
{
    struct topology *topology;
    struct team team;
    pthread_t thread;
    char want[16];
    CU_ASSERT_EQUAL_FATAL(topology_create(&topology), 0);
    CU_ASSERT_EQUAL_FATAL(team_create(&team, MODEL_THREADS, 2, topology, BIND_SPREAD, 0), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, bind_worker_one, &team), 0);
    pthread_join(thread, NULL);
    snprintf(want, sizeof want, "%d", team.place[1]);
    CU_ASSERT_STRING_EQUAL(team.bound[1], want);
    CU_ASSERT_STRING_EQUAL(team.bound[0], ""); /* nobody sat there */
    team_destroy(&team);
    topology_destroy(topology);
}

static void destroy_accepts_a_zeroed_team(void)
{
    struct team team = { 0 };
    team_destroy(&team);
    CU_PASS("still here");
}

static void shared_memory_is_zeroed_and_shared(void)
{
    enum { N = 100000 };
    unsigned char *memory = team_shared_alloc(N), *none = team_shared_alloc(0);
    size_t nonzero = 0;
    int status = -1;
    CU_ASSERT_TRUE_FATAL(memory && none);
    for (size_t i = 0; i < N; i++)
        nonzero += memory[i] != 0;
    CU_ASSERT_EQUAL(nonzero, 0);
    if (fork() == 0) {
        memory[N - 1] = 42;
        _exit(0);
    }
    CU_ASSERT_TRUE(wait(&status) > 0 && status == 0);
    CU_ASSERT_EQUAL(memory[N - 1], 42);
    team_shared_free(memory, N);
    team_shared_free(none, 0);
    team_shared_free(NULL, N);
    CU_ASSERT_PTR_NULL(team_shared_alloc(SIZE_MAX / 2));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(every_kind_deals_each_block_once),
        UNIT(threads_get_each_block_once),
        UNIT(processes_share_a_dealer),
        UNIT(static_shares_differ_by_one_at_most),
        UNIT(guided_pieces_shrink_to_the_chunk),
        UNIT(a_stopped_dealer_hands_out_nothing),
        UNIT(schedules_are_read),
        UNIT(other_words_are_refused_by_one_line),
        UNIT(a_team_without_topology_is_bound_nowhere),
        UNIT(a_worker_is_where_the_plan_says),
        UNIT(destroy_accepts_a_zeroed_team),
        UNIT(shared_memory_is_zeroed_and_shared),
        UNIT_END,
    };
    message_init("test");
    return unit_main("team", tests);
}
