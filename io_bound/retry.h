#ifndef PARKIT_RETRY_H
#define PARKIT_RETRY_H
/*
 * What may pass if asked again, and when to ask. Waits grow exponentially with full jitter
 * (uniform from 0 to the bound), which spreads clients that failed together; source: M. Brooker,
 * "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */
#include "io_bound/manners.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** retry_of_curl() - whether libcurl's @code may pass: connections that fail or break, DNS, time limits. */
bool retry_of_curl(CURLcode code);

/**
 * retry_is_refused_handshake() - whether libcurl's @text about a failed TLS handshake says that one side refused what the
 * other can do (an old version, no common cipher), rather than that the connection broke.
 */
bool retry_is_refused_handshake(const char *text);

/** retry_of_status() - whether the HTTP @status may pass: 408, 425, 429, 500, 502, 503, 504 (RFC 9110, RFC 6585). */
bool retry_of_status(long status);

/**
 * retry_sign() - what the end of an attempt shows of the server.
 *
 * @code:   libcurl's result. @status: of the answer, 0: none came.
 * @reused: the connection was a kept one, which a server may close at any time.
 */
enum manners_sign retry_sign(CURLcode code, long status, bool reused);

/** retry_random() - 64 random bits, not 0. */
uint64_t retry_random(void);

/**
 * retry_delay_s() - seconds to wait before the next attempt.
 *
 * @failures: failed attempts so far, at least 1.
 * @max_s:    the longest wait.
 * @random:   uniform 64 random bits.
 * Returns a number from 0 to min(@max_s, 2^(failures-2)): the bound begins with half a second.
 */
double retry_delay_s(unsigned failures, double max_s, uint64_t random);

/**
 * retry_after_s() - the seconds that a Retry-After header asks for (RFC 9110, section 10.2.3).
 *
 * @value: a number of seconds or an HTTP-date; @now: the present wall-clock time.
 * Returns at least 0 (also for a date that is past), or -1 where it is neither.
 */
double retry_after_s(const char *value, time_t now);

#endif
