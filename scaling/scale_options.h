#ifndef PARKIT_SCALE_OPTIONS_H
#define PARKIT_SCALE_OPTIONS_H
/* The command line of parkit-scale, checked as a whole before anything is made or run. */
#include "common/option.h"
#include "scaling/plan/design.h"

struct scale_options {
    const char *threads, *ranks, *ranks_per_node, *nodes, *sizes; /* lists; NULL: not given */
    struct option_values where, env;
    uint64_t repeats, max_repeats, warmups, seed;
    double precision, timeout_s, expect_s;
    int law, size_is, bind;
    const char *study, *fom, *time, *ok, *ok_exit, *rule, *setup, *cleanup;
    bool strong, weak, dry_run, progress, no_progress;
    bool show_progress; /* settled from the two and the terminal */
};

/**
 * scale_options_read() - fill both. The design borrows from the options and from @argv.
 * 0; 1 when --help or --version was printed; -EINVAL after a message; -ENOMEM. scale_options_free() frees.
 */
int scale_options_read(int argc, char **argv, struct scale_options *o, struct design *d) __attribute__((warn_unused_result));
void scale_options_free(struct scale_options *o, struct design *d);

#endif
