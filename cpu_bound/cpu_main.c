/* parkit-cpu: the workloads on one computer. */
#include "common/harness.h"
#include "common/message.h"
#include "cpu_bound/models.h"
#include "cpu_bound/table.h"

static int run_here(struct runtime *rt, const struct workload *w, void *state, struct team *team)
{
    (void)rt;
    return models_run(w, state, team);
}

int main(int argc, char **argv)
{
    struct runtime rt = runtime_single;
    rt.run = run_here;
    message_init("parkit-cpu");
    return harness_main(&rt, cpu_workloads, "parkit-cpu WORKLOAD [options]", argc, argv);
}
