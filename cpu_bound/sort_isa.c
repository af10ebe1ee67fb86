/*
 * The kernels of sort, compiled once per instruction set (isa.h). What differs between them: the width of a streamed
 * store, shifts that need no flags (BMI2).
 *
 * Each is written once and compiled for records of one word and of two: the INLINE functions are called with
 * `words` constant.
 */
#include "cpu_bound/sort_kernel.h"

#include <stdbool.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
enum {
    INSERTION = 24,  /* records up to which it is the fastest */
    PIECE = 1 << 30, /* records that 32-bit counters hold      */
    PAGE_WORDS = 512,
};

INLINE size_t digit_of(uint64_t key, struct sort_digit d)
{
    return (size_t)(key >> d.shift) & (((size_t)1 << d.bits) - 1);
}

INLINE void put(uint64_t *to, const uint64_t *from, size_t words)
{
    to[0] = from[0];
    if (words == 2)
        to[1] = from[1];
}

/* --- counting --- */

/* Four counters a value, in turn: where neighbours are alike, an increment would wait for the one before. */
INLINE uint64_t count_piece(const uint64_t *restrict record, size_t words, size_t n, uint64_t like, struct sort_digit digit,
                            struct sort_scratch *restrict s)
{
    size_t buckets = (size_t)1 << digit.bits, i = 0;
    uint64_t varying = 0;
    for (int k = 0; k < 4; k++)
        memset(s->count[k], 0, buckets * sizeof s->count[k][0]);
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) {
            uint64_t key = record[(i + k) * words];
            varying |= key ^ like;
            s->count[k][digit_of(key, digit)]++;
        }
    for (; i < n; i++) {
        varying |= record[i * words] ^ like;
        s->count[0][digit_of(record[i * words], digit)]++;
    }
    for (size_t b = 0; b < buckets; b++)
        s->next[b] += (size_t)s->count[0][b] + s->count[1][b] + s->count[2][b] + s->count[3][b];
    return varying;
}

INLINE uint64_t count_digit(const uint64_t *record, size_t words, size_t begin, size_t end, uint64_t like,
                            struct sort_digit digit, struct sort_scratch *s)
{
    uint64_t varying = 0;
    memset(s->next, 0, sizeof *s->next << digit.bits);
    for (size_t n; begin < end; begin += n) {
        n = end - begin < PIECE ? end - begin : PIECE;
        varying |= count_piece(record + begin * words, words, n, like, digit, s);
    }
    return varying;
}

uint64_t ISA_NAME(sort_count)(const uint64_t *record, size_t words, size_t begin, size_t end, uint64_t like,
                              struct sort_digit digit, struct sort_scratch *scratch)
{
    return words == 1 ? count_digit(record, 1, begin, end, like, digit, scratch)
                      : count_digit(record, 2, begin, end, like, digit, scratch);
}

/* --- scattering --- */

INLINE void stream_line(uint64_t *to, const uint64_t *from)
{
#if defined(ISA_avx512)
    _mm512_stream_si512((void *)to, _mm512_load_si512(from));
#elif defined(ISA_avx2)
    _mm256_stream_si256((void *)to, _mm256_load_si256((const void *)from));
    _mm256_stream_si256((void *)(to + 4), _mm256_load_si256((const void *)(from + 4)));
#elif defined(__SSE2__)
    for (int i = 0; i < 8; i += 2)
        _mm_stream_si128((void *)(to + i), _mm_load_si128((const void *)(from + i)));
#else
    memcpy(to, from, 64);
#endif
}

/* The records of a line that are this thread's: from position @first, up to but not including @end. */
static void write_part(uint64_t *to, const uint64_t *line, size_t words, size_t line_begin, size_t first, size_t end)
{
    size_t begin = first > line_begin ? first : line_begin;
    for (size_t i = begin * words; i < end * words; i++)
        to[i] = line[i % SORT_LINE_WORDS];
}

INLINE void scatter(const uint64_t *restrict from, size_t words, size_t begin, size_t end, struct sort_digit digit,
                    uint64_t *restrict to, struct sort_scratch *restrict s)
{
    const size_t per_line = SORT_LINE_WORDS / words, buckets = (size_t)1 << digit.bits;
    memcpy(s->first, s->next, buckets * sizeof *s->first);
    for (const uint64_t *r = from + begin * words; r < from + end * words; r += words) {
        size_t b = digit_of(*r, digit), at = s->next[b]++, slot = at % per_line;
        uint64_t *line = s->line + b * SORT_LINE_WORDS;
        put(line + slot * words, r, words);
        if (__builtin_expect(slot == per_line - 1, 0)) {
            size_t line_begin = at - slot;
            if (line_begin >= s->first[b])
                stream_line(to + line_begin * words, line);
            else
                write_part(to, line, words, line_begin, s->first[b], at + 1);
        }
    }
    for (size_t b = 0; b < buckets; b++)
        write_part(to, s->line + b * SORT_LINE_WORDS, words, s->next[b] / per_line * per_line, s->first[b], s->next[b]);
#if defined(__SSE2__)
    _mm_sfence(); /* streamed lines are in memory before the barrier that the others wait at */
#endif
}

