#ifndef PARKIT_OUTPUT_H
#define PARKIT_OUTPUT_H
/* Files of results: under their name only when they are complete. */
#include <stdbool.h>
#include <stdio.h>

/** output_ends_in() - whether @path has the ending @suffix (".png") and something before it. */
bool output_ends_in(const char *path, const char *suffix);

/**
 * output_write() - what @fill writes becomes the file @path: under a temporary name beside it, to the disk, then renamed.
 *
 * @fill: writes to @f; 0 or a negative errno value.
 *
 * Returns 0, or a negative errno value after a message; then nothing is left, and what stood at @path stays.
 */
int output_write(const char *path, int (*fill)(FILE *f, const void *context), const void *context);

/** output_failed() - say that @path cannot be written for the reason -@rc; returns the value to return. */
int output_failed(const char *path, int rc);

#endif
