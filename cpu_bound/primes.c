/*
 * primes: count the primes up to n by a segmented sieve of Eratosthenes on a wheel of 30
 * (primes_kernel.h). A block is 16 segments of 32 KiB, 15.7 million numbers: long enough that finding
 * where each sieving prime first strikes costs a few percent, short enough to share out. Blocks grow
 * dearer with the numbers, so they are dealt out dynamically.
 * Work: the numbers up to n. Limit: about 0.37 n stores to the first-level cache (Mertens: the sum of
 * 1/p over the sieving primes), 8/30 of them on the wheel.
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/primes_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * SEGMENT_BYTES };

struct primes {
    struct sieve sieve;
    enum isa isa;
    uint64_t bytes;       /* of the whole sieve                      */
    size_t blocks;
    uint64_t *per_block;  /* primes found in each block              */
    uint64_t count;
};

static uint64_t square_root(uint64_t n)
{
    uint64_t r = (uint64_t)sqrt((double)n);
    while (r * r > n)
        r--;
    while ((r + 1) * (r + 1) <= n)
        r++;
    return r;
}

/* The sieving primes 17 .. @limit by the plain sieve. Returns their number; *out is the caller's to free. */
static int sieving_primes(uint64_t limit, uint32_t **out, size_t *n)
{
    uint8_t *composite = calloc(limit + 1, 1);
    uint32_t *prime = malloc((limit / 2 + 1) * sizeof *prime);
    *n = 0;
    if (!composite || !prime) {
        free(composite);
        free(prime);
        return -ENOMEM;
    }
    for (uint64_t i = 2; i <= limit; i++) {
        if (composite[i])
            continue;
        if (i >= 17)
            prime[(*n)++] = (uint32_t)i;
        for (uint64_t j = i * i; j <= limit; j += i)
            composite[j] = 1;
    }
    free(composite);
    *out = prime;
    return 0;
}

static uint8_t *make_pattern(void)
{
    static const uint8_t residue[8] = { 1, 7, 11, 13, 17, 19, 23, 29 };
    uint8_t *pattern = malloc(PATTERN_BYTES + SEGMENT_BYTES);
    for (size_t k = 0; pattern && k < PATTERN_BYTES + SEGMENT_BYTES; k++) {
        pattern[k] = 0;
        for (int j = 0; j < 8; j++) {
            size_t number = k * WHEEL + residue[j];
            if (number % 7 && number % 11 && number % 13)
                pattern[k] |= (uint8_t)(1u << j);
        }
    }
    return pattern;
}

static void primes_teardown(void *state)
{
    struct primes *s = state;
    if (!s)
        return;
    free((void *)s->sieve.prime);
    free((void *)s->sieve.pattern);
    team_shared_free(s->per_block, s->blocks * sizeof *s->per_block);
    free(s);
}

