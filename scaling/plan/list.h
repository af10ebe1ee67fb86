#ifndef PARKIT_LIST_H
#define PARKIT_LIST_H
/*
 * Lists of counts and sizes as people write them, parts joined with commas, each number once:
 *
 *     1,2,4         numbers; sizes also as 64K, 1e9
 *     1-8           every number from 1 to 8
 *     1-64:*2       by a factor: 1, 2, 4 ... 64;  2-16:+2 by a step
 *     1,2,4..32     goes on as the three numbers before .. do, by the same factor or step
 *     all           powers of two up to the cores, and the cores
 *     sockets numa  the cores of one socket (NUMA domain), of two, ... of all
 */
#include <stddef.h>
#include <stdint.h>

enum { LIST_MAX = 10000 };

struct list {
    uint64_t *value;
    size_t n;
};

/* What the words stand for: within the cpus that the process may use. */
struct shape {
    unsigned cores, cpus, sockets, numa;
};

/**
 * list_parse() - @text of the option @option (for messages: "--threads") into @out.
 * 0; -EINVAL after a message that shows the part that is wrong; -ENOMEM. list_free() frees.
 */
int list_parse(const char *option, const char *text, const struct shape *shape, struct list *out)
    __attribute__((warn_unused_result));
void list_free(struct list *list);

#endif
