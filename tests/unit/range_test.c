/* Answers to requests for a range, and pieces checked as they come: decisions that need no server. */
#include "io_bound/files/piece_check.h"
#include "io_bound/response.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

static char why[256];
static const struct version v1 = { .has_total = true, .total = 1000, .etag = "\"v1\"", .modified = "Sun, 06 Nov 1994 08:49:37 GMT", .modified_strong = true };

/* The answer to a request for bytes [500, 1000) of v1; rows 21 to 33 of the fault catalogue. */
static enum range_verdict judge_ask(const char *lines, struct ask ask)
{
    struct response r;
    response_reset(&r);
    while (*lines) {
        size_t n = strcspn(lines, "\n") + 1;
        CU_ASSERT_TRUE(response_header(&r, lines, n));
        lines += n;
    }
    ask.kind = ASK_RANGE;
    ask.begin = 500;
    ask.end = 1000;
    ask.version = v1;
    return response_range(&r, &ask, why, sizeof why);
}

static enum range_verdict judge(const char *lines)
{
    return judge_ask(lines, (struct ask){ .kind = ASK_RANGE });
}

#define PART "HTTP/1.1 206 Partial Content\n"
#define HERE "Content-Range: bytes 500-999/1000\n"
#define SAME "ETag: \"v1\"\n"

static void a_part_of_the_same_version_is_good(void)
{
    CU_ASSERT_EQUAL(judge(PART HERE SAME), RANGE_GOOD);
    CU_ASSERT_EQUAL(judge(PART "content-range:   Bytes 500-999/1000  \nContent-Length: 500\n" SAME), RANGE_GOOD);
    CU_ASSERT_EQUAL(judge(PART "Content-Range: bytes 500-700/1000\n" SAME), RANGE_GOOD); /* a server may send less (RFC 9110, 15.3.7) */
    CU_ASSERT_EQUAL(judge(PART HERE "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n"), RANGE_GOOD);
}

static void another_version_is_begun_anew(void)
{
    CU_ASSERT_EQUAL(judge(PART HERE "ETag: \"v2\"\n"), RANGE_RESTART);
    CU_ASSERT_EQUAL(judge(PART "Content-Range: bytes 500-999/1001\n" SAME), RANGE_RESTART);
    CU_ASSERT_EQUAL(judge(PART HERE SAME "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\n"), RANGE_RESTART);
    CU_ASSERT_EQUAL(judge("HTTP/1.1 416 No\nContent-Range: bytes */300\n"), RANGE_RESTART);
    CU_ASSERT_EQUAL(judge("HTTP/1.1 416 No\n"), RANGE_RESTART);
}

static void what_is_no_range_is_not_asked_for_again(void)
{
    static const char *const parts[] = {
        PART SAME, PART "Content-Range: bytes 501-999/1000\n" SAME, PART "Content-Range: bytes 499-999/1000\n" SAME,
        PART "Content-Range: bytes 500-1000/1001\n" SAME, PART "Content-Range: bytes 500-999/*\n" SAME,
        PART "Content-Range: bytes 999-500/1000\n" SAME, PART "Content-Range: bytes 500-999/900\n" SAME,
        PART "Content-Range: lines 500-999/1000\n" SAME, PART "Content-Range: bytes -500-999/1000\n" SAME,
        PART HERE SAME "Content-Type: multipart/byteranges; boundary=x\n", PART HERE SAME "Content-Encoding: gzip\n",
        PART HERE SAME "Content-Length: 499\n", PART HERE SAME "Content-Length: 500\nContent-Length: 501\n", PART HERE,
        PART HERE "ETag: W/\"v1\"\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        enum range_verdict verdict = judge(parts[i]);
        CU_ASSERT_TRUE(verdict == RANGE_NEVER || verdict == RANGE_RESTART);
    }
}

