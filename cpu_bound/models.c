#include "cpu_bound/models.h"

#include "common/message.h"

#include <errno.h>

struct schedule models_schedule(const struct team *team, const struct blocks *b)
{
    if (team->schedule.kind != SCHEDULE_AUTO)
        return team->schedule;
    if (b->even)
        return (struct schedule){ SCHEDULE_STATIC, 0 };
    return (struct schedule){ SCHEDULE_DYNAMIC, b->chunk };
}

int models_piecework(void *piecework, unsigned worker)
{
    struct piecework *p = piecework;
    size_t turn = 0, begin, end;
    int rc = 0;
    while (rc == 0 && dealer_next(&p->dealer, worker, &turn, &begin, &end))
        rc = p->w->compute(p->state, begin, end);
    if (rc != 0)
        dealer_stop(&p->dealer);
    return rc;
}

static int run_serial(const struct workload *w, void *state, struct team *team, const struct blocks *b)
{
    team_bind(team, 0);
    return w->compute(state, 0, b->count);
}

static int run_blocks(const struct workload *w, void *state, struct team *team, const struct blocks *b)
{
    switch (team->model) {
    case MODEL_SERIAL:
        return run_serial(w, state, team, b);
    case MODEL_COOP:
        return models_run_coop(w, state, team, b);
    case MODEL_THREADS:
        return models_run_threads(w, state, team, b);
    case MODEL_PROCESSES:
        return models_run_processes(w, state, team, b);
    case MODEL_OPENMP:
        return models_run_openmp(w, state, team, b, 0, b->count, NULL);
    case MODEL_COUNT:
        break;
    }
    return -EINVAL;
}

int models_run(const struct workload *w, void *state, struct team *team)
{
    struct blocks b;
    int rc;
    if (w->run) {
        rc = w->run(state, team);
    } else {
        w->blocks(state, &b);
        rc = run_blocks(w, state, team, &b);
        if (rc == 0 && w->join)
            w->join(state);
    }
    if (rc == -ENOMEM)
        message_error("%s: out of memory in a worker; take fewer workers or a smaller size", w->name);
    return rc;
}
