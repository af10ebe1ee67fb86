#include "common/isa.h"

#include <errno.h>
#include <string.h>

static const char *const names[ISA_COUNT] = { "baseline", "avx2", "avx512" };

bool isa_available(enum isa isa)
{
#ifdef PARKIT_ISA_X86
    /* What the Makefile lets the compiler use in each copy. */
    if (isa >= ISA_AVX2 && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt")))
        return false;
    if (isa >= ISA_AVX512 && !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                               __builtin_cpu_supports("avx512cd")))
        return false;
    return true;
#else
    return isa == ISA_BASELINE;
#endif
}

enum isa isa_best(void)
{
    return isa_available(ISA_AVX512) ? ISA_AVX512 : isa_available(ISA_AVX2) ? ISA_AVX2 : ISA_BASELINE;
}

const char *isa_name(enum isa isa)
{
    return names[isa];
}

int isa_parse(const char *name, enum isa *out)
{
    if (strcmp(name, "auto") == 0) {
        *out = isa_best();
        return 0;
    }
    for (int i = 0; i < ISA_COUNT; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum isa)i;
            return 0;
        }
    return -EINVAL;
}
