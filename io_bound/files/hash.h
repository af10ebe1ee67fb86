#ifndef PARKIT_HASH_H
#define PARKIT_HASH_H
/*
 * What a file must be, and the sums that tell whether it is: SHA-256, SHA-1 and MD5 (FIPS 180-4,
 * RFC 1321; by OpenSSL's libcrypto). SHA-1 and MD5 find transfer errors; against forgery use SHA-256.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash_kind { HASH_SHA256, HASH_SHA1, HASH_MD5, HASH_KINDS };
enum { HASH_BYTES_MAX = 32, HASH_TEXT_LEN = 2 * HASH_BYTES_MAX + 1 };

/*
 * Hashes of the pieces of a file (RFC 5854, section 4.2.6: <pieces>), so that a bad piece alone is
 * fetched again. All pieces have the same length but the last, which may be shorter.
 */
struct pieces {
    enum hash_kind kind;
    uint64_t length;           /* bytes of a piece, at least 1; 0 where none are known         */
    size_t n;                  /* 0: none are known                                            */
    const unsigned char *hash; /* n times hash_bytes(kind) bytes; lives as long as the entry   */
};

/* What is known of a file before it is fetched. */
struct expect {
    bool has_size;
    uint64_t size;
    unsigned hashes; /* bit k: hash k is given */
    unsigned char hash[HASH_KINDS][HASH_BYTES_MAX];
    struct pieces pieces;
};

/** hash_name() - "sha256", "sha1" or "md5". */
const char *hash_name(enum hash_kind kind);

/** hash_bytes() - the length of a hash of @kind: 32, 20 or 16. */
size_t hash_bytes(enum hash_kind kind);

/** hash_parse() - hexadecimal digits, either case, into @out. Returns 0, or -EINVAL: not a hash of @kind. */
int hash_parse(enum hash_kind kind, const char *text, unsigned char out[HASH_BYTES_MAX]) __attribute__((warn_unused_result));

/** hash_text() - as lower-case hexadecimal digits into @out; returns @out. */
const char *hash_text(enum hash_kind kind, const unsigned char *hash, char out[HASH_TEXT_LEN]);

/* Computes several sums over one stream of bytes; keeps its contexts from file to file. */
struct hasher;

/** hasher_create() - 0, or -ENOMEM. hasher_destroy() accepts NULL. */
int hasher_create(struct hasher **out) __attribute__((warn_unused_result));
void hasher_destroy(struct hasher *h);

/** hasher_start() - begin a new file; @hashes has bit k set for each wanted hash k. 0, or -ENOSYS. */
int hasher_start(struct hasher *h, unsigned hashes) __attribute__((warn_unused_result));
void hasher_add(struct hasher *h, const void *data, size_t size);

/**
 * hasher_check() - end the file and compare with @expect, whose hashes must be those of hasher_start().
 * Returns 0, or -EDOM with one clause in @why that gives both values.
 */
int hasher_check(struct hasher *h, const struct expect *expect, char *why, size_t why_size)
    __attribute__((warn_unused_result));

/**
 * hash_file() - read the file @fd from its beginning and compare with the whole-file hashes of @expect.
 * 0; -EDOM as hasher_check(); another negative errno value: it cannot be read, or the hash not be had.
 */
int hash_file(int fd, const struct expect *expect, struct hasher *h, char *why, size_t why_size)
    __attribute__((warn_unused_result));

#endif
