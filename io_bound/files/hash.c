#include "io_bound/files/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

static const struct {
    const char *name;
    size_t bytes;
    const EVP_MD *(*algorithm)(void);
} kinds[HASH_KINDS] = {
    [HASH_SHA256] = { "sha256", 32, EVP_sha256 },
    [HASH_SHA1] = { "sha1", 20, EVP_sha1 },
    [HASH_MD5] = { "md5", 16, EVP_md5 },
};

struct hasher {
    EVP_MD_CTX *context[HASH_KINDS];
    unsigned hashes; /* those of the present file */
};

const char *hash_name(enum hash_kind kind)
{
    return kinds[kind].name;
}

size_t hash_bytes(enum hash_kind kind)
{
    return kinds[kind].bytes;
}

int hash_parse(enum hash_kind kind, const char *text, unsigned char out[HASH_BYTES_MAX])
{
    if (strlen(text) != 2 * kinds[kind].bytes || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
        return -EINVAL;
    for (size_t i = 0; i < kinds[kind].bytes; i++) {
        const char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };
        out[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return 0;
}

const char *hash_text(enum hash_kind kind, const unsigned char *hash, char out[HASH_TEXT_LEN])
{
    for (size_t i = 0; i < kinds[kind].bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return out;
}

int hasher_create(struct hasher **out)
{
    struct hasher *h = calloc(1, sizeof *h);
    if (!h)
        return -ENOMEM;
    for (int k = 0; k < HASH_KINDS; k++)
        if (!(h->context[k] = EVP_MD_CTX_new())) {
            hasher_destroy(h);
            return -ENOMEM;
        }
    *out = h;
    return 0;
}

void hasher_destroy(struct hasher *h)
{
    for (int k = 0; h && k < HASH_KINDS; k++)
        EVP_MD_CTX_free(h->context[k]);
    free(h);
}

int hasher_start(struct hasher *h, unsigned hashes)
{
    h->hashes = hashes;
    for (int k = 0; k < HASH_KINDS; k++)
        if ((hashes & 1U << k) && EVP_DigestInit_ex(h->context[k], kinds[k].algorithm(), NULL) != 1)
            return -ENOSYS; /* a FIPS build may refuse MD5 */
    return 0;
}

void hasher_add(struct hasher *h, const void *data, size_t size)
{
    for (int k = 0; k < HASH_KINDS; k++)
        if (h->hashes & 1U << k)
            EVP_DigestUpdate(h->context[k], data, size);
}

int hasher_check(struct hasher *h, const struct expect *expect, char *why, size_t why_size)
{
    int rc = 0;
    for (int k = 0; k < HASH_KINDS; k++) {
        unsigned char got[EVP_MAX_MD_SIZE];
        char got_text[HASH_TEXT_LEN], want_text[HASH_TEXT_LEN];
        if (!(h->hashes & 1U << k))
            continue;
        EVP_DigestFinal_ex(h->context[k], got, NULL);
        if (rc == 0 && memcmp(got, expect->hash[k], kinds[k].bytes) != 0) {
            hash_text(k, got, got_text);
            hash_text(k, expect->hash[k], want_text);
            snprintf(why, why_size, "%s is %s, not %s", kinds[k].name, got_text, want_text);
            rc = -EDOM;
        }
    }
    return rc;
}

int hash_file(int fd, const struct expect *expect, struct hasher *h, char *why, size_t why_size)
{
    char *buffer = malloc(READ_BYTES);
    off_t at = 0;
    ssize_t got = -1;
    int rc = buffer ? hasher_start(h, expect->hashes) : -ENOMEM;
    while (rc == 0 && expect->hashes && ((got = pread(fd, buffer, READ_BYTES, at)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0) {
            hasher_add(h, buffer, (size_t)got);
            at += got;
        }
    if (rc == 0 && expect->hashes && got < 0)
        rc = -errno;
    free(buffer);
    return rc == 0 ? hasher_check(h, expect, why, why_size) : rc;
}
