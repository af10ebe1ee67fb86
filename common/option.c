#include "common/option.h"

#include "common/build_info.h"
#include "common/message.h"
#include "common/size.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_VALUE = OPTION_MAX + 256, VERSION_VALUE, FIRST_VALUE }; /* beyond every char */

/* Every spec of all tables in one list, with the struct that it fills. */
struct flat {
    const struct option_spec *spec[OPTION_MAX];
    void *target[OPTION_MAX];
    size_t n;
};

static bool given[OPTION_MAX];
static const struct option_spec *given_spec[OPTION_MAX];

static int flatten(const struct option_program *program, struct flat *flat)
{
    flat->n = 0;
    for (size_t t = 0; program->tables[t]; t++)
        for (const struct option_spec *s = program->tables[t]; s->long_name; s++) {
            if (flat->n >= OPTION_MAX)
                return message_usage("too many options in one program (%d)", OPTION_MAX);
            flat->spec[flat->n] = s;
            flat->target[flat->n++] = program->targets[t];
        }
    return 0;
}

static void limits_text(const struct option_spec *s, char *out, size_t size)
{
    if (s->min == 0 && s->max == 0)
        snprintf(out, size, s->kind == OPTION_UINT ? "a whole number, for example 1000, 64K or 1e9" : "a number");
    else if (s->kind == OPTION_UINT)
        snprintf(out, size, "a whole number from %.0f to %.17g", s->min, s->max);
    else
        snprintf(out, size, "a number from %g to %g", s->min, s->max);
}

static int bad_value(const struct option_spec *s, const char *text)
{
    char wanted[96], shown[128];
    limits_text(s, wanted, sizeof wanted);
    return message_usage("--%s %s is not right; give %s", s->long_name,
                         *text ? message_printable(text, shown, sizeof shown) : "''", wanted);
}

static bool within(const struct option_spec *s, double value)
{
    return (s->min == 0 && s->max == 0) || (value >= s->min && value <= s->max);
}

static int set_choice(const struct option_spec *s, int *field, const char *text)
{
    char words[512] = "", shown[128];
    size_t used = 0;
    for (int i = 0; s->choices[i]; i++) {
        if (strcmp(s->choices[i], text) == 0) {
            *field = i;
            return 0;
        }
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "", s->choices[i]);
        if (used >= sizeof words)
            used = sizeof words - 1;
    }
    return message_usage("--%s %s is not known; use one of: %s", s->long_name,
                         message_printable(text, shown, sizeof shown), words);
}

static int add_value(struct option_values *values, const char *text)
{
    const char **grown = realloc(values->value, (values->count + 1) * sizeof *grown);
    if (!grown)
        return -ENOMEM;
    values->value = grown;
    values->value[values->count++] = text;
    return 0;
}

static int set_value(const struct option_spec *s, void *target, const char *text)
{
    void *field = (char *)target + s->offset;
    uint64_t whole;
    char *end;
    double number;
    switch (s->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_UINT:
        if (size_parse(text, &whole) != 0 || !within(s, (double)whole))
            return bad_value(s, text);
        *(uint64_t *)field = whole;
        return 0;
    case OPTION_DOUBLE:
        number = strtod(text, &end);
        if (end == text || *end || !isfinite(number) || !within(s, number))
            return bad_value(s, text);
        *(double *)field = number;
        return 0;
    case OPTION_STRING:
        *(const char **)field = text;
        return 0;
    case OPTION_CHOICE:
        return set_choice(s, field, text);
    case OPTION_MANY:
        return add_value(field, text);
    }
    return -EINVAL;
}

int option_defaults(const struct option_spec *table, void *target)
{
    for (const struct option_spec *s = table; s->long_name; s++)
        if (s->default_text && set_value(s, target, s->default_text) != 0)
            return -EINVAL;
    return 0;
}

/* --- help --- */

static void print_default_and_limits(const struct option_spec *s)
{
    if (s->kind == OPTION_CHOICE) {
        fputs(" (", stdout);
        for (int i = 0; s->choices[i]; i++)
            printf("%s%s", i ? ", " : "", s->choices[i]);
        printf("%s%s)", s->default_text ? "; default " : "", s->default_text ? s->default_text : "");
        return;
    }
    bool limited = (s->kind == OPTION_UINT || s->kind == OPTION_DOUBLE) && !(s->min == 0 && s->max == 0);
    if (!limited && !s->default_text)
        return;
    fputs(" (", stdout);
    if (s->default_text)
        printf("default %s", s->default_text);
    if (limited)
        printf("%s%.10g to %.10g", s->default_text ? "; " : "", s->min, s->max);
    putchar(')');
}

static void print_option(char short_name, const char *long_name, const char *value_name, const char *help)
{
    char left[64];
    int used = short_name ? snprintf(left, sizeof left, "-%c, ", short_name) : snprintf(left, sizeof left, "    ");
    snprintf(left + used, sizeof left - (size_t)used, "--%s%s%s", long_name, value_name ? " " : "",
             value_name ? value_name : "");
    printf(strlen(left) > 28 ? "  %s\n%33s" : "  %-28s   %s", left, "");
    fputs(help, stdout);
}

