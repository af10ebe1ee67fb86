/* common/jsonl.h: one whole line a record, whatever happened to the file before. */
#include "common/jsonl.h"
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64]; /* a fresh empty file for each test */

static void fresh_file(void)
{
    snprintf(path, sizeof path, "/tmp/parkit-jsonl.XXXXXX");
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    close(fd);
}

static void write_text(const char *text)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

static const char *whole_text(void)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static int append(json_t *object)
{
    int rc = jsonl_append(path, object, 0);
    json_decref(object);
    return rc;
}

/* What a reader has seen. */
struct seen {
    size_t count, last_line;
    json_int_t sum; /* of the fields "n" */
    size_t stop_at; /* 0: never          */
};

static int look(void *context, json_t *object, size_t line)
{
    struct seen *seen = context;
    seen->count++;
    seen->last_line = line;
    seen->sum += json_integer_value(json_object_get(object, "n"));
    return seen->stop_at && line == seen->stop_at ? 77 : 0;
}

static void what_is_appended_is_read_back(void)
{
    struct seen seen = { 0 };
    size_t torn = 99;
    fresh_file();
    unlink(path); /* append makes it */
    for (int n = 1; n <= 3; n++)
        CU_ASSERT_EQUAL(append(json_pack("{s:i,s:s}", "n", n, "text", "line\nbreak")), 0);
    CU_ASSERT_EQUAL(jsonl_read(path, look, &seen, &torn), 0);
    CU_ASSERT_TRUE(seen.count == 3 && seen.sum == 6 && seen.last_line == 3 && torn == 0);
    unlink(path);
}

static void fields_keep_their_order_on_one_line(void)
{
    fresh_file();
    CU_ASSERT_EQUAL(append(json_pack("{s:i,s:i,s:f}", "z", 1, "a", 2, "half", 0.5)), 0);
    CU_ASSERT_STRING_EQUAL(whole_text(), "{\"z\":1,\"a\":2,\"half\":0.5}\n");
    unlink(path);
}

static void doubles_survive_the_trip(void)
{
    double values[] = { 0.1, 1.0 / 3, 1e-300, 123456789.123456789 };
    fresh_file();
    for (size_t i = 0; i < 4; i++) {
        write_text("");
        CU_ASSERT_EQUAL(append(json_pack("{s:f}", "x", values[i])), 0);
        json_t *back = json_loads(whole_text(), 0, NULL);
        CU_ASSERT_EQUAL(json_real_value(json_object_get(back, "x")), values[i]);
        json_decref(back);
    }
    unlink(path);
}

static void a_torn_line_is_ended_before_the_next(void)
{
    struct seen seen = { 0 };
    size_t torn = 0;
    fresh_file();
    write_text("{\"n\":1}\n{\"n\":2,\"hal");
    CU_ASSERT_EQUAL(append(json_pack("{s:i}", "n", 4)), 0);
    CU_ASSERT_STRING_EQUAL(whole_text(), "{\"n\":1}\n{\"n\":2,\"hal\n{\"n\":4}\n");
    CU_ASSERT_EQUAL(jsonl_read(path, look, &seen, &torn), 0);
    CU_ASSERT_TRUE(seen.count == 2 && seen.sum == 5 && seen.last_line == 3 && torn == 1);
    unlink(path);
}

static void lines_that_are_no_objects_are_skipped_and_counted(void)
{
    struct seen seen = { 0 };
    size_t torn = 0;
    fresh_file();
    write_text("{\"n\":1}\n\n[1,2]\n7\nnot json\n{\"n\":2} trailing\n{\"n\":3}"); /* an empty line is no damage; the last lacks its newline */
    CU_ASSERT_EQUAL(jsonl_read(path, look, &seen, &torn), 0);
    CU_ASSERT_TRUE(seen.count == 2 && seen.sum == 4 && torn == 4);
    unlink(path);
}

static void a_line_with_a_zero_byte_is_torn(void)
{
    struct seen seen = { 0 };
    size_t torn = 0;
    fresh_file();
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fwrite("{\"n\":1}\0\0\0\n{\"n\":2}\n", 1, 19, f); /* what a crashed file system leaves */
    fclose(f);
    CU_ASSERT_EQUAL(jsonl_read(path, look, &seen, &torn), 0);
    CU_ASSERT_TRUE(seen.count == 1 && seen.sum == 2 && torn == 1);
    unlink(path);
}

