#ifndef PARKIT_SORT_OUTCOME_H
#define PARKIT_SORT_OUTCOME_H
/*
 * What is asked of a sort, and what is to be said of it: all that answer(), text() and details() of the workload
 * need, so that a process that holds only a share of the records can give it to them.
 */
#include "common/workload.h"
#include "cpu_bound/sort_input.h"

/* The workload's own options. */
struct sort_options {
    int distribution;
    uint64_t distinct;
    bool payload;
};

struct sort_outcome {
    struct sort_input in;
    enum isa isa;
    struct team *team;     /* whose memory is the limit; NULL: of many computers            */
    uint64_t checksum;     /* of the keys of the input                                      */
    uint64_t digest;       /* of the result: its blocks of SORT_BLOCK records, joined       */
    uint64_t least, median, greatest; /* keys of the result: of the records 0, n / 2, n - 1 */
};

/** sort_outcome_asked() - what @p asks for; the rest is not known yet. */
static inline struct sort_outcome sort_outcome_asked(const struct params *p)
{
    const struct sort_options *o = p->own;
    return (struct sort_outcome){ .in = { .distribution = (enum sort_distribution)o->distribution, .n = p->size,
                                          .seed = p->seed, .distinct = o->distinct, .words = o->payload ? 2 : 1 },
                                  .isa = p->isa, .team = p->team };
}

#endif
