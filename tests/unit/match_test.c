/* What a program says about its run: figure of merit and right answer, line by line. */
#include "scaling/match.h"
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
    CU_ASSERT_EQUAL_FATAL(match_create(fom, ok, &m), 0);
    CU_ASSERT_EQUAL(match_file(&m, fileno(f), &found), 0);
    match_destroy(&m);
    fclose(f);
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

static void a_bad_pattern_is_refused(void)
{
    struct match m;
    CU_ASSERT_EQUAL(match_create("(", NULL, &m), -EINVAL);
    CU_ASSERT_EQUAL(match_create("x", "[", &m), -EINVAL);
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
        UNIT(a_bad_pattern_is_refused),
        UNIT_END,
    };
    return unit_main("match", tests);
}
