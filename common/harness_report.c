#include "common/build_info.h"
#include "common/digest.h"
#include "common/exit_codes.h"
#include "common/harness_internal.h"
#include "common/jsonl.h"
#include "common/message.h"
#include "common/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *isa_of(const struct measurement *m)
{
    return m->workload->has_isa ? isa_name(m->params->isa) : isa_name(ISA_BASELINE);
}

static json_t *real_array(const double *x, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_real(x[i]));
    return array;
}

/* A wrong answer has no speed, and some runs do not tell it. */
static bool has_rate(const struct measurement *m, const struct stats *s)
{
    return m->verified && s->median > 0 && !m->runtime->no_rate;
}

static json_t *result_of(const struct measurement *m, const struct stats *s)
{
    const struct workload *w = m->workload;
    char digest[DIGEST_TEXT_LEN], unit[64], cpuset[128];
    double work = w->work(m->state);
    snprintf(unit, sizeof unit, "%s/s", w->work_unit);
    json_t *result = json_pack(
        "{s:s,s:s,s:s,s:o,s:i,s:i,s:i}", "schema", "parkit.run/1", "workload", w->name, "model",
        model_names[m->team->model], w->classes ? "class" : "size",
        w->classes ? json_stringn(&m->params->class, 1) : json_integer((json_int_t)m->params->size), "threads",
        (int)m->team->threads, "ranks", m->runtime->ranks, "nodes", m->runtime->nodes);
    json_t *timing = json_pack("{s:o,s:f,s:f,s:f,s:s,s:o,s:s}", "seconds", real_array(m->seconds, s->n), "median_s",
                               s->median, "min_s", s->min, "work", work, "work_unit", w->work_unit, "rate",
                               has_rate(m, s) ? json_real(work / s->median) : json_null(), "rate_unit", unit);
    json_t *right = json_pack("{s:o,s:b,s:s,s:s}", "answer", w->answer(m->state), "verified", (int)m->verified, "check",
                              w->check, "digest", digest_text(w->digest(m->state), digest));
    json_t *where = json_pack("{s:s,s:s,s:s,s:I,s:O,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "isa", isa_of(m), "schedule",
                              schedule_name(m->team->schedule.kind), "bind", bind_policy_names[m->args->bind], "seed",
                              (json_int_t)m->params->seed, "binding", m->binding, "cpuset",
                              topology_cpuset(m->topology, cpuset, sizeof cpuset), "host", topology_host(), "cpu",
                              topology_cpu_model(m->topology), "compiler", build_compiler, "flags", build_flags, "version",
                              build_version, "started", m->started);
    bool whole = result && timing && right && where && json_object_update(result, timing) == 0 &&
                 json_object_update(result, right) == 0 && json_object_update(result, where) == 0;
    if (whole && !m->verified)
        json_object_set_new(result, "why", json_string(m->why));
    if (whole && m->team->model == MODEL_COOP)
        json_object_set_new(result, "yields", json_integer((json_int_t)m->team->yields));
    whole = whole && (!w->details || w->details(m->state, result) == 0) &&
            (!m->runtime->details || m->runtime->details((struct runtime *)m->runtime, result) == 0);
    json_decref(timing);
    json_decref(right);
    json_decref(where);
    if (!whole) {
        json_decref(result);
        return NULL;
    }
    return result;
}

static void row(const char *key, const char *value)
{
    printf("%-10s %s\n", key, value);
}

static void print_team(const struct measurement *m)
{
    char text[512], cpus[256] = "";
    size_t used = 0, i;
    json_t *cpu;
    json_array_foreach (m->binding, i, cpu)
        if (used < sizeof cpus)
            used += (size_t)snprintf(cpus + used, sizeof cpus - used, "%s%s", i ? " " : "", json_string_value(cpu));
    int n = snprintf(text, sizeof text, "%s, %u %s", model_names[m->team->model], m->team->threads,
                     m->team->model == MODEL_PROCESSES ? "processes" : m->team->threads == 1 ? "thread" : "threads");
    if (m->runtime->ranks > 1 || !m->runtime->model_choice)
        n += snprintf(text + n, sizeof text - (size_t)n, " x %d ranks on %d nodes", m->runtime->ranks, m->runtime->nodes);
    snprintf(text + n, sizeof text - (size_t)n, ", on cpus %s, %s", cpus, isa_of(m));
    row("model", text);
}

