#ifndef PARKIT_RESPONSE_H
#define PARKIT_RESPONSE_H
/*
 * What a server's answer says before its first byte of content, and whether that content may go into
 * the file. Everything is decided here, from the headers, so no byte of an error page ever reaches one.
 */
#include "io_bound/hash.h"
#include "io_bound/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct response {
    long status;                 /* of the last hop; 0: no answer yet            */
    bool has_length;
    bool lengths_differ;         /* two Content-Length fields disagree           */
    uint64_t length;
    double retry_after_s;        /* -1: not asked for                            */
    char encoding[32];           /* Content-Encoding; "": none                   */
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

/**
 * response_admit() - may the content become the file?
 *
 * @expect: what the list says of the file. @max_size: the largest size allowed, 0: any.
 * Returns OUTCOME_DONE: yes; else why not: OUTCOME_TRANSIENT, OUTCOME_PERMANENT or OUTCOME_MISMATCH
 * with one clause in @why.
 */
enum outcome_kind response_admit(const struct response *r, const struct expect *expect, uint64_t max_size, char *why,
                                 size_t why_size);

#endif
