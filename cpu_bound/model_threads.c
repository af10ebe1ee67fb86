/*
 * threads: POSIX threads; the kernel decides when they switch. Each takes pieces from one dealer, an
 * atomic counter, until nothing is left: no queue, no lock.
 */
#include "cpu_bound/models.h"

#include "common/message.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct seat {
    pthread_t thread;
    struct team *team;
    unsigned worker;
    int (*work)(void *context, unsigned worker);
    void *context;
    int rc;
};

static void *sit(void *argument)
{
    struct seat *seat = argument;
    team_bind(seat->team, seat->worker);
    seat->rc = seat->work(seat->context, seat->worker);
    return NULL;
}

int models_each_thread(struct team *team, int (*work)(void *context, unsigned worker), void *context)
{
    struct seat *seat = calloc(team->threads, sizeof *seat);
    unsigned started = 0;
    int rc = seat ? 0 : -ENOMEM;
    for (; rc == 0 && started < team->threads; started++) {
        seat[started] = (struct seat){ .team = team, .worker = started, .work = work, .context = context };
        int failure = pthread_create(&seat[started].thread, NULL, sit, &seat[started]);
        if (failure) {
            message_error("cannot start thread %u of %u: %s; take fewer", started + 1, team->threads, strerror(failure));
            rc = -failure;
            break;
        }
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(seat[i].thread, NULL);
        rc = rc ? rc : seat[i].rc;
    }
    free(seat);
    return rc;
}

int models_run_threads(const struct workload *w, void *state, struct team *team, const struct blocks *b)
{
    struct piecework p = { .w = w, .state = state };
    dealer_init(&p.dealer, models_schedule(team, b), 0, b->count, team->threads);
    return models_each_thread(team, models_piecework, &p);
}
