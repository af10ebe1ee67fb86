/* What a run remembers: through kills, torn writes, restarts of the machine; and the spans and versions it remembers. */
#include "io_bound/files/ledger.h"
#include "io_bound/files/ledger_record.h"
#include "io_bound/files/map64.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/parkit-ledger-XXXXXX";
static char path[64];
static struct tree *tree;

static const struct version version = { .has_total = true, .total = 1000, .etag = "\"v1\"", .modified = "Sun, 06 Nov 1994 08:49:37 GMT", .modified_strong = true };
static const struct stat file = { .st_ino = 7, .st_size = 1000, .st_mtim = { 12, 34 } };

static struct ledger *open_ledger(bool keep_versions)
{
    struct ledger *l = NULL;
    CU_ASSERT_EQUAL_FATAL(ledger_open(tree, keep_versions, &l), 0);
    return l;
}

static enum ledger_file known(uint64_t key)
{
    struct version got;
    struct ledger *l = open_ledger(false);
    enum ledger_file found = ledger_find(l, key, &file, &got);
    ledger_close(l);
    return found;
}

/* The bytes that the next run would go on with. */
static uint64_t left(uint64_t key)
{
    struct partial partial;
    struct ledger *l = open_ledger(false);
    uint64_t bytes = ledger_partial(l, key, &partial) ? spans_bytes(&partial.spans) : 0;
    if (bytes)
        CU_ASSERT_TRUE(version_same(&version, &partial.version));
    spans_free(&partial.spans);
    ledger_close(l);
    return bytes;
}

static void begin(void)
{
    unlink(path);
}

static size_t read_all(char *out, size_t room)
{
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    size_t n = fread(out, 1, room, f);
    fclose(f);
    return n;
}

static void write_all(const char *bytes, size_t size)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_TRUE_FATAL(f && fwrite(bytes, 1, size, f) == size && fclose(f) == 0);
}

static void nothing_is_made_before_there_is_something_to_remember(void)
{
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_FALSE(ledger_has(l, 1));
    CU_ASSERT_EQUAL(ledger_finish(l, true, true), 0);
    ledger_close(l);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

static void a_finished_file_is_known_by_its_identity(void)
{
    struct version got;
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_done(l, 5, &file, false, &version, NULL), 0);
    ledger_close(l);
    CU_ASSERT_EQUAL(known(5), LEDGER_CURRENT);
    CU_ASSERT_EQUAL(known(6), LEDGER_UNKNOWN);
    l = open_ledger(false);
    struct stat other = file;
    other.st_mtim.tv_nsec++; /* somebody wrote to it */
    CU_ASSERT_EQUAL(ledger_find(l, 5, &other, &got), LEDGER_UNKNOWN);
    other = file;
    other.st_ino++;
    CU_ASSERT_EQUAL(ledger_find(l, 5, &other, &got), LEDGER_UNKNOWN);
    other = file;
    other.st_size++;
    CU_ASSERT_EQUAL(ledger_find(l, 5, &other, &got), LEDGER_UNKNOWN);
    CU_ASSERT_EQUAL(ledger_find(l, 5, &file, &got), LEDGER_CURRENT);
    CU_ASSERT_STRING_EQUAL(got.etag, "\"v1\"");
    ledger_close(l);
}

static void an_unfinished_file_is_gone_on_with_until_it_is_given_up(void)
{
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_claim(l, 5, 0, 100, false), 0); /* of what is nothing known */
    CU_ASSERT_EQUAL(ledger_begin(l, 5, "http://a/x", &version), 0);
    CU_ASSERT_EQUAL(ledger_claim(l, 5, 0, 100, false) | ledger_claim(l, 5, 500, 600, false), 0);
    CU_ASSERT_EQUAL(ledger_claim(l, 5, 900, 1001, false), 0); /* beyond its end */
    ledger_close(l);
    CU_ASSERT_EQUAL(left(5), 200);
    l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_drop(l, 5), 0);
    ledger_close(l);
    CU_ASSERT_EQUAL(left(5), 0);
    l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_claim(l, 5, 0, 1, false) | ledger_finish(l, false, true), 0);
    ledger_close(l);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0); /* with nothing to go on with it is of no use */
}

