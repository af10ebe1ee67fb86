#ifndef PARKIT_VIEW_H
#define PARKIT_VIEW_H
/* How the forms of parkit-report read a study: options they share, and what the plan answers if they are not given. */
#include "common/option.h"
#include "scaling/judge/analysis.h"

struct view_args {
    bool weak, strong;
    int time;           /* index into the choices: plan, wall, program */
    const char *rule;
};

/* --rule, --strong, --weak, --time; fills a struct view_args. */
extern const struct option_spec view_options[];

/** view_check() - 0, or -EINVAL after a message about options that exclude each other or a rule that is none. */
int view_check(const struct view_args *args) __attribute__((warn_unused_result));

/** view_read() - read the study at @path and @ask what the options and its plan say. Errors as study_read(). */
int view_read(const struct view_args *args, const char *path, struct study **study, struct question *ask)
    __attribute__((warn_unused_result));

/** view_analyse() - view_read() and the analysis; both are the caller's to free. */
int view_analyse(const struct view_args *args, const char *path, struct study **study, struct analysis **out)
    __attribute__((warn_unused_result));

/** view_finish_output() - 0, or a negative errno value after a message, where stdout could not be written. */
int view_finish_output(void) __attribute__((warn_unused_result));

#endif
