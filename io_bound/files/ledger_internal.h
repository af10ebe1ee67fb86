#ifndef PARKIT_LEDGER_INTERNAL_H
#define PARKIT_LEDGER_INTERNAL_H
/* What ledger.c and ledger_end.c share; nobody else includes this. All but ledger_append() are called under the lock. */
#include "io_bound/files/ledger.h"
#include "io_bound/files/ledger_record.h"
#include "io_bound/files/map64.h"

#include <pthread.h>
#include <stdatomic.h>

struct run {
    uint64_t id;
    bool same_boot, ended;
};

struct ledger {
    pthread_mutex_t lock;
    const struct tree *tree;
    bool keep_versions;
    int fd;              /* -1: there is no file yet */
    bool begun;          /* this process has written its R */
    uint64_t run, boot;
    uint64_t read_to;    /* records up to here are in the tables  */
    uint64_t synced;     /* records before this offset are on disk, whoever wrote them: syncfs(2) asks nobody */
    struct run *runs;
    size_t n_runs;
    struct map64 done;    /* key -> offset of the last D record + 1 */
    struct map64 partial; /* key -> struct partial *                */
    bool has_past;
    _Atomic uint64_t own_bytes; /* what this process has appended */
};

/* The run @id, new if it is not known; NULL: no memory. */
struct run *ledger_run_of(struct ledger *l, uint64_t id);

/* What is known of the unfinished file under @key; NULL: nothing. */
struct partial *ledger_partial_of(const struct ledger *l, uint64_t key);

/* The record that begins at @offset; false: there is none. */
bool ledger_read_at(const struct ledger *l, uint64_t offset, struct record *r);

/* Read what has been appended since, also by others. 0 or a negative errno value. */
int ledger_load(struct ledger *l);

/* Have the file open, which worker processes may have made meanwhile; false: there is none. */
bool ledger_there(struct ledger *l);

/* Write @r as one of this run. Thread-safe; not under the lock. 0 or a negative errno value. */
int ledger_append(struct ledger *l, struct record *r);

#endif