static void a_run_that_ends_in_order_leaves_nothing(void)
{
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_done(l, 5, &file, false, &version, NULL), 0);
    CU_ASSERT_EQUAL(ledger_finish(l, true, false), 0); /* another run uses the folder */
    ledger_close(l);
    CU_ASSERT_EQUAL(known(5), LEDGER_EARLIER);
    l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_finish(l, true, true), 0);
    ledger_close(l);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

static void versions_and_the_work_of_others_outlive_a_run(void)
{
    begin();
    struct ledger *killed = open_ledger(true);
    CU_ASSERT_EQUAL(ledger_begin(killed, 8, "http://a/y", &version) | ledger_claim(killed, 8, 0, 300, false), 0);
    CU_ASSERT_EQUAL(ledger_done(killed, 6, &file, false, &version, NULL), 0);
    ledger_close(killed);
    struct ledger *l = open_ledger(true);
    CU_ASSERT_EQUAL(ledger_done(l, 5, &file, false, &version, NULL), 0);
    CU_ASSERT_EQUAL(ledger_finish(l, true, true), 0);
    ledger_close(l);
    CU_ASSERT_EQUAL(known(5), LEDGER_EARLIER);
    CU_ASSERT_EQUAL(known(6), LEDGER_CURRENT);
    CU_ASSERT_EQUAL(left(8), 300);
}

/* A record of another boot: what it claims was perhaps never on disk, unless a sync came after it, or before its own end. */
static void what_another_run_wrote_meanwhile_outlives_this_one(void)
{
    begin();
    struct ledger *l = open_ledger(false), *other = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_done(l, 5, &file, false, &version, NULL), 0);
    CU_ASSERT_EQUAL(ledger_begin(other, 8, "http://a/y", &version) | ledger_claim(other, 8, 0, 300, false), 0);
    ledger_close(other); /* killed */
    CU_ASSERT_EQUAL(ledger_done(l, 6, &file, false, &version, NULL), 0);
    CU_ASSERT_EQUAL(ledger_finish(l, true, true), 0);
    ledger_close(l);
    CU_ASSERT_EQUAL(known(5), LEDGER_UNKNOWN);
    CU_ASSERT_EQUAL(left(8), 300);
}

static void a_batch_is_recorded_when_it_is_written(void)
{
    static struct ledger_batch batch;
    enum { FILES = 300 }; /* more than one write takes */
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_done(l, 1, &file, false, &version, &batch), 0);
    CU_ASSERT_EQUAL(known(1), LEDGER_UNKNOWN);
    for (uint64_t key = 2; key <= FILES; key++)
        CU_ASSERT_EQUAL(ledger_done(l, key, &file, false, &version, &batch), 0);
    CU_ASSERT_EQUAL(ledger_write(l, &batch), 0);
    CU_ASSERT_EQUAL(ledger_write(l, &batch), 0); /* of nothing */
    ledger_close(l);
    for (uint64_t key = 1; key <= FILES; key++)
        CU_ASSERT_EQUAL(known(key), LEDGER_CURRENT);
}

static void a_batch_that_cannot_be_written_is_all_refused(void)
{
    static struct ledger_batch batch;
    struct rlimit before, small = { .rlim_cur = 1000 };
    size_t refused = 0;
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_mark(l) | getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0); /* tree_open() has SIGXFSZ ignored */
    for (uint64_t key = 1; key <= 200; key++) /* some 120 bytes each: one write comes before the end */
        refused += ledger_done(l, key, &file, false, &version, &batch) != 0;
    CU_ASSERT_EQUAL(refused, 1);
    CU_ASSERT_NOT_EQUAL(ledger_write(l, &batch), 0);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    CU_ASSERT_EQUAL(ledger_done(l, 101, &file, false, &version, &batch), 0);
    CU_ASSERT_EQUAL(ledger_write(l, &batch), 0); /* the next batch is none the worse */
    ledger_close(l);
    CU_ASSERT_EQUAL(known(101), LEDGER_CURRENT);
    CU_ASSERT_EQUAL(known(100), LEDGER_UNKNOWN);
}

