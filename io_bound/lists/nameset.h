#ifndef PARKIT_NAMESET_H
#define PARKIT_NAMESET_H
/*
 * The output names seen so far, so that no two entries of a run write the same file. A name is kept
 * as the first 128 bits of its SHA-256: 16 bytes, whatever its length, so a million names take 32 MB
 * at most, and two names meet by chance with probability 10^-27.
 */
struct nameset;

/** nameset_create() - empty; NULL: no memory. nameset_destroy() accepts NULL. Not thread-safe. */
struct nameset *nameset_create(void);
void nameset_destroy(struct nameset *set);

/** nameset_add() - 0; -EEXIST: it was there already; -ENOMEM. */
int nameset_add(struct nameset *set, const char *name) __attribute__((warn_unused_result));

#endif
