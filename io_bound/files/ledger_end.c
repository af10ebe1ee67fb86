/* The end of a run: what of its ledger must outlive it. */
#include "io_bound/files/ledger_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { TIDY_BYTES = 1 << 20 };

static int write_record(int fd, const struct record *r)
{
    char line[RECORD_MAX];
    return record_write(fd, line, record_format(r, line));
}

/* What must outlive this run, into @to. @kept: how many records. */
static int rewrite(struct ledger *l, int to, size_t *kept)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < l->n_runs; i++) {
        const struct record begin = { .kind = 'R', .run = l->runs[i].id, .boot = l->runs[i].same_boot ? l->boot : 0 };
        const struct record end = { .kind = 'E', .run = l->runs[i].id };
        rc = write_record(to, &begin);
        if (rc == 0 && l->runs[i].ended)
            rc = write_record(to, &end);
    }
    for (size_t i = 0; rc == 0 && i < l->done.size; i++) {
        struct record r;
        uint64_t offset = l->done.slot[i].value;
        if (!offset || !ledger_read_at(l, offset - 1, &r) || r.kind != 'D')
            continue;
        const struct run *run = ledger_run_of(l, r.run);
        if (!run || (run->ended && !l->keep_versions))
            continue;
        r.durable = r.durable || offset <= l->synced;
        rc = write_record(to, &r);
        *kept += 1;
    }
    for (size_t i = 0; rc == 0 && i < l->partial.size; i++) {
        const struct map64_slot *slot = &l->partial.slot[i];
        const struct partial *p = slot->value ? ledger_partial_of(l, slot->key) : NULL;
        struct record r = { .kind = 'P', .run = l->run, .key = slot->key };
        if (!p || p->spans.n == 0)
            continue;
        r.url = p->url;
        r.version = p->version;
        rc = write_record(to, &r);
        for (size_t k = 0; rc == 0 && k < p->spans.n; k++) {
            r = (struct record){ .kind = 'C', .run = l->run, .key = slot->key, .begin = p->spans.span[k].begin, .end = p->spans.span[k].end };
            rc = write_record(to, &r);
        }
        *kept += 1;
    }
    return rc;
}

/* Spares reading every record again where the only runs there were have ended in order. */
static bool nothing_to_keep(const struct ledger *l)
{
    bool nothing = !l->keep_versions;
    for (size_t i = 0; i < l->partial.size; i++)
        nothing &= l->partial.slot[i].value == 0;
    for (size_t i = 0; i < l->n_runs; i++)
        nothing &= l->runs[i].ended;
    return nothing;
}

static int compact(struct ledger *l)
{
    if (nothing_to_keep(l))
        return tree_unlink(l->tree, LEDGER_NAME);
    size_t kept = 0;
    int to = tree_open_at(l->tree, LEDGER_NAME ".new", O_WRONLY | O_CREAT | O_TRUNC);
    if (to < 0)
        return to;
    int rc = rewrite(l, to, &kept);
    if (rc == 0 && fdatasync(to) != 0)
        rc = -errno;
    if (close(to) != 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && kept > 0)
        return tree_rename(l->tree, LEDGER_NAME ".new", LEDGER_NAME);
    tree_unlink(l->tree, LEDGER_NAME ".new");
    return rc == 0 ? tree_unlink(l->tree, LEDGER_NAME) : rc;
}

/* Whether a short ledger has nothing that the next run could use. */
static bool is_empty(struct ledger *l)
{
    bool empty = l->done.used == 0;
    for (size_t i = 0; empty && i < l->partial.size; i++)
        empty = l->partial.slot[i].value == 0;
    return empty;
}

int ledger_finish(struct ledger *l, bool in_order, bool alone)
{
    struct record end = { .kind = 'E' };
    struct stat st;
    pthread_mutex_lock(&l->lock);
    bool any = ledger_there(l) && fstat(l->fd, &st) == 0;
    pthread_mutex_unlock(&l->lock);
    if (!any || (!in_order && (!alone || st.st_size > TIDY_BYTES)))
        return 0;
    if (in_order && !alone)
        return ledger_append(l, &end);
    if (in_order && !l->keep_versions && (uint64_t)st.st_size == l->own_bytes)
        return tree_unlink(l->tree, LEDGER_NAME); /* all of it is of this run, and nothing need be remembered of that */
    pthread_mutex_lock(&l->lock);
    int rc = ledger_load(l);
    struct run *run = rc == 0 ? ledger_run_of(l, l->run) : NULL;
    if (run && in_order) { /* in one step with the new file: what is killed before has not ended */
        run->ended = true;
        rc = compact(l);
    } else if (rc == 0 && is_empty(l)) {
        rc = tree_unlink(l->tree, LEDGER_NAME);
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}
