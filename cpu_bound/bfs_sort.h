#ifndef PARKIT_BFS_SORT_H
#define PARKIT_BFS_SORT_H
/*
 * Sorting one adjacency list: short ones by insertion, long ones by radix, least significant byte first.
 *
 *   bfs_sort()        32-bit labels
 *   bfs_sort_pairs()  64-bit pairs, by the label in the upper half; equal labels have equal lower halves
 *
 * Both: @n values, no label above @largest, rising; @scratch has room for as many.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BFS_SORT_DEFINE(name, type, label_at)                                                                   \
    static inline void name##_insertion(type *list, size_t n)                                                   \
    {                                                                                                           \
        for (size_t i = 1; i < n; i++) {                                                                        \
            type x = list[i];                                                                                   \
            size_t j = i;                                                                                       \
            for (; j > 0 && list[j - 1] > x; j--)                                                               \
                list[j] = list[j - 1];                                                                          \
            list[j] = x;                                                                                        \
        }                                                                                                       \
    }                                                                                                           \
                                                                                                                \
    static inline void name##_by_byte(type *restrict to, const type *restrict from, size_t n, unsigned shift)   \
    {                                                                                                           \
        size_t place[256] = { 0 }, sum = 0;                                                                     \
        for (size_t i = 0; i < n; i++)                                                                          \
            place[from[i] >> shift & 255]++;                                                                    \
        for (int b = 0; b < 256; b++) {                                                                         \
            size_t count = place[b];                                                                            \
            place[b] = sum;                                                                                     \
            sum += count;                                                                                       \
        }                                                                                                       \
        for (size_t i = 0; i < n; i++)                                                                          \
            to[place[from[i] >> shift & 255]++] = from[i];                                                      \
    }                                                                                                           \
                                                                                                                \
    static inline void name(type *list, size_t n, type *scratch, uint32_t largest)                              \
    {                                                                                                           \
        enum { SHORT = 64 }; /* below it, clearing the counters costs more than insertion */                    \
        type *from = list, *to = scratch;                                                                       \
        if (n < SHORT) {                                                                                        \
            name##_insertion(list, n);                                                                          \
            return;                                                                                             \
        }                                                                                                       \
        for (unsigned shift = 0; shift < 32 && largest >> shift > 0; shift += 8) {                              \
            name##_by_byte(to, from, n, shift + (label_at));                                                    \
            type *swap = from;                                                                                  \
            from = to;                                                                                          \
            to = swap;                                                                                          \
        }                                                                                                       \
        if (from != list)                                                                                       \
            memcpy(list, from, n * sizeof *list);                                                               \
    }

BFS_SORT_DEFINE(bfs_sort, uint32_t, 0)
BFS_SORT_DEFINE(bfs_sort_pairs, uint64_t, 32)

#endif
