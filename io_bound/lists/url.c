#include "io_bound/lists/url.h"

#include "common/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The host of an authority and its port, both as they stand there. */
struct authority {
    const char *host, *port;
    size_t host_length, port_length;
};

static int refuse(char *why, size_t why_size, const char *reason, const char *url)
{
    char shown[160];
    snprintf(why, why_size, "%s: '%s'", reason, message_printable(url, shown, sizeof shown));
    return -EINVAL;
}

bool url_is_https(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0;
}

/* [user[:password]@]host[:port], where an IPv6 host stands in brackets. */
static struct authority split(const char *text, size_t length)
{
    struct authority a = { .host = text, .host_length = length };
    const char *at = memrchr(text, '@', length);
    if (at) {
        a.host = at + 1;
        a.host_length = (size_t)(text + length - a.host);
    }
    const char *end = a.host + a.host_length;
    const char *bracket = a.host_length && a.host[0] == '[' ? memchr(a.host, ']', a.host_length) : NULL;
    const char *search = bracket ? bracket : a.host;
    const char *colon = memchr(search, ':', (size_t)(end - search));
    if (colon) {
        a.port = colon + 1;
        a.port_length = (size_t)(end - a.port);
        a.host_length = (size_t)(colon - a.host);
    }
    return a;
}

static long port_of(const struct authority *a, bool https)
{
    long port = 0;
    if (a->port_length == 0)
        return https ? 443 : 80;
    for (size_t i = 0; i < a->port_length; i++) {
        if (!isdigit((unsigned char)a->port[i]) || port > 65535)
            return 0;
        port = 10 * port + (a->port[i] - '0');
    }
    return port <= 65535 ? port : 0;
}

/* The end of @port as text. */
static char *put_port(char *to, long port)
{
    if (port >= 10)
        to = put_port(to, port / 10);
    *to = (char)('0' + port % 10);
    return to + 1;
}

/* Without printf: this runs twice for every line of a list. */
static void put_host(char out[URL_HOST_MAX], bool https, const struct authority *a, long port)
{
    char *to = stpcpy(out, https ? "https://" : "http://");
    for (size_t i = 0; i < a->host_length; i++)
        *to++ = (char)tolower((unsigned char)a->host[i]);
    *to++ = ':';
    *put_port(to, port) = '\0';
}

int url_host(const char *url, char out[URL_HOST_MAX], char *why, size_t why_size)
{
    bool https = url_is_https(url);
    if (!https && strncasecmp(url, "http://", 7) != 0)
        return refuse(why, why_size, "not an http:// or https:// URL", url);
    if (strlen(url) > URL_MAX)
        return refuse(why, why_size, "the URL is longer than 8000 bytes", url);
    if (strchr(url, ' ') || !message_is_printable(url))
        return refuse(why, why_size, "the URL has spaces or control characters or is not UTF-8", url);
    const char *start = url + (https ? 8 : 7);
    struct authority a = split(start, strcspn(start, "/?#"));
    if (a.host_length == 0 || a.host_length > 255)
        return refuse(why, why_size, "the URL has no usable host", url);
    long port = port_of(&a, https);
    if (port == 0)
        return refuse(why, why_size, "the URL has a bad port", url);
    put_host(out, https, &a, port);
    return 0;
}