/* "74 % of the FMA peak 117.5 Gflop/s", for workloads that know their limit. */
static void print_limit(const json_t *result)
{
    char text[192];
    const json_t *share = json_object_get(result, "share_of_limit");
    if (!share)
        return;
    snprintf(text, sizeof text, "%.0f %% of %s", 100 * json_number_value(share),
             json_string_value(json_object_get(result, "limit")));
    row("limit", text);
}

/* "62 % of the ranks' time computes: load balance 75 %, communication 83 %", for runs that tell (mpi/pop.h). */
static void print_pop(const json_t *result)
{
    char text[192];
    const json_t *pop = json_object_get(result, "pop");
    if (!pop)
        return;
    snprintf(text, sizeof text, "%.0f %% of the ranks' time computes: load balance %.0f %%, communication %.0f %%",
             100 * json_number_value(json_object_get(pop, "parallel_efficiency")),
             100 * json_number_value(json_object_get(pop, "load_balance")),
             100 * json_number_value(json_object_get(pop, "communication_efficiency")));
    row("efficiency", text);
}

static void print_text(const struct measurement *m, const struct stats *s, const json_t *result)
{
    const struct workload *w = m->workload;
    char text[512], digest[DIGEST_TEXT_LEN], size[32];
    double work = w->work(m->state);
    snprintf(text, sizeof text, "%s %s: %s", w->name, harness_size_text(w, m->params, size, sizeof size), w->size_is);
    row("workload", text);
    print_team(m);
    w->text(m->state, text, sizeof text);
    row("answer", text);
    const char *good = message_colour(stdout) ? "\033[32m" : "", *bad = message_colour(stdout) ? "\033[31m" : "";
    snprintf(text, sizeof text, "%s%s%s: %s", m->verified ? good : bad, m->verified ? "yes" : "WRONG",
             message_colour(stdout) ? "\033[0m" : "", m->verified ? w->check : m->why);
    row("verified", text);
    if (s->n == 1)
        snprintf(text, sizeof text, "%.6g s, one run", s->median);
    else
        snprintf(text, sizeof text, "%.6g s, median of %zu (%s %.6g to %.6g s)", s->median, s->n,
                 s->is_interval ? "95 % interval" : "range", s->low, s->high);
    row("time", text);
    if (has_rate(m, s))
        snprintf(text, sizeof text, "%.4g %s/s", work / s->median, w->work_unit);
    else
        snprintf(text, sizeof text, "none: %s", m->verified && m->runtime->no_rate ? m->runtime->no_rate : "a wrong answer has no speed");
    row("rate", text);
    if (has_rate(m, s))
        print_limit(result);
    print_pop(result);
    row("digest", digest_text(w->digest(m->state), digest));
}

int harness_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    message_error("cannot write the result: %s", strerror(errno));
    return -ENOSPC; /* whatever the cause: what is missing is somewhere to write, the run was right */
}

int harness_report(const struct measurement *m)
{
    struct stats s;
    int rc = stats_of(m->seconds, m->args->repeats, &s);
    if (rc != 0)
        return rc;
    if (s.median < 1e-3)
        message_note("the timed part took %.3g s: too short to compare; take a larger size", s.median);
    json_t *result = result_of(m, &s);
    if (!result)
        return -ENOMEM;
    if (!m->args->json)
        print_text(m, &s, result);
    else
        rc = jsonl_print(stdout, result);
    json_decref(result);
    return rc == 0 || rc == -EIO ? harness_flush() : rc;
}
