#include "io_bound/files/ledger_internal.h"

#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { READ_BLOCK = 64 * 1024 };

static uint64_t random_id(void)
{
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        bits = ((uint64_t)getpid() << 32) ^ (uint64_t)time(NULL);
    return bits;
}

/* Where the boot cannot be told, every run is one of its own. */
static uint64_t boot_id(void)
{
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    if (fd >= 0)
        close(fd);
    return n > 0 ? record_sum(RECORD_SUM, text, (size_t)n) : random_id();
}

uint64_t ledger_url(const char *url)
{
    return record_sum(RECORD_SUM, url, strlen(url));
}

uint64_t ledger_key(const struct entry *e)
{
    const struct expect *x = &e->expect;
    uint64_t sum = record_sum(RECORD_SUM, e->out, strlen(e->out) + 1);
    for (size_t i = 0; i < e->n_urls; i++)
        sum = record_sum(sum, e->url[i], strlen(e->url[i]) + 1);
    if (x->has_size)
        sum = record_sum(sum, &x->size, sizeof x->size);
    for (int k = 0; k < HASH_KINDS; k++)
        if (x->hashes & 1U << k)
            sum = record_sum(sum, x->hash[k], hash_bytes(k));
    return record_sum(sum, x->pieces.hash, x->pieces.n * (x->pieces.n ? hash_bytes(x->pieces.kind) : 0));
}

/* --- the tables, under the lock --- */

