#include "tests/fuzz/get_fuzz.h"

#include "io_bound/files/ledger.h"
#include "io_bound/files/ledger_record.h"
#include "io_bound/lists/metalink.h"
#include "io_bound/lists/name.h"
#include "io_bound/response.h"
#include "io_bound/lists/source.h"
#include "tests/faults/request.h"
#include "tests/faults/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Not assert(): that is for a build without NDEBUG. */
static void must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "must hold: %s\n", what);
    abort();
}
#define MUST(condition) must(condition, #condition)

/* --- entries --- */

/* An entry is safe, and written out it is the same entry. */
static void check_entry(const struct entry *e)
{
    char why[256];
    struct entry *back;
    MUST(e->n_urls >= 1);
    MUST(name_check(e->out, why, sizeof why) == 0);
    MUST(e->out[0] != '/' && strncmp(e->out, "../", 3) != 0 && !strstr(e->out, "/../"));
    char *line = entry_format(e);
    if (!line || strlen(line) >= ENTRY_LINE_MAX) {
        free(line);
        return;
    }
    int rc = entry_parse(line, strlen(line), &back, why, sizeof why);
    if (rc != 0)
        fprintf(stderr, "%s\nin: %s\n", why, line);
    MUST(rc == 0);
    char *again = entry_format(back);
    MUST(again && strcmp(line, again) == 0);
    free(again);
    free(line);
    free(back);
}

static size_t drain(struct work *work)
{
    struct job *job;
    size_t n = 0;
    while (work_wait(work, true, &job) == WORK_READY) {
        check_entry(job->entry);
        work_finish(work, job);
        n++;
    }
    return n;
}

size_t list_fuzz(const uint8_t *data, size_t size)
{
    char path[32];
    int fd = memfd_create("list", MFD_CLOEXEC);
    const char *lists[] = { path };
    const struct source_names names = { .lists = lists, .n_lists = 1 };
    const struct work_limits limits = { .connections = 4, .longest_s = 1 };
    struct source *source = NULL;
    struct work *work = NULL;
    size_t n = 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, data, size) == (ssize_t)size && source_create(&names, &source) == 0 && work_create(&limits, &work) == 0 &&
        source_start(source, work) == 0)
        n = drain(work);
    if (source) {
        int rc = source_end(source);
        MUST(rc == 0 || rc == -EINVAL);
    }
    source_destroy(source);
    work_destroy(work);
    if (fd >= 0)
        close(fd);
    return n;
}

static int take(void *context, struct entry *entry, char *why, size_t why_size)
{
    size_t *n = context;
    (void)why, (void)why_size;
    check_entry(entry);
    free(entry);
    ++*n;
    return 0;
}

size_t metalink_fuzz(const uint8_t *data, size_t size)
{
    struct metalink *m;
    char why[256] = "";
    size_t n = 0, step = size ? 1 + (size_t)data[0] * 8 : 1;
    int rc = size ? metalink_create(take, &n, &m) : -EINVAL;
    if (rc != 0)
        return 0;
    for (size_t at = 1; rc == 0 && at < size; at += step)
        rc = metalink_add(m, (const char *)data + at, size - at < step ? size - at : step, false, why, sizeof why);
    if (rc == 0)
        rc = metalink_add(m, "", 0, true, why, sizeof why);
    MUST(rc == 0 || (rc == -EINVAL && *why));
    metalink_destroy(m);
    return n;
}

/* --- the journal --- */

/* Returns whether there is anything of a file under @key. */
static bool check_partial(struct ledger *l, uint64_t key)
{
    struct partial p = { .url = 0 };
    struct version version;
    const struct stat file = { .st_ino = key, .st_size = 9 };
    ledger_find(l, key, &file, &version);
    if (!ledger_partial(l, key, &p))
        return false;
    for (size_t i = 0; i < p.spans.n; i++) {
        MUST(p.spans.span[i].begin < p.spans.span[i].end);
        MUST(i == 0 || p.spans.span[i - 1].end < p.spans.span[i].begin);
    }
    spans_free(&p.spans);
    return true;
}

