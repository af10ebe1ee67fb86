#include "scaling/show/view.h"

#include "common/message.h"
#include "scaling/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TIME_OF_PLAN, TIME_WALL, TIME_PROGRAM };
static const char *const times[] = { "plan", "wall", "program", NULL };

const struct option_spec view_options[] = {
    { 'r', "rule", "RULE", OPTION_STRING, offsetof(struct view_args, rule), NULL, 0, 0, NULL,
      "which count to recommend: fastest, eff=X, csc, notur, cheapest (default: the plan's, else " RULE_DEFAULT ")" },
    { 0, "strong", NULL, OPTION_FLAG, offsetof(struct view_args, strong), NULL, 0, 0, NULL,
      "one problem on more and more processors (default, unless the plan says weak)" },
    { 0, "weak", NULL, OPTION_FLAG, offsetof(struct view_args, weak), NULL, 0, 0, NULL,
      "the problem grows with the processors" },
    { 0, "time", "WHICH", OPTION_CHOICE, offsetof(struct view_args, time), "plan", 0, 0, times,
      "which time to judge by: of the wall, as the program reports it, or as the plan says (wall if it says nothing)" },
    { 0 },
};

int view_check(const struct view_args *args)
{
    struct rule rule;
    if (args->weak && args->strong)
        return message_usage("--weak and --strong exclude each other");
    return args->rule ? rule_parse(args->rule, &rule) : 0;
}

static bool plan_says(const struct study *study, const char *key, const char *word)
{
    const char *text = plan_text(study->plan, key);
    return text && strcmp(text, word) == 0;
}

int view_read(const struct view_args *args, const char *path, struct study **study, struct question *ask)
{
    int rc = study_read(path, study);
    if (rc != 0)
        return rc;
    const char *rule = args->rule ? args->rule : plan_text((*study)->plan, "rule");
    *ask = (struct question){ .weak = args->weak || (!args->strong && plan_says(*study, "mode", "weak")) };
    rc = rule_parse(rule ? rule : RULE_DEFAULT, &ask->rule);
    if (rc == 0 && (args->time == TIME_PROGRAM || (args->time == TIME_OF_PLAN && plan_says(*study, "time", "program"))))
        rc = study_use_program_time(*study);
    if (rc == 0 && (*study)->torn)
        message_warn("%s: %zu line%s cut off and ignored", path, (*study)->torn, (*study)->torn == 1 ? " was" : "s were");
    return rc;
}

int view_analyse(const struct view_args *args, const char *path, struct study **study, struct analysis **out)
{
    struct question ask;
    int rc = view_read(args, path, study, &ask);
    if (rc == 0)
        rc = analysis_create(*study, &ask, out);
    if (rc == -ENOMEM)
        message_error("not enough memory for the runs of %s", path);
    return rc;
}

int view_finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    message_error("cannot write to standard output: %s", strerror(errno));
    return -ENOSPC; /* a disk that fails is missing, not a wrong answer */
}
