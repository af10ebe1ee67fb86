#include "cpu_bound/nas/is_outcome.h"

#include "cpu_bound/nas/nas.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* By class S W A B C D. Source: the NAS Parallel Benchmarks 3.4. */
static const struct is_problem problems[] = {
    { 16, 11, { { 48427, 0, 1 }, { 17148, 18, 1 }, { 23627, 346, 1 }, { 62548, 64917, -1 }, { 4431, 65463, -1 } } },
    { 20, 16,
      { { 357773, 1249 - 2, 1 }, { 934767, 11698 - 2, 1 }, { 875723, 1039987, -1 }, { 898999, 1043896, -1 },
        { 404505, 1048018, -1 } } },
    { 23, 19,
      { { 2112377, 104 - 1, 1 }, { 662041, 17523 - 1, 1 }, { 5336171, 123928 - 1, 1 }, { 3642833, 8288932 + 1, -1 },
        { 4250760, 8388264 + 1, -1 } } },
    { 25, 21,
      { { 41869, 33422937, -1 }, { 812306, 10244, 1 }, { 5102857, 59149, 1 }, { 18232239, 33135281, -1 },
        { 26860214, 99, 1 } } },
    { 27, 23,
      { { 44172927, 61147, 1 }, { 72999161, 882988, 1 }, { 74326391, 266290, 1 }, { 129606274, 133997595, -1 },
        { 21736814, 133525895, -1 } } },
    { 31, 27,
      { { 1317351170, 1, 1 }, { 995930646, 36538729, 1 }, { 1157283250, 1978098519, -1 },
        { 1503301535, 2145192618, -1 }, { 1453734525, 2147425337, -1 } } },
};

const struct is_problem *is_problem(char class)
{
    return &problems[nas_class_index(class)];
}

uint32_t is_changed_key(const struct is_problem *p, int iteration, int which, size_t *at)
{
    *at = (size_t)(iteration + which * IS_ITERATIONS);
    return which == 0 ? (uint32_t)iteration : (uint32_t)is_values_of(p) - (uint32_t)iteration;
}

void is_outcome_test(struct is_outcome *o, int iteration)
{
    for (int t = 0; t < IS_TESTS; t++) {
        int64_t published = o->problem->test[t].rank + o->problem->test[t].slope * iteration;
        if (o->rank[t] == published) {
            o->passed++;
        } else if (o->failure.iteration == 0) {
            o->failure.iteration = iteration;
            o->failure.test = t;
            o->failure.rank = o->rank[t];
            o->failure.published = published;
        }
    }
}

int is_outcome_verify(const struct is_outcome *o, char *why, size_t why_len)
{
    if (o->passed == IS_ITERATIONS * IS_TESTS)
        return 0;
    snprintf(why, why_len, "%u of %d tests passed; the first that failed: in iteration %d key %" PRIu64 " has rank %" PRId64
             ", published is %" PRId64, o->passed, IS_ITERATIONS * IS_TESTS, o->failure.iteration,
             o->problem->test[o->failure.test].at, o->failure.rank, o->failure.published);
    return -EDOM;
}
