#include "io_bound/files/piece_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct piece_check {
    const struct pieces *pieces;
    struct hasher *hasher;
    uint64_t total, first, begin, position; /* begin: of the present piece */
    struct spans wrong;
};

int piece_check_create(struct piece_check **out)
{
    struct piece_check *c = calloc(1, sizeof *c);
    if (!c || hasher_create(&c->hasher) != 0) {
        free(c);
        return -ENOMEM;
    }
    *out = c;
    return 0;
}

void piece_check_destroy(struct piece_check *c)
{
    if (!c)
        return;
    hasher_destroy(c->hasher);
    spans_free(&c->wrong);
    free(c);
}

int piece_check_start(struct piece_check *c, const struct pieces *pieces, uint64_t begin, uint64_t total)
{
    c->pieces = pieces;
    c->total = total;
    c->first = c->begin = c->position = begin;
    c->wrong.n = 0;
    if (pieces->length == 0 || begin % pieces->length != 0 || pieces->n != (total + pieces->length - 1) / pieces->length)
        return -EINVAL;
    return hasher_start(c->hasher, 1U << pieces->kind);
}

/* The present piece has come to its end. */
static int end_piece(struct piece_check *c)
{
    enum hash_kind kind = c->pieces->kind;
    size_t bytes = hash_bytes(kind);
    struct expect expect = { .hashes = 1U << kind };
    char why[256];
    memcpy(expect.hash[kind], c->pieces->hash + c->begin / c->pieces->length * bytes, bytes);
    bool right = hasher_check(c->hasher, &expect, why, sizeof why) == 0;
    int rc = right ? 0 : spans_add(&c->wrong, c->begin, c->position);
    c->begin = c->position;
    return rc == 0 ? hasher_start(c->hasher, expect.hashes) : rc;
}

int piece_check_add(struct piece_check *c, const void *data, size_t size)
{
    const char *bytes = data;
    while (size > 0 && c->position < c->total) {
        uint64_t end = c->begin + c->pieces->length < c->total ? c->begin + c->pieces->length : c->total;
        size_t n = end - c->position < size ? (size_t)(end - c->position) : size;
        hasher_add(c->hasher, bytes, n);
        c->position += n;
        bytes += n;
        size -= n;
        int rc = c->position == end ? end_piece(c) : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

uint64_t piece_check_upto(const struct piece_check *c)
{
    return c->begin;
}

bool piece_check_is_hopeless(const struct piece_check *c)
{
    uint64_t wrong = spans_bytes(&c->wrong), right = c->begin - c->first - wrong;
    return c->wrong.n > PIECES_WRONG_MAX || (wrong > right && wrong > 2 * c->pieces->length);
}

const struct spans *piece_check_wrong(const struct piece_check *c)
{
    return &c->wrong;
}
