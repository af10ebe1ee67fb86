/* Metalink 4 documents. The first is after the example of RFC 5854, section 1.1; sums of "abc" are those of FIPS 180 and RFC 1321. */
#include "io_bound/lists/metalink.h"
#include "common/message.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
#define HEAD "<?xml version='1.0' encoding='UTF-8'?>\n<metalink xmlns='urn:ietf:params:xml:ns:metalink'>\n"
#define URL "<url>http://h/x</url>"

static struct entry *got[8];
static size_t n_got;
static char why[256];

static int take(void *context, struct entry *entry, char *text, size_t size)
{
    (void)context, (void)text, (void)size;
    if (n_got == 8) {
        free(entry);
        return -ECANCELED;
    }
    got[n_got++] = entry;
    return 0;
}

static void forget(void)
{
    while (n_got)
        free(got[--n_got]);
}

/* In pieces of @step bytes. */
static int read_document(const char *text, size_t step, size_t *line)
{
    struct metalink *m;
    size_t size = strlen(text);
    forget();
    why[0] = '\0';
    int rc = metalink_create(take, NULL, &m);
    for (size_t at = 0; rc == 0 && at < size; at += step)
        rc = metalink_add(m, text + at, size - at < step ? size - at : step, false, why, sizeof why);
    if (rc == 0)
        rc = metalink_add(m, "", 0, true, why, sizeof why);
    if (line)
        *line = metalink_line(m);
    metalink_destroy(m);
    return rc;
}

static void everything_of_a_file_is_read(void)
{
    static const char text[] = HEAD "<published>2009-05-15T12:23:23Z</published>\n<file name='dir/example.ext'>\n<size>7</size>\n"
        "<identity>Example</identity><version>1.0</version><language>en</language>\n<description>A &lt;file&gt;</description>\n"
        "<hash type='sha-256'>\n  " SHA256_ABC " </hash><hash type='sha-1'>" SHA1_ABC "</hash><hash type='sha-512'>00</hash>\n"
        "<pieces length='4' type='sha-1'><hash>" SHA1_ABC "</hash><hash>0000000000000000000000000000000000000001</hash></pieces>\n"
        "<url location='de' priority='2'>http://two/x?a=1&amp;b=2</url><url priority='1'>https://one/x</url><url>http://last/x</url>\n"
        "<url priority='2'>http://also-two/x</url><url priority='1'>ftp://ftp/x</url>\n"
        "<metaurl mediatype='torrent'>http://h/x.torrent</metaurl><signature mediatype='application/pgp-signature'>sig</signature>\n"
        "</file></metalink>\n";
    for (size_t step = 1; step < 600; step += 83) {
        CU_ASSERT_EQUAL_FATAL(read_document(text, step, NULL), 0);
        CU_ASSERT_EQUAL_FATAL(n_got, 1);
        const struct entry *e = got[0];
        CU_ASSERT_STRING_EQUAL(e->out, "dir/example.ext");
        CU_ASSERT(e->expect.has_size && e->expect.size == 7);
        CU_ASSERT_EQUAL(e->expect.hashes, 1U << HASH_SHA256 | 1U << HASH_SHA1);
        CU_ASSERT_EQUAL(e->expect.hash[HASH_SHA256][0], 0xba);
        CU_ASSERT(e->expect.pieces.kind == HASH_SHA1 && e->expect.pieces.length == 4 && e->expect.pieces.n == 2);
        CU_ASSERT(e->expect.pieces.hash[0] == 0xa9 && e->expect.pieces.hash[39] == 1);
        CU_ASSERT_EQUAL_FATAL(e->n_urls, 4);
        CU_ASSERT_STRING_EQUAL(e->url[0], "https://one/x");
        CU_ASSERT_STRING_EQUAL(e->url[1], "http://two/x?a=1&b=2");
        CU_ASSERT_STRING_EQUAL(e->url[2], "http://also-two/x");
        CU_ASSERT_STRING_EQUAL(e->url[3], "http://last/x");
    }
    forget();
}

static void an_entry_with_pieces_is_written_and_read_back(void)
{
    static const char text[] = HEAD "<file name='x'><size>5</size><pieces length='4' type='sha-256'><hash>" SHA256_ABC "</hash><hash>" SHA256_ABC
                               "</hash></pieces>" URL "</file></metalink>";
    struct entry *back;
    CU_ASSERT_EQUAL_FATAL(read_document(text, 4096, NULL), 0);
    char *line = entry_format(got[0]);
    CU_ASSERT_STRING_EQUAL(line, "http://h/x\tout=x\tsize=5\tpieces=sha256:4:" SHA256_ABC SHA256_ABC);
    CU_ASSERT_EQUAL_FATAL(entry_parse(line, strlen(line), &back, why, sizeof why), 0);
    CU_ASSERT(back->expect.pieces.n == 2 && back->expect.pieces.length == 4);
    CU_ASSERT_EQUAL(memcmp(back->expect.pieces.hash, got[0]->expect.pieces.hash, 64), 0);
    free(back);
    free(line);
    forget();
}

