/* Which runs are finished, told from a file that crashes and full disks have been at. */
#include "scaling/journal.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN(threads, rep, state, seconds) \
    "{\"schema\":\"parkit.measure/1\",\"threads\":" #threads ",\"rep\":" #rep ",\"state\":\"" state "\",\"seconds\":" #seconds ",\"program_s\":null}"

static struct grid_point points[] = { { .threads = 1, .ranks = 1, .nodes = 1 }, { .threads = 2, .ranks = 1, .nodes = 1 } };
static const struct grid grid = { .point = points, .n = 2 };
static char path[] = "/tmp/parkit-journal-XXXXXX";

static void write_text(const char *text, const char *mode)
{
    FILE *f = fopen(path, mode);
    CU_ASSERT_FATAL(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static struct journal open_journal(void)
{
    struct journal j;
    CU_ASSERT_EQUAL_FATAL(journal_open(path, &grid, 3, &j), 0);
    CU_ASSERT_EQUAL(journal_update(&j), 0);
    return j;
}

static long size_now(void)
{
    struct stat about;
    return stat(path, &about) == 0 ? (long)about.st_size : -1;
}

static void finished_runs_are_those_with_a_line(void)
{
    write_text(RUN(1, 1, "ok", 2.5) "\n" RUN(2, 3, "failed", 1) "\n", "w");
    struct journal j = open_journal();
    CU_ASSERT(journal_done(&j, 0, 1) && journal_done(&j, 1, 3) && !journal_done(&j, 0, 2) && !journal_done(&j, 1, 1));
    CU_ASSERT(j.finished == 2 && j.not_well == 1);
    journal_close(&j);
}

static void what_belongs_to_no_run_is_passed_over(void)
{
    write_text("not json\n[1]\n{}\n" RUN(3, 1, "ok", 1) "\n" RUN(1, 4, "ok", 1) "\n" RUN(1, 0, "ok", 1) "\n" RUN(1, 1, "lost", 1)
               "\n{\"schema\":\"other\",\"threads\":1,\"rep\":1,\"state\":\"ok\"}\n", "w");
    struct journal j = open_journal();
    CU_ASSERT_EQUAL(j.finished, 0);
    journal_close(&j);
}

static void a_run_that_is_there_twice_counts_once(void)
{
    write_text(RUN(1, 1, "ok", 1) "\n" RUN(1, 1, "failed", 9) "\n", "w");
    double seconds[3];
    struct journal j = open_journal();
    CU_ASSERT(j.finished == 1 && j.not_well == 0 && journal_times(&j, 0, 4, false, seconds) == 1 && seconds[0] == 1);
    journal_close(&j);
}

static void lines_that_are_added_are_read_once_they_are_whole(void)
{
    write_text(RUN(1, 1, "ok", 1) "\n", "w");
    struct journal j = open_journal();
    write_text("{\"schema\":\"parkit.measure/1\",\"threads\":2", "a");
    CU_ASSERT(journal_update(&j) == 0 && j.finished == 1);
    write_text(",\"rep\":2,\"state\":\"ok\",\"seconds\":4,\"program_s\":3}\n", "a");
    CU_ASSERT(journal_update(&j) == 0 && j.finished == 2 && journal_done(&j, 1, 2));
    double seconds[3];
    CU_ASSERT(journal_times(&j, 1, 4, true, seconds) == 1 && seconds[0] == 3);
    CU_ASSERT_EQUAL(journal_times(&j, 1, 2, true, seconds), 0); /* before the second: none */
    CU_ASSERT_EQUAL(journal_times(&j, 0, 4, true, seconds), 0); /* told no time */
    journal_close(&j);
}

static void a_torn_end_is_cut_off_and_nothing_else(void)
{
    write_text(RUN(1, 1, "ok", 1) "\n", "w");
    long whole = size_now();
    CU_ASSERT(journal_repair(path) == 0 && size_now() == whole);
    write_text("{\"schema\":\"parkit.mea", "a");
    CU_ASSERT(journal_repair(path) == 0 && size_now() == whole);
    write_text("{\"torn\":", "w"); /* the only line */
    CU_ASSERT(journal_repair(path) == 0 && size_now() == 0);
    CU_ASSERT(journal_repair(path) == 0 && size_now() == 0);
}

static void a_line_that_lacks_only_its_end_is_kept(void)
{
    write_text(RUN(1, 1, "ok", 1), "w");
    long size = size_now();
    CU_ASSERT(journal_repair(path) == 0 && size_now() == size + 1);
    struct journal j = open_journal();
    CU_ASSERT_EQUAL(j.finished, 1);
    journal_close(&j);
}

static void without_a_file_nothing_is_finished(void)
{
    unlink(path);
    CU_ASSERT_EQUAL(journal_repair(path), 0);
    struct journal j = open_journal();
    CU_ASSERT_EQUAL(j.finished, 0);
    journal_close(&j);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(finished_runs_are_those_with_a_line),
        UNIT(what_belongs_to_no_run_is_passed_over),
        UNIT(a_run_that_is_there_twice_counts_once),
        UNIT(lines_that_are_added_are_read_once_they_are_whole),
        UNIT(a_torn_end_is_cut_off_and_nothing_else),
        UNIT(a_line_that_lacks_only_its_end_is_kept),
        UNIT(without_a_file_nothing_is_finished),
        UNIT_END,
    };
    int fd = mkstemp(path);
    if (fd >= 0)
        close(fd);
    int failed = unit_main("journal", tests);
    unlink(path);
    return failed;
}
