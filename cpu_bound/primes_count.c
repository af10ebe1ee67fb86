/*
 * Legendre's recurrence, stopped at n^(1/4) as Meissel did. Only odd numbers are counted.
 *
 * S(v) counts the odd numbers 3..v that survive division by the odd primes so far, those primes included.
 * A prime p takes S(v / p) - S(p - 1) from every S(v) with v >= p * p. It is kept for two kinds of v:
 * for all v <= sqrt(n), and for v = n / k, where only the k without a prime factor so far matter still.
 * Once every prime up to n^(1/4) is done, those k are 1 and the primes from there to sqrt(n); what
 * S(n) counts beyond the primes are products of two or three of them, and sums over pairs remove these.
 * Source: the recurrence in the form published by Lucy_Hedgehog (Project Euler, problem 10).
 */
#include "cpu_bound/primes_count.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct count {
    uint64_t n, root;
    uint32_t *small;   /* S(v) at place(v), v <= root                              */
    uint64_t *large;   /* S(n / rough[i])                                          */
    uint32_t *rough;   /* 1 and the odd numbers up to root without a prime so far  */
    size_t roughs;
    bool *composite;   /* at place(v), odd v <= root                               */
    uint32_t done;     /* odd primes that are done                                 */
};

uint64_t primes_root(uint64_t n)
{
    uint64_t r = (uint64_t)sqrt((double)n);
    while (r * r > n)
        r--;
    while ((r + 1) * (r + 1) <= n)
        r++;
    return r;
}

static size_t place(uint64_t v)
{
    return (v - 1) / 2; /* an even number counts what the odd one below it counts */
}

/* n / d by a division of doubles, which is faster: exact for n below 2^52. */
static uint64_t quotient(uint64_t n, uint64_t d)
{
    return (uint64_t)((double)n / (double)d);
}

static int start(struct count *c, uint64_t n)
{
    *c = (struct count){ .n = n, .root = primes_root(n) };
    c->roughs = place(c->root) + 1;
    c->small = malloc(c->roughs * sizeof *c->small);
    c->large = malloc(c->roughs * sizeof *c->large);
    c->rough = malloc(c->roughs * sizeof *c->rough);
    c->composite = calloc(c->roughs, sizeof *c->composite);
    if (!c->small || !c->large || !c->rough || !c->composite)
        return -ENOMEM;
    for (size_t i = 0; i < c->roughs; i++) {
        c->small[i] = (uint32_t)i;
        c->rough[i] = (uint32_t)(2 * i + 1);
        c->large[i] = place(n / (2 * i + 1));
    }
    return 0;
}

static void finish(struct count *c)
{
    free(c->small);
    free(c->large);
    free(c->rough);
    free(c->composite);
}

/* The k that p divides drop out. S(n / (k p)) stands among the others, as many places on as there are roughs. */
static void divide_large(struct count *c, uint64_t p)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->roughs; i++) {
        uint64_t k = c->rough[i], d = k * p;
        if (c->composite[place(k)])
            continue;
        uint64_t below = d <= c->root ? c->large[c->small[place(d)] - c->done] : c->small[place(quotient(c->n, d))];
        c->large[kept] = c->large[i] - (below - c->done);
        c->rough[kept++] = (uint32_t)k;
    }
    c->roughs = kept;
}

/* From above, so that S(v / p) is still what it was; all v with the same v / p at once. */
static void divide_small(struct count *c, uint64_t p)
{
    size_t end = place(c->root) + 1;
    for (uint64_t j = (c->root / p - 1) | 1; j >= p; j -= 2) {
        uint32_t fewer = c->small[place(j)] - c->done;
        size_t begin = place(j * p);
        for (size_t i = begin; i < end; i++)
            c->small[i] -= fewer;
        end = begin;
    }
}

static void divide(struct count *c, uint64_t p)
{
    for (uint64_t m = p; m <= c->root; m += 2 * p)
        c->composite[place(m)] = true; /* p too: it is no k any more */
    divide_large(c, p);
    divide_small(c, p);
    c->done++;
}

/*
 * pi(n) = S(n) - sum over p of (pi(n / p) - pi(p) + 1) - triples, over the primes p from n^(1/4) to
 * n^(1/2), and pi(n / p) = S(n / p) - pairs q r <= n / p. A triple of three primes is among those pairs
 * three times, of two primes twice, of one once; so triples - pairs is what the inner sum below gives.
 */
static uint64_t remove_products(const struct count *c)
{
    uint64_t count = c->large[0];
    for (size_t i = 1; i < c->roughs; i++)
        count -= c->large[i] - (c->done + i - 1);
    for (size_t i = 1; i < c->roughs; i++) {
        uint64_t p = c->rough[i], rest = c->n / p;
        if (p * p > rest)
            break;
        count += c->small[place(quotient(rest, p))] - (c->done + i);
        for (size_t j = i + 1; j < c->roughs && (uint64_t)c->rough[j] * c->rough[j] <= rest; j++)
            count += 2 * (c->small[place(quotient(rest, c->rough[j]))] - (c->done + j)) + 1;
    }
    return count;
}

int primes_count(uint64_t n, uint64_t *out)
{
    struct count c;
    *out = 0;
    if (n < 2)
        return 0;
    int rc = start(&c, n);
    if (rc == 0) {
        for (uint64_t p = 3; p * p <= c.root; p += 2)
            if (!c.composite[place(p)])
                divide(&c, p);
        *out = 1 + remove_products(&c); /* 1: the prime 2 */
    }
    finish(&c);
    return rc;
}