static void a_whole_file_is_taken_as_a_new_one_unless_it_is_the_same(void)
{
    CU_ASSERT_EQUAL(judge("HTTP/1.1 200 OK\nContent-Length: 1000\nETag: \"v2\"\n"), RANGE_WHOLE);
    CU_ASSERT_EQUAL(judge("HTTP/1.1 200 OK\nContent-Length: 500\n"), RANGE_WHOLE); /* row 23: as long as what is there */
    CU_ASSERT_EQUAL(judge("HTTP/1.1 200 OK\nContent-Length: 1000\n" SAME), RANGE_PLAIN);
    CU_ASSERT_EQUAL(judge_ask("HTTP/1.1 200 OK\nContent-Length: 1000\n" SAME, (struct ask){ .plain = true }), RANGE_WHOLE);
    CU_ASSERT_EQUAL(judge("HTTP/1.1 404 Not Found\n"), RANGE_REFUSED);
    CU_ASSERT_EQUAL(judge("HTTP/1.1 503 Busy\n"), RANGE_REFUSED);
    CU_ASSERT_EQUAL(judge("HTTP/1.1 304 Not Modified\n"), RANGE_REFUSED);
}

static void pieces_prove_what_versions_do_not(void)
{
    CU_ASSERT_EQUAL(judge_ask(PART HERE "ETag: \"v2\"\n", (struct ask){ .by_hash = true }), RANGE_GOOD);
    CU_ASSERT_EQUAL(judge_ask(PART "Content-Range: bytes 500-999/1001\n", (struct ask){ .by_hash = true }), RANGE_RESTART);
}

enum { PIECE = 100, TOTAL = 950, PIECES = 10 };

static void sums(const char *bytes, unsigned char hash[PIECES * 20])
{
    for (size_t i = 0; i < PIECES; i++)
        EVP_Digest(bytes + i * PIECE, i + 1 < PIECES ? PIECE : TOTAL - i * PIECE, hash + 20 * i, NULL, EVP_sha1(), NULL);
}

static void bad_pieces_are_found_where_they_are(void)
{
    char bytes[TOTAL];
    unsigned char hash[PIECES * 20];
    struct pieces pieces = { .kind = HASH_SHA1, .length = PIECE, .n = PIECES, .hash = hash };
    struct piece_check *c;
    CU_ASSERT_EQUAL_FATAL(piece_check_create(&c), 0);
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (char)(i * 7);
    sums(bytes, hash);
    for (size_t step = 1; step <= TOTAL; step += 37) {
        CU_ASSERT_EQUAL(piece_check_start(c, &pieces, 0, TOTAL), 0);
        for (size_t at = 0; at < TOTAL; at += step)
            CU_ASSERT_EQUAL(piece_check_add(c, bytes + at, TOTAL - at < step ? TOTAL - at : step), 0);
        CU_ASSERT_EQUAL(piece_check_upto(c), TOTAL);
        CU_ASSERT_EQUAL(piece_check_wrong(c)->n, 0);
    }
    for (size_t wrong = 0; wrong < TOTAL; wrong += 33) {
        bytes[wrong] ^= 1;
        CU_ASSERT_EQUAL(piece_check_start(c, &pieces, 0, TOTAL), 0);
        CU_ASSERT_EQUAL(piece_check_add(c, bytes, TOTAL), 0);
        CU_ASSERT_EQUAL(piece_check_upto(c), TOTAL);
        CU_ASSERT_EQUAL_FATAL(piece_check_wrong(c)->n, 1);
        CU_ASSERT_EQUAL(piece_check_wrong(c)->span[0].begin, wrong / PIECE * PIECE);
        CU_ASSERT_EQUAL(piece_check_wrong(c)->span[0].end, wrong / PIECE * PIECE + PIECE < TOTAL ? wrong / PIECE * PIECE + PIECE : TOTAL);
        bytes[wrong] ^= 1;
    }
    CU_ASSERT_EQUAL(piece_check_start(c, &pieces, 300, TOTAL), 0);
    CU_ASSERT_EQUAL(piece_check_add(c, bytes + 300, 250), 0);
    CU_ASSERT_EQUAL(piece_check_upto(c), 500);
    CU_ASSERT_EQUAL(piece_check_start(c, &pieces, 301, TOTAL), -EINVAL);
    CU_ASSERT_EQUAL(piece_check_start(c, &pieces, 0, 1001), -EINVAL);
    piece_check_destroy(c);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(a_part_of_the_same_version_is_good),
        UNIT(another_version_is_begun_anew),
        UNIT(what_is_no_range_is_not_asked_for_again),
        UNIT(a_whole_file_is_taken_as_a_new_one_unless_it_is_the_same),
        UNIT(pieces_prove_what_versions_do_not),
        UNIT(bad_pieces_are_found_where_they_are),
        UNIT_END,
    };
    return unit_main("range", tests);
}
