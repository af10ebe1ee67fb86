#include "io_bound/serve/serve_content.h"

#include "common/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

uint64_t content_seed(const char *name)
{
    return digest_bytes(name, strlen(name));
}

static uint64_t word_at(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

void content_fill(uint64_t seed, uint64_t offset, void *out, size_t size)
{
    unsigned char *bytes = out, piece[8];
    while (size > 0) {
        uint64_t word = word_at(seed, offset / 8);
        size_t skip = offset % 8, n = 8 - skip < size ? 8 - skip : size;
        for (size_t i = 0; i < 8; i++)
            piece[i] = (unsigned char)(word >> (8 * i));
        memcpy(bytes, piece + skip, n);
        bytes += n;
        offset += n;
        size -= n;
    }
}

const char *content_sha256(uint64_t seed, uint64_t size, char out[CONTENT_SHA256_TEXT])
{
    unsigned char block[16384], sum[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    out[0] = '\0';
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        return out;
    }
    for (uint64_t at = 0; at < size;) {
        size_t n = size - at < sizeof block ? (size_t)(size - at) : sizeof block;
        content_fill(seed, at, block, n);
        EVP_DigestUpdate(context, block, n);
        at += n;
    }
    EVP_DigestFinal_ex(context, sum, NULL);
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
    return out;
}
