/* The table behind the progress bars. */
#include "io_bound/active.h"
#include "tests/unit/unit.h"

#include <string.h>

static struct active table[ACTIVE_PLACES];
static struct activity out[ACTIVE_PLACES];

static void forget(void)
{
    for (size_t i = 0; i < ACTIVE_PLACES; i++)
        active_end(&table[i]);
}

static void files_come_the_largest_first(void)
{
    static const uint64_t sizes[] = { 10, 3000, 0, 200 };
    for (size_t i = 0; i < 4; i++) {
        active_begin(&table[7 * i], i + 1, "name");
        active_expect(&table[7 * i], sizes[i], 0);
        active_add(&table[7 * i], i);
    }
    CU_ASSERT_EQUAL_FATAL(active_files(table, out), 4);
    CU_ASSERT_EQUAL(out[0].total, 3000);
    CU_ASSERT_EQUAL(out[1].total, 200);
    CU_ASSERT_EQUAL(out[1].received, 3);
    CU_ASSERT_EQUAL(out[2].total, 10);
    CU_ASSERT_EQUAL(out[3].total, 0);
    active_end(&table[7]);
    CU_ASSERT_EQUAL(active_files(table, out), 3);
    forget();
    CU_ASSERT_EQUAL(active_files(table, out), 0);
}

/* The first found 100 bytes there and has got 20; the second began when 160 were, and has got 5. */
static void connections_of_one_file_are_one(void)
{
    active_begin(&table[3], 9, "big");
    active_expect(&table[3], 1000, 100);
    active_add(&table[3], 20);
    active_begin(&table[1000], 9, "big");
    active_expect(&table[1000], 1000, 160);
    active_add(&table[1000], 5);
    CU_ASSERT_EQUAL_FATAL(active_files(table, out), 1);
    CU_ASSERT_EQUAL(out[0].there, 160);
    CU_ASSERT_EQUAL(out[0].received, 25);
    CU_ASSERT_EQUAL(out[0].total, 1000);
    CU_ASSERT_STRING_EQUAL(out[0].name, "big");
    forget();
}

static void of_a_long_name_the_end_is_kept(void)
{
    char name[201];
    memset(name, 'x', 200);
    strcpy(name + 197, "end");
    active_begin(&table[0], 1, name);
    CU_ASSERT_EQUAL_FATAL(active_files(table, out), 1);
    CU_ASSERT_EQUAL(strlen(out[0].name), ACTIVE_NAME - 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(out[0].name, "xend"));
    memset(name, 0, sizeof name);
    for (int i = 0; i < 50; i++)
        strcat(name, "\303\274"); /* a letter of two bytes is kept whole or not at all */
    active_begin(&table[0], 1, name);
    CU_ASSERT_EQUAL_FATAL(active_files(table, out), 1);
    CU_ASSERT_EQUAL(strlen(out[0].name), ACTIVE_NAME - 2);
    CU_ASSERT_EQUAL((unsigned char)out[0].name[0], 0303);
    active_begin(&table[0], 0, "a key may be zero");
    CU_ASSERT_EQUAL(active_files(table, out), 1);
    forget();
}

static void nothing_happens_without_a_place(void)
{
    active_begin(NULL, 1, "x");
    active_expect(NULL, 1, 1);
    active_add(NULL, 1);
    active_end(NULL);
    CU_ASSERT_EQUAL(active_files(table, out), 0);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(files_come_the_largest_first), UNIT(connections_of_one_file_are_one),
                                              UNIT(of_a_long_name_the_end_is_kept), UNIT(nothing_happens_without_a_place), UNIT_END };
    return unit_main("active", tests);
}
