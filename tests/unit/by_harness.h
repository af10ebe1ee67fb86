#ifndef BY_HARNESS_H
#define BY_HARNESS_H
/* A workload of classes run as parkit-cpu does it, with a run() of the test's own that may spoil something. */
#include "capture.h"
#include "common/harness.h"

typedef int by_harness_run(struct runtime *rt, const struct workload *w, void *state, struct team *team);

/** by_harness() - class S of @w on two threads with --json: the exit code; what it said into @out and @err. */
static inline int by_harness(const struct workload *w, by_harness_run *run, struct capture *out, struct capture *err)
{
    const struct workload *const table[] = { w, NULL };
    struct runtime runtime = runtime_single;
    char *argv[] = { "test", (char *)w->name, "-c", "S", "-t", "2", "--json", NULL };
    runtime.run = run;
    capture_begin(out, STDOUT_FILENO);
    capture_begin(err, STDERR_FILENO);
    int code = harness_main(&runtime, table, "test WORKLOAD", 7, argv);
    capture_end(err);
    capture_end(out);
    return code;
}

#endif
