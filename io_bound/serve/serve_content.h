#ifndef PARKIT_SERVE_CONTENT_H
#define PARKIT_SERVE_CONTENT_H
/*
 * Made-up files: their bytes follow from their name alone, and any piece can be made without the
 * pieces before it. Byte i of the file NAME is byte i mod 8 (little-endian) of
 * splitmix64(seed + (i / 8 + 1) * 0x9E3779B97F4A7C15), where seed is the first 64 bits of NAME's SHA-256.
 * Source of the generator: Steele, Lea, Flood, OOPSLA 2014, doi 10.1145/2660193.2660195.
 */
#include <stddef.h>
#include <stdint.h>

enum { CONTENT_SHA256_TEXT = 65 };

/** content_seed() - of the file @name. */
uint64_t content_seed(const char *name);

/** content_fill() - @size bytes of the file, from byte @offset, into @out. Thread-safe. */
void content_fill(uint64_t seed, uint64_t offset, void *out, size_t size);

/** content_sha256() - the SHA-256 of the first @size bytes, in hexadecimal digits, into @out; returns @out. */
const char *content_sha256(uint64_t seed, uint64_t size, char out[CONTENT_SHA256_TEXT]);

#endif
