#include "common/exit_codes.h"
#include "common/harness_internal.h"
#include "common/jsonl.h"
#include "common/message.h"

#include <stdio.h>
#include <string.h>

static bool offers(const struct runtime *rt, const struct workload *w, int model)
{
    if (!rt->model_choice)
        return model == MODEL_OPENMP;
    return w->models & MODEL_BIT(model);
}

const char *harness_models(const struct runtime *rt, const struct workload *w, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int m = 0; m < MODEL_COUNT; m++)
        if (offers(rt, w, m) && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", model_names[m]);
    return out;
}

static const char *isas(const struct workload *w, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < (w->has_isa ? ISA_COUNT : 1); i++)
        if (isa_available((enum isa)i) && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", isa_name((enum isa)i));
    return out;
}

static double class_bytes(const struct workload *w, char class)
{
    struct params p = { .class = class, .isa = isa_best() };
    return w->bytes ? w->bytes(&p) : 0;
}

static void print_classes(const struct workload *w)
{
    printf("%-12s class    %s, default %c; memory", "", w->size_is, w->class_default);
    for (const char *c = w->classes; *c; c++)
        printf("%s %c %.3g MB", c == w->classes ? "" : ",", *c, 1e-6 * class_bytes(w, *c));
    printf("\n");
}

static void print_text(const struct runtime *rt, const struct workload *w)
{
    char models[128], sets[64];
    printf("%-12s %s\n", w->name, w->summary);
    printf("%-12s pattern  %s\n", "", w->pattern);
    if (w->classes)
        print_classes(w);
    else
        printf("%-12s size     %s, default %llu (%llu to %llu)\n", "", w->size_is, (unsigned long long)w->size_default,
               (unsigned long long)w->size_min, (unsigned long long)w->size_max);
    printf("%-12s models   %s\n", "", harness_models(rt, w, models, sizeof models));
    printf("%-12s isa      %s\n", "", isas(w, sets, sizeof sets));
    printf("%-12s check    %s\n", "", w->check);
    for (const struct option_spec *s = w->options; s && s->long_name; s++)
        printf("%-12s option   --%s %s: %s\n", "", s->long_name, s->value_name ? s->value_name : "", s->help);
}

static json_t *model_array(const struct runtime *rt, const struct workload *w)
{
    json_t *models = json_array();
    for (int m = 0; m < MODEL_COUNT; m++)
        if (offers(rt, w, m))
            json_array_append_new(models, json_string(model_names[m]));
    return models;
}

static json_t *isa_array(const struct workload *w)
{
    json_t *sets = json_array();
    for (int i = 0; i < (w->has_isa ? ISA_COUNT : 1); i++)
        if (isa_available((enum isa)i))
            json_array_append_new(sets, json_string(isa_name((enum isa)i)));
    return sets;
}

static json_t *option_array(const struct workload *w)
{
    json_t *options = json_array();
    for (const struct option_spec *s = w->options; s && s->long_name; s++)
        json_array_append_new(options, json_pack("{s:s,s:s?,s:s?,s:s}", "name", s->long_name, "value", s->value_name,
                                                 "default", s->default_text, "help", s->help));
    return options;
}

static json_t *class_array(const struct workload *w)
{
    json_t *classes = json_array();
    for (const char *c = w->classes; *c; c++)
        json_array_append_new(classes, json_pack("{s:o,s:I}", "class", json_stringn(c, 1), "bytes",
                                                 (json_int_t)class_bytes(w, *c)));
    return classes;
}

static json_t *sizes_of(const struct workload *w)
{
    if (w->classes)
        return json_pack("{s:s,s:o,s:o}", "counts", w->size_is, "default", json_stringn(&w->class_default, 1), "classes",
                         class_array(w));
    return json_pack("{s:s,s:I,s:I,s:I}", "counts", w->size_is, "default", (json_int_t)w->size_default, "min",
                     (json_int_t)w->size_min, "max", (json_int_t)w->size_max);
}

static int print_json(const struct runtime *rt, const struct workload *w)
{
    json_t *line = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:s,s:o}", "schema", "parkit.workload/1",
                             "name", w->name, "summary", w->summary, "pattern", w->pattern, "sizes", sizes_of(w), "models", model_array(rt, w), "isa", isa_array(w), "check", w->check,
                             "work_unit", w->work_unit, "options", option_array(w));
    int rc = !line ? -ENOMEM : jsonl_print(stdout, line) == 0 ? 0 : harness_flush();
    json_decref(line);
    return rc;
}

int harness_list(const struct runtime *rt, const struct workload *const *table, int argc, char **argv)
{
    static const struct option_spec options[] = {
        { 'J', "json", NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL, "one JSON object a line" },
        { 0 },
    };
    bool json = false;
    char usage[96];
    snprintf(usage, sizeof usage, "%s list [--json]", message_program());
    struct option_program program = { .usage = usage,
                                      .summary = "List the workloads: name, pattern, sizes, models, instruction sets, check.",
                                      .tables = (const struct option_spec *const[]){ options, NULL },
                                      .targets = (void *const[]){ &json } };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc == 0 && first < argc)
        rc = message_usage("list takes no word such as '%s'", argv[first]);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    for (size_t i = 0; table[i] && rc == 0 && rt->rank == 0; i++)
        if (json)
            rc = print_json(rt, table[i]);
        else
            print_text(rt, table[i]);
    return exit_code_of(rc == 0 ? harness_flush() : rc);
}
