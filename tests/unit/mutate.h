#ifndef PARKIT_MUTATE_H
#define PARKIT_MUTATE_H
/* Damaged copies of a text, by a fixed seed: the short, repeatable sister of a fuzzer. For test programs; include it once. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint32_t mutate_state;

static size_t mutate_below(size_t n)
{
    mutate_state = mutate_state * 1664525u + 1013904223u; /* Numerical Recipes */
    return (size_t)((uint64_t)(mutate_state >> 8) * n >> 24);
}

/*
 * One to four changes; what stands in a field counts most, so digits, signs and separators (@words, @n_words of them) are put
 * in often. @to: @size bytes. Returns how many of them are left.
 */
static size_t mutate(const char *from, size_t size, const char *const *words, size_t n_words, char *to)
{
    memcpy(to, from, size);
    for (size_t i = 1 + mutate_below(4); i > 0; i--) {
        size_t at = mutate_below(size), n;
        const char *word = words[mutate_below(n_words)];
        switch (mutate_below(5)) {
        case 0: /* another byte */
            to[at] = (char)mutate_below(256);
            break;
        case 1: /* cut out */
            n = mutate_below(size - at) % 20;
            memmove(to + at, to + at + n, size - at - n);
            size -= n;
            break;
        case 2: /* cut off */
            size = size > 2 && mutate_below(4) == 0 ? at + 1 : size;
            break;
        default: /* put a word in the place of as many bytes */
            n = strlen(word);
            memcpy(to + at, word, n < size - at ? n : size - at);
        }
    }
    return size;
}

#endif
