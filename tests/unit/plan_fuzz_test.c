/* Lists, conditions, placeholders and patterns fed with what nobody would write: refused or read, never worse. */
#include "common/message.h"
#include "scaling/plan/expression.h"
#include "scaling/plan/list.h"
#include "scaling/measure/match.h"
#include "scaling/plan/template.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 20000, LENGTH_MAX = 24, TEXT_MAX = 1024 };

static uint64_t state = 1;

/* Marsaglia's xorshift (Journal of Statistical Software 8:14, 2003). */
static size_t draw(size_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

/* Pieces of the language put together at random, so that mistakes lie deep. */
static const char *nonsense(const char *const *pieces, size_t n, char out[TEXT_MAX])
{
    out[0] = '\0';
    for (size_t i = draw(LENGTH_MAX); i > 0; i--)
        if (draw(20) == 0)
            strcat(out, (char[]){ (char)(1 + draw(255)), 0 });
        else
            strcat(out, pieces[draw(n)]);
    return out;
}

static void any_list_is_read_or_refused(void)
{
    static const char *const pieces[] = { "1", "2", "64K", "1e9", "99999999999999999999", ",", ",", "-", "..", ":", "*", "+", "all",
        "numa", "sockets", "0", ".", "x" };
    static const struct shape shape = { .cores = 7, .cpus = 14, .sockets = 2, .numa = 3 };
    char text[TEXT_MAX];
    for (int i = 0; i < ROUNDS; i++) {
        struct list list;
        int rc = list_parse("--threads", nonsense(pieces, sizeof pieces / sizeof *pieces, text), &shape, &list);
        CU_ASSERT(rc == 0 ? list.n > 0 && list.n <= LIST_MAX && list.value[0] > 0 : rc == -EINVAL && !list.value);
        if (rc == 0)
            list_free(&list);
    }
}

static void any_condition_is_read_or_refused(void)
{
    static const char *const pieces[] = { "threads", "ranks", "cores", "1", "0", "2.5", "1e308", "*", "/", "%", "+", "-", "<", "<=", "==",
        "!=", "!", "&&", "||", "(", ")", "(", ")", " ", "=" };
    static const struct expression_name names[] = { { "threads", 2 }, { "ranks", 0 }, { "cores", 8 } };
    char text[TEXT_MAX];
    int read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double value = 0;
        int rc = expression_value("--where", nonsense(pieces, sizeof pieces / sizeof *pieces, text), names, 3, &value);
        CU_ASSERT(rc == 0 || rc == -EINVAL);
        read += rc == 0;
    }
    CU_ASSERT(read > 100); /* or the pieces make nothing worth reading */
}

static void any_command_is_filled_in_or_refused(void)
{
    static const char *const pieces[] = { "{", "}", "{threads}", "{size}", "{rep", "ranks}", "{thread}", "$", "a", "{print}", "'" };
    static const struct grid_point point = { .threads = 2, .ranks = 3, .nodes = 1 };
    char text[TEXT_MAX];
    for (int i = 0; i < ROUNDS; i++) {
        char *words[] = { (char *)nonsense(pieces, sizeof pieces / sizeof *pieces, text), NULL };
        int rc = template_check(words);
        CU_ASSERT(rc == 0 || rc == -EINVAL);
        char *filled = template_fill(words[0], &point, 1);
        CU_ASSERT_FATAL(filled != NULL);
        CU_ASSERT(strlen(filled) > 0 || strlen(words[0]) == 0);
        free(filled);
    }
}

static void any_output_is_searched(void)
{
    static const char *const pieces[] = { "{", "}", "\"a\"", ":", "[", "]", ",", "1", "1e999", "\n", "\n{", "\r", "true", "x=", "x=3", "{\"a\":[1,{\"b\":2}]}\n" };
    const struct match_texts texts = { .fom = "json:a.1.b", .time = "x=([0-9]*)", .ok = "json:a" };
    struct match match;
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL_FATAL(match_create(&texts, &match), 0);
    FILE *f = tmpfile();
    CU_ASSERT_FATAL(f != NULL);
    for (int i = 0; i < ROUNDS / 10; i++) {
        struct match_result found;
        rewind(f);
        CU_ASSERT_FATAL(ftruncate(fileno(f), 0) == 0 && fputs(nonsense(pieces, sizeof pieces / sizeof *pieces, text), f) >= 0);
        fflush(f);
        CU_ASSERT_EQUAL(match_file(&match, fileno(f), &found), 0);
        CU_ASSERT(isnan(found.fom) || found.fom == 2);
    }
    fclose(f);
    match_destroy(&match);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(any_list_is_read_or_refused),
        UNIT(any_condition_is_read_or_refused),
        UNIT(any_command_is_filled_in_or_refused),
        UNIT(any_output_is_searched),
        UNIT_END,
    };
    message_init("plan_fuzz");
    message_hold(true); /* 50,000 refusals */
    return unit_main("plan_fuzz", tests);
}
