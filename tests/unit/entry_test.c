/* List lines and hashes. The sums of "abc" are those of FIPS 180 (SHA) and RFC 1321, section A.5 (MD5). */
#include "io_bound/lists/entry.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"

static char why[256];

static int parse(const char *line, struct entry **out)
{
    return entry_parse(line, strlen(line), out, why, sizeof why);
}

static void a_url_alone_is_an_entry(void)
{
    struct entry *e;
    CU_ASSERT_EQUAL_FATAL(parse("http://h/dir/file\r\n", &e), 0);
    CU_ASSERT_STRING_EQUAL(e->url[0], "http://h/dir/file");
    CU_ASSERT_STRING_EQUAL(e->out, "file");
    CU_ASSERT_EQUAL(e->n_urls, 1);
    CU_ASSERT_FALSE(e->expect.has_size);
    CU_ASSERT_EQUAL(e->expect.hashes, 0);
    free(e);
}

static void every_key_is_read_and_written_back(void)
{
    static const char line[] = "https://h/x\tout=a/b\tsize=12\tsha256=" SHA256_ABC "\tsha1=" SHA1_ABC "\tmd5=" MD5_ABC
                               "\tmirror=http://m/1\tmirror=http://m/2";
    struct entry *e;
    CU_ASSERT_EQUAL_FATAL(parse(line, &e), 0);
    CU_ASSERT_STRING_EQUAL(e->out, "a/b");
    CU_ASSERT_TRUE(e->expect.has_size);
    CU_ASSERT_EQUAL(e->expect.size, 12);
    CU_ASSERT_EQUAL(e->expect.hashes, 7);
    CU_ASSERT_EQUAL_FATAL(e->n_urls, 3);
    CU_ASSERT_STRING_EQUAL(e->url[2], "http://m/2");
    char *text = entry_format(e);
    CU_ASSERT_STRING_EQUAL(text, line);
    free(text);
    free(e);
}

static void comments_and_empty_lines_are_no_entries(void)
{
    struct entry *e;
    CU_ASSERT_EQUAL(parse("", &e), -ENODATA);
    CU_ASSERT_EQUAL(parse("  \r\n", &e), -ENODATA);
    CU_ASSERT_EQUAL(parse("# http://h/x", &e), -ENODATA);
}

static void a_refusal_names_the_value(void)
{
    static const struct {
        const char *line, *reason;
    } cases[] = {
        { "http://h/x\tsize=-1", "'-1'" },          { "http://h/x\tsize=1.5", "'1.5'" },
        { "http://h/x\tmd5=" SHA1_ABC, "md5" },     { "http://h/x\tsha1=zz", "'zz'" },
        { "http://h/x\tout=", "empty" },            { "http://h/x\tcolor=1", "'color'" },
        { "http://h/x\t", "key=value" },            { "http://h/x\tout=a\tout=b", "twice" },
        { "http://h/x\tmirror=x", "'x'" },          { "\tout=a", "not an http" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct entry *e;
        CU_ASSERT_EQUAL(parse(cases[i].line, &e), -EINVAL);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, cases[i].reason));
    }
}

static void zero_bytes_and_endless_lines_are_refused(void)
{
    struct entry *e;
    char *line = malloc(ENTRY_LINE_MAX + 1);
    CU_ASSERT_EQUAL(entry_parse("http://h/x\0y", 12, &e, why, sizeof why), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    memset(line, 'a', ENTRY_LINE_MAX);
    CU_ASSERT_EQUAL(entry_parse(line, ENTRY_LINE_MAX, &e, why, sizeof why), -EINVAL);
    free(line);
}

/* The bytes come in two pieces, as from a network. */
static int check_abc(const struct expect *expect)
{
    struct hasher *h;
    CU_ASSERT_EQUAL_FATAL(hasher_create(&h), 0);
    CU_ASSERT_EQUAL(hasher_start(h, expect->hashes), 0);
    hasher_add(h, "a", 1);
    hasher_add(h, "bc", 2);
    int rc = hasher_check(h, expect, why, sizeof why);
    hasher_destroy(h);
    return rc;
}

static void the_published_sums_are_found(void)
{
    struct expect expect = { .hashes = 7 };
    CU_ASSERT_EQUAL(hash_parse(HASH_SHA256, SHA256_ABC, expect.hash[HASH_SHA256]), 0);
    CU_ASSERT_EQUAL(hash_parse(HASH_SHA1, SHA1_ABC, expect.hash[HASH_SHA1]), 0);
    CU_ASSERT_EQUAL(hash_parse(HASH_MD5, MD5_ABC, expect.hash[HASH_MD5]), 0);
    CU_ASSERT_EQUAL(check_abc(&expect), 0);
}

static void one_wrong_bit_in_any_sum_is_found(void)
{
    for (int k = 0; k < HASH_KINDS; k++) {
        struct expect expect = { .hashes = 1U << k };
        CU_ASSERT_EQUAL(hash_parse(HASH_SHA256, SHA256_ABC, expect.hash[HASH_SHA256]), 0);
        CU_ASSERT_EQUAL(hash_parse(HASH_SHA1, SHA1_ABC, expect.hash[HASH_SHA1]), 0);
        CU_ASSERT_EQUAL(hash_parse(HASH_MD5, MD5_ABC, expect.hash[HASH_MD5]), 0);
        expect.hash[k][15] ^= 1;
        CU_ASSERT_EQUAL(check_abc(&expect), -EDOM);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, hash_name((enum hash_kind)k)));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(a_url_alone_is_an_entry),
        UNIT(every_key_is_read_and_written_back),
        UNIT(comments_and_empty_lines_are_no_entries),
        UNIT(a_refusal_names_the_value),
        UNIT(zero_bytes_and_endless_lines_are_refused),
        UNIT(the_published_sums_are_found),
        UNIT(one_wrong_bit_in_any_sum_is_found),
        UNIT_END,
    };
    return unit_main("entry", tests);
}
