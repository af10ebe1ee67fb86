/*
 * The segmented sieve, compiled once per instruction set (isa.h): the patterns and the counting gain.
 * The rest is bound by stores, one a cycle and one for each strike.
 */
#include "cpu_bound/primes_kernel.h"

#include <string.h>

/* Bit of the number 30k + r; 8 (no bit) where 2, 3 or 5 divides r. */
static const uint8_t bit_of[WHEEL] = { 8, 0, 8, 8, 8, 8, 8, 1, 8, 8, 8, 2, 8, 3, 8, 8, 8, 4, 8, 5, 8, 8, 8, 6, 8, 8, 8, 8, 8, 7 };

/* --- turns --- */

struct strikes {
    uint8_t *buffer;
    uint32_t size;           /* turns that begin before it are struck */
    const uint32_t *prime;
    uint32_t *next;
    size_t primes;
};

/*
 * @turns (1 or 7) at a time, of primes = @r mod 30. With @r and @turns constant, each strike becomes one
 * instruction: the distance is (p / 30) * residue plus a constant, the bit a constant.
 */
static inline __attribute__((always_inline)) void strike(const struct strikes *s, uint32_t r, uint32_t turns)
{
    uint32_t size = s->size;
    for (size_t i = 0; i < s->primes; i++) {
        size_t p = s->prime[i], q = p / WHEEL, from = s->next[i];
        for (; from < size; from += turns * p) {
            uint8_t *at = s->buffer + from;
#pragma GCC unroll 7
            for (uint32_t t = 0; t < turns; t++, at += p)
#pragma GCC unroll 8
                for (int j = 0; j < RESIDUES; j++)
                    if (turns == 1 || (WHEEL * t + residue[j]) % 7 != 0)
                        at[q * residue[j] + r * residue[j] / WHEEL] &= (uint8_t)~(1u << bit_of[r * residue[j] % WHEEL]);
        }
        s->next[i] = (uint32_t)(from - size);
    }
}

#define STRIKE_CLASS(r)                                                                \
    static void strike_##r(const struct strikes *s) { strike(s, r, 1); }               \
    static void strike_##r##_seven(const struct strikes *s) { strike(s, r, 7); }
STRIKE_CLASS(1)
STRIKE_CLASS(7)
STRIKE_CLASS(11)
STRIKE_CLASS(13)
STRIKE_CLASS(17)
STRIKE_CLASS(19)
STRIKE_CLASS(23)
STRIKE_CLASS(29)

typedef void strike_class(const struct strikes *s);
static strike_class *const strike_single[RESIDUES] = { strike_1,  strike_7,  strike_11, strike_13,
                                                       strike_17, strike_19, strike_23, strike_29 };
static strike_class *const strike_seven[RESIDUES] = { strike_1_seven,  strike_7_seven,  strike_11_seven, strike_13_seven,
                                                      strike_17_seven, strike_19_seven, strike_23_seven, strike_29_seven };

/* --- a segment --- */

struct work {
    const struct sieve *sieve;
    struct sieve_scratch *scratch;
    size_t active[TIERS * RESIDUES]; /* primes of each group whose square lies before the segment's end */
};

/*
 * The first turn of @p that begins at or behind the later of byte @from and the square of p: smaller
 * multiples have a smaller prime factor. What the turn before it reaches of the segment is struck here.
 */
static uint32_t first_turn(uint8_t *buffer, uint64_t p, uint64_t from, uint32_t turns)
{
    uint64_t least = p * p / WHEEL > from ? p * p / WHEEL : from;
    uint64_t turn = least / (turns * p) * turns;
    for (uint32_t t = 0; t < turns; t++)
        for (int j = 0; j < RESIDUES; j++) {
            uint64_t at = p * (turn + t) + p * residue[j] / WHEEL;
            if (at >= least)
                buffer[at - from] &= (uint8_t)~(1u << bit_of[p * residue[j] % WHEEL]);
        }
    return (uint32_t)(p * (turn + turns) - from);
}

static void activate(struct work *w, uint64_t from)
{
    const struct sieve *s = w->sieve;
    for (int g = 0; g < TIERS * RESIDUES; g++)
        for (size_t i = s->group[g] + w->active[g]; i < s->group[g + 1]; i++, w->active[g]++) {
            uint64_t p = s->prime[i];
            if (p * p / WHEEL >= from + s->size.segment)
                break;
            w->scratch->next[i] = first_turn(w->scratch->buffer, p, from, g / RESIDUES == TIER_SEVEN ? 7 : 1);
        }
}

