#include "io_bound/hosts.h"

#include "io_bound/retry.h"
#include "io_bound/lists/url.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More servers than this are only remembered while something is to be remembered of them. */
enum { SLOTS = 1024, REMEMBERED = 1024 };

struct jobs {
    struct job *first, **end;
    size_t n;
};

struct host {
    struct host *slot_next; /* in its slot of the table                        */
    struct host *ring_next; /* in the ring of those that jobs wait for, or NULL */
    struct manners manners;
    struct jobs fresh, again; /* again: by due_s                               */
    size_t in_flight;
    unsigned short of_loop[HOSTS_LOOPS_MAX]; /* in flight in each of several loops */
    size_t turn;            /* which loop has the first of its connections: not the same one for all hosts */
    char name[];
};

struct hosts {
    struct manners_limits limits;
    size_t loops; /* 0: their shares are not looked at */
    struct host *slot[SLOTS];
    struct host *served; /* ring: whose turn was the last; NULL: the ring is empty */
    size_t n, n_ring, fresh, again;
    uint64_t random;
};

/* --- lists --- */

static void jobs_append(struct jobs *l, struct job *job)
{
    job->next = NULL;
    *l->end = job;
    l->end = &job->next;
    l->n++;
}

static void jobs_insert_by_time(struct jobs *l, struct job *job)
{
    struct job **link = &l->first;
    while (*link && (*link)->due_s <= job->due_s)
        link = &(*link)->next;
    job->next = *link;
    *link = job;
    if (!job->next)
        l->end = &job->next;
    l->n++;
}

static struct job *jobs_pop(struct jobs *l)
{
    struct job *job = l->first;
    l->first = job->next;
    if (!l->first)
        l->end = &l->first;
    l->n--;
    return job;
}

static size_t jobs_free(struct jobs *l)
{
    size_t n = l->n;
    while (l->first)
        job_free(jobs_pop(l));
    return n;
}

/* --- servers --- */

int hosts_create(const struct manners_limits *limits, struct hosts **out)
{
    struct hosts *h = calloc(1, sizeof *h);
    if (!h)
        return -ENOMEM;
    h->limits = *limits;
    h->random = retry_random();
    *out = h;
    return 0;
}

void hosts_destroy(struct hosts *h)
{
    for (size_t i = 0; h && i < SLOTS; i++)
        for (struct host *host = h->slot[i], *next; host; host = next) {
            next = host->slot_next;
            jobs_free(&host->fresh);
            jobs_free(&host->again);
            free(host);
        }
    free(h);
}

void hosts_share(struct hosts *h, size_t loops)
{
    h->loops = loops > 1 && loops <= HOSTS_LOOPS_MAX ? loops : 0;
}

static size_t slot_of(const char *name)
{
    size_t slot = 5381;
    for (const char *c = name; *c; c++)
        slot = slot * 33 + (unsigned char)*c;
    return slot % SLOTS;
}

/* NULL: no memory. */
static struct host *host_of(struct hosts *h, const char *url)
{
    char name[URL_HOST_MAX], why[256];
    if (url_host(url, name, why, sizeof why) != 0) /* entry_parse() let none such pass */
        name[0] = '\0';
    struct host **slot = &h->slot[slot_of(name)];
    for (struct host *host = *slot; host; host = host->slot_next)
        if (strcmp(host->name, name) == 0)
            return host;
    struct host *host = calloc(1, sizeof *host + strlen(name) + 1);
    if (!host)
        return NULL;
    memcpy(host->name, name, strlen(name) + 1);
    manners_begin(&host->manners);
    host->fresh.end = &host->fresh.first;
    host->again.end = &host->again.first;
    host->turn = slot_of(name);
    host->slot_next = *slot;
    *slot = host;
    h->n++;
    return host;
}

/* A list may name a million servers: those that nothing is known of, and nothing wanted from, may go. */
static void forget(struct hosts *h, struct host *host, double now)
{
    const struct manners *m = &host->manners;
    if (h->n <= REMEMBERED || host->in_flight > 0 || host->ring_next || m->in_a_row > 0 || m->not_before_s > now)
        return;
    struct host **link = &h->slot[slot_of(host->name)];
    while (*link != host)
        link = &(*link)->slot_next;
    *link = host->slot_next;
    h->n--;
    free(host);
}

/* --- the ring --- */

static bool is_empty(const struct host *host)
{
    return host->fresh.n == 0 && host->again.n == 0;
}

/* Behind all others that wait for their turn. */
static void enter_ring(struct hosts *h, struct host *host)
{
    if (host->ring_next)
        return;
    host->ring_next = h->served ? h->served->ring_next : host;
    if (h->served)
        h->served->ring_next = host;
    h->served = host;
    h->n_ring++;
}

/* @before: its predecessor. */
static void leave_ring(struct hosts *h, struct host *before, struct host *host)
{
    before->ring_next = host->ring_next;
    h->served = before == host ? NULL : before;
    host->ring_next = NULL;
    h->n_ring--;
}

int hosts_add(struct hosts *h, struct job *job)
{
    job->host = host_of(h, job->entry->url[job->mirror]);
    if (!job->host)
        return -ENOMEM;
    jobs_append(&job->host->fresh, job);
    h->fresh++;
    enter_ring(h, job->host);
    return 0;
}

