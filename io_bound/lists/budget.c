#include "io_bound/lists/budget.h"

#include <stdlib.h>
#include <string.h>

/* Before each block; its size keeps the block as well aligned as malloc() made it. */
union head {
    struct {
        struct budget *budget;
        size_t size;
    } of;
    max_align_t aligned;
};

static _Thread_local struct budget *entered;

void budget_enter(struct budget *b)
{
    entered = b;
}

void *budget_malloc(size_t size)
{
    struct budget *b = entered;
    if (!b || size > b->limit - b->used) {
        if (b)
            b->exceeded = true;
        return NULL;
    }
    union head *head = malloc(sizeof *head + size);
    if (!head)
        return NULL;
    head->of.budget = b;
    head->of.size = size;
    b->used += size;
    return head + 1;
}

void *budget_realloc(void *block, size_t size)
{
    if (!block)
        return budget_malloc(size);
    union head *head = (union head *)block - 1;
    struct budget *b = head->of.budget;
    size_t before = head->of.size;
    if (size > before && size - before > b->limit - b->used) {
        b->exceeded = true;
        return NULL;
    }
    head = realloc(head, sizeof *head + size);
    if (!head)
        return NULL;
    head->of.size = size;
    b->used += size - before;
    return head + 1;
}

void budget_free(void *block)
{
    if (!block)
        return;
    union head *head = (union head *)block - 1;
    head->of.budget->used -= head->of.size;
    free(head);
}
