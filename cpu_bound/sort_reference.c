#include "cpu_bound/sort_kernel.h"

#include <string.h>

/* One counting sort by the byte at @shift. */
static void by_byte(const uint64_t *from, uint64_t *to, size_t words, size_t n, unsigned shift)
{
    size_t next[257] = { 0 };
    for (size_t i = 0; i < n; i++)
        next[(from[i * words] >> shift & 255) + 1]++;
    for (size_t b = 0; b < 256; b++)
        next[b + 1] += next[b];
    for (size_t i = 0; i < n; i++)
        memcpy(to + next[from[i * words] >> shift & 255]++ * words, from + i * words, words * sizeof *to);
}

void sort_reference(uint64_t *record, uint64_t *other, size_t words, size_t n)
{
    for (unsigned shift = 0; shift < 64; shift += 16) {
        by_byte(record, other, words, n, shift);
        by_byte(other, record, words, n, shift + 8);
    }
}
