#include "scaling/show/conditions.h"

#include "common/size.h"
#include "scaling/show/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
    void (*each)(void *context, const char *key, const char *value);
    void *context;
};

/* Texts with commas between. */
static void list_texts(const struct listing *to, const char *key, const json_t *array)
{
    char *all = NULL;
    size_t size = 0, i;
    const json_t *item;
    FILE *out = open_memstream(&all, &size);
    if (!out)
        return;
    json_array_foreach(array, i, item)
        fprintf(out, "%s%s", i ? ", " : "", json_is_string(item) ? json_string_value(item) : "?");
    fclose(out);
    if (size > 0)
        to->each(to->context, key, all);
    free(all);
}

static bool counts_bytes(const char *key, const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) > 0 && (strstr(key, "bytes") || strstr(key, "memory"));
}

/* Text as it is, everything else as JSON writes it. */
static void list_value(const struct listing *to, const char *key, const json_t *value)
{
    char *text = NULL, bytes[32];
    if (json_is_string(value))
        to->each(to->context, key, json_string_value(value));
    else if (json_is_array(value))
        list_texts(to, key, value);
    else if (counts_bytes(key, value))
        to->each(to->context, key, size_print_bytes((double)json_integer_value(value), bytes, sizeof bytes));
    else if ((text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6))))
        to->each(to->context, key, text);
    free(text);
}

static void list_object(const struct listing *to, const json_t *plan, const char *name)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(plan, name), key, value) {
        char label[96];
        snprintf(label, sizeof label, "%s %.60s", name, key);
        for (char *c = label; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        if (!json_is_null(value))
            list_value(to, label, value);
    }
}

static double energy_of_all(const struct analysis *a)
{
    double sum = 0;
    for (size_t i = 0; i < a->study->n_runs; i++)
        sum += a->study->run[i].energy_j;
    return sum;
}

void conditions_each(const struct analysis *a, void (*each)(void *context, const char *key, const char *value), void *context)
{
    static const char *const settings[] = { "created", "version", "revision", "bind", "seed", "repeats", "warmups", "timeout", "precision",
        "env", "setup", "cleanup", "fom", "ok" };
    const struct listing to = { each, context };
    char energy[WORDS_NUMBER_LEN + 16] = "not measured", number[WORDS_NUMBER_LEN];
    list_object(&to, a->study->plan, "machine");
    list_object(&to, a->study->plan, "program");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const json_t *value = json_object_get(a->study->plan, settings[i]);
        if (value && !json_is_null(value))
            list_value(&to, settings[i], value);
    }
    if (isfinite(energy_of_all(a)))
        snprintf(energy, sizeof energy, "%s J in all runs", words_number(energy_of_all(a), 4, number));
    each(context, "energy", energy);
}
