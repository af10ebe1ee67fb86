/* Answers of servers, retries, private addresses, the rate: decisions that need no server. */
#include "io_bound/address.h"
#include "io_bound/http_date.h"
#include "io_bound/response.h"
#include "io_bound/retry.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static char why[256];

/* Feeds @lines, each ended by \n, as a server would send them. */
static struct response answer(const char *lines)
{
    struct response r;
    response_reset(&r);
    while (*lines) {
        size_t n = strcspn(lines, "\n") + 1;
        CU_ASSERT_TRUE(response_header(&r, lines, n));
        lines += n;
    }
    return r;
}

static enum outcome_kind admit(const char *lines, const struct expect *expect, uint64_t max_size)
{
    const struct response r = answer(lines);
    return response_admit(&r, expect, max_size, why, sizeof why);
}

static const struct expect anything = { .has_size = false };

static void media_types_are_compared_without_parameters(void)
{
    struct response r = answer("HTTP/1.1 200 OK\nContent-Type: Text/HTML; charset=utf-8\n");
    CU_ASSERT_TRUE(response_is_of_type(&r, "text/html"));
    CU_ASSERT_TRUE(response_is_of_type(&r, "text/*"));
    CU_ASSERT_FALSE(response_is_of_type(&r, "text/htm"));
    CU_ASSERT_FALSE(response_is_of_type(&r, "text/html2"));
    CU_ASSERT_FALSE(response_is_of_type(&r, "tex/*"));
    r = answer("HTTP/1.1 302 Found\nContent-Type: text/html\nHTTP/1.1 200 OK\n");
    CU_ASSERT_FALSE(response_is_of_type(&r, "text/html")); /* of the last hop alone */
    CU_ASSERT_FALSE(response_is_of_type(&r, ""));
}

static void only_200_becomes_a_file(void)
{
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\n\r\n", &anything, 0), OUTCOME_DONE);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 204 No Content\r\n\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 206 Partial\r\n\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 304 Not Modified\r\n\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 404 Not Found\r\n\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 503 Busy\r\n\r\n", &anything, 0), OUTCOME_TRANSIENT);
    CU_ASSERT_EQUAL(admit("HTTP/2 429\r\n\r\n", &anything, 0), OUTCOME_TRANSIENT);
    CU_ASSERT_EQUAL(admit("nonsense\r\n\r\n", &anything, 0), OUTCOME_PERMANENT);
}

static void the_last_hop_counts(void)
{
    const struct response r = answer("HTTP/1.1 302 Found\r\nContent-Length: 7\r\nRetry-After: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                                     "HTTP/1.1 200 OK\r\ncontent-length:  5 \r\nContent-Encoding: gzip\r\n\r\n");
    CU_ASSERT_EQUAL(r.status, 200);
    CU_ASSERT_TRUE(r.has_length);
    CU_ASSERT_EQUAL(r.length, 5);
    CU_ASSERT_EQUAL(r.retry_after_s, -1);
    CU_ASSERT_STRING_EQUAL(r.encoding, "gzip");
}

static void contradictory_lengths_are_refused(void)
{
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n", &anything, 0), OUTCOME_PERMANENT);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n", &anything, 0), OUTCOME_DONE);
}

static void an_announced_size_is_compared_before_the_first_byte(void)
{
    const struct expect five = { .has_size = true, .size = 5 };
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", &five, 5), OUTCOME_DONE);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n", &five, 0), OUTCOME_MISMATCH);
    CU_ASSERT_EQUAL(admit("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n", &anything, 5), OUTCOME_PERMANENT);
}

static void endless_headers_are_given_up(void)
{
    struct response r;
    response_reset(&r);
    size_t lines = 0;
    while (lines < 1000000 && response_header(&r, "HTTP/1.1 100 Continue\r\n", 23))
        lines++;
    CU_ASSERT_EQUAL(lines, RESPONSE_HEADERS_MAX / 23);
}

static void what_may_pass_is_retried(void)
{
    static const long transient[] = { 408, 425, 429, 500, 502, 503, 504 };
    int n = 0;
    for (long status = 100; status < 600; status++)
        n += retry_of_status(status);
    for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
        CU_ASSERT_TRUE(retry_of_status(transient[i]));
    CU_ASSERT_EQUAL(n, sizeof transient / sizeof *transient);
    CU_ASSERT_TRUE(retry_of_curl(CURLE_PARTIAL_FILE));
    CU_ASSERT_TRUE(retry_of_curl(CURLE_SEND_ERROR));
    CU_ASSERT_FALSE(retry_of_curl(CURLE_PEER_FAILED_VERIFICATION));
    CU_ASSERT_FALSE(retry_of_curl(CURLE_TOO_MANY_REDIRECTS));
    CU_ASSERT_FALSE(retry_of_curl(CURLE_WRITE_ERROR));
}

