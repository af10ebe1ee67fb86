#ifndef PARKIT_RATE_H
#define PARKIT_RATE_H
/*
 * A limit on the bytes a second of all connections together, whatever thread or process they are in.
 * Virtual scheduling (ITU-T I.371, the GCRA): one shared number, the time at which the next byte
 * would be due if bytes had come evenly. It lives in memory shared between the processes.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Servers have limits of their own in a table; two that share a place in it share the limit too. */
enum { RATE_HOSTS = 1024 };

struct rate {
    uint64_t bytes_per_s;      /* 0: no limit */
    _Atomic int64_t next_ns;   /* on the clock of clock_now_s() */
};

/** rate_slot() - the place of a server, as url_host() names it, in such a table. */
size_t rate_slot(const char *host);

/**
 * rate_take() - ask to receive @bytes now, within both limits; @host may be NULL.
 * Returns 0: taken; else the seconds to wait before asking again. Thread-safe, and across fork.
 */
double rate_take(struct rate *all, struct rate *host, size_t bytes);

#endif
