/* Runs as JSON lines: what parkit-run appends. A line that a crash cut off is skipped and counted. */
#include "common/jsonl.h"
#include "common/message.h"
#include "scaling/judge/study.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct study *study;
    const char *name;
    size_t line;
};

static int malformed(const struct reader *r, const char *key, const char *wanted)
{
    message_error("%s:%zu: '%s' must be %s", r->name, r->line, key, wanted);
    return -EINVAL;
}

/* A whole number of at least @least; @missing where the key is absent or null. */
static int get_count(const struct reader *r, const json_t *o, const char *key, uint64_t least, uint64_t missing,
                     uint64_t *out)
{
    const json_t *v = json_object_get(o, key);
    *out = missing;
    if (!v || json_is_null(v))
        return 0;
    if (!json_is_integer(v) || json_integer_value(v) < (json_int_t)least)
        return malformed(r, key, least ? "a whole number of at least 1" : "a whole number");
    *out = (uint64_t)json_integer_value(v);
    return 0;
}

static int get_number(const struct reader *r, const json_t *o, const char *key, double *out)
{
    const json_t *v = json_object_get(o, key);
    *out = NAN;
    if (!v || json_is_null(v))
        return 0;
    if (!json_is_number(v))
        return malformed(r, key, "a number");
    *out = json_number_value(v);
    return 0;
}

static int get_state(const struct reader *r, const json_t *o, enum run_state *out)
{
    const char *text = json_string_value(json_object_get(o, "state"));
    for (int i = 0; text && run_state_names[i]; i++)
        if (strcmp(text, run_state_names[i]) == 0) {
            *out = (enum run_state)i;
            return 0;
        }
    return malformed(r, "state", "one of ok, failed, timeout, wrong");
}

static int get_run(const struct reader *r, const json_t *o, struct run *run)
{
    double user_s, system_s;
    uint64_t order;
    int rc;
    if ((rc = get_count(r, o, "threads", 1, 1, &run->threads)) != 0 ||
        (rc = get_count(r, o, "ranks", 1, 1, &run->ranks)) != 0 ||
        (rc = get_count(r, o, "nodes", 1, 1, &run->nodes)) != 0 ||
        (rc = get_count(r, o, "size", 0, 0, &run->size)) != 0 ||
        (rc = get_count(r, o, "order", 0, UINT64_MAX, &order)) != 0 ||
        (rc = get_state(r, o, &run->state)) != 0 ||
        (rc = get_number(r, o, "seconds", &run->seconds)) != 0 ||
        (rc = get_number(r, o, "user_s", &user_s)) != 0 ||
        (rc = get_number(r, o, "system_s", &system_s)) != 0 ||
        (rc = get_count(r, o, "base_size", 0, 0, &run->base_size)) != 0 ||
        (rc = get_number(r, o, "fom", &run->fom)) != 0 ||
        (rc = get_number(r, o, "program_s", &run->program_s)) != 0 ||
        (rc = get_number(r, o, "max_rss", &run->max_rss)) != 0 ||
        (rc = get_number(r, o, "mhz", &run->mhz)) != 0 ||
        (rc = get_number(r, o, "energy_j", &run->energy_j)) != 0)
        return rc;
    if (run->state == RUN_OK && !(run->seconds > 0))
        return malformed(r, "seconds", "a positive number");
    run->wall_s = run->seconds;
    run->has_size = json_is_integer(json_object_get(o, "size"));
    run->has_base_size = json_is_integer(json_object_get(o, "base_size"));
    run->order = order <= INT64_MAX ? (int64_t)order : -1;
    run->processor_s = user_s + system_s;
    return 0;
}

/* A copy of a string that is there and not empty. */
static int get_text(const json_t *o, const char *key, char **out)
{
    const char *text = json_string_value(json_object_get(o, key));
    *out = text && *text ? strdup(text) : NULL;
    return text && *text && !*out ? -ENOMEM : 0;
}

static int each(void *context, json_t *object, size_t line)
{
    struct reader *r = context;
    struct run run = RUN_BLANK;
    r->line = line;
    const char *schema = json_string_value(json_object_get(object, "schema"));
    if (!schema || strcmp(schema, RECORD_SCHEMA) != 0)
        return malformed(r, "schema", "\"" RECORD_SCHEMA "\"");
    int rc = get_run(r, object, &run);
    if (rc != 0)
        return rc;
    if (!r->study->first)
        r->study->first = json_incref(object);
    rc = get_text(object, "binding", &run.binding);
    if (rc == 0)
        rc = get_text(object, "affinity", &run.affinity);
    if (rc == 0)
        rc = study_add(r->study, &run);
    if (rc != 0) {
        free(run.binding);
        free(run.affinity);
    }
    return rc;
}

int study_read_jsonl(struct study *s, const char *path, const char *name)
{
    struct reader r = { .study = s, .name = name };
    size_t torn = 0;
    int rc = jsonl_read(path, each, &r, &torn);
    if (rc != 0 && rc != -EINVAL && rc != -ENOMEM)
        message_error("cannot read %s: %s", name, strerror(-rc));
    if (rc == 0 && torn > 0 && s->n_runs == 0) {
        message_error("%s: no line is a JSON object", name);
        return -EINVAL;
    }
    s->torn = torn;
    return rc;
}
