#ifndef PARKIT_NAME_H
#define PARKIT_NAME_H
/*
 * Output names. They come from lists and URLs that others wrote, so a name is refused unless it is
 * a plain relative path: it can leave the output folder neither by itself nor after somebody decodes
 * its percent signs, it is safe to print, and it cannot pass for an option of another program.
 */
#include <stddef.h>

enum {
    NAME_COMPONENT_MAX = 255, /* NAME_MAX of Linux file systems */
    NAME_PATH_MAX = 4095,     /* PATH_MAX without the 0         */
};

/**
 * name_check() - whether @path may be the name of an output file below the output folder.
 *
 * Refused: empty, absolute or longer than NAME_PATH_MAX; a component that is empty, "." or "..",
 * begins with '-', is longer than NAME_COMPONENT_MAX or is the temporary name of a download
 * (".X.part"); control characters, backslash, a space at the end, bytes that are not UTF-8; the same written with %XX.
 *
 * Returns 0, or -EINVAL with one clause in @why. Thread-safe.
 */
int name_check(const char *path, char *why, size_t why_size) __attribute__((warn_unused_result));

/**
 * name_of_url() - the default output name: the last path segment of @url, percent signs kept.
 *
 * @out: at least NAME_COMPONENT_MAX + 1 bytes.
 * Returns 0, or -EINVAL with one clause in @why. Thread-safe.
 */
int name_of_url(const char *url, char *out, char *why, size_t why_size) __attribute__((warn_unused_result));

#endif
