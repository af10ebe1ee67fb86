#include "common/topology.h"

#include "common/message.h"

#include <errno.h>
#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const bind_policy_names[] = { "spread", "compact", "none", NULL };

struct topology {
    hwloc_topology_t hw;
    hwloc_bitmap_t allowed; /* where the process may run                                   */
    unsigned cores, pus, numa;
    int *spread, *compact;  /* operating-system indices of the pus in the policy's order   */
};

/* The @smt-th allowed hardware thread of @core; -1 where it has fewer. */
static int pu_of_core(const struct topology *t, hwloc_obj_t core, unsigned smt)
{
    int pu = -1;
    hwloc_bitmap_t set = hwloc_bitmap_dup(core->cpuset);
    if (!set)
        return -1;
    hwloc_bitmap_and(set, set, t->allowed);
    do
        pu = hwloc_bitmap_next(set, pu);
    while (pu >= 0 && smt-- > 0);
    hwloc_bitmap_free(set);
    return pu;
}

static hwloc_obj_type_t core_type(const struct topology *t)
{
    return hwloc_get_nbobjs_by_type(t->hw, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
}

/* The @nth core of NUMA domain @domain (every core where there is only one domain). NULL: no more. */
static hwloc_obj_t core_of_domain(const struct topology *t, unsigned domain, unsigned nth)
{
    hwloc_obj_t node = hwloc_get_obj_by_type(t->hw, HWLOC_OBJ_NUMANODE, domain);
    hwloc_const_cpuset_t inside = node && t->numa > 1 ? node->cpuset : hwloc_topology_get_topology_cpuset(t->hw);
    return hwloc_get_obj_inside_cpuset_by_type(t->hw, inside, core_type(t), nth);
}

/* All places of the compact policy: first threads of the cores domain by domain, then the siblings. */
static void order_compact(struct topology *t)
{
    unsigned n = 0;
    for (unsigned smt = 0; n < t->pus; smt++)
        for (unsigned d = 0; d < t->numa; d++) {
            hwloc_obj_t core;
            for (unsigned c = 0; (core = core_of_domain(t, d, c)) && n < t->pus; c++) {
                int pu = pu_of_core(t, core, smt);
                if (pu >= 0)
                    t->compact[n++] = pu;
            }
        }
}

/* All places of the spread policy: the domains take turns, siblings after all cores. */
static void order_spread(struct topology *t)
{
    unsigned n = 0;
    for (unsigned smt = 0; n < t->pus; smt++) {
        bool any = true;
        for (unsigned c = 0; any; c++) {
            any = false;
            for (unsigned d = 0; d < t->numa && n < t->pus; d++) {
                hwloc_obj_t core = core_of_domain(t, d, c);
                int pu = core ? pu_of_core(t, core, smt) : -1;
                any |= core != NULL;
                if (pu >= 0)
                    t->spread[n++] = pu;
            }
        }
    }
}

static unsigned count_cores(const struct topology *t)
{
    unsigned n = 0;
    hwloc_obj_t core = NULL;
    while ((core = hwloc_get_next_obj_by_type(t->hw, core_type(t), core)))
        n += hwloc_bitmap_intersects(core->cpuset, t->allowed) ? 1 : 0;
    return n ? n : 1;
}

static int detect(struct topology *t)
{
    t->allowed = hwloc_bitmap_alloc();
    if (!t->allowed || hwloc_topology_init(&t->hw) != 0)
        return -ENOMEM;
    if (hwloc_topology_load(t->hw) != 0)
        return -ENOSYS;
    if (hwloc_get_cpubind(t->hw, t->allowed, HWLOC_CPUBIND_PROCESS) != 0)
        hwloc_bitmap_copy(t->allowed, hwloc_topology_get_allowed_cpuset(t->hw));
    hwloc_bitmap_and(t->allowed, t->allowed, hwloc_topology_get_topology_cpuset(t->hw));
    int pus = hwloc_bitmap_weight(t->allowed);
    if (pus < 1)
        return -ENOSYS;
    t->pus = (unsigned)pus;
    t->cores = count_cores(t);
    int numa = hwloc_get_nbobjs_by_type(t->hw, HWLOC_OBJ_NUMANODE);
    t->numa = numa > 0 ? (unsigned)numa : 1;
    t->spread = malloc(2 * t->pus * sizeof *t->spread);
    if (!t->spread)
        return -ENOMEM;
    t->compact = t->spread + t->pus;
    order_spread(t);
    order_compact(t);
    return 0;
}

int topology_create(struct topology **out)
{
    struct topology *t = calloc(1, sizeof *t);
    int rc = t ? detect(t) : -ENOMEM;
    if (rc == -ENOSYS)
        message_error("cannot find out which processors this process may use (hwloc): %s", strerror(errno));
    if (rc != 0) {
        topology_destroy(t);
        return rc;
    }
    *out = t;
    return 0;
}

void topology_destroy(struct topology *t)
{
    if (!t)
        return;
    if (t->hw)
        hwloc_topology_destroy(t->hw);
    hwloc_bitmap_free(t->allowed);
    free(t->spread);
    free(t);
}

unsigned topology_cores(const struct topology *t)
{
    return t->cores;
}

unsigned topology_pus(const struct topology *t)
{
    return t->pus;
}

unsigned topology_numa(const struct topology *t)
{
    return t->numa;
}

/* cgroup version 2: "QUOTA PERIOD" or "max PERIOD", in the cgroup's own folder or at a container's root. */
static double quota_from(const char *path)
{
    double quota = 0, period = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int fields = fscanf(f, "%lf %lf", &quota, &period);
    fclose(f);
    return fields == 2 && period > 0 ? quota / period : 0;
}

double topology_cpu_quota(void)
{
    char line[512], path[600];
    double quota = quota_from("/sys/fs/cgroup/cpu.max");
    FILE *f = fopen("/proc/self/cgroup", "re");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::", 3) != 0)
            continue;
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", line + 3);
        double own = quota_from(path);
        if (own > 0 && (quota <= 0 || own < quota))
            quota = own;
    }
    if (f)
        fclose(f);
    return quota;
}

