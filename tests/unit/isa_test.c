/* common/isa.h, against what the kernel says of the processor. */
#include "common/isa.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether /proc/cpuinfo lists @flag; a second source beside the compiler's cpuid. */
static bool processor_has(const char *flag)
{
    char *line = NULL, word[32];
    size_t room = 0;
    bool found = false;
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(word, sizeof word, " %s ", flag);
    while (f && !found && getline(&line, &room, f) > 0) {
        line[strcspn(line, "\n")] = ' ';
        found = strncmp(line, "flags", 5) == 0 && strstr(line, word);
    }
    if (f)
        fclose(f);
    free(line);
    return found;
}

static void baseline_is_always_there(void)
{
    CU_ASSERT_TRUE(isa_available(ISA_BASELINE));
}

static void the_processor_decides(void)
{
#ifdef PARKIT_ISA_X86
    bool avx2 = processor_has("avx2") && processor_has("fma") && processor_has("bmi2");
    CU_ASSERT_EQUAL(isa_available(ISA_AVX2), avx2);
    CU_ASSERT_EQUAL(isa_available(ISA_AVX512), avx2 && processor_has("avx512f") && processor_has("avx512dq") &&
                                                   processor_has("avx512bw") && processor_has("avx512vl") &&
                                                   processor_has("avx512cd"));
#else
    CU_ASSERT_FALSE(isa_available(ISA_AVX2) || isa_available(ISA_AVX512) || processor_has("avx2"));
#endif
}

static void the_best_is_the_last_available(void)
{
    CU_ASSERT_TRUE(isa_available(isa_best()));
    for (int i = isa_best() + 1; i < ISA_COUNT; i++)
        CU_ASSERT_FALSE(isa_available((enum isa)i));
}

static void names_are_read_back(void)
{
    for (int i = 0; i < ISA_COUNT; i++) {
        enum isa got = ISA_COUNT;
        CU_ASSERT_EQUAL(isa_parse(isa_name((enum isa)i), &got), 0);
        CU_ASSERT_EQUAL((int)got, i);
    }
}

static void auto_is_the_best(void)
{
    enum isa got = ISA_COUNT;
    CU_ASSERT_EQUAL(isa_parse("auto", &got), 0);
    CU_ASSERT_EQUAL(got, isa_best());
}

static void other_names_are_refused(void)
{
    static const char *const names[] = { "", "AVX2", "avx", "avx2 ", "sse2", "avx5120" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        enum isa got = ISA_COUNT;
        CU_ASSERT_EQUAL(isa_parse(names[i], &got), -EINVAL);
        CU_ASSERT_EQUAL(got, ISA_COUNT);
    }
}

#define ISA_SUFFIX baseline
static int ISA_NAME(answer)(void);
static int answer_baseline(void)
{
    return 1;
}
#ifdef PARKIT_ISA_X86
static int answer_avx2(void)
{
    return 2;
}
static int answer_avx512(void)
{
    return 3;
}
#endif

static void select_picks_the_copy_of_that_name(void)
{
    CU_ASSERT_EQUAL(ISA_SELECT(answer, ISA_BASELINE)(), 1);
#ifdef PARKIT_ISA_X86
    CU_ASSERT_EQUAL(ISA_SELECT(answer, ISA_AVX2)(), 2);
    CU_ASSERT_EQUAL(ISA_SELECT(answer, ISA_AVX512)(), 3);
#endif
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(baseline_is_always_there), UNIT(the_processor_decides),   UNIT(the_best_is_the_last_available),
        UNIT(names_are_read_back),      UNIT(auto_is_the_best),        UNIT(other_names_are_refused),
        UNIT(select_picks_the_copy_of_that_name), UNIT_END,
    };
    return unit_main("isa", tests);
}
