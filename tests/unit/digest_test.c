/* common/digest.h. Vectors: FIPS 180-4 examples (NIST, "SHA256.pdf") and SHA-256 of the empty string. */
#include "common/digest.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static void first_64_bits_of_sha256(void)
{
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    CU_ASSERT_EQUAL(digest_bytes("abc", 3), 0xba7816bf8f01cfeau);
    CU_ASSERT_EQUAL(digest_bytes(two_blocks, 56), 0x248d6a61d20638b8u);
    CU_ASSERT_EQUAL(digest_bytes("", 0), 0xe3b0c44298fc1c14u);
    CU_ASSERT_EQUAL(digest_bytes(NULL, 0), 0xe3b0c44298fc1c14u);
}

static void a_million_letters_a(void)
{
    enum { MILLION = 1000000 };
    char *a = malloc(MILLION);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    memset(a, 'a', MILLION);
    CU_ASSERT_EQUAL(digest_bytes(a, MILLION), 0xcdc76e5c9914fb92u);
    free(a);
}

static void one_bit_changes_it(void)
{
    CU_ASSERT_NOT_EQUAL(digest_bytes("abc", 3), digest_bytes("abb", 3));
    CU_ASSERT_NOT_EQUAL(digest_bytes("abc", 3), digest_bytes("abc", 4)); /* the 0 counts */
}

static void joining_depends_on_the_order(void)
{
    uint64_t one[] = { 1, 2, 3 }, other[] = { 1, 3, 2 };
    CU_ASSERT_EQUAL(digest_join(one, 3), digest_join(one, 3));
    CU_ASSERT_NOT_EQUAL(digest_join(one, 3), digest_join(other, 3));
    CU_ASSERT_NOT_EQUAL(digest_join(one, 3), digest_join(one, 2));
}

static void text_has_16_digits(void)
{
    char text[DIGEST_TEXT_LEN];
    CU_ASSERT_STRING_EQUAL(digest_text(0xba7816bf8f01cfeau, text), "ba7816bf8f01cfea");
    CU_ASSERT_STRING_EQUAL(digest_text(0x1f, text), "000000000000001f");
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(first_64_bits_of_sha256),      UNIT(a_million_letters_a), UNIT(one_bit_changes_it),
        UNIT(joining_depends_on_the_order), UNIT(text_has_16_digits),  UNIT_END,
    };
    return unit_main("digest", tests);
}
