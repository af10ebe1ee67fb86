#ifndef PARKIT_MANNERS_H
#define PARKIT_MANNERS_H
/*
 * Manners towards one server: how many connections it gets now, when it is left alone, and when it is
 * taken for dead. Pure arithmetic on times that the caller gives; the queue (work.c) holds the lock.
 *
 * - Window: additive increase, multiplicative decrease (AIMD; Chiu and Jain 1989, as in RFC 5681). It
 *   begins with one connection, so that the name is resolved, the certificates are read and the server is
 *   known to live before more follow; every connection made and every answer then lets three more in until
 *   the limit or the first sign of overload. Signs: 429, 503, a refused or broken connection. They halve
 *   it, once for all that was begun before; afterwards a whole window of answers wins one connection.
 * - Pause: what Retry-After asks for holds for the server, not only for the URL.
 * - Circuit breaker (M. Nygard, Release It!, 2007): after MANNERS_TRIP failures to get any answer in a row
 *   nothing is asked but one probe at a time, after waits that double. When `probes` of them have failed,
 *   the server is dead: what waits for it is given up at once, and one more probe is let through every
 *   `longest_s`. Any answer, also an error, closes the breaker, and the window grows fast again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MANNERS_TRIP = 5 };

/* What an attempt showed of the server. */
enum manners_sign {
    MANNERS_NOTHING,   /* it was not asked                                                        */
    MANNERS_WELL,      /* it answered                                                             */
    MANNERS_OVERLOAD,  /* it answered that it has too much to do, or broke a connection in work   */
    MANNERS_UNREACHED, /* no connection, or none that brought an answer                           */
};

struct manners_limits {
    size_t connections; /* at most at one server, at least 1 */
    unsigned probes;    /* failed ones before it is dead     */
    double longest_s;   /* between probes                    */
};

struct manners {
    double window;         /* connections allowed now, from 1 to the limit       */
    double threshold;      /* up to here the window grows fast                   */
    double cut_s;          /* when the window was last halved                    */
    double not_before_s;   /* left alone until then                              */
    unsigned in_a_row;     /* failures to get an answer                          */
    unsigned failed_probes;
    bool probing;          /* a probe is under way                               */
    double probe_s;        /* when the next probe may be sent                    */
};

void manners_begin(struct manners *m);

/** manners_connections() - how many attempts may be under way now. */
size_t manners_connections(const struct manners *m, const struct manners_limits *limits);

/**
 * manners_ready_s() - from when another attempt may begin.
 * @in_flight: attempts under way. Returns a time, which may be past; INFINITY: when one of those has ended.
 */
double manners_ready_s(const struct manners *m, const struct manners_limits *limits, size_t in_flight);

/** manners_dead() - whether an attempt at @now would only wait for a server that does not answer. */
bool manners_dead(const struct manners *m, const struct manners_limits *limits, double now);

/* What is to be remembered of an attempt until its end. */
struct manners_attempt {
    double began_s;
    bool probe;
    bool ramping; /* manners_connected() is wanted when it has its connection */
};

/** manners_ask() - an attempt begins. */
struct manners_attempt manners_ask(struct manners *m, const struct manners_limits *limits, double now);

/** manners_connected() - an attempt has its connection. */
void manners_connected(struct manners *m, const struct manners_limits *limits);

/**
 * manners_answer() - @attempt has ended.
 *
 * @pause_s: how long the server wants to be left alone; 0: not at all.
 * @random:  uniform 64 random bits, for the wait before the next probe.
 */
void manners_answer(struct manners *m, const struct manners_limits *limits, const struct manners_attempt *attempt,
                    enum manners_sign sign, double now, double pause_s, uint64_t random);

#endif