void hosts_add_beside(struct hosts *h, struct job *job)
{
    jobs_insert_by_time(&job->host->again, job);
    h->again++;
    enter_ring(h, job->host);
}

/* --- turns --- */

static struct job *take_again(struct hosts *h, struct host *host)
{
    h->again--;
    return jobs_pop(&host->again);
}

static struct job *take_fresh(struct hosts *h, struct host *host)
{
    h->fresh--;
    return jobs_pop(&host->fresh);
}

/* Connections stay open in the loop that made them, also while another loop asks. */
static bool has_its_share(const struct hosts *h, const struct host *host, size_t loop)
{
    return h->loops > 0 && host->of_loop[loop] >= (h->limits.connections + h->loops - 1 - (loop + host->turn) % h->loops) / h->loops;
}

/* What @host may be asked for now, or NULL and @next_s lowered to when something may. */
static struct job *choose(struct hosts *h, struct host *host, size_t loop, double now, bool again_only, double *next_s)
{
    bool fresh = host->fresh.n > 0 && !again_only;
    if (!fresh && host->again.n == 0)
        return NULL;
    if (manners_dead(&host->manners, &h->limits, now)) {
        struct job *job = host->again.n > 0 ? take_again(h, host) : fresh ? take_fresh(h, host) : NULL;
        if (job)
            job->refused = true;
        return job;
    }
    if (has_its_share(h, host, loop))
        return NULL;
    double ready_s = manners_ready_s(&host->manners, &h->limits, host->in_flight);
    if (!fresh && host->again.n > 0)
        ready_s = fmax(ready_s, host->again.first->due_s);
    if (ready_s > now) {
        *next_s = fmin(*next_s, ready_s);
        return NULL;
    }
    if (host->again.n > 0 && host->again.first->due_s <= now)
        return take_again(h, host);
    return fresh ? take_fresh(h, host) : NULL;
}

struct job *hosts_take(struct hosts *h, size_t loop, double now, bool again_only, double *next_s)
{
    *next_s = INFINITY;
    struct host *before = h->served;
    for (size_t i = h->n_ring; i > 0; i--) {
        struct host *host = before->ring_next;
        if (is_empty(host)) { /* its jobs were dropped */
            leave_ring(h, before, host);
            continue;
        }
        struct job *job = choose(h, host, loop, now, again_only, next_s);
        if (!job) {
            before = host;
            continue;
        }
        job->attempt = job->refused ? (struct manners_attempt){ .began_s = now } : manners_ask(&host->manners, &h->limits, now);
        host->in_flight++;
        job->loop = h->loops > 0 ? loop : 0;
        host->of_loop[job->loop]++;
        h->served = host;
        if (is_empty(host))
            leave_ring(h, before, host);
        return job;
    }
    return NULL;
}

void hosts_connected(struct hosts *h, struct job *job)
{
    manners_connected(&job->host->manners, &h->limits);
}

/* xorshift64* (Vigna 2016): spreads probes, nothing more. */
static uint64_t draw(struct hosts *h)
{
    h->random ^= h->random >> 12;
    h->random ^= h->random << 25;
    h->random ^= h->random >> 27;
    return h->random * 0x2545F4914F6CDD1D;
}

/* True: more than one of the jobs that wait for @host may begin now. */
static bool land(struct hosts *h, struct host *host, struct job *job, double now)
{
    host->in_flight--;
    host->of_loop[job->loop]--;
    if (!job->refused)
        manners_answer(&host->manners, &h->limits, &job->attempt, job->sign, now, job->pause_s, draw(h));
    job->refused = false;
    job->sign = MANNERS_NOTHING;
    job->pause_s = 0;
    return !is_empty(host) && manners_connections(&host->manners, &h->limits) > host->in_flight + 1;
}

bool hosts_again(struct hosts *h, struct job *job, double now)
{
    struct host *asked = job->host, *next = host_of(h, job->entry->url[job->mirror]);
    bool room = land(h, asked, job, now);
    if (next) /* without memory for another server, count it to the old one */
        job->host = next;
    hosts_add_beside(h, job);
    if (job->host != asked)
        forget(h, asked, now);
    return room;
}

bool hosts_finish(struct hosts *h, struct job *job, double now)
{
    bool room = land(h, job->host, job, now);
    forget(h, job->host, now);
    job_free(job);
    return room;
}

bool hosts_room(const struct hosts *h, const struct host *host)
{
    return manners_connections(&host->manners, &h->limits) > host->in_flight;
}

bool hosts_more(const struct hosts *h, const struct host *host)
{
    bool others = h->n_ring > (is_empty(host) ? 0 : 1);
    return others || (!is_empty(host) && hosts_room(h, host));
}

size_t hosts_drop_new(struct hosts *h)
{
    size_t dropped = 0;
    for (size_t i = 0; i < SLOTS; i++)
        for (struct host *host = h->slot[i]; host; host = host->slot_next)
            dropped += jobs_free(&host->fresh);
    h->fresh -= dropped;
    return dropped;
}

size_t hosts_waiting(const struct hosts *h, size_t *again)
{
    *again = h->again;
    return h->fresh + h->again;
}
