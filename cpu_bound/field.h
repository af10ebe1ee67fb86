#ifndef PARKIT_FIELD_H
#define PARKIT_FIELD_H
/*
 * Fields of double precision as files that NumPy reads: format .npy, version 1.0 (NumPy Enhancement Proposal 1: magic, length,
 * a dictionary in ASCII padded to a multiple of 64 bytes), then the numbers row by row, in little-endian order.
 */
#include <stdbool.h>
#include <stddef.h>

enum { FIELD_HEADER = 128 /* bytes before the first number */ };

/** field_named() - whether @path ends in .npy. */
bool field_named(const char *path);

/** field_check() - 0 if @path is the name of a field or of a picture; else -EINVAL after a message. */
int field_check(const char *path);

/** field_header() - what stands before @rows x @columns numbers, into @out. */
void field_header(char out[FIELD_HEADER], size_t rows, size_t columns);

/**
 * field_write() - @rows x @columns numbers to @path.
 *
 * @row: row @y, of @columns numbers, valid until the next call.
 *
 * As output_write(): @path is never half a field. Returns 0, or a negative errno value after a message.
 */
int field_write(const char *path, size_t rows, size_t columns, const double *(*row)(const void *context, size_t y),
                const void *context);

#endif
