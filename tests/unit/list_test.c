/* Lists of counts as people write them. */
#include "scaling/plan/list.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct shape shape = { .cores = 12, .cpus = 24, .sockets = 2, .numa = 4 };

/* The numbers of a list joined by blanks; "bad" if it is refused. */
static const char *numbers(const char *text)
{
    static char out[512];
    struct list list;
    size_t used = 0;
    int rc = list_parse("--threads", text, &shape, &list);
    if (rc != 0) {
        CU_ASSERT(rc == -EINVAL && list.value == NULL);
        return "bad";
    }
    out[0] = '\0';
    for (size_t i = 0; i < list.n && used < sizeof out; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%llu", i ? " " : "", (unsigned long long)list.value[i]);
    list_free(&list);
    return out;
}

static void numbers_may_be_written_as_sizes(void)
{
    CU_ASSERT_STRING_EQUAL(numbers("1,2,4"), "1 2 4");
    CU_ASSERT_STRING_EQUAL(numbers("64K,2.5e6"), "64000 2500000");
}

static void each_number_is_taken_once(void)
{
    CU_ASSERT_STRING_EQUAL(numbers("4,1-4,2"), "4 1 2 3");
}

static void ranges_go_by_one_by_a_step_or_by_a_factor(void)
{
    CU_ASSERT_STRING_EQUAL(numbers("3-6"), "3 4 5 6");
    CU_ASSERT_STRING_EQUAL(numbers("5-5"), "5");
    CU_ASSERT_STRING_EQUAL(numbers("2-16:+5"), "2 7 12");
    CU_ASSERT_STRING_EQUAL(numbers("1-64:*2"), "1 2 4 8 16 32 64");
    CU_ASSERT_STRING_EQUAL(numbers("3-100:*3"), "3 9 27 81");
    CU_ASSERT_STRING_EQUAL(numbers("9e18-1.8e19:*3"), "9000000000000000000"); /* the next is beyond 64 bits */
}

static void dots_go_on_as_the_three_numbers_before(void)
{
    CU_ASSERT_STRING_EQUAL(numbers("1,2,4..32"), "1 2 4 8 16 32");
    CU_ASSERT_STRING_EQUAL(numbers("1,3,9..80"), "1 3 9 27");
    CU_ASSERT_STRING_EQUAL(numbers("2,4,6..12"), "2 4 6 8 10 12");
    CU_ASSERT_STRING_EQUAL(numbers("1,2,3..6"), "1 2 3 4 5 6");
    CU_ASSERT_STRING_EQUAL(numbers("1,2..8"), "bad");
    CU_ASSERT_STRING_EQUAL(numbers("1,2,5..8"), "bad");
    CU_ASSERT_STRING_EQUAL(numbers("4,2,1..8"), "bad");
    CU_ASSERT_STRING_EQUAL(numbers("1,2,4..3"), "bad");
}

static void words_stand_for_the_machine(void)
{
    CU_ASSERT_STRING_EQUAL(numbers("all"), "1 2 4 8 12");
    CU_ASSERT_STRING_EQUAL(numbers("sockets"), "6 12");
    CU_ASSERT_STRING_EQUAL(numbers("numa"), "3 6 9 12");
    CU_ASSERT_STRING_EQUAL(numbers("1,numa"), "1 3 6 9 12");
}

static void what_is_no_list_is_refused(void)
{
    static const char *const bad[] = { "", ",", "1,,2", "1,", "0", "-1", "1-", "-", "x", "1.5", "8-1", "1-8:", "1-8:2", "1-8:*1",
        "1-8:*0", "1-8:+0", "1-8:*x", "0-4", "..", "1..", "1..x", "1 2", "1e30", "1-20001", "All" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strcmp(numbers(bad[i]), "bad") != 0)
            CU_FAIL(bad[i]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(numbers_may_be_written_as_sizes),
        UNIT(each_number_is_taken_once),
        UNIT(ranges_go_by_one_by_a_step_or_by_a_factor),
        UNIT(dots_go_on_as_the_three_numbers_before),
        UNIT(words_stand_for_the_machine),
        UNIT(what_is_no_list_is_refused),
        UNIT_END,
    };
    return unit_main("list", tests);
}
