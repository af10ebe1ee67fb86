#include "cpu_bound/array.h"

#include <stdlib.h>
#include <sys/mman.h>

void *array_alloc(size_t n, size_t size)
{
    enum { HUGE_PAGE = 2 << 20, LINE = 64 };
    size_t bytes, padded;
    if (__builtin_mul_overflow(n, size, &bytes))
        return NULL;
    size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : LINE;
    if (__builtin_add_overflow(bytes, align - 1, &padded))
        return NULL;
    padded -= padded % align;
    void *array = aligned_alloc(align, padded ? padded : align);
    if (array && align == HUGE_PAGE)
        madvise(array, padded, MADV_HUGEPAGE); /* a wish: without it, only slower */
    return array;
}
