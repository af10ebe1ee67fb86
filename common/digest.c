#include "common/digest.h"

#include <openssl/evp.h>
#include <stdio.h>

uint64_t digest_bytes(const void *data, size_t size)
{
    unsigned char hash[EVP_MAX_MD_SIZE] = { 0 };
    uint64_t first = 0;
    EVP_Digest(size ? data : "", size, hash, NULL, EVP_sha256(), NULL);
    for (int i = 0; i < 8; i++)
        first = first << 8 | hash[i];
    return first;
}

uint64_t digest_join(const uint64_t *digest, size_t n)
{
    return digest_bytes(digest, n * sizeof *digest);
}

const char *digest_text(uint64_t digest, char out[DIGEST_TEXT_LEN])
{
    snprintf(out, DIGEST_TEXT_LEN, "%016llx", (unsigned long long)digest);
    return out;
}
