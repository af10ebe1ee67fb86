#ifndef PARKIT_BFS_SORT_H
#define PARKIT_BFS_SORT_H
/* Sorting one adjacency list: short ones by insertion, long ones by radix, least significant byte first. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void bfs_sort_insertion(uint32_t *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t x = list[i];
        size_t j = i;
        for (; j > 0 && list[j - 1] > x; j--)
            list[j] = list[j - 1];
        list[j] = x;
    }
}

static inline void bfs_sort_by_byte(uint32_t *restrict to, const uint32_t *restrict from, size_t n, unsigned shift)
{
    size_t place[256] = { 0 }, sum = 0;
    for (size_t i = 0; i < n; i++)
        place[from[i] >> shift & 255]++;
    for (int b = 0; b < 256; b++) {
        size_t count = place[b];
        place[b] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[place[from[i] >> shift & 255]++] = from[i];
}

/** bfs_sort() - @n values, none above @largest, rising; @scratch has room for as many. */
static inline void bfs_sort(uint32_t *list, size_t n, uint32_t *scratch, uint32_t largest)
{
    enum { SHORT = 64 }; /* below it, clearing the counters costs more than insertion */
    uint32_t *from = list, *to = scratch;
    if (n < SHORT) {
        bfs_sort_insertion(list, n);
        return;
    }
    for (unsigned shift = 0; shift < 32 && largest >> shift > 0; shift += 8) {
        bfs_sort_by_byte(to, from, n, shift);
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != list)
        memcpy(list, from, n * sizeof *list);
}

#endif