static int primes_setup(const struct params *p, void **state)
{
    struct primes *s = calloc(1, sizeof *s);
    uint32_t *prime = NULL;
    if (!s)
        return -ENOMEM;
    s->isa = p->isa;
    s->bytes = p->size / WHEEL + 1;
    s->blocks = blocks_count(s->bytes, BLOCK_BYTES);
    s->per_block = team_shared_alloc(s->blocks * sizeof *s->per_block);
    s->sieve.n = p->size;
    s->sieve.pattern = make_pattern();
    int rc = sieving_primes(square_root(p->size), &prime, &s->sieve.primes);
    s->sieve.prime = prime;
    if (rc != 0 || !s->per_block || !s->sieve.pattern) {
        primes_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    return 0;
}

static void primes_blocks(void *state, struct blocks *out)
{
    struct primes *s = state;
    /* chunk: some 256 pieces in all, because a longer piece looks up the first strikes less often */
    *out = (struct blocks){ .count = s->blocks, .slot_size = sizeof *s->per_block, .slots = s->per_block,
                            .chunk = s->blocks / 256 + 1 };
}

static int primes_compute(void *state, size_t begin, size_t end)
{
    struct primes *s = state;
    struct sieve_scratch *scratch = malloc(sizeof *scratch + s->sieve.primes * sizeof *scratch->next);
    if (!scratch)
        return -ENOMEM;
    memset(s->per_block + begin, 0, (end - begin) * sizeof *s->per_block);
    ISA_SELECT(primes_sieve, s->isa)(&s->sieve, blocks_edge(s->bytes, BLOCK_BYTES, begin),
                                     blocks_edge(s->bytes, BLOCK_BYTES, end), BLOCK_BYTES, s->per_block + begin, scratch);
    free(scratch);
    return 0;
}

static void primes_join(void *state)
{
    struct primes *s = state;
    s->count = (s->sieve.n >= 2) + (s->sieve.n >= 3) + (s->sieve.n >= 5);
    for (size_t b = 0; b < s->blocks; b++)
        s->count += s->per_block[b];
}

/* pi(10^k), OEIS A006880. */
static const uint64_t published[] = { 0, 4, 25, 168, 1229, 9592, 78498, 664579, 5761455, 50847534, 455052511, 4118054813,
                                      37607912018 };

/*
 * A second algorithm that sieves no numbers: S(v) counts the numbers 2..v that survive division by the
 * primes so far, kept for the values v = n / k only. S(v) -= S(v / p) - S(p - 1) for every v >= p^2.
 * Time n^(3/4). Source: Legendre's recurrence, in the form published by Lucy_Hedgehog (Project Euler 10).
 */
static int count_by_recurrence(uint64_t n, uint64_t *out)
{
    uint64_t root = square_root(n);
    uint64_t *small = malloc(2 * (root + 2) * sizeof *small), *large = small + root + 2; /* S(i), S(n / i) */
    if (!small)
        return -ENOMEM;
    for (uint64_t i = 1; i <= root; i++) {
        small[i] = i - 1;
        large[i] = n / i - 1;
    }
    for (uint64_t p = 2; p <= root; p++) {
        if (small[p] == small[p - 1])
            continue;
        uint64_t before = small[p - 1], square = p * p;
        for (uint64_t i = 1; i <= root && n / i >= square; i++)
            large[i] -= (i * p <= root ? large[i * p] : small[n / (i * p)]) - before;
        for (uint64_t i = root; i >= square; i--)
            small[i] -= small[i / p] - before;
    }
    *out = n >= 2 ? large[1] : 0;
    free(small);
    return 0;
}

static int primes_verify(void *state, char *why, size_t why_len)
{
    const struct primes *s = state;
    uint64_t power = 1, want = 0;
    size_t k = 0;
    for (; k + 1 < sizeof published / sizeof *published && power < s->sieve.n; k++)
        power *= 10;
    if (power == s->sieve.n)
        want = published[k];
    else if (count_by_recurrence(s->sieve.n, &want) != 0)
        return -ENOMEM;
    if (s->count == want)
        return 0;
    snprintf(why, why_len, "counted %" PRIu64 " primes up to %" PRIu64 "; there are %" PRIu64, s->count, s->sieve.n, want);
    return -EDOM;
}

static double primes_work(const void *state)
{
    const struct primes *s = state;
    return (double)s->sieve.n;
}

static json_t *primes_answer(const void *state)
{
    const struct primes *s = state;
    return json_integer((json_int_t)s->count);
}

static uint64_t primes_digest(const void *state)
{
    const struct primes *s = state;
    return digest_bytes(&s->count, sizeof s->count);
}

static void primes_text(const void *state, char *out, size_t size)
{
    const struct primes *s = state;
    snprintf(out, size, "%" PRIu64 " primes up to %" PRIu64, s->count, s->sieve.n);
}

const struct workload primes_workload = {
    .name = "primes",
    .summary = "count primes by a segmented sieve",
    .pattern = "segmented sieve",
    .size_is = "upper limit",
    .size_default = 1000000000,
    .size_min = 1,
    .size_max = 1000000000000,
    .check = "OEIS A006880 at powers of ten, else Legendre's recurrence",
    .work_unit = "integers",
    /* coop is left out: a sieve waits for nothing that a second task could overlap */
    .models = MODELS_ALL & ~MODEL_BIT(MODEL_COOP),
    .has_isa = true,
    .setup = primes_setup,
    .blocks = primes_blocks,
    .compute = primes_compute,
    .join = primes_join,
    .verify = primes_verify,
    .work = primes_work,
    .answer = primes_answer,
    .digest = primes_digest,
    .text = primes_text,
    .teardown = primes_teardown,
};
