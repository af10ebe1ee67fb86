#ifndef PARKIT_CLOCK_H
#define PARKIT_CLOCK_H
/* The only clock of the kit: CLOCK_MONOTONIC, which neither NTP steps nor an operator can turn back. */

enum { CLOCK_RFC3339_LEN = 32 };

/** clock_now_s() - seconds since an arbitrary fixed moment. Thread-safe; resolution about 1 ns. */
double clock_now_s(void);

/** clock_sleep_s() - wait @seconds (>= 0) in spite of signals. Thread-safe. */
void clock_sleep_s(double seconds);

/** clock_rfc3339() - the wall-clock time, UTC with milliseconds (RFC 3339), into @out. Thread-safe. */
void clock_rfc3339(char out[CLOCK_RFC3339_LEN]);

#endif
