/* What the workers of the sieve share: sieving primes by tier and residue, patterns, sizes that fit the caches. */
#include "cpu_bound/primes_kernel.h"
#include "cpu_bound/primes_count.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * All primes from 7 to 157. A vector of pattern costs about as much as two strikes, whatever its primes:
 * up to here two primes strike a vector's bits more often. Small ones are paired with large ones, so
 * that all periods together (91 KB) stay well within the second-level cache.
 */
static const uint8_t pattern_primes[PATTERNS][3] = {
    { 7, 11, 23 }, { 13, 17, 19 }, { 29, 157, 1 }, { 31, 151, 1 }, { 37, 149, 1 }, { 41, 139, 1 }, { 43, 137, 1 }, { 47, 131, 1 },
    { 53, 127, 1 }, { 59, 113, 1 }, { 61, 109, 1 }, { 67, 107, 1 }, { 71, 103, 1 }, { 73, 101, 1 }, { 79, 97, 1 }, { 83, 89, 1 },
};

static int make_pattern(const uint8_t primes[3], struct pattern *out)
{
    out->period = (uint32_t)primes[0] * primes[1] * primes[2];
    size_t size = out->period + CHUNK_BYTES;
    out->byte = malloc(size);
    if (!out->byte)
        return -ENOMEM;
    memset(out->byte, 0xFF, size);
    for (int i = 0; i < 3 && primes[i] > 1; i++)
        for (size_t k = 0; k < size; k++)
            for (int j = 0; j < RESIDUES; j++)
                if ((k * WHEEL + residue[j]) % primes[i] == 0)
                    out->byte[k] &= (uint8_t)~(1u << j);
    return 0;
}

/* The largest power of two up to the size of a cache, within [least, most]; @least where the size is not known. */
static size_t fit(long cache_bytes, size_t least, size_t most)
{
    size_t size = least;
    while (size < most && cache_bytes > 0 && 2 * size <= (size_t)cache_bytes)
        size *= 2;
    return size;
}

/*
 * A piece fills the first level. A segment takes a quarter of the second, because up to as much again
 * hangs over, and primes, their places and patterns want room too.
 */
struct sieve_sizes sieve_sizes(void)
{
    return (struct sieve_sizes){ .piece = fit(sysconf(_SC_LEVEL1_DCACHE_SIZE), 16384, 131072),
                                 .segment = fit(sysconf(_SC_LEVEL2_CACHE_SIZE) / 4, 131072, SEGMENT_MAX) };
}

/*
 * Seven-fold turns while one hangs over by no more than a piece's own length (on average half of it).
 * Turns up to a piece long are struck within pieces: measured, from one to two pieces it makes no difference.
 */
static int tier_of(const struct sieve *s, uint64_t p)
{
    return 8 * p <= s->size.piece ? TIER_SEVEN : p <= s->size.piece ? TIER_PIECE : TIER_SEGMENT;
}

static int residue_class(uint64_t p)
{
    int c = 0;
    while (residue[c] != p % WHEEL)
        c++;
    return c;
}

/* Sorts by counting: how many primes there are of each tier and residue, then each to its place. */
static void sort_primes(struct sieve *s, const uint8_t *composite, uint64_t root)
{
    uint32_t place[TIERS * RESIDUES + 1] = { 0 };
    for (int pass = 0; pass < 2; pass++) {
        for (uint64_t p = LAST_PATTERN_PRIME + 1; p <= root; p++) {
            if (composite[p])
                continue;
            int tier = tier_of(s, p), group = tier * RESIDUES + residue_class(p);
            size_t turn = (tier == TIER_SEVEN ? 7 : 1) * p;
            s->overhang = turn > s->overhang ? turn : s->overhang;
            if (pass == 0)
                s->group[group + 1]++;
            else
                s->prime[place[group]++] = (uint32_t)p;
        }
        for (int g = 0; pass == 0 && g < TIERS * RESIDUES; g++)
            place[g + 1] = s->group[g + 1] += s->group[g];
    }
}

/* The sieving primes up to @root by the plain sieve. */
static int make_primes(struct sieve *s, uint64_t root)
{
    uint8_t *composite = calloc(root + 1, 1);
    s->prime = malloc((root / 2 + 1) * sizeof *s->prime);
    if (!composite || !s->prime) {
        free(composite);
        return -ENOMEM;
    }
    for (uint64_t p = 2; p * p <= root; p++)
        for (uint64_t m = p * p; !composite[p] && m <= root; m += p)
            composite[m] = 1;
    sort_primes(s, composite, root);
    free(composite);
    return 0;
}

int sieve_create(uint64_t first, uint64_t last, struct sieve_sizes sizes, struct sieve **out)
{
    struct sieve *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->first = first;
    s->last = last;
    s->size = sizes;
    int rc = make_primes(s, primes_root(last));
    for (int i = 0; rc == 0 && i < PATTERNS; i++)
        rc = make_pattern(pattern_primes[i], &s->pattern[i]);
    if (rc == 0)
        *out = s;
    else
        sieve_destroy(s);
    return rc;
}

void sieve_destroy(struct sieve *s)
{
    if (!s)
        return;
    for (int i = 0; i < PATTERNS; i++)
        free(s->pattern[i].byte);
    free(s->prime);
    free(s);
}

uint64_t sieve_small_primes(const struct sieve *s)
{
    static const uint8_t wheel_primes[] = { 2, 3, 5 };
    uint64_t count = 0;
    for (int i = 0; i < 3; i++)
        count += wheel_primes[i] >= s->first && wheel_primes[i] <= s->last;
    for (int i = 0; i < PATTERNS; i++)
        for (int k = 0; k < 3 && pattern_primes[i][k] > 1; k++)
            count += pattern_primes[i][k] >= s->first && pattern_primes[i][k] <= s->last;
    return count;
}

int sieve_scratch_create(const struct sieve *s, struct sieve_scratch *out)
{
    out->buffer = malloc(s->size.segment + s->overhang);
    out->next = malloc((sieve_primes(s) + 1) * sizeof *out->next);
    if (out->buffer && out->next)
        return 0;
    sieve_scratch_destroy(out);
    return -ENOMEM;
}

void sieve_scratch_destroy(struct sieve_scratch *scratch)
{
    free(scratch->buffer);
    free(scratch->next);
}
