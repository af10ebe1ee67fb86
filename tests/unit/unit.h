#ifndef PARKIT_UNIT_H
#define PARKIT_UNIT_H
/*
 * A test program is one CUnit suite: a table of facts and unit_main().
 *
 *     static void median_of_two_is_their_mean(void) { CU_ASSERT_EQUAL(...); }
 *     int main(void)
 *     {
 *         static const struct unit_test tests[] = { UNIT(median_of_two_is_their_mean), UNIT_END };
 *         return unit_main("stats", tests);
 *     }
 */
#include <CUnit/CUnit.h>

struct unit_test {
    const char *name;
    void (*run)(void);
};
#define UNIT(function) { #function, function }
#define UNIT_END { NULL, NULL }

/** unit_main() - run the tests, print "SUITE: N passed, N failed, 0 skipped"; 0 if none failed, else 1. */
int unit_main(const char *suite, const struct unit_test *tests);

#endif
