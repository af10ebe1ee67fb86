/*
 * common/topology.h. hwloc makes up machines from HWLOC_SYNTHETIC, so placement is tested on machines that are
 * not here: every pu of a synthetic machine is taken as allowed, numbered in the order of the description.
 */
#include "common/topology.h"
#include "unit.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 64 };

static struct topology *made_up(const char *description)
{
    struct topology *t = NULL;
    setenv("HWLOC_SYNTHETIC", description, 1);
    CU_ASSERT_EQUAL_FATAL(topology_create(&t), 0);
    unsetenv("HWLOC_SYNTHETIC");
    return t;
}

static struct topology *this_machine(void)
{
    struct topology *t = NULL;
    CU_ASSERT_EQUAL_FATAL(topology_create(&t), 0);
    return t;
}

/* The places of @count workers from the @first are exactly @want. */
static void places(const struct topology *t, enum bind_policy policy, unsigned first, unsigned count, const int *want)
{
    int pu[MANY];
    topology_plan(t, policy, first, count, pu);
    for (unsigned i = 0; i < count; i++)
        CU_ASSERT_EQUAL(pu[i], want[i]);
}

static void counts_of_a_made_up_machine(void)
{
    struct topology *t = made_up("numanode:2 core:4 pu:2");
    CU_ASSERT_EQUAL(topology_numa(t), 2);
    CU_ASSERT_EQUAL(topology_cores(t), 8);
    CU_ASSERT_EQUAL(topology_pus(t), 16);
    topology_destroy(t);
}

/* Two domains with cores 0..3 and 4..7, pus 0..7 and 8..15; the siblings of core c are 2c and 2c + 1. */
static void spread_takes_domains_in_turn_and_cores_first(void)
{
    struct topology *t = made_up("numanode:2 core:4 pu:2");
    places(t, BIND_SPREAD, 0, 16, (int[]){ 0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15 });
    topology_destroy(t);
}

static void compact_fills_a_domain_and_takes_cores_first(void)
{
    struct topology *t = made_up("numanode:2 core:4 pu:2");
    places(t, BIND_COMPACT, 0, 16, (int[]){ 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15 });
    topology_destroy(t);
}

static void one_domain_without_siblings(void)
{
    struct topology *t = made_up("core:4 pu:1");
    CU_ASSERT_EQUAL(topology_cores(t), 4);
    places(t, BIND_SPREAD, 0, 4, (int[]){ 0, 1, 2, 3 });
    places(t, BIND_COMPACT, 0, 4, (int[]){ 0, 1, 2, 3 });
    topology_destroy(t);
}

static void more_workers_than_places_wrap_round(void)
{
    struct topology *t = made_up("core:2 pu:2");
    places(t, BIND_SPREAD, 0, 7, (int[]){ 0, 2, 1, 3, 0, 2, 1 });
    topology_destroy(t);
}

static void ranks_of_a_node_take_disjoint_places(void)
{
    struct topology *t = made_up("numanode:2 core:4 pu:2");
    bool taken[16] = { false };
    for (unsigned rank = 0; rank < 4; rank++) {
        int pu[4];
        topology_plan(t, BIND_SPREAD, rank * 4, 4, pu);
        for (int i = 0; i < 4; i++) {
            CU_ASSERT_TRUE_FATAL(pu[i] >= 0 && pu[i] < 16);
            CU_ASSERT_FALSE(taken[pu[i]]);
            taken[pu[i]] = true;
        }
    }
    topology_destroy(t);
}

static void nobody_is_placed_by_the_policy_none(void)
{
    struct topology *t = made_up("core:2 pu:2");
    places(t, BIND_NONE, 0, 3, (int[]){ -1, -1, -1 });
    topology_destroy(t);
}

/* Every prefix of the plan is spread as evenly over the domains as its length allows. */
static void every_count_fills_the_domains_evenly(void)
{
    struct topology *t = made_up("numanode:4 core:3 pu:2");
    for (unsigned count = 1; count <= 24; count++) {
        int pu[24], in_domain[4] = { 0 }, least = MANY, most = 0;
        topology_plan(t, BIND_SPREAD, 0, count, pu);
        for (unsigned i = 0; i < count; i++)
            in_domain[pu[i] / 6]++;
        for (int d = 0; d < 4; d++) {
            least = in_domain[d] < least ? in_domain[d] : least;
            most = in_domain[d] > most ? in_domain[d] : most;
        }
        CU_ASSERT_TRUE(most - least <= 1);
    }
    topology_destroy(t);
}