static void several_files_keep_their_order_and_share_nothing(void)
{
    static const char text[] = HEAD "<file name='a'><size>1</size><hash type='md5'>900150983cd24fb0d6963f7d28e17f72</hash>" URL "</file>"
                               "<file name='b'>" URL "</file></metalink>";
    CU_ASSERT_EQUAL_FATAL(read_document(text, 10, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(n_got, 2);
    CU_ASSERT_STRING_EQUAL(got[0]->out, "a");
    CU_ASSERT_STRING_EQUAL(got[1]->out, "b");
    CU_ASSERT(!got[1]->expect.has_size && got[1]->expect.hashes == 0 && got[1]->expect.pieces.n == 0 && got[1]->n_urls == 1);
    forget();
}

static void pieces_of_unknown_hashes_or_without_size_are_left_out(void)
{
    static const char *const texts[] = {
        HEAD "<file name='x'><size>8</size><pieces length='4' type='sha-512'><hash>12</hash></pieces>" URL "</file></metalink>",
        HEAD "<file name='x'><pieces length='4' type='sha-1'><hash>" SHA1_ABC "</hash></pieces>" URL "</file></metalink>",
    };
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(read_document(texts[i], 4096, NULL), 0);
        CU_ASSERT_EQUAL(got[0]->expect.pieces.n, 0);
    }
    forget();
}

static void what_is_wrong_is_said(void)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        { "", "no element found" },
        { "nonsense", "not well-formed" },
        { HEAD "</metalink>", "no <file>" },
        { HEAD "<file name='x'>" URL "</file>", "not well-formed" },
        { HEAD "<file name='x'>" URL "</metalink>", "mismatched tag" },
        { "<metalink xmlns='http://www.metalinker.org/' version='3.0'><files/></metalink>", "Metalink 3" },
        { "<metalink/>", "no Metalink 4 document" },
        { "<html xmlns='http://www.w3.org/1999/xhtml'/>", "no Metalink 4 document" },
        { HEAD "<file>" URL "</file></metalink>", "no name" },
        { HEAD "<file name='../x'>" URL "</file></metalink>", "'..'" },
        { HEAD "<file name='/x'>" URL "</file></metalink>", "relative" },
        { HEAD "<file name='a%2fb'>" URL "</file></metalink>", "%2f" },
        { HEAD "<file name='a&#10;b'>" URL "</file></metalink>", "control" },
        { HEAD "<file name='x'></file></metalink>", "no http:// or https:// URL" },
        { HEAD "<file name='x'><url>ftp://h/x</url></file></metalink>", "no http:// or https:// URL" },
        { HEAD "<file name='x'><url>http:///x</url></file></metalink>", "no usable host" },
        { HEAD "<file name='x'><url priority='0'>http://h/x</url></file></metalink>", "priority" },
        { HEAD "<file name='x'><url priority='1000000'>http://h/x</url></file></metalink>", "priority" },
        { HEAD "<file name='x'><size>big</size>" URL "</file></metalink>", "'big'" },
        { HEAD "<file name='x'><size>-1</size>" URL "</file></metalink>", "'-1'" },
        { HEAD "<file name='x'><size>99999999999999999999</size>" URL "</file></metalink>", "whole number" },
        { HEAD "<file name='x'><size>1</size><size>1</size>" URL "</file></metalink>", "twice" },
        { HEAD "<file name='x'><hash type='sha-256'>abc</hash>" URL "</file></metalink>", "'abc'" },
        { HEAD "<file name='x'><hash type='md5'>900150983cd24fb0d6963f7d28e17f72</hash><hash type='md5'>900150983cd24fb0d6963f7d28e17f72</hash>" URL
               "</file></metalink>", "twice" },
        { HEAD "<file name='x'><size>9</size><pieces length='4' type='sha-1'><hash>" SHA1_ABC "</hash></pieces>" URL "</file></metalink>",
          "'1 instead of 3'" },
        { HEAD "<file name='x'><size>4</size><pieces length='0' type='sha-1'><hash>" SHA1_ABC "</hash></pieces>" URL "</file></metalink>", "length" },
        { HEAD "<file name='x'><size>4</size><pieces length='4' type='sha-1'><hash>12</hash></pieces>" URL "</file></metalink>", "'12'" },
        { "<!DOCTYPE metalink [<!ENTITY a 'b'>]>\n<metalink xmlns='urn:ietf:params:xml:ns:metalink'/>", "DOCTYPE" },
        { "<!DOCTYPE metalink SYSTEM 'file:///etc/passwd'>\n<metalink xmlns='urn:ietf:params:xml:ns:metalink'/>", "DOCTYPE" },
        { HEAD "<file name='x'><url>http://h/&undefined;</url></file></metalink>", "undefined entity" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step <= 4096; step *= 64) {
            int rc = read_document(rows[i].text, step, NULL);
            if (rc != -EINVAL || !strstr(why, rows[i].reason))
                printf("    row %zu: %d '%s', wanted '%s'\n", i, rc, why, rows[i].reason);
            CU_ASSERT_EQUAL(rc, -EINVAL);
            CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].reason));
        }
    forget();
}