static void a_restart_of_the_machine_costs_what_was_not_synced(void)
{
    static char text[65536];
    for (int synced = 0; synced <= 1; synced++) {
        begin();
        struct ledger *l = open_ledger(false);
        CU_ASSERT_EQUAL(ledger_done(l, 5, &file, false, &version, NULL) | ledger_begin(l, 8, "http://a/y", &version) |
                        ledger_claim(l, 8, 0, 300, false) | ledger_claim(l, 8, 300, 400, true), 0);
        if (synced)
            CU_ASSERT_EQUAL(ledger_synced(l, ledger_position(l)), 0);
        CU_ASSERT_EQUAL(ledger_claim(l, 8, 400, 500, false), 0);
        ledger_close(l);
        size_t size = read_all(text, sizeof text - 1);
        text[size] = '\0';
        struct record r;
        char line[RECORD_MAX];
        size_t length = strcspn(text + 1, "\n");
        CU_ASSERT_TRUE_FATAL(record_parse(text + 1, length, &r) && r.kind == 'R');
        r.boot ^= 1;
        size_t new_length = record_format(&r, line);
        memmove(text + new_length, text + 1 + length, size - 1 - length);
        memcpy(text, line, new_length);
        write_all(text, new_length + size - 1 - length);
        CU_ASSERT_EQUAL_FATAL(new_length, length + 1); /* the offset of the sync still holds */
        CU_ASSERT_EQUAL(known(5), synced ? LEDGER_CURRENT : LEDGER_UNKNOWN);
        CU_ASSERT_EQUAL(left(8), synced ? 400 : 100);
    }
}

/* kill -9 and full disks cut a write anywhere; the next run appends behind it. */
static void torn_at_every_byte_no_other_record_is_lost(void)
{
    static char whole[65536];
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_begin(l, 8, "http://a/y", &version) | ledger_claim(l, 8, 0, 300, false), 0);
    size_t before = (size_t)ledger_position(l);
    CU_ASSERT_EQUAL(ledger_claim(l, 8, 300, 400, false), 0);
    ledger_close(l);
    size_t size = read_all(whole, sizeof whole);
    for (size_t cut = 0; cut <= size; cut++) {
        write_all(whole, cut);
        uint64_t bytes = left(8), want = cut == size ? 400 : cut >= before ? 300 : 0;
        CU_ASSERT_EQUAL(bytes, want);
        l = open_ledger(false);
        CU_ASSERT_EQUAL(ledger_done(l, 5, &file, false, &version, NULL), 0);
        ledger_close(l);
        CU_ASSERT_EQUAL(known(5), LEDGER_CURRENT);
        CU_ASSERT_EQUAL(left(8), want);
    }
}

static void a_changed_byte_costs_its_record_alone(void)
{
    static char whole[65536];
    begin();
    struct ledger *l = open_ledger(false);
    CU_ASSERT_EQUAL(ledger_begin(l, 8, "http://a/y", &version) | ledger_claim(l, 8, 0, 300, false), 0);
    ledger_close(l);
    size_t size = read_all(whole, sizeof whole);
    for (size_t i = 0; i < size; i++) {
        whole[i] ^= 1;
        write_all(whole, size);
        uint64_t bytes = left(8);
        CU_ASSERT_TRUE(bytes == 0 || bytes == 300); /* a line break may become a vertical tab, or the run be lost */
        whole[i] ^= 1;
    }
}