static void print_help(const struct option_program *program, const struct flat *flat)
{
    printf("Usage: %s\n%s\n\nOptions:\n", program->usage, program->summary);
    for (size_t i = 0; i < flat->n; i++) {
        const struct option_spec *s = flat->spec[i];
        print_option(s->short_name, s->long_name, s->value_name, s->help);
        print_default_and_limits(s);
        putchar('\n');
    }
    print_option('h', "help", NULL, "print this and exit\n");
    print_option('V', "version", NULL, "print the version and exit\n");
    if (program->examples)
        printf("\nExamples:\n%s", program->examples);
    puts("\nExit status: 0 right, 1 a run failed or was wrong, 2 usage, 3 something is missing, 128+N signal N.");
}

/* --- parsing --- */

/* getopt's two forms of the table: the short string and the long array. */
static void getopt_tables(const struct flat *flat, bool stop, char *shorts, struct option *longs)
{
    char *c = shorts;
    if (stop)
        *c++ = '+';
    *c++ = ':'; /* a missing value is told apart from an unknown option */
    *c++ = 'h';
    *c++ = 'V';
    for (size_t i = 0; i < flat->n; i++) {
        const struct option_spec *s = flat->spec[i];
        bool has_value = s->kind != OPTION_FLAG;
        longs[i] = (struct option){ s->long_name, has_value, NULL, FIRST_VALUE + (int)i };
        if (!s->short_name)
            continue;
        *c++ = s->short_name;
        if (has_value)
            *c++ = ':';
    }
    *c = '\0';
    longs[flat->n] = (struct option){ "help", 0, NULL, HELP_VALUE };
    longs[flat->n + 1] = (struct option){ "version", 0, NULL, VERSION_VALUE };
    longs[flat->n + 2] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct option_spec *spec_of(const struct flat *flat, int got, size_t *index)
{
    for (size_t i = 0; i < flat->n; i++)
        if (got == FIRST_VALUE + (int)i || (flat->spec[i]->short_name && got == flat->spec[i]->short_name)) {
            *index = i;
            return flat->spec[i];
        }
    return NULL;
}

/* The word that getopt choked on: it has moved past a long option, not past a short one. */
static int refuse(int got, char **argv)
{
    char shown[128], letter[3] = { '-', (char)optopt, '\0' };
    bool is_short = optopt > 0 && optopt < HELP_VALUE;
    const char *word = is_short ? letter : argv[optind - 1];
    message_printable(word, shown, sizeof shown);
    if (got == ':')
        return message_usage("%s needs a value", shown);
    if (!is_short && optopt >= HELP_VALUE)
        return message_usage("%s takes no value", shown);
    return message_usage("%s is not an option", shown);
}

static int parse(const struct option_program *program, const struct flat *flat, int argc, char **argv)
{
    char shorts[2 * OPTION_MAX + 8];
    struct option longs[OPTION_MAX + 3];
    int got;
    getopt_tables(flat, program->stop_at_first, shorts, longs);
    optind = 0; /* restart, also GNU getopt's own state */
    opterr = 0;
    while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        size_t i = 0;
        if (got == 'h' || got == HELP_VALUE) {
            print_help(program, flat);
            return 1;
        }
        if (got == 'V' || got == VERSION_VALUE) {
            printf("%s %s\n", message_program(), build_version);
            return 1;
        }
        const struct option_spec *s = got == '?' || got == ':' ? NULL : spec_of(flat, got, &i);
        if (!s)
            return refuse(got, argv);
        int rc = set_value(s, flat->target[i], optarg);
        if (rc != 0)
            return rc;
        given[i] = true;
    }
    return 0;
}

int option_parse(const struct option_program *program, int argc, char **argv, int *first_other)
{
    struct flat flat;
    int rc = flatten(program, &flat);
    for (size_t t = 0; rc == 0 && program->tables[t]; t++)
        rc = option_defaults(program->tables[t], program->targets[t]);
    memset(given, 0, sizeof given);
    for (size_t i = 0; i < OPTION_MAX; i++)
        given_spec[i] = rc == 0 && i < flat.n ? flat.spec[i] : NULL;
    if (rc == 0)
        rc = parse(program, &flat, argc, argv);
    *first_other = optind;
    return rc;
}

int option_given(const char *long_name)
{
    for (size_t i = 0; i < OPTION_MAX && given_spec[i]; i++)
        if (given[i] && strcmp(given_spec[i]->long_name, long_name) == 0)
            return 1;
    return 0;
}

void option_free(const struct option_program *program)
{
    struct flat flat;
    if (flatten(program, &flat) != 0)
        return;
    for (size_t i = 0; i < flat.n; i++)
        if (flat.spec[i]->kind == OPTION_MANY) {
            struct option_values *values = (void *)((char *)flat.target[i] + flat.spec[i]->offset);
            free(values->value);
            *values = (struct option_values){ NULL, 0 };
        }
}
