#ifndef PARKIT_MATCH_H
#define PARKIT_MATCH_H
/*
 * What a program says about its own run, found in its kept output: whether the answer is right, its
 * figure of merit, the time that it took itself. Each is looked for by a POSIX extended regular
 * expression, or, written json:KEY, by the key of a JSON object; a.b.0 goes into objects and arrays.
 *
 * Regular expressions search line by line (a carriage return ends a line too), so ^ and $ are its ends
 * and no match spans two. Objects are looked for one a line; where no line has the key, the first object
 * that begins a line and spans several is read.
 */
#include <regex.h>
#include <stdbool.h>

enum pattern_kind { PATTERN_NONE, PATTERN_REGEX, PATTERN_JSON };

struct pattern {
    enum pattern_kind kind;
    regex_t regex;
    const char *key; /* borrowed from the text */
};

struct match {
    struct pattern fom, time, ok;
};

/* The texts of --fom, --time and --ok; NULL: not asked for. They must outlive the match. */
struct match_texts {
    const char *fom, *time, *ok;
};

/**
 * match_create() - compile. match_destroy() frees (accepts NULL, zeroes).
 * Returns 0, or -EINVAL after a message that names the option and what is wrong with its pattern.
 */
int match_create(const struct match_texts *texts, struct match *out) __attribute__((warn_unused_result));
void match_destroy(struct match *m);

/** match_wanted() - whether anything is looked for, so that the output must be kept. */
bool match_wanted(const struct match *m);

struct match_result {
    double fom, time_s; /* NaN if there was none                                        */
    bool ok;            /* whether ok matched, or its key was true; true if not asked for */
};

/**
 * match_file() - search all that was written to @fd so far (from its start; the offset is moved).
 *
 * A number is the first group of the expression, or all it matched where it has no group, read as a
 * decimal number. The last match that is a number wins: programs print progress first and the final
 * figure last. 0, or a negative errno value.
 */
int match_file(const struct match *m, int fd, struct match_result *out) __attribute__((warn_unused_result));

#endif
