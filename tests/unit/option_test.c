/* common/option.h: one table feeds parser and help. */
#include "capture.h"
#include "common/build_info.h"
#include "common/message.h"
#include "common/option.h"
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct args {
    bool loud;
    uint64_t jobs, bytes;
    double ratio, seconds;
    const char *dir, *log;
    int colour;
    struct option_values headers;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

#define FIELD(name) offsetof(struct args, name)
static const struct option_spec first_table[] = {
    { 'l', "loud", NULL, OPTION_FLAG, FIELD(loud), NULL, 0, 0, NULL, "say more" },
    { 'j', "jobs", "N", OPTION_UINT, FIELD(jobs), "16", 1, 1024, NULL, "jobs in all" },
    { 0, "bytes", "SIZE", OPTION_UINT, FIELD(bytes), NULL, 0, 0, NULL, "largest file" },
    { 's', "seconds", "S", OPTION_DOUBLE, FIELD(seconds), NULL, 0, 0, NULL, "how long" },
    { 'r', "ratio", "X", OPTION_DOUBLE, FIELD(ratio), "0.5", 0, 1, NULL, "part of the whole" },
    { 0 },
};
static const struct option_spec second_table[] = {
    { 'd', "dir", "DIR", OPTION_STRING, FIELD(dir), ".", 0, 0, NULL, "where files go" },
    { 0, "log", "FILE", OPTION_STRING, FIELD(log), NULL, 0, 0, NULL, "where messages go" },
    { 'c', "colour", "NAME", OPTION_CHOICE, FIELD(colour), "green", 0, 0, colours, "of the picture" },
    { 'H', "header", "TEXT", OPTION_MANY, FIELD(headers), NULL, 0, 0, NULL, "repeatable" },
    { 0 },
};
static const struct option_spec *const tables[] = { first_table, second_table, NULL };

static struct args args;
static void *const targets[] = { &args, &args };
static struct option_program program = { .usage = "tool [options] [WORD ...]", .summary = "Does one thing.",
                                         .tables = tables, .targets = targets, .examples = "  tool -j 4\n" };
static int first_other;
static struct capture said;

enum { MAX_WORDS = 16 };
static char *words[MAX_WORDS + 1];

/* Parse the words of @line, which are separated by single blanks; stderr and stdout land in `said`. */
static int parse_from(int fd, const char *line)
{
    static char copy[256];
    int n = 0;
    option_free(&program);
    memset(&args, 0, sizeof args);
    snprintf(copy, sizeof copy, "tool %s", line);
    for (char *rest = copy, *word; n < MAX_WORDS && (word = strsep(&rest, " ")) && (*word || rest);)
        words[n++] = word;
    words[n] = NULL;
    capture_begin(&said, fd);
    int rc = option_parse(&program, n, words, &first_other);
    capture_end(&said);
    return rc;
}

static int parse(const char *line)
{
    return parse_from(STDERR_FILENO, line);
}

/* Refused with -EINVAL and exactly one line that is "tool: @want; try 'tool --help'". */
static void refused(const char *line, const char *want)
{
    char whole[512];
    snprintf(whole, sizeof whole, "tool: %s; try 'tool --help'\n", want);
    CU_ASSERT_EQUAL(parse(line), -EINVAL);
    CU_ASSERT_STRING_EQUAL(said.text, whole);
    if (strcmp(said.text, whole) != 0)
        fprintf(stderr, "    got %s", said.text);
}

static void defaults_without_options(void)
{
    CU_ASSERT_EQUAL(parse(""), 0);
    CU_ASSERT_FALSE(args.loud);
    CU_ASSERT_EQUAL(args.jobs, 16);
    CU_ASSERT_EQUAL(args.bytes, 0);
    CU_ASSERT_EQUAL(args.ratio, 0.5);
    CU_ASSERT_STRING_EQUAL(args.dir, ".");
    CU_ASSERT_PTR_NULL(args.log);
    CU_ASSERT_EQUAL(args.colour, 1);
    CU_ASSERT_EQUAL(args.headers.count, 0);
    CU_ASSERT_STRING_EQUAL(said.text, "");
}

static void short_and_long_forms(void)
{
    CU_ASSERT_EQUAL(parse("-l -j8 --bytes=64K -r 0.25 --dir down -c blue"), 0);
    CU_ASSERT_TRUE(args.loud);
    CU_ASSERT_EQUAL(args.jobs, 8);
    CU_ASSERT_EQUAL(args.bytes, 64000);
    CU_ASSERT_EQUAL(args.ratio, 0.25);
    CU_ASSERT_STRING_EQUAL(args.dir, "down");
    CU_ASSERT_EQUAL(args.colour, 2);
    CU_ASSERT_EQUAL(parse("-lj 2 --rat 1"), 0); /* bundled; abbreviated */
    CU_ASSERT_TRUE(args.loud && args.jobs == 2 && args.ratio == 1);
}

static void the_last_of_a_repeated_option_counts(void)
{
    CU_ASSERT_EQUAL(parse("-j 2 --jobs 3 -l -l"), 0);
    CU_ASSERT_EQUAL(args.jobs, 3);
    CU_ASSERT_TRUE(args.loud);
}

static void many_keeps_every_value_in_order(void)
{
    CU_ASSERT_EQUAL(parse("-H one --header two -H three"), 0);
    CU_ASSERT_EQUAL_FATAL(args.headers.count, 3);
    CU_ASSERT_STRING_EQUAL(args.headers.value[0], "one");
    CU_ASSERT_STRING_EQUAL(args.headers.value[1], "two");
    CU_ASSERT_STRING_EQUAL(args.headers.value[2], "three");
    option_free(&program);
    CU_ASSERT_EQUAL(args.headers.count, 0);
}

static void limits_include_both_ends(void)
{
    CU_ASSERT_EQUAL(parse("-j 1 -r 0"), 0);
    CU_ASSERT_EQUAL(parse("-j 1024 -r 1"), 0);
    refused("-j 0", "--jobs 0 is not right; give a whole number from 1 to 1024");
    refused("-j 1025", "--jobs 1025 is not right; give a whole number from 1 to 1024");
    refused("-r 1.01", "--ratio 1.01 is not right; give a number from 0 to 1");
    refused("-r -0.1", "--ratio -0.1 is not right; give a number from 0 to 1");
}

static void values_that_are_no_numbers(void)
{
    refused("-j many", "--jobs many is not right; give a whole number from 1 to 1024");
    refused("-j -1", "--jobs -1 is not right; give a whole number from 1 to 1024");
    refused("-j 1.5", "--jobs 1.5 is not right; give a whole number from 1 to 1024");
    refused("--jobs=", "--jobs '' is not right; give a whole number from 1 to 1024");
    refused("--bytes 2e19", "--bytes 2e19 is not right; give a whole number, for example 1000, 64K or 1e9");
    refused("-r nan", "--ratio nan is not right; give a number from 0 to 1");
    refused("-r inf", "--ratio inf is not right; give a number from 0 to 1");
    refused("-s inf", "--seconds inf is not right; give a number");
    refused("-s 1e999", "--seconds 1e999 is not right; give a number");
    refused("-r 0.5x", "--ratio 0.5x is not right; give a number from 0 to 1");
}

static void an_unknown_choice_names_the_known_ones(void)
{
    refused("-c pink", "--colour pink is not known; use one of: red, green, blue");
    refused("-c Red", "--colour Red is not known; use one of: red, green, blue");
}

static void mistakes_in_the_options_themselves(void)
{
    refused("--jobs", "--jobs needs a value");
    refused("-l -j", "-j needs a value");
    refused("--nothing", "--nothing is not an option");
    refused("--nothing=1", "--nothing=1 is not an option");
    refused("-x", "-x is not an option");
    refused("-lx", "-x is not an option");
    refused("--loud=yes", "--loud=yes takes no value");
}

static void hostile_values_are_escaped(void)
{
    refused("-c \033[31m", "--colour \\x1B[31m is not known; use one of: red, green, blue");
    refused("--\033]0;x", "--\\x1B]0;x is not an option");
    refused("-\033", "-\\x1B is not an option");
}

static void other_words_move_behind_the_options(void)
{
    CU_ASSERT_EQUAL(parse("one -j 2 two -l"), 0);
    CU_ASSERT_TRUE(args.jobs == 2 && args.loud);
    CU_ASSERT_EQUAL_FATAL(first_other, 4);
    CU_ASSERT_STRING_EQUAL(words[4], "one");
    CU_ASSERT_STRING_EQUAL(words[5], "two");
}

static void two_dashes_end_the_options(void)
{
    CU_ASSERT_EQUAL(parse("-j 2 -- -l --nothing"), 0);
    CU_ASSERT_FALSE(args.loud);
    CU_ASSERT_EQUAL_FATAL(first_other, 4);
    CU_ASSERT_STRING_EQUAL(words[4], "-l");
}

static void options_of_a_command_are_left_alone(void)
{
    program.stop_at_first = 1;
    CU_ASSERT_EQUAL(parse("-j 2 sleep -l --nothing 5"), 0);
    CU_ASSERT_FALSE(args.loud);
    CU_ASSERT_EQUAL_FATAL(first_other, 3);
    CU_ASSERT_STRING_EQUAL(words[3], "sleep");
    CU_ASSERT_EQUAL(parse("-j 2 -- sleep -l"), 0);
    CU_ASSERT_STRING_EQUAL(words[first_other], "sleep");
    program.stop_at_first = 0;
}

static void given_is_not_the_same_as_default(void)
{
    CU_ASSERT_EQUAL(parse("-j 16 --dir ."), 0);
    CU_ASSERT_TRUE(option_given("jobs"));
    CU_ASSERT_TRUE(option_given("dir"));
    CU_ASSERT_FALSE(option_given("ratio"));
    CU_ASSERT_FALSE(option_given("nothing"));
    CU_ASSERT_EQUAL(parse(""), 0);
    CU_ASSERT_FALSE(option_given("jobs"));
}

static void help_tells_every_option_with_default_limits_choices(void)
{
    static const char *const parts[] = {
        "Usage: tool [options] [WORD ...]\nDoes one thing.\n",
        "  -l, --loud                     say more\n",
        "  -j, --jobs N                   jobs in all (default 16; 1 to 1024)\n",
        "      --bytes SIZE               largest file\n",
        "  -r, --ratio X                  part of the whole (default 0.5; 0 to 1)\n",
        "  -d, --dir DIR                  where files go (default .)\n",
        "      --log FILE                 where messages go\n",
        "  -c, --colour NAME              of the picture (red, green, blue; default green)\n",
        "  -H, --header TEXT              repeatable\n",
        "  -h, --help ",
        "  -V, --version ",
        "\nExamples:\n  tool -j 4\n",
        "Exit status: 0 right, 1 ",
    };
    CU_ASSERT_EQUAL(parse_from(STDOUT_FILENO, "--help"), 1);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(said.text, parts[i]));
        if (!strstr(said.text, parts[i]))
            fprintf(stderr, "    --help lacks: %s\n", parts[i]);
    }
    struct capture help;
    capture_begin(&help, STDOUT_FILENO);
    CU_ASSERT_EQUAL(parse("-h"), 1);
    capture_end(&help);
    CU_ASSERT_STRING_EQUAL(said.text, ""); /* nothing of it on stderr */
}

