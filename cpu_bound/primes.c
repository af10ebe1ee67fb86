/*
 * primes: count the primes of a range by a segmented sieve of Eratosthenes on a wheel of 30
 * (primes_kernel.h says how). A block is 15.7 million numbers. Blocks grow dearer with the numbers, and
 * finding where each sieving prime begins costs once for each run of blocks, so they are dealt out
 * dynamically, some at a time.
 * Work: the numbers in the range. Limit: stores to the first-level cache, one a cycle. Of n numbers the
 * sieve strikes about 8/30 n (ln ln sqrt(n) - ln ln 157) times (Mertens), for p <= 4096 a seventh less:
 * 0.20 n at n = 10^10.
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/message.h"
#include "common/workload.h"
#include "cpu_bound/primes_count.h"
#include "cpu_bound/primes_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = SEGMENT_MAX };

struct own {
    uint64_t from;
};

#define LIMIT 1000000000000 /* primes up to its root are all the sieve asks for; they and their turns fit 32 bits */

static const struct option_spec own_options[] = {
    { 0, "from", "A", OPTION_UINT, offsetof(struct own, from), "1", 1, LIMIT, NULL, "count the primes from A to SIZE" },
    { 0 },
};

struct primes {
    struct sieve *sieve;
    enum isa isa;
    uint64_t begin, end;  /* bytes of the sieve that hold the range  */
    size_t blocks;
    uint64_t *per_block;  /* primes found in each block              */
    uint64_t count;
};

static void primes_teardown(void *state)
{
    struct primes *s = state;
    if (!s)
        return;
    sieve_destroy(s->sieve);
    team_shared_free(s->per_block, s->blocks * sizeof *s->per_block);
    free(s);
}

static int primes_setup(const struct params *p, void **state)
{
    const struct own *own = p->own;
    if (own->from > p->size)
        return message_usage("--from %" PRIu64 " lies above --size %" PRIu64 "; give a range that is not empty", own->from,
                             p->size);
    struct primes *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->isa = p->isa;
    s->begin = own->from / WHEEL;
    s->end = p->size / WHEEL + 1;
    s->blocks = blocks_count(s->end - s->begin, BLOCK_BYTES);
    s->per_block = team_shared_alloc(s->blocks * sizeof *s->per_block);
    if (!s->per_block || sieve_create(own->from, p->size, sieve_sizes(), &s->sieve) != 0) {
        primes_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    return 0;
}

static void primes_blocks(void *state, struct blocks *out)
{
    struct primes *s = state;
    /* chunk: some 128 runs in all, but long enough that the first turns, looked up once a run, cost a few percent */
    *out = (struct blocks){ .count = s->blocks, .slot_size = sizeof *s->per_block, .slots = s->per_block,
                            .chunk = s->blocks / 128 + sieve_primes(s->sieve) / 4096 + 1 };
}

static int primes_compute(void *state, size_t begin, size_t end)
{
    struct primes *s = state;
    uint64_t bytes = s->end - s->begin;
    struct sieve_scratch scratch;
    if (sieve_scratch_create(s->sieve, &scratch) != 0)
        return -ENOMEM;
    memset(s->per_block + begin, 0, (end - begin) * sizeof *s->per_block);
    ISA_SELECT(primes_sieve, s->isa)(s->sieve, s->begin + blocks_edge(bytes, BLOCK_BYTES, begin),
                                     s->begin + blocks_edge(bytes, BLOCK_BYTES, end), BLOCK_BYTES, s->per_block + begin,
                                     &scratch);
    sieve_scratch_destroy(&scratch);
    return 0;
}

static void primes_join(void *state)
{
    struct primes *s = state;
    s->count = sieve_small_primes(s->sieve);
    for (size_t b = 0; b < s->blocks; b++)
        s->count += s->per_block[b];
}

/* pi(10^k), OEIS A006880. */
static const uint64_t published[] = { 0, 4, 25, 168, 1229, 9592, 78498, 664579, 5761455, 50847534, 455052511, 4118054813,
                                      37607912018 };

/* pi(n) from the table where it stands there, else by a second algorithm. */
static int known_count(uint64_t n, uint64_t *out)
{
    uint64_t power = 1;
    for (size_t k = 0; k < sizeof published / sizeof *published; k++, power *= 10)
        if (power == n) {
            *out = published[k];
            return 0;
        }
    return primes_count(n, out);
}

static int primes_verify(void *state, char *why, size_t why_len)
{
    const struct primes *s = state;
    uint64_t first = s->sieve->first, last = s->sieve->last, below, up_to;
    if (known_count(first - 1, &below) != 0 || known_count(last, &up_to) != 0)
        return -ENOMEM;
    if (s->count == up_to - below)
        return 0;
    snprintf(why, why_len, "counted %" PRIu64 " primes from %" PRIu64 " to %" PRIu64 "; there are %" PRIu64, s->count, first, last,
             up_to - below);
    return -EDOM;
}

static double primes_work(const void *state)
{
    const struct primes *s = state;
    return (double)(s->sieve->last - s->sieve->first + 1);
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
    char from[32] = "";
    if (s->sieve->first > 1)
        snprintf(from, sizeof from, "from %" PRIu64 " ", s->sieve->first);
    snprintf(out, size, "%" PRIu64 " primes %sup to %" PRIu64, s->count, from, s->sieve->last);
}

const struct workload primes_workload = {
    .name = "primes",
    .summary = "count primes by a segmented sieve",
    .pattern = "segmented sieve",
    .size_is = "upper limit",
    .size_default = 1000000000,
    .size_min = 1,
    .size_max = LIMIT,
    .check = "OEIS A006880 at powers of ten, else Legendre's recurrence",
    .work_unit = "integers",
    /* coop is left out: a sieve waits for nothing that a second task could overlap */
    .models = MODELS_ALL & ~MODEL_BIT(MODEL_COOP),
    .has_isa = true,
    .options = own_options,
    .own_size = sizeof(struct own),
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
