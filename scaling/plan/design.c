#include "scaling/plan/design.h"

#include "common/build_info.h"
#include "common/clock.h"
#include "scaling/measure/machine.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *numbers(const struct list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(array, json_integer((json_int_t)list->value[i]));
    return array;
}

static json_t *texts(const char *const *text, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, record_text(text[i]));
    return array;
}

static json_t *words(char *const *word)
{
    size_t n = 0;
    while (word[n])
        n++;
    return texts((const char *const *)word, n);
}

static json_t *points(const struct grid *grid)
{
    json_t *array = json_array();
    for (size_t i = 0; i < grid->n; i++)
        json_array_append_new(array, grid_point_json(&grid->point[i]));
    return array;
}

static json_t *number_or_null(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *what(const struct design *d)
{
    const struct grid_request *q = &d->lists;
    return json_pack("{s:s, s:o, s:s, s:s?, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", "parkit.plan/1",
        "command", words(d->command), "mode", q->weak ? "weak" : "strong", "law", q->weak ? size_law_names[q->law] : NULL,
        "size_is", size_is_names[q->size_is], "threads", numbers(&q->threads), "ranks", numbers(&q->ranks),
        "ranks_per_node", numbers(&q->ranks_per_node), "nodes", numbers(&q->nodes), "sizes", numbers(&q->sizes),
        "where", texts(q->where, q->n_where), "points", points(&d->grid));
}

static json_t *how(const struct design *d)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o, s:s?, s:s?, s:s?, s:s?, s:s, s:s?, s:s?, s:s?, s:s?}",
        "repeats", (json_int_t)d->repeats, "max_repeats", (json_int_t)d->max_repeats, "warmups", (json_int_t)d->warmups,
        "seed", (json_int_t)d->seed, "precision", number_or_null(d->precision), "timeout", number_or_null(d->timeout_s),
        "bind", bind_policy_names[d->bind], "env", texts(d->env, d->n_env), "setup", d->setup, "cleanup", d->cleanup,
        "fom", d->texts.fom, "time_pattern", d->texts.time, "time", d->texts.time ? "program" : "wall", "ok", d->texts.ok,
        "ok_exit", d->ok_exit, "rule", d->rule, "version", build_version);
}

json_t *design_json(const struct design *d)
{
    char created[CLOCK_RFC3339_LEN];
    clock_rfc3339(created);
    json_t *plan = what(d), *more = how(d);
    json_t *about = json_pack("{s:s, s:o, s:o, s:o}", "created", created, "revision", machine_revision(),
        "program", machine_program_json(d->command), "machine", machine_json(&d->lists.shape));
    if (!plan || !more || !about || json_object_update(plan, more) != 0 || json_object_update(plan, about) != 0) {
        json_decref(plan);
        plan = NULL;
    }
    json_decref(more);
    json_decref(about);
    return plan;
}

/* Null where the key is missing, as in the plan of an earlier version. A borrowed reference. */
static const json_t *value(const json_t *plan, const char *key)
{
    const json_t *found = json_object_get(plan, key);
    return found ? found : json_null();
}

char *design_difference(const json_t *there, const json_t *here)
{
    static const char *const keys[] = { "command", "mode", "law", "size_is", "threads", "ranks", "ranks_per_node", "nodes", "sizes",
        "where", "repeats", "max_repeats", "precision", "warmups", "seed", "timeout", "bind", "env", "setup", "cleanup",
        "fom", "time_pattern", "ok", "ok_exit", "rule", "points" };
    char *text = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !text; i++) {
        const json_t *a = value(there, keys[i]), *b = value(here, keys[i]);
        if (json_equal(a, b))
            continue;
        char *old = json_dumps(a, JSON_COMPACT | JSON_ENCODE_ANY), *new = json_dumps(b, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!old || !new || asprintf(&text, "%s is %s there and %s here", keys[i], old, new) < 0)
            text = NULL;
        free(old);
        free(new);
    }
    return text;
}

size_t design_total(const struct design *d)
{
    return d->grid.n * d->repeats;
}