static void the_reader_can_stop_early(void)
{
    struct seen seen = { .stop_at = 2 };
    fresh_file();
    write_text("{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
    CU_ASSERT_EQUAL(jsonl_read(path, look, &seen, NULL), 77);
    CU_ASSERT_EQUAL(seen.count, 2);
    unlink(path);
}

static void missing_files_and_folders(void)
{
    struct seen seen = { 0 };
    CU_ASSERT_EQUAL(jsonl_read("/nonexistent/file", look, &seen, NULL), -ENOENT);
    json_t *object = json_object();
    CU_ASSERT_EQUAL(jsonl_append("/nonexistent/file", object, 0), -ENOENT);
    CU_ASSERT_EQUAL(jsonl_append("/dev/full", object, 0), -ENOSPC);
    CU_ASSERT_EQUAL(jsonl_append("/dev/null", object, 1), 0);
    json_decref(object);
}

enum { WRITERS = 4, RECORDS = 500 };

/* Records of 4.5 KB, longer than a page or a pipe's atomic write, from the moment that @start is closed. */
static void write_records(int writer, const int start[2])
{
    char nothing;
    char filler[4501] = "";
    memset(filler, 'a' + writer, sizeof filler - 1);
    close(start[1]);
    if (read(start[0], &nothing, 1) != 0)
        _exit(1);
    for (int i = 0; i < RECORDS; i++)
        if (append(json_pack("{s:i,s:s}", "n", 1, "filler", filler)) != 0)
            _exit(1);
    _exit(0);
}

static int whole_record(void *context, json_t *object, size_t line)
{
    const char *filler = json_string_value(json_object_get(object, "filler"));
    (void)line;
    *(bool *)context &= filler && strlen(filler) == 4500 && strspn(filler, (char[]){ *filler, '\0' }) == 4500;
    return 0;
}

static void lines_of_processes_that_append_at_once_stay_whole(void)
{
    struct seen seen = { 0 };
    size_t torn = 1;
    bool whole = true;
    int start[2];
    fresh_file();
    CU_ASSERT_EQUAL_FATAL(pipe(start), 0);
    for (int w = 0; w < WRITERS; w++)
        if (fork() == 0)
            write_records(w, start);
    close(start[0]);
    close(start[1]);
    for (int w = 0, status; w < WRITERS; w++)
        CU_ASSERT_TRUE(wait(&status) > 0 && status == 0);
    CU_ASSERT_EQUAL(jsonl_read(path, look, &seen, &torn), 0);
    CU_ASSERT_TRUE(seen.count == (size_t)WRITERS * RECORDS && torn == 0);
    CU_ASSERT_EQUAL(jsonl_read(path, whole_record, &whole, NULL), 0);
    CU_ASSERT_TRUE(whole);
    unlink(path);
}

static void wide_is(uint128 value, const char *want)
{
    json_t *json = jsonl_u128(value);
    char *text = json_dumps(json, JSON_ENCODE_ANY);
    CU_ASSERT_STRING_EQUAL(text, want);
    free(text);
    json_decref(json);
}

static void wide_counts_are_integers_while_they_fit(void)
{
    uint128 two_63 = (uint128)1 << 63;
    wide_is(0, "0");
    wide_is(two_63 - 1, "9223372036854775807");
    wide_is(two_63, "\"9223372036854775808\"");
    wide_is((uint128)0 - 1, "\"340282366920938463463374607431768211455\""); /* 2^128 - 1 */
}

static void printing_to_a_full_disk_is_noticed(void)
{
    FILE *full = fopen("/dev/full", "w");
    json_t *object = json_pack("{s:i}", "n", 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    CU_ASSERT_EQUAL(jsonl_print(full, object), -EIO);
    fclose(full);
    json_decref(object);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(what_is_appended_is_read_back),
        UNIT(fields_keep_their_order_on_one_line),
        UNIT(doubles_survive_the_trip),
        UNIT(a_torn_line_is_ended_before_the_next),
        UNIT(lines_that_are_no_objects_are_skipped_and_counted),
        UNIT(a_line_with_a_zero_byte_is_torn),
        UNIT(the_reader_can_stop_early),
        UNIT(missing_files_and_folders),
        UNIT(lines_of_processes_that_append_at_once_stay_whole),
        UNIT(wide_counts_are_integers_while_they_fit),
        UNIT(printing_to_a_full_disk_is_noticed),
        UNIT_END,
    };
    return unit_main("jsonl", tests);
}