static void strike_tier(struct work *w, int tier, uint8_t *buffer, size_t size)
{
    for (int c = 0; c < RESIDUES; c++) {
        int group = tier * RESIDUES + c;
        uint32_t first = w->sieve->group[group];
        struct strikes s = { buffer, (uint32_t)size, w->sieve->prime + first, w->scratch->next + first, w->active[group] };
        (tier == TIER_SEVEN ? strike_seven : strike_single)[c](&s);
    }
}

/* --- patterns and counting, chunk by chunk --- */

struct chunk {
    _Alignas(64) uint8_t byte[CHUNK_BYTES];
};

/* Four at a time, so that a chunk is loaded and stored once for four loads of patterns. */
static void apply_patterns(const struct sieve *s, struct chunk *chunk, uint64_t from)
{
    for (size_t i = 0; i < PATTERNS; i += 4) {
        const struct pattern *p = s->pattern + i;
        const uint8_t *a = p[0].byte + from % p[0].period, *b = p[1].byte + from % p[1].period;
        const uint8_t *c = p[2].byte + from % p[2].period, *d = p[3].byte + from % p[3].period;
        for (size_t k = 0; k < CHUNK_BYTES; k++)
            chunk->byte[k] &= a[k] & b[k] & c[k] & d[k];
    }
}

/* Bits set, by adding neighbours in parallel (Warren, Hacker's Delight, ch. 5): vectors do it too. */
static uint64_t count_bits(const struct chunk *chunk)
{
    enum { LANES = 8, ROUNDS = CHUNK_BYTES / (LANES * 8) }; /* a byte holds up to ROUNDS * 8 = 128 */
    uint64_t byte_sums[LANES] = { 0 }, count = 0;
    for (int i = 0; i < ROUNDS; i++)
        for (int l = 0; l < LANES; l++) {
            uint64_t x;
            memcpy(&x, chunk->byte + 8 * (i * LANES + l), 8);
            x -= x >> 1 & 0x5555555555555555;
            x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
            byte_sums[l] += (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F;
        }
    for (int l = 0; l < LANES; l++) {
        uint64_t pairs = (byte_sums[l] & 0x00FF00FF00FF00FF) + (byte_sums[l] >> 8 & 0x00FF00FF00FF00FF);
        count += pairs * 0x0001000100010001 >> 48;
    }
    return count;
}

/* Clears what is not to be counted in a piece, which begins at byte @from: 1, and numbers outside the range. */
static void cut_outside(const struct sieve *s, uint8_t *piece, uint64_t from)
{
    uint64_t end = from + s->size.piece, last = s->last / WHEEL;
    uint8_t below = 0, above = 0; /* bits of the first and the last byte of the range */
    for (int j = 0; j < RESIDUES; j++) {
        below |= (uint8_t)((s->first / WHEEL * WHEEL + residue[j] < s->first) << j);
        above |= (uint8_t)((last * WHEEL + residue[j] > s->last) << j);
    }
    if (from == s->first / WHEEL)
        piece[0] &= (uint8_t)~below;
    if (last < end) {
        piece[last - from] &= (uint8_t)~above;
        memset(piece + (last + 1 - from), 0, end - (last + 1));
    }
    if (from == 0)
        piece[0] &= 0xFE; /* 1 is no prime */
}

static uint64_t count_piece(const struct sieve *s, const uint8_t *bytes, uint64_t from)
{
    uint64_t count = 0;
    for (size_t k = 0; k < s->size.piece; k += CHUNK_BYTES) {
        struct chunk chunk; /* a copy, which the compiler knows to overlap no pattern */
        memcpy(chunk.byte, bytes + k, CHUNK_BYTES);
        apply_patterns(s, &chunk, from + k);
        count += count_bits(&chunk);
    }
    return count;
}

void ISA_NAME(primes_sieve)(const struct sieve *sieve, uint64_t begin, uint64_t end, uint64_t block, uint64_t *count,
                            struct sieve_scratch *scratch)
{
    struct work w = { .sieve = sieve, .scratch = scratch };
    uint8_t *buffer = scratch->buffer;
    size_t segment = sieve->size.segment, piece = sieve->size.piece;
    memset(buffer, 0xFF, segment + sieve->overhang);
    for (uint64_t from = begin; from < end; from += segment) {
        activate(&w, from);
        strike_tier(&w, TIER_SEGMENT, buffer, segment);
        for (size_t k = 0; k < segment && from + k < end; k += piece) {
            strike_tier(&w, TIER_SEVEN, buffer + k, piece);
            strike_tier(&w, TIER_PIECE, buffer + k, piece);
            cut_outside(sieve, buffer + k, from + k);
            count[(from - begin) / block] += count_piece(sieve, buffer + k, from + k);
        }
        memmove(buffer, buffer + segment, sieve->overhang);
        memset(buffer + sieve->overhang, 0xFF, segment);
    }
}
