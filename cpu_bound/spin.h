#ifndef PARKIT_SPIN_H
#define PARKIT_SPIN_H
/*
 * Waiting without the operating system, for threads that meet many thousand times a second: they look again and
 * again for some microseconds, then let others run between two looks, so that more threads than processors get on too.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

/** spin_pause() - between two looks; @looks counts them and starts at 0. */
static inline void spin_pause(unsigned *looks)
{
    enum { PATIENCE = 200 };
    if (++*looks > PATIENCE)
        sched_yield();
#if defined(__SSE2__)
    else
        __builtin_ia32_pause();
#endif
}

/* A counter that only grows, on a cache line of its own. What was written before it was raised is seen by who awaits it. */
struct spin_counter {
    _Alignas(64) _Atomic uint64_t value;
};

static inline void spin_raise(struct spin_counter *c, uint64_t value)
{
    atomic_store_explicit(&c->value, value, memory_order_release);
}

static inline void spin_await(struct spin_counter *c, uint64_t value)
{
    for (unsigned looks = 0; atomic_load_explicit(&c->value, memory_order_acquire) < value;)
        spin_pause(&looks);
}

/* A barrier for @threads threads; a zeroed one with threads set is ready. */
struct spin_barrier {
    struct spin_counter arrived, opened;
    unsigned threads;
};

static inline void spin_barrier_wait(struct spin_barrier *b)
{
    uint64_t arrived = atomic_fetch_add_explicit(&b->arrived.value, 1, memory_order_acq_rel) + 1;
    uint64_t turn = (arrived + b->threads - 1) / b->threads;
    if (arrived == turn * b->threads)
        spin_raise(&b->opened, turn);
    else
        spin_await(&b->opened, turn);
}

#endif
