#include "scaling/measure/record.h"

#include "common/message.h"
#include "common/size.h"
#include "common/topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const run_state_names[] = { "ok", "failed", "timeout", "wrong", NULL };

enum run_state record_state(const struct measure *m, bool exit_ok, bool answer_ok)
{
    if (m->timed_out)
        return RUN_TIMEOUT;
    if (!exit_ok)
        return RUN_FAILED;
    return answer_ok ? RUN_OK : RUN_WRONG;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static json_t *integer_or_null(bool have, uint64_t value)
{
    return have ? json_integer((json_int_t)value) : json_null();
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* A command word may hold any bytes, JSON only UTF-8. */
json_t *record_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *as_is = json_string(text);
    if (as_is)
        return as_is;
    char *copy = strdup(text);
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    json_t *plain = copy ? json_string(copy) : NULL;
    free(copy);
    return plain;
}

static json_t *command_json(char *const *command)
{
    json_t *words = json_array();
    for (; words && *command; command++)
        if (json_array_append_new(words, record_text(*command)) != 0) {
            json_decref(words);
            return NULL;
        }
    return words;
}

json_t *record_json(const struct record *r, const struct measure *m)
{
    const struct rusage *u = &m->usage;
    json_t *point = json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:s}",
        "schema", RECORD_SCHEMA, "threads", (json_int_t)r->threads, "ranks", (json_int_t)r->ranks,
        "nodes", (json_int_t)r->nodes, "size", integer_or_null(r->has_size, r->size),
        "base_size", integer_or_null(r->has_base, r->base_size), "label", record_text(r->label),
        "rep", integer_or_null(r->has_rep, r->rep), "order", integer_or_null(r->has_order, r->order),
        "state", run_state_names[r->state]);
    json_t *used = json_pack("{s:o, s:o, s:f, s:f, s:f, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
        "exit", integer_or_null(m->exit_code >= 0, (uint64_t)m->exit_code),
        "signal", integer_or_null(m->signal > 0, (uint64_t)m->signal),
        "seconds", m->seconds, "user_s", seconds_of(u->ru_utime), "system_s", seconds_of(u->ru_stime),
        "max_rss", (json_int_t)u->ru_maxrss * 1024, /* Linux counts in KiB */
        "voluntary_switches", (json_int_t)u->ru_nvcsw, "involuntary_switches", (json_int_t)u->ru_nivcsw,
        "bytes_read", integer_or_null(m->has_io, (uint64_t)m->bytes_read),
        "bytes_written", integer_or_null(m->has_io, (uint64_t)m->bytes_written),
        "storage_read", integer_or_null(m->has_io, (uint64_t)m->storage_read),
        "storage_written", integer_or_null(m->has_io, (uint64_t)m->storage_written));
    json_t *about = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
        "fom", number_or_null(r->fom), "program_s", number_or_null(r->program_s), "binding", m->binding,
        "affinity", record_text(*m->look.affinity ? m->look.affinity : NULL), "mhz", number_or_null(m->look.mhz),
        "load", number_or_null(r->load),
        "host", record_text(topology_host()), "log", record_text(r->log),
        "command", command_json(r->command), "started", r->started);
    if (!point || !used || !about || json_object_update(point, used) != 0 || json_object_update(point, about) != 0) {
        json_decref(point);
        point = NULL;
    }
    json_decref(used);
    json_decref(about);
    return point;
}

static const char *ending(const struct record *r, const struct measure *m, char *out, size_t size)
{
    if (r->state == RUN_TIMEOUT)
        snprintf(out, size, "ended at its time limit");
    else if (m->signal)
        snprintf(out, size, "ended by signal %d (%s)", m->signal, strsignal(m->signal));
    else if (r->state == RUN_WRONG)
        snprintf(out, size, "exit %d, but --ok was not found in its output: wrong", m->exit_code);
    else
        snprintf(out, size, "exit %d: %s", m->exit_code, run_state_names[r->state]);
    return out;
}

void record_print(const struct record *r, const struct measure *m)
{
    char memory[32], read[32], written[32], how[128];
    const struct rusage *u = &m->usage;
    double user_s = seconds_of(u->ru_utime), system_s = seconds_of(u->ru_stime);
    message_note("%.3f s wall, %.3f s processor (user %.3f, system %.3f): %.2f processors in use", m->seconds,
        user_s + system_s, user_s, system_s, m->seconds > 0 ? (user_s + system_s) / m->seconds : 0);
    message_note("peak memory %s; switches: %ld voluntary, %ld involuntary",
        size_print_bytes((double)u->ru_maxrss * 1024, memory, sizeof memory), u->ru_nvcsw, u->ru_nivcsw);
    if (m->has_io)
        message_note("read %s, wrote %s", size_print_bytes((double)m->bytes_read, read, sizeof read),
            size_print_bytes((double)m->bytes_written, written, sizeof written));
    if (isfinite(r->fom))
        message_note("figure of merit %g", r->fom);
    if (isfinite(r->program_s))
        message_note("%.3f s by the program's own clock", r->program_s);
    message_note("cpus %s; %s", m->binding, ending(r, m, how, sizeof how));
}
