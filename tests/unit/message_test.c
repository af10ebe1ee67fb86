/* common/message.h: one line a message, hostile text made harmless. */
#include "capture.h"
#include "common/message.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct capture said;

static const char *printable(const char *text)
{
    static char out[256];
    message_printable(text, out, sizeof out);
    CU_ASSERT_EQUAL(message_is_printable(text), strcmp(out, text) == 0);
    return out;
}

static void each_kind_has_its_prefix(void)
{
    capture_begin(&said, STDERR_FILENO);
    message_error("no file %s", "x");
    message_warn("hot");
    message_note("%d left", 3);
    capture_end(&said);
    CU_ASSERT_STRING_EQUAL(said.text, "test: no file x\ntest: warning: hot\ntest: note: 3 left\n");
}

static void a_usage_message_says_where_help_is(void)
{
    capture_begin(&said, STDERR_FILENO);
    int rc = message_usage("-j %d is not right", 0);
    capture_end(&said);
    CU_ASSERT_EQUAL(rc, -EINVAL);
    CU_ASSERT_STRING_EQUAL(said.text, "test: -j 0 is not right; try 'test --help'\n");
}

static void ranks_stand_before_the_text(void)
{
    capture_begin(&said, STDERR_FILENO);
    message_rank(3, "node7");
    message_error("lost");
    message_rank(-1, NULL);
    message_error("found");
    capture_end(&said);
    CU_ASSERT_STRING_EQUAL(said.text, "test: rank 3 on node7: lost\ntest: found\n");
}

static void long_messages_are_cut_to_one_line(void)
{
    char *text = malloc(10000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'x', 9999);
    text[9999] = '\0';
    capture_begin(&said, STDERR_FILENO);
    message_error("%s", text);
    message_usage("%s", text);
    capture_end(&said);
    free(text);
    const char *end = strchr(said.text, '\n');
    CU_ASSERT_PTR_NOT_NULL_FATAL(end);
    CU_ASSERT_TRUE(end - said.text > 1000 && end - said.text < 9999);
    CU_ASSERT_STRING_EQUAL(strchr(end + 1, '\n'), "\n"); /* the second ends the text */
}

enum { TALKERS = 4, LINES = 50 };

static void *talk(void *letter)
{
    char word[41] = "";
    memset(word, *(const char *)letter, 40);
    for (int i = 0; i < LINES; i++)
        message_error("%s", word);
    return NULL;
}

static void lines_of_threads_stay_whole(void)
{
    static char letters[TALKERS + 1] = "abcd";
    pthread_t thread[TALKERS];
    int lines = 0, torn = 0;
    capture_begin(&said, STDERR_FILENO);
    for (int i = 0; i < TALKERS; i++)
        pthread_create(&thread[i], NULL, talk, &letters[i]);
    for (int i = 0; i < TALKERS; i++)
        pthread_join(thread[i], NULL);
    capture_end(&said);
    for (char *rest = said.text, *line; (line = strsep(&rest, "\n")) && rest; lines++) {
        char word[41] = "";
        memset(word, line[6], 40);
        torn += strncmp(line, "test: ", 6) != 0 || strcmp(line + 6, word) != 0;
    }
    CU_ASSERT_EQUAL(lines, TALKERS * LINES);
    CU_ASSERT_EQUAL(torn, 0);
}

static void text_that_may_pass(void)
{
    CU_ASSERT_STRING_EQUAL(printable(""), "");
    CU_ASSERT_STRING_EQUAL(printable("plain words, 100 %"), "plain words, 100 %");
    CU_ASSERT_STRING_EQUAL(printable("Zürich 東京 🌍"), "Zürich 東京 🌍");
}

static void control_characters_are_escaped(void)
{
    CU_ASSERT_STRING_EQUAL(printable("a\nb\tc\r"), "a\\x0Ab\\x09c\\x0D");
    CU_ASSERT_STRING_EQUAL(printable("\033[2J\x7f"), "\\x1B[2J\\x7F");
    CU_ASSERT_STRING_EQUAL(printable("\xC2\x9B"
                                     "31m"), "\\xC2\\x9B31m"); /* U+009B: a terminal's CSI in one character */
}

