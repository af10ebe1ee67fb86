#ifndef PARKIT_BUDGET_H
#define PARKIT_BUDGET_H
/*
 * A limit to the memory of a library that takes malloc(), realloc() and free() of its caller but hands no context to them:
 * expat keeps every name of an element, attribute and namespace it has met for as long as it lives, so a document of ever
 * new names would fill any memory.
 *
 * A block remembers the budget that it was taken from. What a thread takes anew comes from the budget that it has entered.
 */
#include <stdbool.h>
#include <stddef.h>

/* One thread at a time. */
struct budget {
    size_t limit, used; /* bytes */
    bool exceeded;      /* something was refused for it */
};

/** budget_enter() - what this thread takes from now on, until it enters another, comes from @b; NULL: nothing is to be had. */
void budget_enter(struct budget *b);

/** budget_malloc(), budget_realloc(), budget_free() - as those of the C library; NULL also where the budget is used up. */
void *budget_malloc(size_t size);
void *budget_realloc(void *block, size_t size);
void budget_free(void *block);

#endif