static void waits_double_up_to_the_longest_and_are_spread(void)
{
    for (unsigned failures = 1; failures < 200; failures++) {
        double bound = failures < 8 ? 0.5 * (1 << (failures - 1)) : 60;
        bound = bound < 60 ? bound : 60;
        CU_ASSERT_EQUAL(retry_delay_s(failures, 60, 0), 0);
        CU_ASSERT_DOUBLE_EQUAL(retry_delay_s(failures, 60, UINT64_MAX), bound, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(retry_delay_s(failures, 60, UINT64_MAX / 2), bound / 2, 1e-9);
    }
}

/* The date is the example of RFC 9110, section 5.6.7: 784111777 seconds after 1970. */
static void retry_after_is_read_in_both_forms(void)
{
    CU_ASSERT_EQUAL(retry_after_s("120", 0), 120);
    CU_ASSERT_EQUAL(retry_after_s(" 0 \r\n", 0), 0);
    CU_ASSERT_EQUAL(retry_after_s("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 30), 30);
    CU_ASSERT_EQUAL(retry_after_s("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 + 30), 0);
    CU_ASSERT_EQUAL(retry_after_s("-5", 0), -1);
    CU_ASSERT_EQUAL(retry_after_s("soon", 0), -1);
    CU_ASSERT_EQUAL(retry_after_s("", 0), -1);
    CU_ASSERT_TRUE(retry_after_s("99999999999999999999999999", 0) > 1e9);
}

/* RFC 9110, section 5.6.7: three forms of one moment. */
static void dates_have_three_forms(void)
{
    CU_ASSERT_EQUAL(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    CU_ASSERT_EQUAL(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
    CU_ASSERT_EQUAL(http_date("Sun Nov  6 08:49:37 1994"), 784111777);
}

/* The answers are strftime()'s and curl_getdate()'s: every hour and a bit for 200 years. */
static void dates_are_those_of_libc_and_libcurl(void)
{
    for (time_t t = 0; t < 6311433600; t += 3677 * 61) {
        char text[40];
        struct tm utc;
        gmtime_r(&t, &utc);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
        CU_ASSERT_EQUAL(http_date(text), t);
        CU_ASSERT_EQUAL(curl_getdate(text, NULL), t);
    }
}

static void odd_dates_are_left_to_libcurl(void)
{
    static const char *const odd[] = {
        "", "x", "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Thu, 31 Feb 2002 00:00:00 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sat, 31 Dec 2016 23:59:60 GMT", "Sun, 06 Nov 9999 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 -8:49:37 GMT",
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        CU_ASSERT_EQUAL(http_date(odd[i]), curl_getdate(odd[i], NULL));
}

static bool is_private(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_private((const struct sockaddr *)&v4);
    CU_ASSERT_EQUAL(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_is_private((const struct sockaddr *)&v6);
}

static void private_addresses_are_known_in_every_disguise(void)
{
    static const char *const private[] = { "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.19.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fc00::1", "fd12::1", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::" };
    static const char *const public[] = { "1.1.1.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "100.63.0.1", "100.128.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::" };
    for (size_t i = 0; i < sizeof private / sizeof *private; i++)
        CU_ASSERT_TRUE(is_private(private[i]));
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        CU_ASSERT_FALSE(is_private(public[i]));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(media_types_are_compared_without_parameters),
                                              UNIT(only_200_becomes_a_file),
        UNIT(the_last_hop_counts),
        UNIT(contradictory_lengths_are_refused),
        UNIT(an_announced_size_is_compared_before_the_first_byte),
        UNIT(endless_headers_are_given_up),
        UNIT(what_may_pass_is_retried),
        UNIT(waits_double_up_to_the_longest_and_are_spread),
        UNIT(retry_after_is_read_in_both_forms),
        UNIT(dates_have_three_forms),
        UNIT(dates_are_those_of_libc_and_libcurl),
        UNIT(odd_dates_are_left_to_libcurl),
        UNIT(private_addresses_are_known_in_every_disguise),
        UNIT_END,
    };
    return unit_main("response", tests);
}
