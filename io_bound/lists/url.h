#ifndef PARKIT_URL_H
#define PARKIT_URL_H
/*
 * The part of a URL (RFC 3986) that the scheduler needs: whether it can be asked for at all, and
 * which server is asked. libcurl parses it again, in full, when the request is made.
 */
#include <stdbool.h>
#include <stddef.h>

enum {
    URL_MAX = 8000,     /* what every server must take (RFC 9110, section 4.1)     */
    URL_HOST_MAX = 280, /* a DNS name of 253 bytes, a scheme and a port            */
};

/**
 * url_host() - the server of @url as "scheme://host:port", in lower case, without user and password.
 *
 * Returns 0, or -EINVAL with one clause in @why: not http or https, no host, a bad port, too long, or spaces,
 * control characters or bytes that are not UTF-8 in it. Thread-safe.
 */
int url_host(const char *url, char out[URL_HOST_MAX], char *why, size_t why_size) __attribute__((warn_unused_result));

/** url_is_https() - whether the scheme of @url is https. */
bool url_is_https(const char *url);

#endif
