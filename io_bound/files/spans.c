#include "io_bound/files/spans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void spans_free(struct spans *s)
{
    free(s->span);
    *s = (struct spans){ .n = 0 };
}

static int make_room(struct spans *s, size_t n)
{
    if (n <= s->room)
        return 0;
    size_t room = 2 * n + 4;
    struct span *grown = realloc(s->span, room * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    s->span = grown;
    s->room = room;
    return 0;
}

/* Put @new_n spans in the place of those from @first to before @last. */
static int splice(struct spans *s, size_t first, size_t last, const struct span *new, size_t new_n)
{
    int rc = make_room(s, s->n + new_n);
    if (rc != 0)
        return rc;
    memmove(s->span + first + new_n, s->span + last, (s->n - last) * sizeof *s->span);
    for (size_t i = 0; i < new_n; i++)
        s->span[first + i] = new[i];
    s->n += new_n - (last - first);
    return 0;
}

int spans_add(struct spans *s, uint64_t begin, uint64_t end)
{
    struct span joined = { begin, end };
    size_t first = 0, last;
    if (begin >= end)
        return 0;
    while (first < s->n && s->span[first].end < begin)
        first++;
    for (last = first; last < s->n && s->span[last].begin <= end; last++) {
        joined.begin = s->span[last].begin < joined.begin ? s->span[last].begin : joined.begin;
        joined.end = s->span[last].end > joined.end ? s->span[last].end : joined.end;
    }
    return splice(s, first, last, &joined, 1);
}

int spans_remove(struct spans *s, uint64_t begin, uint64_t end)
{
    struct span rest[2];
    size_t first = 0, last, n = 0;
    while (first < s->n && s->span[first].end <= begin)
        first++;
    for (last = first; last < s->n && s->span[last].begin < end; last++) {
        if (s->span[last].begin < begin)
            rest[n++] = (struct span){ s->span[last].begin, begin };
        if (s->span[last].end > end)
            rest[n++] = (struct span){ end, s->span[last].end };
    }
    return begin < end && last > first ? splice(s, first, last, rest, n) : 0;
}

bool spans_gap(const struct spans *s, uint64_t from, uint64_t limit, struct span *gap)
{
    size_t i = 0;
    for (; i < s->n && s->span[i].begin <= from; i++)
        from = s->span[i].end > from ? s->span[i].end : from;
    if (from >= limit)
        return false;
    *gap = (struct span){ from, i < s->n && s->span[i].begin < limit ? s->span[i].begin : limit };
    return true;
}

uint64_t spans_bytes(const struct spans *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->n; i++)
        bytes += s->span[i].end - s->span[i].begin;
    return bytes;
}

int spans_copy(struct spans *to, const struct spans *from)
{
    int rc = make_room(to, from->n);
    if (rc != 0)
        return rc;
    if (from->n > 0)
        memcpy(to->span, from->span, from->n * sizeof *from->span);
    to->n = from->n;
    return 0;
}