static void records_of_any_length_cross_the_blocks_of_the_reader(void)
{
    begin();
    struct ledger *l = open_ledger(false);
    struct version v = version;
    for (uint64_t key = 1; key <= 3000; key++) {
        snprintf(v.etag, sizeof v.etag, "\"%.*s\"", (int)(key % 200), "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567");
        CU_ASSERT_EQUAL_FATAL(ledger_done(l, key * 0x9E3779B97F4A7C15U, &file, false, &v, NULL), 0);
    }
    ledger_close(l);
    l = open_ledger(false);
    size_t found = 0;
    for (uint64_t key = 1; key <= 3000; key++)
        found += ledger_find(l, key * 0x9E3779B97F4A7C15U, &file, &v) == LEDGER_CURRENT && strlen(v.etag) == 2 + key % 200;
    CU_ASSERT_EQUAL(found, 3000);
    ledger_close(l);
}

static void what_differs_in_an_entry_gives_another_key(void)
{
    static const char *const lines[] = { "http://a/x", "http://a/y", "http://a/x\tout=z", "http://a/x\tsize=5", "http://a/x\tsize=6",
                                         "http://a/x\tmirror=http://b/x", "http://a/x\tmd5=b1946ac92492d2347c6235b4d2611184" };
    uint64_t key[sizeof lines / sizeof *lines];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct entry *e = NULL;
        char why[256];
        CU_ASSERT_EQUAL_FATAL(entry_parse(lines[i], strlen(lines[i]), &e, why, sizeof why), 0);
        key[i] = ledger_key(e);
        free(e);
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_NOT_EQUAL(key[i], key[k]);
    }
}

/* Against an array of flags. */
static void spans_are_as_bytes_marked_one_by_one(void)
{
    enum { BYTES = 60 };
    bool there[BYTES] = { false };
    struct spans s = { .n = 0 };
    srandom(1);
    for (int round = 0; round < 4000; round++) {
        size_t begin_at = (size_t)random() % BYTES, end = begin_at + (size_t)random() % (BYTES - begin_at + 1), bytes = 0;
        bool add = random() % 2;
        CU_ASSERT_EQUAL(add ? spans_add(&s, begin_at, end) : spans_remove(&s, begin_at, end), 0);
        for (size_t i = begin_at; i < end; i++)
            there[i] = add;
        for (size_t i = 0; i < BYTES; i++)
            bytes += there[i];
        CU_ASSERT_EQUAL(spans_bytes(&s), bytes);
        for (size_t i = 1; i < s.n; i++)
            CU_ASSERT_TRUE(s.span[i - 1].end < s.span[i].begin);
        size_t from = (size_t)random() % BYTES, first = from, last;
        struct span gap;
        while (first < BYTES && there[first])
            first++;
        for (last = first; last < BYTES && !there[last];)
            last++;
        CU_ASSERT_EQUAL(spans_gap(&s, from, BYTES, &gap), first < BYTES);
        if (first < BYTES)
            CU_ASSERT_TRUE(gap.begin == first && gap.end == last);
    }
    spans_free(&s);
}

static void a_map_keeps_what_was_put_last(void)
{
    struct map64 m = { .size = 0 };
    CU_ASSERT_EQUAL(map64_get(&m, 3), 0);
    for (uint64_t key = 0; key < 10000; key++)
        CU_ASSERT_EQUAL_FATAL(map64_put(&m, key * 0x9E3779B97F4A7C15U, key + 1) | map64_put(&m, key * 0x9E3779B97F4A7C15U, key + 2), 0);
    CU_ASSERT_EQUAL(map64_put(&m, 0x9E3779B97F4A7C15U, 0), 0);
    for (uint64_t key = 2; key < 10000; key++)
        CU_ASSERT_EQUAL(map64_get(&m, key * 0x9E3779B97F4A7C15U), key + 2);
    CU_ASSERT_EQUAL(map64_get(&m, 0x9E3779B97F4A7C15U), 0);
    map64_free(&m);
}

