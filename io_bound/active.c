#include "io_bound/active.h"

#include <stdlib.h>
#include <string.h>

static void set(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

void active_begin(struct active *a, uint64_t key, const char *out)
{
    uint64_t words[ACTIVE_NAME / sizeof(uint64_t)] = { 0 };
    if (!a)
        return;
    size_t length = strlen(out), skip = length < ACTIVE_NAME ? 0 : length - ACTIVE_NAME + 1;
    while (((unsigned char)out[skip] & 0xC0) == 0x80) /* a letter of UTF-8 whose beginning is cut off */
        skip++;
    memcpy(words, out + skip, length - skip);
    set(&a->key, 0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        set(&a->name[i], words[i]);
    set(&a->total, 0);
    set(&a->there, 0);
    set(&a->received, 0);
    set(&a->key, key ? key : 1);
}

void active_expect(struct active *a, uint64_t total, uint64_t there)
{
    if (!a)
        return;
    set(&a->total, total);
    set(&a->there, there);
    set(&a->received, 0);
}

void active_end(struct active *a)
{
    if (a)
        set(&a->key, 0);
}

static int largest_first(const void *a, const void *b)
{
    const struct activity *x = a, *y = b;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int by_key(const void *a, const void *b)
{
    const struct activity *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/*
 * Connections that share a file become one: there is what the one that began last found, and to that comes what all have received.
 * Sorted by key. Returns how many files there are.
 */
static size_t join(struct activity *f, size_t n)
{
    size_t files = 0;
    for (size_t i = 0; i < n; i++)
        if (files == 0 || f[files - 1].key != f[i].key) {
            f[files++] = f[i];
        } else {
            f[files - 1].received += f[i].received;
            f[files - 1].there = f[i].there > f[files - 1].there ? f[i].there : f[files - 1].there;
        }
    return files;
}

size_t active_files(const struct active *table, struct activity *out)
{
    size_t n = 0;
    for (size_t i = 0; i < ACTIVE_PLACES; i++) {
        struct activity *f = &out[n];
        uint64_t words[ACTIVE_NAME / sizeof(uint64_t)];
        if ((f->key = get(&table[i].key)) == 0)
            continue;
        f->total = get(&table[i].total);
        f->there = get(&table[i].there);
        f->received = get(&table[i].received);
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            words[k] = get(&table[i].name[k]);
        memcpy(f->name, words, sizeof f->name);
        f->name[sizeof f->name - 1] = '\0';
        n++;
    }
    qsort(out, n, sizeof *out, by_key);
    n = join(out, n);
    qsort(out, n, sizeof *out, largest_first);
    return n;
}
