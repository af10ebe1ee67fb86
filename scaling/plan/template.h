#ifndef PARKIT_TEMPLATE_H
#define PARKIT_TEMPLATE_H
/*
 * Commands with {threads} {ranks} {nodes} {size} {rep}. Nothing else is replaced: a command is full of
 * braces of its own. A name that is one of these but for a slip ({thread}, {np}) is refused.
 */
#include "scaling/plan/grid.h"

/** template_has() - whether one of the NULL-terminated @words has {@name}. */
bool template_has(char *const *words, const char *name);

/** template_check() - 0, or -EINVAL after a message about a placeholder that is mistyped. */
int template_check(char *const *words) __attribute__((warn_unused_result));

/** template_fill() - @text for that run: allocated, NULL without memory. {size} stays where there is none. */
char *template_fill(const char *text, const struct grid_point *p, uint64_t rep);

/** template_fill_words() - the same for a NULL-terminated array. template_free() frees it. */
char **template_fill_words(char *const *words, const struct grid_point *p, uint64_t rep);
void template_free(char **words);

#endif
