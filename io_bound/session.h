#ifndef PARKIT_SESSION_H
#define PARKIT_SESSION_H
/*
 * One run of parkit-get: what its parts share, and the one place that decides what follows from the
 * end of an attempt: a retry, the next mirror, or the end of the entry.
 */
#include "io_bound/active.h"
#include "io_bound/get_options.h"
#include "io_bound/files/ledger.h"
#include "io_bound/outcome.h"
#include "io_bound/rate.h"
#include "io_bound/report.h"
#include "io_bound/lists/source.h"
#include "io_bound/files/tree.h"
#include "io_bound/work.h"

#include <curl/curl.h>
#include <stdatomic.h>

struct progress;

/* Memory that worker processes see too. */
struct session_shared {
    struct rate rate;
    struct rate rate_of_host[RATE_HOSTS]; /* by rate_slot() of the server's name */
    _Atomic uint64_t received; /* bytes of content, for the progress line */
    _Atomic size_t n_active;   /* places given away                       */
    struct active active[ACTIVE_PLACES]; /* untouched, so no memory, without --progress-bars */
};

struct session {
    const struct settings *settings;
    struct tree *tree;
    struct work *work;
    struct source *source;
    struct report *report;
    struct ledger *ledger;
    struct progress *progress;
    struct session_shared *shared;
    struct curl_slist *headers; /* of every request to the server of a URL of the list */
    struct curl_slist *headers_elsewhere; /* after a redirect to another server: nothing of the user's */
    int parent_fd;              /* in a worker process: of its socket to the parent; else -1 */
    size_t n_loops;             /* event loops of multi-threads */
    CURLSH *share;              /* DNS and TLS sessions; NULL where one thread does it all */
};

/** session_fit() - raise the limit of open files as far as it goes, and have no more connections than it allows (with a warning). */
void session_fit(struct settings *settings);

/** session_open() - everything but threads and libcurl's global state. 0, or a negative errno value after a message. */
int session_open(const struct settings *settings, struct session *s) __attribute__((warn_unused_result));

/**
 * session_start() - libcurl, the reader of the lists and the progress line. A driver calls it once,
 * after it has forked what it forks. 0, or a negative errno value after a message.
 */
int session_start(struct session *s) __attribute__((warn_unused_result));

/** session_try() - work_try(), with job->ask assigned; what is not worth asking is settled here. */
enum work_state session_try(struct session *s, size_t loop, struct job **job, double *wait_s);

/** session_wait() - work_wait(), likewise. */
enum work_state session_wait(struct session *s, bool connected, struct job **job);

/** session_connected() - @job, whose attempt.ramping is set, has its connection. */
void session_connected(struct session *s, struct job *job);

/** session_settle() - @job's attempt ended with @outcome; gives the job back to the work. Thread-safe. */
void session_settle(struct session *s, struct job *job, const struct outcome *outcome);

/** session_close() - ends the threads, prints the summary, frees. @rc: the driver's result. Returns the exit code. */
int session_close(struct session *s, int rc);

#endif
