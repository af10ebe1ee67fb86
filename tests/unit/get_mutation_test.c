/*
 * What parkit-get reads from others, damaged: lists, Metalink documents, its journal, headers of answers; and requests to the
 * fault server. By a fixed seed; the same functions are fuzzed for longer by tests/fuzz/get.sh.
 */
#include "common/message.h"
#include "tests/fuzz/get_fuzz.h"
#include "tests/unit/mutate.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/faults/request.c"
#include "tests/faults/script.c"
#include "tests/fuzz/get_fuzz.c"

#define URL "http://h/x"
#define SUM "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const char *const tokens[] = { "-1", "0", "18446744073709551616", "\t", "\n", "\r\n", "=", ":", "%2f", "../", "\xff\xfe", "<", ">", "&lt;", "'", "/>",
                                      "ffffffffffffffff", "W/\"", "bytes ", "*/", ";", "," };

/* Some damaged texts must still be read and some must not, or they would tell nothing. */
static void damaged(get_fuzz *fuzz, const char *seed, size_t size, int rounds)
{
    char text[2048];
    size_t whole = fuzz((const uint8_t *)seed, size), full = 0, less = 0;
    CU_ASSERT(whole > 0);
    mutate_state = 20261128;
    for (int i = 0; i < rounds; i++) {
        size_t n = fuzz((const uint8_t *)text, mutate(seed, size, tokens, sizeof tokens / sizeof *tokens, text));
        full += n == whole;
        less += n < whole;
    }
    CU_ASSERT(full > (size_t)rounds / 100 && less > (size_t)rounds / 100);
}

static void damaged_lists_give_safe_entries(void)
{
    static const char seed[] = "# list\n" URL "\r\nhttps://h/y\tout=a/b\tsize=5\tsha256=" SUM "\tmirror=https://m:8/%20\tpieces=sha256:5:" SUM "\n";
    damaged(list_fuzz, seed, sizeof seed - 1, 1500);
}

static void damaged_metalinks_give_safe_entries(void)
{
#ifdef PARKIT_HAVE_EXPAT
    static const char seed[] = "\x08<?xml version='1.0'?><metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='a/b'><size>5</size>"
                               "<hash type='sha-256'>" SUM "</hash><pieces length='5' type='sha-256'><hash>" SUM "</hash></pieces>"
                               "<url priority='2'>" URL "</url></file><file name='c'><url>" URL "</url></file></metalink>";
    damaged(metalink_fuzz, seed, sizeof seed - 1, 4000);
#endif
}

static void damaged_journals_give_sound_spans(void)
{
    static const char seed[] = "+R\t1\t2\n+P\t1\t3\t4\t3e8\t1\t\"v1\"\t\t0\n+C\t1\t3\t1\t0\t64\n+C\t1\t3\t0\t100\t200\n+S\t1\t40\n"
                               "+P\t1\t5\t4\t3e8\t1\t\"v1\"\t\t0\n+C\t1\t5\t1\t0\t64\n+X\t1\t6\n";
    damaged(ledger_fuzz, seed, sizeof seed - 1, 1500);
}

static void damaged_answers_are_admitted_by_the_rules(void)
{
    static const char seed[] = "HTTP/1.1 206 OK\r\nContent-Length: 500\r\nContent-Range: bytes 500-999/1000\r\nETag: \"v\"\r\nRetry-After: 3\r\n"
                               "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nDate: Tue, 02 Jan 2024 00:00:00 GMT\r\nContent-Encoding: gzip\r\n";
    damaged(answer_fuzz, seed, sizeof seed - 1, 3000);
}

static void damaged_requests_are_refused_or_read(void)
{
    static const char seed[] = "GET /size=10,etag=a%20b,length=1;v=2,cut=5,rst,range=shift/name HTTP/1.1\r\nHost: h\r\nRange: bytes=1-2\r\n\r\n";
    damaged(request_fuzz, seed, sizeof seed - 1, 5000);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(damaged_lists_give_safe_entries),
                                              UNIT(damaged_metalinks_give_safe_entries),
                                              UNIT(damaged_journals_give_sound_spans),
                                              UNIT(damaged_answers_are_admitted_by_the_rules),
                                              UNIT(damaged_requests_are_refused_or_read),
                                              UNIT_END };
    message_init("get_mutation");
    if (!freopen("/dev/null", "w", stderr)) /* thousands of messages about bad lines */
        return 1;
    return unit_main("get_mutation", tests);
}
