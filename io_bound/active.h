#ifndef PARKIT_ACTIVE_H
#define PARKIT_ACTIVE_H
/*
 * Which files are being fetched now, for --progress-bars: a table in memory that worker processes share, with a place for each
 * connection. Everything in it is an atomic word, so that it can be read at any time; what is read while it is written shows a
 * wrong picture for one redraw and no more.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { ACTIVE_PLACES = 1024, ACTIVE_NAME = 64 };

/* All zero: nothing. */
struct active {
    _Atomic uint64_t key;      /* of the file; 0: no file                               */
    _Atomic uint64_t total;    /* bytes; 0: not known                                   */
    _Atomic uint64_t there;    /* bytes that were there when this connection began      */
    _Atomic uint64_t received; /* by it since then                                      */
    _Atomic uint64_t name[ACTIVE_NAME / sizeof(uint64_t)];
};

/* What follows does nothing where @a is NULL. */

/** active_begin() - a connection begins with the file @out; of a longer name the end is kept. */
void active_begin(struct active *a, uint64_t key, const char *out);

/** active_expect() - it is known what comes. */
void active_expect(struct active *a, uint64_t total, uint64_t there);

/** active_add() - @size bytes have come. */
static inline void active_add(struct active *a, size_t size)
{
    if (a)
        atomic_fetch_add_explicit(&a->received, size, memory_order_relaxed);
}

void active_end(struct active *a);

/* A file, whatever the number of its connections. */
struct activity {
    uint64_t key, total, there, received;
    char name[ACTIVE_NAME];
};

/** active_files() - the files of a @table of ACTIVE_PLACES into @out, which has room for as many, the largest first. Returns how many. */
size_t active_files(const struct active *table, struct activity *out);

#endif
