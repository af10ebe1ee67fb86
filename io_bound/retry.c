#include "io_bound/retry.h"

#include "common/clock.h"
#include "io_bound/http_date.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const double FIRST_BOUND_S = 0.5;

bool retry_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SSL_CONNECT_ERROR: /* also a connection cut during the handshake */
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    default:
        return false;
    }
}

/* OpenSSL's errors are "error:0A000102:SSL routines::unsupported protocol"; broken connections are errors of the system. */
bool retry_is_refused_handshake(const char *text)
{
    return strstr(text, "SSL routines") && !strstr(text, "unexpected eof");
}

bool retry_of_status(long status)
{
    static const long transient[] = { 408, 425, 429, 500, 502, 503, 504 };
    for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
        if (status == transient[i])
            return true;
    return false;
}

/* Whether a connection could not be had or broke. */
static bool lost_connection(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

enum manners_sign retry_sign(CURLcode code, long status, bool reused)
{
    if (status == 429 || status == 503 || (status != 0 && lost_connection(code)))
        return MANNERS_OVERLOAD;
    if (status != 0)
        return MANNERS_WELL;
    bool kept_one = reused && (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING);
    return lost_connection(code) && !kept_one ? MANNERS_UNREACHED : MANNERS_NOTHING;
}

uint64_t retry_random(void)
{
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits || bits == 0)
        bits = (uint64_t)(clock_now_s() * 1e9) * 0x9E3779B97F4A7C15 | 1; /* enough to spread retries */
    return bits;
}

double retry_delay_s(unsigned failures, double max_s, uint64_t random)
{
    double bound = ldexp(FIRST_BOUND_S, failures > 64 ? 64 : (int)failures - 1);
    return fmin(bound, max_s) * ((double)(random >> 11) * 0x1p-53);
}

double retry_after_s(const char *value, time_t now)
{
    value += strspn(value, " \t");
    size_t digits = strspn(value, "0123456789");
    if (digits > 0 && value[digits + strspn(value + digits, " \t\r\n")] == '\0')
        return strtod(value, NULL);
    if (!isalpha((unsigned char)value[0])) /* an HTTP-date begins with the day of the week */
        return -1;
    time_t date = http_date(value);
    if (date == -1)
        return -1;
    return date > now ? (double)(date - now) : 0;
}