/* @out: room for 18 bytes a line more. */
static size_t with_sums(const uint8_t *data, size_t size, char *out)
{
    size_t n = 0;
    for (const uint8_t *line = data, *end = data + size, *stop; line < end; line = stop + 1) {
        stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        size_t length = (size_t)(stop - line), plus = length && *line == '+';
        if (plus)
            n += (size_t)sprintf(out + n, "%016llx ", (unsigned long long)record_sum(RECORD_SUM, line + 1, length - 1));
        memcpy(out + n, line + plus, length - plus);
        n += length - plus;
        out[n++] = '\n';
    }
    return n;
}

/* In memory where that can be had. */
static char folder[64];
static struct tree *tree;

static void remove_folder(void)
{
    char path[96];
    tree_close(tree);
    snprintf(path, sizeof path, "%s/%s", folder, LEDGER_NAME);
    unlink(path);
    rmdir(folder);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%s/parkit-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder) || tree_open(folder, &tree) != 0)
        abort();
    atexit(remove_folder);
}

size_t ledger_fuzz(const uint8_t *data, size_t size)
{
    struct ledger *l;
    char path[96], *text = malloc(20 * size + 64);
    size_t n = 0;
    if (!tree)
        make_folder();
    snprintf(path, sizeof path, "%s/%s", folder, LEDGER_NAME);
    size_t length = with_sums(data, size, text);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, text, length) == (ssize_t)length);
    close(fd);
    if (ledger_open(tree, size & 1, &l) == 0) {
        for (uint64_t key = 0; key < 16; key++)
            n += check_partial(l, key);
        int rc = ledger_finish(l, true, true);
        MUST(rc == 0);
        ledger_close(l);
    }
    free(text);
    return n;
}

/* --- answers --- */

static void check_answer(const struct response *r)
{
    char why[256] = "";
    const struct expect expects[] = { { .has_size = false }, { .has_size = true, .size = 1000 } };
    struct ask ask = { .kind = ASK_RANGE, .begin = 500, .end = 1000, .version = response_version(r) };
    for (size_t i = 0; i < 2; i++) {
        enum outcome_kind kind = response_admit(r, &expects[i], 1 << 20, why, sizeof why);
        MUST(kind != OUTCOME_DONE || (r->status == 200 && !r->lengths_differ));
        MUST(kind != OUTCOME_DONE || !r->has_length || r->length <= 1 << 20);
        MUST(kind == OUTCOME_DONE || *why);
    }
    for (int first = 0; first < 2; first++) {
        ask.first = first;
        enum range_verdict verdict = response_range(r, &ask, why, sizeof why);
        MUST(verdict != RANGE_GOOD || (r->status == 206 && r->has_range && r->first == 500 && r->last < 1000 && !r->several_ranges));
    }
}

size_t answer_fuzz(const uint8_t *data, size_t size)
{
    struct response r;
    size_t n = 0;
    response_reset(&r);
    for (const uint8_t *line = data, *end = data + size, *stop; line < end; line = stop) {
        stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop + 1 : end;
        if (!response_header(&r, (const char *)line, (size_t)(stop - line)))
            return n;
        n++;
        MUST(r.retry_after_s >= 0 || r.retry_after_s == -1);
        check_answer(&r);
    }
    return n;
}

/* --- the fault server --- */

size_t request_fuzz(const uint8_t *data, size_t size)
{
    struct request *r = malloc(sizeof *r);
    struct step *step = malloc(sizeof *step);
    char *head = malloc(size + 1);
    const char *word;
    size_t n = 0;
    memcpy(head, data, size);
    if (request_parse(head, size, r)) {
        n = 1 + r->n_headers;
        MUST(*r->method && *r->target);
        request_header(r, "Range");
        for (size_t i = 0; i < 3; i++)
            if (script_step(r->target, strlen(r->target), i, step, &word) == 0)
                MUST(script_range(step) <= RANGE_NO_IF_RANGE);
    }
    free(head);
    free(step);
    free(r);
    return n;
}

#ifdef FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FUZZ(data, size);
    return 0;
}
#endif