static struct version make(const char *etag, const char *modified, time_t date, uint64_t total)
{
    struct version v = { .has_total = true, .total = total };
    version_set_etag(&v, etag);
    version_set_modified(&v, modified, date);
    return v;
}

/* RFC 9110, sections 8.8.2.2, 8.8.3 and 13.1.5; the date is the example of section 5.6.7, 784111777 s after 1970. */
static void validators_are_strong_or_of_no_use(void)
{
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT", later[] = "Sun, 06 Nov 1994 08:49:38 GMT";
    enum { THEN = 784111777 };
    struct version tag = make("\"a\"", "", -1, 9), weak = make("W/\"a\"", "", -1, 9), old = make("", date, THEN + 60, 9),
                   young = make("", date, THEN + 59, 9), undated = make("", date, -1, 9), none = make("", "", THEN, 9);
    CU_ASSERT_STRING_EQUAL(version_validator(&tag), "\"a\"");
    CU_ASSERT_PTR_NULL(version_validator(&weak));
    CU_ASSERT_STRING_EQUAL(version_validator(&old), date);
    CU_ASSERT_TRUE(!version_validator(&young) && !version_validator(&undated) && !version_validator(&none));
    struct version weak_and_old = make("W/\"a\"", date, THEN + 60, 9);
    CU_ASSERT_STRING_EQUAL(version_validator(&weak_and_old), date);
    CU_ASSERT_TRUE(version_same(&tag, &tag) && version_same(&old, &undated));
    CU_ASSERT_FALSE(version_same(&weak, &weak) || version_same(&young, &young) || version_same(&none, &none));
    struct version longer = make("\"a\"", "", -1, 10), other = make("\"b\"", "", -1, 9), changed = make("", later, THEN + 90, 9);
    CU_ASSERT_FALSE(version_same(&tag, &longer) || version_same(&tag, &other) || version_same(&old, &changed) || version_same(&tag, &none));
    CU_ASSERT_TRUE(version_differs(&tag, &longer) && version_differs(&tag, &other) && version_differs(&old, &changed));
    CU_ASSERT_FALSE(version_differs(&tag, &none));
    struct version bad = make("a", "yesterday", THEN, 9), spaced = make("\"a b\"", "", -1, 9);
    CU_ASSERT_TRUE(!bad.etag[0] && !bad.modified[0] && !spaced.etag[0]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(nothing_is_made_before_there_is_something_to_remember),
        UNIT(a_finished_file_is_known_by_its_identity),
        UNIT(an_unfinished_file_is_gone_on_with_until_it_is_given_up),
        UNIT(a_run_that_ends_in_order_leaves_nothing),
        UNIT(versions_and_the_work_of_others_outlive_a_run),
        UNIT(what_another_run_wrote_meanwhile_outlives_this_one),
        UNIT(a_batch_is_recorded_when_it_is_written),
        UNIT(a_batch_that_cannot_be_written_is_all_refused),
        UNIT(a_restart_of_the_machine_costs_what_was_not_synced),
        UNIT(torn_at_every_byte_no_other_record_is_lost),
        UNIT(a_changed_byte_costs_its_record_alone),
        UNIT(records_of_any_length_cross_the_blocks_of_the_reader),
        UNIT(what_differs_in_an_entry_gives_another_key),
        UNIT(spans_are_as_bytes_marked_one_by_one),
        UNIT(a_map_keeps_what_was_put_last),
        UNIT(validators_are_strong_or_of_no_use),
        UNIT_END,
    };
    char command[128];
    if (!mkdtemp(folder) || tree_open(folder, &tree) != 0)
        return 1;
    snprintf(path, sizeof path, "%s/%s", folder, LEDGER_NAME);
    int rc = unit_main("ledger", tests);
    tree_close(tree);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? rc : 1;
}