void topology_plan(const struct topology *t, enum bind_policy policy, unsigned first, unsigned count, int *pu)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned place = (first + i) % t->pus;
        pu[i] = policy == BIND_NONE ? -1 : policy == BIND_COMPACT ? t->compact[place] : t->spread[place];
    }
}

int topology_bind_self(const struct topology *t, int pu)
{
    if (pu < 0)
        return 0;
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    if (!set)
        return -ENOMEM;
    hwloc_bitmap_only(set, (unsigned)pu);
    int rc = hwloc_set_cpubind(t->hw, set, HWLOC_CPUBIND_THREAD) == 0 ? 0 : -errno;
    hwloc_bitmap_free(set);
    return rc;
}

const char *topology_bound_to(char *out, size_t size)
{
    enum { MANY = 8192 }; /* processors: above what Linux supports */
    size_t used = 0, bytes = CPU_ALLOC_SIZE(MANY);
    cpu_set_t *set = CPU_ALLOC(MANY);
    out[0] = '\0';
    if (!set || sched_getaffinity(0, bytes, set) != 0) {
        snprintf(out, size, "unknown");
        CPU_FREE(set);
        return out;
    }
    for (int i = 0; i < MANY && used + 1 < size; i++) {
        int last = i;
        if (!CPU_ISSET_S(i, bytes, set))
            continue;
        while (last + 1 < MANY && CPU_ISSET_S(last + 1, bytes, set))
            last++;
        int n = snprintf(out + used, size - used, last > i ? "%s%d-%d" : "%s%d", used ? "," : "", i, last);
        used = n < (int)(size - used) ? used + (size_t)n : size - 1;
        i = last;
    }
    CPU_FREE(set);
    return out;
}

const char *topology_cpuset(const struct topology *t, char *out, size_t size)
{
    hwloc_bitmap_list_snprintf(out, size, t->allowed);
    return out;
}

void topology_warn(const struct topology *t, unsigned workers_on_node)
{
    double quota = topology_cpu_quota();
    if (workers_on_node > t->pus)
        message_warn("%u workers share %u hardware threads (oversubscribed): timings mean little", workers_on_node, t->pus);
    else if (workers_on_node > t->cores)
        message_warn("%u workers on %u cores: some share a core with an SMT sibling", workers_on_node, t->cores);
    if (quota > 0 && quota < workers_on_node)
        message_warn("a cpu quota of %.2f processors throttles %u workers", quota, workers_on_node);
}

const char *topology_cpu_model(const struct topology *t)
{
    hwloc_obj_t package = hwloc_get_obj_by_type(t->hw, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    return model ? model : "unknown";
}

const char *topology_host(void)
{
    static char name[256];
    if (name[0] == '\0' && (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0'))
        snprintf(name, sizeof name, "localhost");
    return name;
}
