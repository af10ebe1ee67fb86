#ifndef PARKIT_OPTION_H
#define PARKIT_OPTION_H
/*
 * One option table per program (and per workload) feeds the parser, --help and `list`, so the three
 * cannot disagree. Parsing itself is getopt_long's.
 *
 * How to add an option: add a field to the program's struct and one line to its table:
 *     { 'j', "connections", "N", OPTION_UINT, offsetof(struct args, connections), "16", 1, 1024,
 *       NULL, "connections in all" },
 */
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,   /* bool: false; true when given                                          */
    OPTION_UINT,   /* uint64_t: a size ("64K", "1e9") within [min, max]                     */
    OPTION_DOUBLE, /* double: a finite decimal number within [min, max]                     */
    OPTION_STRING, /* const char *: points into argv or to the default; NULL without either */
    OPTION_CHOICE, /* int: index of the word in choices                                     */
    OPTION_MANY,   /* struct option_values: every value given, in order                     */
};

/* The values of an option that may be repeated; the parser allocates, option_free() frees. */
struct option_values {
    const char **value;
    size_t count;
};

struct option_spec {
    char short_name;           /* 0: none                                                   */
    const char *long_name;     /* "threads"; NULL ends a table                              */
    const char *value_name;    /* "N"; NULL for a flag                                      */
    enum option_kind kind;
    size_t offset;             /* of the field in the struct that is filled                 */
    const char *default_text;  /* parsed like a given value; NULL: leave the field zero     */
    double min, max;           /* both 0: no limits                                         */
    const char *const *choices;/* NULL-terminated; OPTION_CHOICE only                       */
    const char *help;          /* one line; the default, limits and choices are added       */
};

enum { OPTION_MAX = 96 }; /* specs of all tables of one program together */

/* What a program looks like from its command line. */
struct option_program {
    const char *usage;         /* "parkit-get [options] [URL ...]"                          */
    const char *summary;       /* one sentence                                              */
    const struct option_spec *const *tables; /* NULL-terminated list of tables              */
    void *const *targets;      /* the struct that each table fills, same order              */
    const char *examples;      /* lines to print at the end of --help                       */
    int stop_at_first;         /* 1: options end at the first other word (a command follows)*/
};

/**
 * option_parse() - fill the targets with defaults, then with the options of @argv.
 *
 * @argv[0] is skipped. Other words are moved behind the options (unless stop_at_first); @first_other
 * is the index of the first of them. "--" ends the options.
 *
 * Returns 0 to go on; 1 when --help or --version was printed and the program should exit 0; -EINVAL
 * after one message on stderr that names the option, the value and what would be right; -ENOMEM.
 * Not thread-safe (getopt).
 */
int option_parse(const struct option_program *program, int argc, char **argv, int *first_other)
    __attribute__((warn_unused_result));

/** option_defaults() - only fill @target with the defaults of @table. 0, or -EINVAL: a bad table. */
int option_defaults(const struct option_spec *table, void *target) __attribute__((warn_unused_result));

/** option_given() - whether the option of that long name was on the command line last parsed. */
int option_given(const char *long_name);

/** option_free() - frees what option_parse() allocated in the targets. */
void option_free(const struct option_program *program);

#endif
