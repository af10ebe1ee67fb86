/* common/memory.h: a size that cannot fit is refused before anything is allocated. */
#include "capture.h"
#include "common/memory.h"
#include "common/message.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

static struct capture said;

static int check(const char *what, double bytes)
{
    capture_begin(&said, STDERR_FILENO);
    int rc = memory_check(what, bytes);
    capture_end(&said);
    return rc;
}

/* No more is free than the machine has (sysinfo's MemTotal, read here from /proc/meminfo's first line). */
static void free_memory_is_within_the_machine(void)
{
    double total_kib = INFINITY;
    FILE *f = fopen("/proc/meminfo", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fscanf(f, "MemTotal: %lf kB", &total_kib), 1);
    fclose(f);
    CU_ASSERT_TRUE(memory_free() > 0);
    CU_ASSERT_TRUE(memory_free() <= total_kib * 1024);
}

static void what_fits_passes_in_silence(void)
{
    CU_ASSERT_EQUAL(check("a crumb", 1), 0);
    CU_ASSERT_EQUAL(check("nothing", 0), 0);
    CU_ASSERT_STRING_EQUAL(said.text, "");
}

static void what_does_not_fit_is_refused_with_both_numbers(void)
{
    CU_ASSERT_EQUAL(check("matmul at size 1e6", 0x1p60), -ENOMEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "test: matmul at size 1e6 needs 1024.0 PiB of memory and "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "B are free; take a smaller size\n"));
}

static void no_number_at_all_is_refused(void)
{
    CU_ASSERT_EQUAL(check("an overflow", INFINITY), -ENOMEM);
    CU_ASSERT_EQUAL(check("a mistake", NAN), -ENOMEM);
}

static void the_address_space_limit_counts(void)
{
    struct rlimit before, little;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_AS, &before), 0);
    little = before;
    little.rlim_cur = (rlim_t)1 << 34;
    if (before.rlim_max < little.rlim_cur)
        little.rlim_cur = before.rlim_max;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &little), 0);
    CU_ASSERT_TRUE(memory_free() <= (double)little.rlim_cur);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_AS, &before), 0);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(free_memory_is_within_the_machine),
        UNIT(what_fits_passes_in_silence),
        UNIT(what_does_not_fit_is_refused_with_both_numbers),
        UNIT(no_number_at_all_is_refused),
        UNIT(the_address_space_limit_counts),
        UNIT_END,
    };
    message_init("test");
    return unit_main("memory", tests);
}
