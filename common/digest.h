#ifndef PARKIT_DIGEST_H
#define PARKIT_DIGEST_H
/*
 * The digest of a result: the first 64 bits of SHA-256 (FIPS 180-4, from OpenSSL's libcrypto) over
 * its bytes. Large results are hashed piece by piece, each piece by whoever holds it, and the
 * pieces' digests are joined in an order that the problem fixes.
 */
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_TEXT_LEN = 17 }; /* 16 hexadecimal digits and the 0 */

/** digest_bytes() - of @size bytes at @data (may be NULL if size is 0). Thread-safe. */
uint64_t digest_bytes(const void *data, size_t size);

/** digest_join() - of @n digests in the order given. Thread-safe. */
uint64_t digest_join(const uint64_t *digest, size_t n);

/** digest_text() - as 16 hexadecimal digits into @out; returns @out. */
const char *digest_text(uint64_t digest, char out[DIGEST_TEXT_LEN]);

#endif
