#ifndef PARKIT_MATCH_H
#define PARKIT_MATCH_H
/*
 * What a program says about its own run, found in its kept output by POSIX extended regular
 * expressions: whether the answer is right, and its figure of merit. The output is searched line by
 * line (a carriage return ends a line too), so ^ and $ are its ends and no match spans two.
 */
#include <regex.h>
#include <stdbool.h>

struct match {
    regex_t fom, ok;
    bool has_fom, has_ok;
};

/**
 * match_create() - compile; either pattern may be NULL. match_destroy() frees (accepts NULL, zeroes).
 * Returns 0, or -EINVAL after a message that names the option and what is wrong with its pattern.
 */
int match_create(const char *fom, const char *ok, struct match *out) __attribute__((warn_unused_result));
void match_destroy(struct match *m);

struct match_result {
    double fom;  /* NaN if there was none                                           */
    bool ok;     /* whether the ok pattern matched; true where none was asked for   */
};

/**
 * match_file() - search all that was written to @fd so far (from its start; the offset is moved).
 *
 * The figure of merit is the first group of the pattern, or all it matched where it has no group,
 * read as a decimal number. The last match that is a number wins: programs print progress first and
 * the final figure last. 0, or a negative errno value.
 */
int match_file(const struct match *m, int fd, struct match_result *out) __attribute__((warn_unused_result));

/** match_line() - the same for one line (no newline), changing @result. */
void match_line(const struct match *m, const char *line, struct match_result *result);

#endif
