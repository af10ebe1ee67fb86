#include "common/team.h"

#include "common/blocks.h"
#include "common/message.h"
#include "common/size.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const char *const model_names[] = { "serial", "coop", "threads", "processes", "openmp", NULL };
static const char *const schedule_names[] = { "auto", "static", "dynamic", "guided" };

const char *schedule_name(enum schedule_kind kind)
{
    return schedule_names[kind];
}

int schedule_parse(const char *text, struct schedule *out)
{
    size_t word = strcspn(text, ",");
    uint64_t chunk = 0;
    char shown[64];
    for (size_t k = 0; k < sizeof schedule_names / sizeof *schedule_names; k++) {
        if (strlen(schedule_names[k]) != word || strncmp(text, schedule_names[k], word) != 0)
            continue;
        if (text[word] == ',' && (k == SCHEDULE_AUTO || size_parse(text + word + 1, &chunk) != 0 || chunk == 0))
            break;
        *out = (struct schedule){ (enum schedule_kind)k, chunk };
        return 0;
    }
    return message_usage("--schedule %s is not right; give static, dynamic or guided, with a chunk of at least 1 if "
                         "wanted (dynamic,4), or auto", message_printable(text, shown, sizeof shown));
}

void *team_shared_alloc(size_t bytes)
{
    void *memory = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void team_shared_free(void *memory, size_t bytes)
{
    if (memory)
        munmap(memory, bytes ? bytes : 1);
}

int team_create(struct team *team, enum model model, unsigned threads, const struct topology *topology,
                enum bind_policy policy, unsigned first)
{
    int *place = malloc(threads * sizeof *place);
    *team = (struct team){ .model = model, .threads = threads, .topology = topology, .place = place };
    team->bound = team_shared_alloc(threads * sizeof *team->bound);
    if (!place || !team->bound) {
        team_destroy(team);
        return -ENOMEM;
    }
    if (topology)
        topology_plan(topology, policy, first, threads, place);
    else
        memset(place, -1, threads * sizeof *place);
    return 0;
}

void team_destroy(struct team *team)
{
    free((void *)team->place);
    team_shared_free(team->bound, team->threads * sizeof *team->bound);
    team->place = NULL;
    team->bound = NULL;
}

void team_bind(struct team *team, unsigned worker)
{
    if (team->topology)
        (void)topology_bind_self(team->topology, team->place[worker]); /* what is in force is recorded, right or not */
    topology_bound_to(team->bound[worker], sizeof team->bound[worker]);
}

void dealer_init(struct dealer *d, struct schedule schedule, size_t begin, size_t end, unsigned workers)
{
    if (schedule.kind != SCHEDULE_STATIC && schedule.chunk == 0)
        schedule.chunk = 1;
    *d = (struct dealer){ .begin = begin, .end = end, .schedule = schedule, .workers = workers };
    atomic_init(&d->next, begin);
    atomic_init(&d->stopped, false);
}

/* Without a chunk: one contiguous range each, lengths differing by one at most. With one: round robin. */
static bool next_static(const struct dealer *d, unsigned worker, size_t turn, size_t *begin, size_t *end)
{
    size_t count = d->end - d->begin, chunk = d->schedule.chunk;
    if (chunk == 0) {
        size_t share = count / d->workers, longer = count % d->workers;
        *begin = d->begin + worker * share + (worker < longer ? worker : longer);
        *end = *begin + share + (worker < longer);
        return turn == 0 && *begin < *end;
    }
    size_t piece = turn * d->workers + worker;
    if (piece >= blocks_count(count, chunk))
        return false;
    *begin = d->begin + piece * chunk;
    *end = d->end - *begin < chunk ? d->end : *begin + chunk;
    return true;
}

bool dealer_next(struct dealer *d, unsigned worker, size_t *turn, size_t *begin, size_t *end)
{
    if (atomic_load_explicit(&d->stopped, memory_order_relaxed))
        return false;
    if (d->schedule.kind == SCHEDULE_STATIC)
        return next_static(d, worker, (*turn)++, begin, end);
    size_t at = atomic_load_explicit(&d->next, memory_order_relaxed), take;
    do {
        if (at >= d->end)
            return false;
        size_t left = d->end - at;
        take = d->schedule.chunk;
        /* guided: shrinking pieces; half of an even share keeps the last ones small */
        if (d->schedule.kind == SCHEDULE_GUIDED && left / (2 * d->workers) > take)
            take = left / (2 * d->workers);
        take = take < left ? take : left;
    } while (!atomic_compare_exchange_weak_explicit(&d->next, &at, at + take, memory_order_relaxed,
                                                    memory_order_relaxed));
    *begin = at;
    *end = at + take;
    (*turn)++;
    return true;
}

void dealer_stop(struct dealer *d)
{
    atomic_store_explicit(&d->stopped, true, memory_order_relaxed);
}
