#include "io_bound/models/pool.h"

#include "common/message.h"
#include "io_bound/models/share.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* libcurl and its resolver need little; the default of 8 MB a thread counts against ulimit -v. */
enum { STACK_BYTES = 512 * 1024 };

struct place {
    struct session *session;
    int (*member)(struct session *s, size_t index);
    size_t index;
    pthread_t thread;
    int rc;
};

static void *enter(void *context)
{
    struct place *p = context;
    p->rc = p->member(p->session, p->index);
    return NULL;
}

/* Returns how many threads run; @rc: why no more. */
static size_t start(struct place *place, size_t n, int *rc)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    size_t started = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    *rc = 0;
    while (started < n && *rc == 0) {
        *rc = -pthread_create(&place[started].thread, &attributes, enter, &place[started]);
        started += *rc == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

static int join(const struct place *place, size_t started)
{
    int rc = 0;
    for (size_t i = 0; i < started; i++) {
        pthread_join(place[i].thread, NULL);
        rc = rc ? rc : place[i].rc;
    }
    return rc;
}

int pool_run(struct session *s, size_t n, int (*member)(struct session *s, size_t index))
{
    struct place *place = calloc(n, sizeof *place);
    struct share *share = NULL;
    int rc = place ? share_create(&share) : -ENOMEM, why;
    if (rc != 0) {
        message_error("out of memory; use fewer --connections");
        free(place);
        return rc;
    }
    s->share = share_handle(share);
    for (size_t i = 0; i < n; i++)
        place[i] = (struct place){ .session = s, .member = member, .index = i };
    size_t started = start(place, n, &why);
    if (started == 0)
        rc = why;
    if (started < n)
        message_warn("only %zu of %zu threads could be started: %s", started, n, strerror(-why));
    if (started > 0)
        rc = join(place, started);
    s->share = NULL;
    share_destroy(share);
    free(place);
    return rc;
}
