#ifndef PARKIT_TOPOLOGY_H
#define PARKIT_TOPOLOGY_H
/*
 * What the process may run on, and where its threads go (through hwloc). One policy holds at every
 * thread count, so that the first point of a scaling study is measured like the last.
 */
#include <stdbool.h>
#include <stddef.h>

struct topology;

enum bind_policy {
    BIND_SPREAD,  /* default: NUMA domains filled evenly, cores before SMT siblings           */
    BIND_COMPACT, /* a NUMA domain filled before the next, cores before SMT siblings          */
    BIND_NONE,    /* the operating system decides                                             */
};
extern const char *const bind_policy_names[]; /* "spread", "compact", "none", NULL */

/** topology_create() - detect. 0, -ENOMEM, or -ENOSYS after a message. topology_destroy() frees. */
int topology_create(struct topology **out) __attribute__((warn_unused_result));
void topology_destroy(struct topology *t);

/* Counts within the cpuset of the process (taskset, cgroup, batch system). Never 0. */
unsigned topology_cores(const struct topology *t);
unsigned topology_pus(const struct topology *t); /* hardware threads */
unsigned topology_numa(const struct topology *t);

/** topology_cpu_quota() - processors' worth of time the cgroup allows (cpu.max); 0: no quota. */
double topology_cpu_quota(void);

/**
 * topology_plan() - the hardware threads of @count workers, from the @first-th place of the policy.
 *
 * @first: 0, or rank-on-node times threads, so that ranks of one node take disjoint places.
 * @pu:    out, @count operating-system indices; places wrap round when there are more workers
 *         than hardware threads; -1 for BIND_NONE.
 */
void topology_plan(const struct topology *t, enum bind_policy policy, unsigned first, unsigned count, int *pu);

/** topology_bind_self() - bind the calling thread to @pu (no-op for -1). 0 or a negative errno value. */
int topology_bind_self(const struct topology *t, int pu);

/** topology_bound_to() - the cpus that the calling thread may really run on, as a list ("0-3,8"). */
const char *topology_bound_to(char *out, size_t size);

/** topology_cpuset() - the cpus that the process was given when the topology was created. */
const char *topology_cpuset(const struct topology *t, char *out, size_t size);

/** topology_warn() - one warning each: oversubscription, shared SMT siblings, a cpu quota. */
void topology_warn(const struct topology *t, unsigned workers_on_node);

/** topology_cpu_model() - name of the processor ("unknown" where it cannot be told). */
const char *topology_cpu_model(const struct topology *t);

/** topology_host() - the name of this host, in static storage. */
const char *topology_host(void);

#endif