static void version_is_that_of_the_build(void)
{
    char want[64];
    snprintf(want, sizeof want, "tool %s\n", build_version);
    CU_ASSERT_EQUAL(parse_from(STDOUT_FILENO, "--version"), 1);
    CU_ASSERT_STRING_EQUAL(said.text, want);
    CU_ASSERT_EQUAL(parse_from(STDOUT_FILENO, "-V"), 1);
    CU_ASSERT_STRING_EQUAL(said.text, want);
}

static void a_default_that_breaks_its_own_limits_is_found(void)
{
    static const struct option_spec bad[] = {
        { 'j', "jobs", "N", OPTION_UINT, FIELD(jobs), "0", 1, 8, NULL, "jobs" }, { 0 }
    };
    capture_begin(&said, STDERR_FILENO);
    int rc = option_defaults(bad, &args);
    capture_end(&said);
    CU_ASSERT_EQUAL(rc, -EINVAL);
    CU_ASSERT_EQUAL(option_defaults(first_table, &args), 0);
    CU_ASSERT_EQUAL(args.jobs, 16);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(defaults_without_options),
        UNIT(short_and_long_forms),
        UNIT(the_last_of_a_repeated_option_counts),
        UNIT(many_keeps_every_value_in_order),
        UNIT(limits_include_both_ends),
        UNIT(values_that_are_no_numbers),
        UNIT(an_unknown_choice_names_the_known_ones),
        UNIT(mistakes_in_the_options_themselves),
        UNIT(hostile_values_are_escaped),
        UNIT(other_words_move_behind_the_options),
        UNIT(two_dashes_end_the_options),
        UNIT(options_of_a_command_are_left_alone),
        UNIT(given_is_not_the_same_as_default),
        UNIT(help_tells_every_option_with_default_limits_choices),
        UNIT(version_is_that_of_the_build),
        UNIT(a_default_that_breaks_its_own_limits_is_found),
        UNIT_END,
    };
    message_init("tool");
    int failed = unit_main("option", tests);
    option_free(&program);
    return failed;
}
