/*
 * coop: one thread, many tasks, and nobody is interrupted. A task is a cursor over its own blocks; it
 * computes one block and hands over by returning, so no stack has to be kept (a stackless coroutine).
 * The loop below is the scheduler: round robin until all are done. For waiting work this is how an
 * event loop overlaps hundreds of waits; for computing it can only lose the cost of the switches.
 */
#include "cpu_bound/models.h"

#include <errno.h>
#include <stdlib.h>

struct task {
    size_t next, end; /* blocks still to compute */
};

enum { TASKS_MAX = 64 }; /* more tasks than any block count needs to show the switching */

/* One turn of a task. Returns 0 or what compute() returned. */
static int resume(struct task *task, const struct workload *w, void *state)
{
    size_t block = task->next++;
    return w->compute(state, block, block + 1);
}

static void share_out(struct task *task, size_t n, size_t count)
{
    for (size_t i = 0; i < n; i++)
        task[i] = (struct task){ count * i / n, count * (i + 1) / n };
}

int models_run_coop(const struct workload *w, void *state, struct team *team, const struct blocks *b)
{
    struct task task[TASKS_MAX];
    size_t n = b->count < TASKS_MAX ? b->count : TASKS_MAX, left = b->count;
    int rc = 0;
    team_bind(team, 0);
    share_out(task, n, b->count);
    team->yields = 0;
    for (size_t turn = 0; left > 0 && rc == 0; turn = (turn + 1) % n) {
        if (task[turn].next == task[turn].end)
            continue;
        rc = resume(&task[turn], w, state);
        team->yields++;
        left--;
    }
    return rc;
}