static void places_of_this_machine_are_distinct_and_allowed(void)
{
    struct topology *t = this_machine();
    unsigned n = topology_pus(t);
    int *pu = malloc(n * sizeof *pu);
    cpu_set_t allowed, taken;
    CU_ASSERT_PTR_NOT_NULL_FATAL(pu);
    CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    CU_ASSERT_EQUAL(n, (unsigned)CPU_COUNT(&allowed));
    CU_ASSERT_TRUE(topology_cores(t) >= 1 && topology_cores(t) <= n && topology_numa(t) >= 1);
    for (enum bind_policy policy = BIND_SPREAD; policy <= BIND_COMPACT; policy++) {
        CPU_ZERO(&taken);
        topology_plan(t, policy, 0, n, pu);
        for (unsigned i = 0; i < n; i++) {
            CU_ASSERT_TRUE(CPU_ISSET(pu[i], &allowed));
            CPU_SET(pu[i], &taken);
        }
        CU_ASSERT_TRUE(CPU_EQUAL(&taken, &allowed));
    }
    free(pu);
    topology_destroy(t);
}

static void binding_is_in_force_and_told(void)
{
    struct topology *t = this_machine();
    cpu_set_t before, now;
    char told[64], want[16];
    int last = 0, pu;
    sched_getaffinity(0, sizeof before, &before);
    topology_plan(t, BIND_COMPACT, topology_pus(t) - 1, 1, &pu);
    CU_ASSERT_EQUAL(topology_bind_self(t, pu), 0);
    sched_getaffinity(0, sizeof now, &now);
    CU_ASSERT_TRUE(CPU_COUNT(&now) == 1 && CPU_ISSET(pu, &now));
    snprintf(want, sizeof want, "%d", pu);
    CU_ASSERT_STRING_EQUAL(topology_bound_to(told, sizeof told), want);
    CU_ASSERT_EQUAL(topology_bind_self(t, -1), 0); /* changes nothing */
    CU_ASSERT_STRING_EQUAL(topology_bound_to(told, sizeof told), want);
    CU_ASSERT_TRUE(topology_bind_self(t, CPU_SETSIZE - 1) < 0 || CPU_ISSET(last = CPU_SETSIZE - 1, &before));
    (void)last;
    sched_setaffinity(0, sizeof before, &before);
    topology_destroy(t);
}

/* With the process held on one processor, that is all there is to place on. */
static void the_cpuset_of_the_process_is_respected(void)
{
    cpu_set_t before, one;
    char told[64], want[16];
    int only = 0;
    sched_getaffinity(0, sizeof before, &before);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &before))
            only = i; /* the last of them */
    CPU_ZERO(&one);
    CPU_SET(only, &one);
    CU_ASSERT_EQUAL_FATAL(sched_setaffinity(0, sizeof one, &one), 0);
    struct topology *t = this_machine();
    CU_ASSERT_TRUE(topology_pus(t) == 1 && topology_cores(t) == 1);
    places(t, BIND_SPREAD, 0, 3, (int[]){ only, only, only });
    snprintf(want, sizeof want, "%d", only);
    CU_ASSERT_STRING_EQUAL(topology_cpuset(t, told, sizeof told), want);
    topology_destroy(t);
    sched_setaffinity(0, sizeof before, &before);
}

static void names_are_never_empty(void)
{
    struct topology *t = this_machine();
    CU_ASSERT_TRUE(strlen(topology_cpu_model(t)) > 0);
    CU_ASSERT_TRUE(strlen(topology_host()) > 0);
    CU_ASSERT_TRUE(topology_cpu_quota() >= 0);
    topology_destroy(t);
}

static void destroy_accepts_null(void)
{
    topology_destroy(NULL);
    CU_PASS("still here");
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(counts_of_a_made_up_machine),
        UNIT(spread_takes_domains_in_turn_and_cores_first),
        UNIT(compact_fills_a_domain_and_takes_cores_first),
        UNIT(one_domain_without_siblings),
        UNIT(more_workers_than_places_wrap_round),
        UNIT(ranks_of_a_node_take_disjoint_places),
        UNIT(nobody_is_placed_by_the_policy_none),
        UNIT(every_count_fills_the_domains_evenly),
        UNIT(places_of_this_machine_are_distinct_and_allowed),
        UNIT(binding_is_in_force_and_told),
        UNIT(the_cpuset_of_the_process_is_respected),
        UNIT(names_are_never_empty),
        UNIT(destroy_accepts_null),
        UNIT_END,
    };
    return unit_main("topology", tests);
}