struct run *ledger_run_of(struct ledger *l, uint64_t id)
{
    for (size_t i = l->n_runs; i-- > 0;)
        if (l->runs[i].id == id)
            return &l->runs[i];
    struct run *grown = realloc(l->runs, (l->n_runs + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    l->runs = grown;
    l->runs[l->n_runs] = (struct run){ .id = id };
    return &l->runs[l->n_runs++];
}

struct partial *ledger_partial_of(const struct ledger *l, uint64_t key)
{
    return (struct partial *)(uintptr_t)map64_get(&l->partial, key); // NOLINT: a pointer that was put there
}

static int forget(struct ledger *l, uint64_t key)
{
    struct partial *p = ledger_partial_of(l, key);
    if (!p)
        return 0;
    spans_free(&p->spans);
    free(p);
    return map64_put(&l->partial, key, 0);
}

static int begin_partial(struct ledger *l, const struct record *r)
{
    int rc = forget(l, r->key);
    struct partial *p = rc == 0 ? calloc(1, sizeof *p) : NULL;
    if (!p)
        return rc != 0 ? rc : -ENOMEM;
    p->url = r->url;
    p->version = r->version;
    rc = map64_put(&l->partial, r->key, (uintptr_t)p);
    if (rc != 0)
        free(p);
    return rc;
}

/* Whether what a record claims to be written has outlived whatever happened since. */
static bool holds(const struct ledger *l, const struct run *run, const struct record *r, uint64_t offset)
{
    return r->durable || run->same_boot || offset < l->synced;
}

static int note_sync(struct ledger *l, const struct record *r, uint64_t offset)
{
    if (r->kind == 'S' && r->end <= offset && r->end > l->synced)
        l->synced = r->end;
    return 0;
}

static int apply(struct ledger *l, const struct record *r, uint64_t offset)
{
    struct run *run = ledger_run_of(l, r->run);
    struct partial *p;
    if (!run)
        return -ENOMEM;
    switch (r->kind) {
    case 'R':
        run->same_boot = r->boot == l->boot;
        return 0;
    case 'E':
        run->ended = true;
        return 0;
    case 'S':
        return 0;
    case 'D':
        forget(l, r->key);
        return map64_put(&l->done, r->key, offset + 1);
    case 'P':
        return begin_partial(l, r);
    case 'C':
        p = ledger_partial_of(l, r->key);
        return p && holds(l, run, r, offset) && r->end <= p->version.total ? spans_add(&p->spans, r->begin, r->end) : 0;
    default:
        return forget(l, r->key);
    }
}

/* --- the file, under the lock --- */

/* Every whole line from @at on: calls @each with its record and offset. */
static int each_record(struct ledger *l, uint64_t *at, int (*each)(struct ledger *l, const struct record *r, uint64_t offset))
{
    char *block = malloc(READ_BLOCK);
    struct record r;
    ssize_t got = 0;
    int rc = block ? 0 : -ENOMEM;
    while (rc == 0 && (got = pread(l->fd, block, READ_BLOCK, (off_t)*at)) > 0) {
        size_t begin = 0, size = (size_t)got;
        while (rc == 0 && begin < size) {
            const char *stop = memchr(block + begin, '\n', size - begin);
            size_t length = stop ? (size_t)(stop - block) - begin : size - begin;
            if (!stop && begin > 0 && size == READ_BLOCK)
                break; /* the rest of this line is in the next block */
            if (record_parse(block + begin, length, &r))
                rc = each(l, &r, *at + begin);
            begin += length + (stop != NULL);
        }
        *at += begin;
    }
    free(block);
    return rc != 0 ? rc : got < 0 ? -errno : 0;
}

int ledger_load(struct ledger *l)
{
    struct stat st;
    if (l->fd < 0)
        return 0;
    if (fstat(l->fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    uint64_t from = l->read_to;
    int rc = each_record(l, &from, note_sync); /* what a sync vouches for stands before it */
    return rc == 0 ? each_record(l, &l->read_to, apply) : rc;
}

/* To the ledger itself, which is open. */
static int add_lines(struct ledger *l, const char *lines, size_t length)
{
    int rc = record_write(l->fd, lines, length);
    if (rc == 0)
        atomic_fetch_add_explicit(&l->own_bytes, length, memory_order_relaxed);
    return rc;
}

static int add_record(struct ledger *l, const struct record *r)
{
    char line[RECORD_MAX];
    return add_lines(l, line, record_format(r, line));
}

enum { APPEND_FLAGS = O_RDWR | O_CREAT | O_APPEND };

/* Worker processes may have made the file meanwhile. */
bool ledger_there(struct ledger *l)
{
    if (l->fd < 0)
        l->fd = tree_open_at(l->tree, LEDGER_NAME, O_RDWR | O_APPEND);
    return l->fd >= 0;
}

/* The first record of a process is preceded by an R: worker processes share the run. */
static int begin_run(struct ledger *l)
{
    const struct record begin = { .kind = 'R', .run = l->run, .boot = l->boot };
    if (l->fd < 0 && (l->fd = tree_open_at(l->tree, LEDGER_NAME, APPEND_FLAGS)) < 0)
        return l->fd;
    int rc = add_record(l, &begin);
    l->begun = rc == 0;
    return rc;
}

int ledger_mark(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    int rc = l->begun ? 0 : begin_run(l);
    pthread_mutex_unlock(&l->lock);
    return rc;
}

int ledger_append(struct ledger *l, struct record *r)
{
    int rc = ledger_mark(l);
    r->run = l->run;
    return rc == 0 ? add_record(l, r) : rc; /* l->fd stays as it is once the run has begun */
}

/* --- beginning and end --- */

int ledger_open(const struct tree *tree, bool keep_versions, struct ledger **out)
{
    struct ledger *l = calloc(1, sizeof *l);
    if (!l)
        return -ENOMEM;
    *l = (struct ledger){ .tree = tree, .keep_versions = keep_versions, .boot = boot_id(), .run = random_id() };
    pthread_mutex_init(&l->lock, NULL);
    l->fd = tree_open_at(tree, LEDGER_NAME, O_RDWR | O_APPEND);
    l->has_past = l->fd >= 0;
    int rc = l->fd >= 0 || l->fd == -ENOENT ? ledger_load(l) : l->fd;
    if (rc != 0) {
        message_error("cannot read %s in the output folder: %s; remove it to begin anew", LEDGER_NAME, strerror(-rc));
        ledger_close(l);
        return rc;
    }
    *out = l;
    return 0;
}

static void empty_tables(struct ledger *l)
{
    for (size_t i = 0; i < l->partial.size; i++)
        if (l->partial.slot[i].value != 0)
            forget(l, l->partial.slot[i].key);
    map64_free(&l->partial);
    map64_free(&l->done);
    free(l->runs);
    l->runs = NULL;
    l->n_runs = 0;
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    empty_tables(l);
    if (l->fd >= 0)
        close(l->fd);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

bool ledger_has_past(const struct ledger *l)
{
    return l->has_past;
}

/* --- finished files --- */

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

int ledger_write(struct ledger *l, struct ledger_batch *batch)
{
    int rc = batch->rc;
    if (rc == 0 && batch->fill > 0)
        rc = add_lines(l, batch->lines, batch->fill);
    batch->fill = 0;
    batch->rc = 0;
    return rc;
}

/* To @batch, whose first record of the run is preceded by an R like any other. */
static int gather(struct ledger *l, struct record *r, struct ledger_batch *batch)
{
    int rc = ledger_mark(l);
    if (rc == 0 && sizeof batch->lines - batch->fill < RECORD_MAX)
        rc = batch->rc = ledger_write(l, batch);
    r->run = l->run;
    if (rc == 0)
        batch->fill += record_format(r, batch->lines + batch->fill);
    return rc;
}

int ledger_done(struct ledger *l, uint64_t key, const struct stat *temporary, bool durable, const struct version *version,
                struct ledger_batch *batch)
{
    struct record r = { .kind = 'D', .key = key, .durable = durable, .inode = temporary->st_ino,
                        .size = (uint64_t)temporary->st_size, .mtime = nanoseconds(temporary->st_mtim), .version = *version };
    return batch ? gather(l, &r, batch) : ledger_append(l, &r);
}

bool ledger_has(struct ledger *l, uint64_t key)
{
    if (!l->has_past)
        return false;
    pthread_mutex_lock(&l->lock);
    bool has = map64_get(&l->done, key) != 0;
    pthread_mutex_unlock(&l->lock);
    return has;
}

bool ledger_read_at(const struct ledger *l, uint64_t offset, struct record *r)
{
    char line[RECORD_MAX];
    ssize_t got = pread(l->fd, line, sizeof line, (off_t)offset);
    const char *stop = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;
    return got > 0 && record_parse(line, stop ? (size_t)(stop - line) : (size_t)got, r);
}

enum ledger_file ledger_find(struct ledger *l, uint64_t key, const struct stat *file, struct version *version)
{
    struct record r;
    enum ledger_file found = LEDGER_UNKNOWN;
    pthread_mutex_lock(&l->lock);
    uint64_t offset = map64_get(&l->done, key);
    if (offset && ledger_read_at(l, offset - 1, &r) && r.kind == 'D' && r.key == key && r.inode == file->st_ino &&
        r.size == (uint64_t)file->st_size && r.mtime == nanoseconds(file->st_mtim)) {
        const struct run *run = ledger_run_of(l, r.run);
        if (run && holds(l, run, &r, offset - 1)) {
            found = run->ended ? LEDGER_EARLIER : LEDGER_CURRENT;
            *version = r.version;
        }
    }
    pthread_mutex_unlock(&l->lock);
    return found;
}

/* --- unfinished files --- */

bool ledger_partial(struct ledger *l, uint64_t key, struct partial *out)
{
    *out = (struct partial){ .url = 0 };
    if (!l->has_past)
        return false;
    pthread_mutex_lock(&l->lock);
    const struct partial *p = ledger_partial_of(l, key);
    bool found = p && p->spans.n > 0 && spans_copy(&out->spans, &p->spans) == 0;
    if (found) {
        out->url = p->url;
        out->version = p->version;
    }
    pthread_mutex_unlock(&l->lock);
    return found;
}

int ledger_begin(struct ledger *l, uint64_t key, const char *url, const struct version *version)
{
    struct record r = { .kind = 'P', .key = key, .url = ledger_url(url), .version = *version };
    return ledger_append(l, &r);
}

int ledger_claim(struct ledger *l, uint64_t key, uint64_t begin, uint64_t end, bool durable)
{
    struct record r = { .kind = 'C', .key = key, .begin = begin, .end = end, .durable = durable };
    return ledger_append(l, &r);
}

int ledger_drop(struct ledger *l, uint64_t key)
{
    struct record r = { .kind = 'X', .key = key };
    return ledger_append(l, &r);
}

/* --- the whole --- */

uint64_t ledger_position(struct ledger *l)
{
    struct stat st;
    pthread_mutex_lock(&l->lock);
    uint64_t position = ledger_there(l) && fstat(l->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    pthread_mutex_unlock(&l->lock);
    return position;
}

int ledger_synced(struct ledger *l, uint64_t position)
{
    struct record r = { .kind = 'S', .end = position };
    return position > 0 ? ledger_append(l, &r) : 0;
}
