#include "unit.h"

#include <CUnit/Basic.h>
#include <stdio.h>

int unit_main(const char *suite, const struct unit_test *tests)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite registered = CU_add_suite(suite, NULL, NULL);
    for (const struct unit_test *t = tests; registered && t->name; t++)
        if (!CU_add_test(registered, t->name, t->run))
            registered = NULL;
    if (!registered) {
        fprintf(stderr, "%s: %s\n", suite, CU_get_error_msg());
        CU_cleanup_registry();
        return 1;
    }
    CU_basic_set_mode(CU_BRM_SILENT);
    CU_basic_run_tests();
    CU_basic_show_failures(CU_get_failure_list());
    unsigned failed = CU_get_number_of_tests_failed();
    unsigned run = CU_get_number_of_tests_run();
    printf("%s: %u passed, %u failed, 0 skipped\n", suite, run - failed, failed);
    CU_cleanup_registry();
    return failed || run == 0;
}
