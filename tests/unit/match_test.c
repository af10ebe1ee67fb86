/* What a program says about its run: figure of merit, time and right answer, by expressions and by keys. */
#include "scaling/measure/match.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct match_result search(const char *fom, const char *ok, const char *output)
{
    struct match m;
    struct match_result found = { 0 };
    FILE *f = tmpfile();
    CU_ASSERT_FATAL(f != NULL && fputs(output, f) >= 0 && fflush(f) == 0);
    const struct match_texts texts = { .fom = fom, .time = fom, .ok = ok };
    CU_ASSERT_EQUAL_FATAL(match_create(&texts, &m), 0);
    CU_ASSERT_EQUAL(match_file(&m, fileno(f), &found), 0);
    match_destroy(&m);
    fclose(f);
    CU_ASSERT(found.time_s == found.fom || (isnan(found.time_s) && isnan(found.fom))); /* the same pattern */
    return found;
}

static void the_last_match_is_the_figure_of_merit(void)
{
    CU_ASSERT_EQUAL(search("x=([0-9]+)", NULL, "x=1\nx=2 x=3\nend\n").fom, 3);
    CU_ASSERT_EQUAL(search("x=([0-9]+)", NULL, "x=1\nno newline x=7").fom, 7);
}

static void without_a_group_all_that_matched_is_the_number(void)
{
    CU_ASSERT_EQUAL(search("[0-9.]+e-?[0-9]+", NULL, "time 2.5e-1 s\n").fom, 0.25);
}

static void a_match_that_is_no_number_is_passed_over(void)
{
    CU_ASSERT_EQUAL(search("x=(.*)", NULL, "x=4\nx=four\nx=inf\nx=nan\nx=\n").fom, 4);
    CU_ASSERT(isnan(search("x=(.*)", NULL, "x=four\n").fom));
}

static void an_empty_match_ends(void)
{
    CU_ASSERT(isnan(search("z*", NULL, "abc\n\n").fom));
}

static void anchors_are_the_ends_of_a_line(void)
{
    CU_ASSERT_EQUAL(search("^([0-9]+)$", NULL, "1 2\n5\n6 x\n").fom, 5);
    CU_ASSERT_EQUAL(search("^([0-9]+)", NULL, "12 34\n").fom, 12);
    CU_ASSERT_EQUAL(search("^done ([0-9]+)$", NULL, "10 %\rdone 8\r\n").fom, 8);
}

static void the_answer_is_right_only_if_a_line_matches(void)
{
    CU_ASSERT(search(NULL, "^ok$", "x\nok\ny\n").ok);
    CU_ASSERT(!search(NULL, "^ok$", "not ok\n").ok);
    CU_ASSERT(!search(NULL, "ok", "").ok);
    CU_ASSERT(search(NULL, NULL, "anything\n").ok);
}

static void a_key_finds_the_number_of_the_last_object(void)
{
    static const char output[] = "starting\n{\"rate\":1}\nnoise {\n{\"rate\":2.5,\"phases\":{\"seconds\":[7,8]}}\n{\"other\":9}\n";
    CU_ASSERT_EQUAL(search("json:rate", NULL, output).fom, 2.5);
    CU_ASSERT_EQUAL(search("json:phases.seconds.1", NULL, output).fom, 8);
    CU_ASSERT(isnan(search("json:phases", NULL, output).fom));
    CU_ASSERT(isnan(search("json:phases.seconds.2", NULL, output).fom));
    CU_ASSERT(isnan(search("json:nothing.0", NULL, output).fom));
    CU_ASSERT(isnan(search("json:rate", NULL, "").fom));
}

static void a_key_is_found_in_an_object_of_several_lines(void)
{
    CU_ASSERT_EQUAL(search("json:a.b", NULL, "head\n{ \"x\n{\n  \"a\": {\n    \"b\": 4\n  }\n}\ntail\n").fom, 4);
    CU_ASSERT(isnan(search("json:a", NULL, "{\n{\n{\n").fom));
}

static void a_key_that_is_true_makes_a_run_right(void)
{
    CU_ASSERT(search(NULL, "json:verified", "{\"verified\":true}\n").ok);
    CU_ASSERT(search(NULL, "json:errors.none", "{\"errors\":{\"none\":1}}\n").ok);
    CU_ASSERT(!search(NULL, "json:verified", "{\"verified\":true}\n{\"verified\":false}\n").ok);
    CU_ASSERT(!search(NULL, "json:verified", "{\"verified\":\"yes\"}\n").ok);
    CU_ASSERT(!search(NULL, "json:verified", "{}\n").ok);
}

static int create(const char *fom, const char *time, const char *ok)
{
    struct match m;
    const struct match_texts texts = { .fom = fom, .time = time, .ok = ok };
    int rc = match_create(&texts, &m);
    if (rc == 0)
        match_destroy(&m);
    return rc;
}

static void a_bad_pattern_is_refused(void)
{
    CU_ASSERT_EQUAL(create("x", "y", "z"), 0);
    CU_ASSERT_EQUAL(create("(", NULL, NULL), -EINVAL);
    CU_ASSERT_EQUAL(create("x", "y", "["), -EINVAL);
    CU_ASSERT_EQUAL(create(NULL, "(", NULL), -EINVAL);
    CU_ASSERT_EQUAL(create("json:", NULL, NULL), -EINVAL);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(the_last_match_is_the_figure_of_merit),
        UNIT(without_a_group_all_that_matched_is_the_number),
        UNIT(a_match_that_is_no_number_is_passed_over),
        UNIT(an_empty_match_ends),
        UNIT(anchors_are_the_ends_of_a_line),
        UNIT(the_answer_is_right_only_if_a_line_matches),
        UNIT(a_key_finds_the_number_of_the_last_object),
        UNIT(a_key_is_found_in_an_object_of_several_lines),
        UNIT(a_key_that_is_true_makes_a_run_right),
        UNIT(a_bad_pattern_is_refused),
        UNIT_END,
    };
    return unit_main("match", tests);
}