void ISA_NAME(sort_scatter)(const uint64_t *from, size_t words, size_t begin, size_t end, struct sort_digit digit,
                            uint64_t *to, struct sort_scratch *scratch)
{
    if (words == 1)
        scatter(from, 1, begin, end, digit, to, scratch);
    else
        scatter(from, 2, begin, end, digit, to, scratch);
}

/* --- leaves --- */

INLINE void insertion(uint64_t *record, size_t words, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t moving[2];
        size_t j = i;
        put(moving, record + i * words, words);
        for (; j > 0 && record[(j - 1) * words] > moving[0]; j--)
            put(record + j * words, record + (j - 1) * words, words);
        put(record + j * words, moving, words);
    }
}

/* Adds to the counts. Returns the bits in which any key differs from @like. */
INLINE uint64_t count_both(const uint64_t *restrict from, size_t words, size_t n, uint64_t like, struct sort_digit low,
                           struct sort_digit high, struct sort_scratch *restrict s)
{
    uint64_t varying = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = from[i * words];
        if (i % 8 == 0) /* processors do not look beyond the end of a page by themselves: 9 % of a leaf's time */
            __builtin_prefetch(from + i * words + PAGE_WORDS);
        varying |= key ^ like;
        s->count[0][digit_of(key, low)]++;
        s->count[1][digit_of(key, high)]++;
    }
    return varying;
}

static void counts_to_positions(uint32_t *count, unsigned bits)
{
    uint32_t sum = 0;
    for (size_t b = 0; b < (size_t)1 << bits; b++) {
        uint32_t n = count[b];
        count[b] = sum;
        sum += n;
    }
}

INLINE void pass(const uint64_t *restrict from, uint64_t *restrict to, size_t words, size_t n, struct sort_digit digit,
                 uint32_t *restrict next)
{
    for (size_t i = 0; i < n; i++)
        put(to + next[digit_of(from[i * words], digit)]++ * words, from + i * words, words);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Records are sorted by their bits from @shift up: sort those that agree there by the bits below. */
INLINE void finish(uint64_t *record, size_t words, size_t n, unsigned shift, struct sort_scratch *s)
{
    for (size_t i = 1; i < n; i++) {
        if (record[i * words] >= record[(i - 1) * words])
            continue;
        uint64_t prefix = record[i * words] >> shift;
        size_t begin = i - 1, end = i + 1;
        while (begin > 0 && record[(begin - 1) * words] >> shift == prefix)
            begin--;
        while (end < n && record[end * words] >> shift == prefix)
            end++;
        struct sort_piece alike = { record + begin * words, end - begin };
        ISA_NAME(sort_leaf)(&alike, 1, record + begin * words, words, shift, s);
        i = end;
    }
}

/*
 * Two passes over the highest bits in which keys differ, least digit first. 4 n values of those bits leave one key in
 * five with a neighbour that agrees in them; fewer bits leave more to finish, more bits more buckets than L1 has lines.
 */
INLINE void leaf(const struct sort_piece *piece, size_t pieces, uint64_t *to, size_t words, size_t n, unsigned width,
                 struct sort_scratch *s)
{
    unsigned bits = least(width, least(2 * SORT_BITS, sort_width(n - 1) + 2));
    struct sort_digit low = { width - bits, bits / 2 }, high = { low.shift + low.bits, bits - low.bits };
    uint64_t varying = 0;
    memset(s->count[0], 0, sizeof s->count[0][0] << low.bits);
    memset(s->count[1], 0, sizeof s->count[1][0] << high.bits);
    for (size_t p = 0; p < pieces; p++)
        varying |= count_both(piece[p].record, words, piece[p].n, piece[0].record[0], low, high, s);
    if (sort_width(varying) < width) {
        ISA_NAME(sort_leaf)(piece, pieces, to, words, sort_width(varying), s);
        return;
    }
    counts_to_positions(s->count[0], low.bits);
    counts_to_positions(s->count[1], high.bits);
    for (size_t p = 0; p < pieces; p++)
        pass(piece[p].record, s->other, words, piece[p].n, low, s->count[0]);
    pass(s->other, to, words, n, high, s->count[1]);
    if (low.shift > 0)
        finish(to, words, n, low.shift, s);
}

INLINE void small_leaf(const struct sort_piece *piece, size_t pieces, uint64_t *to, size_t words, size_t n, unsigned width)
{
    uint64_t *at = to;
    for (size_t p = 0; p < pieces; at += piece[p++].n * words)
        if (at != piece[p].record)
            memcpy(at, piece[p].record, piece[p].n * words * sizeof *to);
    if (width > 0)
        insertion(to, words, n);
}

void ISA_NAME(sort_leaf)(const struct sort_piece *piece, size_t pieces, uint64_t *to, size_t words, unsigned width,
                         struct sort_scratch *scratch)
{
    size_t n = 0;
    for (size_t p = 0; p < pieces; p++)
        n += piece[p].n;
    bool small = n <= INSERTION || width == 0;
    if (small && words == 1)
        small_leaf(piece, pieces, to, 1, n, width);
    else if (small)
        small_leaf(piece, pieces, to, 2, n, width);
    else if (words == 1)
        leaf(piece, pieces, to, 1, n, width, scratch);
    else
        leaf(piece, pieces, to, 2, n, width, scratch);
}
