#ifndef PARKIT_JSONL_H
#define PARKIT_JSONL_H
/*
 * JSON lines: one object a line. A reader must survive a line that was cut off by a crash; a writer
 * appends a whole line with one write(2), so that lines of several processes do not mix (O_APPEND).
 */
#include "common/wide.h"

#include <jansson.h>
#include <stdio.h>

/** jsonl_print() - @object as one line on @stream. Returns 0 or -EIO. Does not take the reference. */
int jsonl_print(FILE *stream, const json_t *object);

/**
 * jsonl_append() - append @object as one line to the file @path, made if it is missing. If the file
 * ends in a torn line (no newline), that is ended first, so the new line stays whole.
 * @durable: also fdatasync. Returns 0 or a negative errno value, without a message.
 */
int jsonl_append(const char *path, const json_t *object, int durable) __attribute__((warn_unused_result));

/**
 * jsonl_read() - call @each for every line of @path that is a JSON object.
 *
 * @each: gets a borrowed reference and the line number (from 1); a non-zero result stops and is returned.
 * @torn: if not NULL, receives the number of lines that are neither empty nor JSON objects (skipped).
 * Returns 0, the value of @each, or a negative errno value.
 */
int jsonl_read(const char *path, int (*each)(void *context, json_t *object, size_t line), void *context,
               size_t *torn) __attribute__((warn_unused_result));

/** jsonl_u128() - @value as a JSON integer, or as a decimal string above 2^63 - 1. A new reference. */
json_t *jsonl_u128(uint128 value);

#endif
