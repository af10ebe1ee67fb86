#ifndef PARKIT_FAULTS_REQUEST_H
#define PARKIT_FAULTS_REQUEST_H
/* The head of an HTTP/1.x request (RFC 9112, sections 3 and 5), cut up in place. */
#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_HEADERS_MAX = 64, REQUEST_HEAD_MAX = 65536 };

struct request {
    const char *method, *target;
    struct {
        const char *name, *value;
    } header[REQUEST_HEADERS_MAX];
    size_t n_headers;
};

/**
 * request_parse() - @head: @size bytes that end in an empty line, and room for one byte more; cut up, so it must
 * outlive @r. Returns false where it is no request: no three words in its first line, zero bytes, a header without
 * colon, or too many of them.
 */
bool request_parse(char *head, size_t size, struct request *r);

/** request_header() - the value of the first header @name (any case); NULL: there is none. */
const char *request_header(const struct request *r, const char *name);

#endif
