#ifndef PARKIT_RESPONSE_H
#define PARKIT_RESPONSE_H
/*
 * What a server's answer says before its first byte of content, and whether that content may go into
 * the file. Everything is decided here, from the headers, so no byte of an error page ever reaches one.
 */
#include "io_bound/ask.h"
#include "io_bound/files/hash.h"
#include "io_bound/outcome.h"
#include "io_bound/files/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct response {
    long status;                 /* of the last hop; 0: no answer yet            */
    int version;                 /* of HTTP, the number before the dot           */
    bool chunked;                /* Transfer-Encoding: the end is marked         */
    bool has_length;
    bool lengths_differ;         /* two Content-Length fields disagree           */
    uint64_t length;
    double retry_after_s;        /* -1: not asked for                            */
    char encoding[32];           /* Content-Encoding; "": none                   */
    bool several_ranges;         /* multipart/byteranges                         */
    char type[80];               /* the media type alone, without parameters; "": none, or longer */
    bool has_range;              /* Content-Range: bytes first-last/total        */
    uint64_t first, last;
    bool has_range_total;        /* also told by a 416, without first and last    */
    uint64_t range_total;
    time_t date;                 /* -1: none                                     */
    char etag[ETAG_MAX], modified[HTTP_DATE_MAX]; /* as sent; "": none, or longer than can be used */
    size_t header_bytes;         /* over all hops                                */
};

void response_reset(struct response *r);

/**
 * response_header() - read one header line of @size bytes (not terminated), as libcurl hands it over.
 * A status line begins the next hop: what came before is forgotten. Returns false when the server has
 * sent more header bytes than anybody needs (RESPONSE_HEADERS_MAX over all hops): give up.
 */
enum { RESPONSE_HEADERS_MAX = 256 * 1024 }; /* below libcurl's own 300 kB, which it tells as a broken connection */
bool response_header(struct response *r, const char *line, size_t size);

/** response_is_of_type() - whether the content is of the media type @type ("text/html"), or of any of its kind (TEXT followed by a slash and a star). */
bool response_is_of_type(const struct response *r, const char *type);

/**
 * response_admit() - may the content become the file?
 *
 * @expect: what the list says of the file. @max_size: the largest size allowed, 0: any.
 * Returns OUTCOME_DONE: yes; else why not: OUTCOME_TRANSIENT, OUTCOME_PERMANENT or OUTCOME_MISMATCH
 * with one clause in @why.
 */
enum outcome_kind response_admit(const struct response *r, const struct expect *expect, uint64_t max_size, char *why,
                                 size_t why_size);

/** response_version() - of the file that the answer is from. */
struct version response_version(const struct response *r);

/**
 * response_range() - the answer to a request for the range @ask. One clause in @why, but for RANGE_GOOD.
 * A 206 is good only if it begins where asked, ends no later, has the total and the validators of the
 * bytes that are there, and no Content-Encoding.
 */
enum range_verdict response_range(const struct response *r, const struct ask *ask, char *why, size_t why_size);

#endif
