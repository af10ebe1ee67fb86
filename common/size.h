#ifndef PARKIT_SIZE_H
#define PARKIT_SIZE_H
/* Sizes as people write them: 5000000, 1e9, 2.5e6, 64K, 10M, 2G, 1T. The letters are powers of ten. */
#include <stddef.h>
#include <stdint.h>

/**
 * size_parse() - read a whole number.
 *
 * @text: decimal digits, then at most one of: an exponent (e9), a letter K, M, G or T (10^3 .. 10^12,
 *        either case). A fraction is allowed where the result is whole ("2.5e6", "1.5K").
 * @out:  the value; unchanged on failure.
 *
 * Returns 0; -EINVAL where it is not a whole number; -ERANGE where it is above 2^64 - 1.
 * Thread-safe.
 */
int size_parse(const char *text, uint64_t *out) __attribute__((warn_unused_result));

/** size_print_bytes() - @bytes for people ("1.5 GiB"), into @out of @size bytes; returns @out. */
const char *size_print_bytes(double bytes, char *out, size_t size);

#endif
