#include "io_bound/address.h"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

/* The first @bits bits of an address block. */
struct block4 {
    uint32_t net;
    int bits;
};

static bool private4(uint32_t a)
{
    static const struct block4 blocks[] = {
        { 0x00000000, 8 },  /* 0.0.0.0/8        this network       */
        { 0x0A000000, 8 },  /* 10.0.0.0/8       private            */
        { 0x64400000, 10 }, /* 100.64.0.0/10    shared (RFC 6598)  */
        { 0x7F000000, 8 },  /* 127.0.0.0/8      loopback           */
        { 0xA9FE0000, 16 }, /* 169.254.0.0/16   link-local         */
        { 0xAC100000, 12 }, /* 172.16.0.0/12    private            */
        { 0xC0000000, 24 }, /* 192.0.0.0/24     protocols          */
        { 0xC0A80000, 16 }, /* 192.168.0.0/16   private            */
        { 0xC6120000, 15 }, /* 198.18.0.0/15    benchmarks         */
        { 0xE0000000, 3 },  /* 224.0.0.0/3      multicast, reserved, broadcast */
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if ((a ^ blocks[i].net) >> (32 - blocks[i].bits) == 0)
            return true;
    return false;
}

static uint32_t ipv4_at(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool private6(const uint8_t *b)
{
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xFF, 0x9B };            /* 64:ff9b::/96, RFC 6052 */
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };         /* ::ffff:0:0/96          */
    static const uint8_t zero[12] = { 0 };                                  /* ::, ::1 and the like   */
    if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
        return private4(ipv4_at(b + 12));
    if (b[0] == 0x20 && b[1] == 0x02)                                       /* 2002::/16, RFC 3056    */
        return private4(ipv4_at(b + 2));
    return memcmp(b, zero, 12) == 0 || (b[0] & 0xFE) == 0xFC || (b[0] == 0xFE && b[1] >= 0x80) || b[0] == 0xFF;
}

bool address_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return private4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return private6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return true;
}

bool address_no_such_name(const char *url)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char *host = NULL;
    CURLU *parts = curl_url();
    bool parsed = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    for (const char *c = host; c && *c; c++)
        parsed &= (unsigned char)*c < 0x80 && *c != '%'; /* libcurl translates such names first */
    int rc = parsed ? getaddrinfo(host, NULL, &hints, &found) : 0;
    if (parsed && rc == 0)
        freeaddrinfo(found);
    curl_free(host);
    curl_url_cleanup(parts);
    return rc == EAI_NONAME;
}