/* RFC 3629, sections 3 and 10: overlong forms, surrogates, above U+10FFFF, broken off. */
static void bytes_that_are_not_utf8_are_escaped(void)
{
    CU_ASSERT_STRING_EQUAL(printable("\xFF\xFE"), "\\xFF\\xFE");
    CU_ASSERT_STRING_EQUAL(printable("\x80"), "\\x80");
    CU_ASSERT_STRING_EQUAL(printable("\xC0\xAF"), "\\xC0\\xAF");
    CU_ASSERT_STRING_EQUAL(printable("\xE0\x80\xAF"), "\\xE0\\x80\\xAF");
    CU_ASSERT_STRING_EQUAL(printable("\xF0\x80\x80\xAF"), "\\xF0\\x80\\x80\\xAF");
    CU_ASSERT_STRING_EQUAL(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80");
    CU_ASSERT_STRING_EQUAL(printable("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");
    CU_ASSERT_STRING_EQUAL(printable("\xE6\x9D"), "\\xE6\\x9D"); /* the end comes first */
    CU_ASSERT_STRING_EQUAL(printable("\xC3x"), "\\xC3x");
}

static void printable_stays_within_its_room(void)
{
    char out[12];
    for (size_t size = 0; size <= sizeof out; size++) {
        memset(out, '#', sizeof out);
        message_printable("ab\033\033🌍cdefghijkl", out, size);
        CU_ASSERT_TRUE(size == 0 || memchr(out, '\0', size) != NULL);
        for (size_t i = size; i < sizeof out; i++)
            CU_ASSERT_EQUAL(out[i], '#');
    }
}

static void no_colour_where_there_is_no_terminal(void)
{
    setenv("TERM", "xterm", 1);
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_FALSE(message_colour(file));
    fclose(file);
}

/* A pseudo-terminal is a terminal: coloured unless NO_COLOR (no-color.org) or TERM=dumb says otherwise. */
static void colour_on_a_terminal_unless_refused(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    char name[64];
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof name) != 0)
        return; /* no pseudo-terminals in this container */
    FILE *terminal = fopen(name, "r+e");
    if (terminal) {
        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        CU_ASSERT_TRUE(message_colour(terminal));
        setenv("NO_COLOR", "", 1);
        CU_ASSERT_TRUE(message_colour(terminal)); /* set but empty does not count */
        setenv("NO_COLOR", "1", 1);
        CU_ASSERT_FALSE(message_colour(terminal));
        unsetenv("NO_COLOR");
        setenv("TERM", "dumb", 1);
        CU_ASSERT_FALSE(message_colour(terminal));
        fclose(terminal);
    }
    close(master);
}

static void only_the_first_error_held_is_released(void)
{
    capture_begin(&said, STDERR_FILENO);
    message_hold(true);
    message_error("first");
    message_usage("second");
    message_warn("hot");
    bool released = message_release(), again = message_release();
    message_error("third");
    message_hold(false);
    message_error("fourth");
    capture_end(&said);
    CU_ASSERT_TRUE(released);
    CU_ASSERT_FALSE(again);
    CU_ASSERT_STRING_EQUAL(said.text, "test: warning: hot\ntest: first\ntest: fourth\n");
}

static void a_usage_message_names_no_rank(void)
{
    capture_begin(&said, STDERR_FILENO);
    message_rank(3, "node7");
    message_usage("-j %d is not right", 0);
    message_rank(-1, NULL);
    capture_end(&said);
    CU_ASSERT_STRING_EQUAL(said.text, "test: -j 0 is not right; try 'test --help'\n");
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(each_kind_has_its_prefix),
        UNIT(a_usage_message_says_where_help_is),
        UNIT(ranks_stand_before_the_text),
        UNIT(long_messages_are_cut_to_one_line),
        UNIT(lines_of_threads_stay_whole),
        UNIT(text_that_may_pass),
        UNIT(control_characters_are_escaped),
        UNIT(bytes_that_are_not_utf8_are_escaped),
        UNIT(printable_stays_within_its_room),
        UNIT(no_colour_where_there_is_no_terminal),
        UNIT(colour_on_a_terminal_unless_refused),
        UNIT(only_the_first_error_held_is_released),
        UNIT(a_usage_message_names_no_rank),
        UNIT_END,
    };
    message_init("test");
    return unit_main("message", tests);
}