static void the_line_of_a_mistake_is_known(void)
{
    size_t line;
    CU_ASSERT_EQUAL(read_document(HEAD "<file name='x'>\n<size>big</size>\n" URL "</file></metalink>", 1, &line), -EINVAL);
    CU_ASSERT_EQUAL(line, 4);
    forget();
}

/* "<a><a>...": more elements than anybody needs, and a name that does not end. */
static void what_would_fill_the_memory_is_refused(void)
{
    static char text[3 << 20];
    strcpy(text, HEAD);
    for (int i = 0; i < 100; i++)
        strcat(text, "<a>");
    CU_ASSERT_EQUAL(read_document(text, 4096, NULL), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "nested"));
    strcpy(text, HEAD "<file name='");
    memset(text + strlen(text), 'a', (size_t)2 << 20);
    CU_ASSERT_EQUAL(read_document(text, 4096, NULL), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "1 MiB"));
    memset(text, 0, sizeof text);
    strcpy(text, HEAD "<file name='x'><url>http://h/");
    memset(text + strlen(text), 'a', (size_t)2 << 20);
    CU_ASSERT_EQUAL(read_document(text, 4096, NULL), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "8192 bytes"));
    memset(text, 0, sizeof text);
    strcpy(text, HEAD "<file name='x'><!--");
    memset(text + strlen(text), 'a', (size_t)2 << 20);
    CU_ASSERT_EQUAL(read_document(text, 4096, NULL), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "1 MiB"));
    forget();
}

/* Reads HEAD, then what @write makes for 0, 1, ..., until it is refused or has got @most times. Returns how often. */
static int read_until_refused(void (*write)(char *out, size_t size, int i), int most)
{
    struct metalink *m;
    static char text[128 * 1024];
    int i = 0, rc;
    n_got = 0;
    CU_ASSERT_EQUAL_FATAL(metalink_create(take, NULL, &m), 0);
    rc = metalink_add(m, HEAD, strlen(HEAD), false, why, sizeof why);
    for (; rc == 0 && i < most; i++) {
        write(text, sizeof text, i);
        rc = metalink_add(m, text, strlen(text), false, why, sizeof why);
    }
    CU_ASSERT(rc == 0 || rc == -EINVAL);
    metalink_destroy(m);
    forget();
    return i;
}

static void new_element(char *out, size_t size, int i)
{
    snprintf(out, size, "<element-%0980d/>", i);
}

static void new_attribute(char *out, size_t size, int i)
{
    snprintf(out, size, "<a attribute-%0980d=''/>", i);
}

static void new_namespace(char *out, size_t size, int i)
{
    snprintf(out, size, "<a xmlns:p%0980d='u'/>", i);
}

static void same_element(char *out, size_t size, int i)
{
    snprintf(out, size, "<a b='%0980d'>%0980d</a><!--%0980d-->", i, i, i);
}

static void long_url(char *out, size_t size, int i)
{
    snprintf(out, size, "%s<url>http://h/%07900d</url>", i ? "" : "<file name='x'>", i);
}

/* Of 100 MB each: a parser keeps every name that it has met. */
static void endless_new_names_are_refused(void)
{
    CU_ASSERT(read_until_refused(new_element, 100000) < 20000);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "different names"));
    CU_ASSERT(read_until_refused(new_attribute, 100000) < 20000);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "different names"));
    CU_ASSERT(read_until_refused(new_namespace, 100000) < 20000);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "different names"));
    CU_ASSERT_EQUAL(read_until_refused(same_element, 20000), 20000);
}

static void long_urls_are_bounded_for_a_file(void)
{
    CU_ASSERT(read_until_refused(long_url, 1000) < 150);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "more than 1 MiB"));
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(everything_of_a_file_is_read),
                                              UNIT(an_entry_with_pieces_is_written_and_read_back),
                                              UNIT(several_files_keep_their_order_and_share_nothing),
                                              UNIT(pieces_of_unknown_hashes_or_without_size_are_left_out),
                                              UNIT(what_is_wrong_is_said),
                                              UNIT(the_line_of_a_mistake_is_known),
                                              UNIT(what_would_fill_the_memory_is_refused),
                                              UNIT(endless_new_names_are_refused),
                                              UNIT(long_urls_are_bounded_for_a_file),
                                              UNIT_END };
    message_init("metalink");
    return unit_main("metalink", tests);
}
