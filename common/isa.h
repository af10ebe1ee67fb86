#ifndef PARKIT_ISA_H
#define PARKIT_ISA_H
/*
 * The instruction set of the hot kernels, chosen at run time, so that one binary runs on every node.
 *
 * How to add a kernel: write it once in NAME_isa.c with its function called ISA_NAME(name). The
 * Makefile compiles that file once per instruction set (on x86-64: baseline, AVX2 with FMA, AVX-512)
 * and ISA_SELECT(name, isa) picks the copy. Contraction to FMA is off in all copies, so that they
 * give the same bits; a kernel that wants FMA writes it out.
 */
#include <stdbool.h>

enum isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512, ISA_COUNT };

/** isa_best() - the best instruction set that this processor and this build have. */
enum isa isa_best(void);

/** isa_available() - whether this processor and this build can run @isa. */
bool isa_available(enum isa isa);

/** isa_name() - "baseline", "avx2" or "avx512". */
const char *isa_name(enum isa isa);

/** isa_parse() - the instruction set of that name ("auto": the best). -EINVAL: no such name. */
int isa_parse(const char *name, enum isa *out);

#define ISA_PASTE_(a, b) a##_##b
#define ISA_PASTE(a, b) ISA_PASTE_(a, b)
/* Inside NAME_isa.c the Makefile defines ISA_SUFFIX: baseline, avx2 or avx512. */
#define ISA_NAME(name) ISA_PASTE(name, ISA_SUFFIX)

#ifdef PARKIT_ISA_X86
#define ISA_DECLARE(result, name, arguments) \
    result name##_baseline arguments;        \
    result name##_avx2 arguments;            \
    result name##_avx512 arguments
#define ISA_SELECT(name, isa) \
    ((isa) == ISA_AVX512 ? name##_avx512 : (isa) == ISA_AVX2 ? name##_avx2 : name##_baseline)
#else
#define ISA_DECLARE(result, name, arguments) result name##_baseline arguments
#define ISA_SELECT(name, isa) ((void)(isa), name##_baseline)
#endif

#endif
