#include "common/harness.h"

#include "common/exit_codes.h"
#include "common/harness_internal.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/openmp.h"

#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the command line --- */

#define FIELD(name) offsetof(struct harness_args, name)
enum { SIZE_AT, MODEL_AT = 2, MAX_THREADS = 4096 };
static const struct option_spec all_options[] = {
    [SIZE_AT] = { 'n', "size", "SIZE", OPTION_UINT, FIELD(size), NULL, 0, 0, NULL, "size" },
    { 't', "threads", "N", OPTION_UINT, FIELD(threads), NULL, 1, MAX_THREADS, NULL,
      "workers of each process; default: every core it may use" },
    [MODEL_AT] = { 'm', "model", "MODEL", OPTION_CHOICE, FIELD(model), "openmp", 0, 0, model_names, "concurrency model" },
    { 'r', "repeats", "N", OPTION_UINT, FIELD(repeats), "1", 1, 100000, NULL, "timed repeats" },
    { 'w', "warmups", "N", OPTION_UINT, FIELD(warmups), "0", 0, 100000, NULL, "runs before the timed ones" },
    { 0, "schedule", "KIND[,CHUNK]", OPTION_STRING, FIELD(schedule), "auto", 0, 0, NULL,
      "how blocks are dealt out: static, dynamic, guided" },
    { 0, "isa", "NAME", OPTION_STRING, FIELD(isa), "auto", 0, 0, NULL, "instruction set: baseline, avx2, avx512" },
    { 0, "bind", "POLICY", OPTION_CHOICE, FIELD(bind), "spread", 0, 0, bind_policy_names, "placement of the workers" },
    { 0, "seed", "N", OPTION_UINT, FIELD(seed), "1", 0, 9007199254740992.0, NULL, "seed of what is drawn at random" },
    { 'o', "out", "FILE", OPTION_STRING, FIELD(out), NULL, 0, 0, NULL, "write the picture or field" },
    { 'J', "json", NULL, OPTION_FLAG, FIELD(json), NULL, 0, 0, NULL, "print one JSON object" },
    { 0 },
};
enum { N_OPTIONS = sizeof all_options / sizeof *all_options };

/* What stands in the option table of one workload only. */
struct own_words {
    char default_text[32];
    char letter[16][2];            /* its classes, a word each */
    const char *classes[16 + 1];
};

static void size_option(const struct workload *w, struct option_spec *option, struct own_words *words)
{
    snprintf(words->default_text, sizeof words->default_text, "%llu", (unsigned long long)w->size_default);
    option->help = w->size_is;
    option->default_text = words->default_text;
    option->min = (double)w->size_min;
    option->max = (double)w->size_max;
}

static void class_option(const struct workload *w, struct option_spec *option, struct own_words *words)
{
    *words = (struct own_words){ .default_text = { w->class_default } };
    for (size_t i = 0; i < 16 && w->classes[i]; i++) {
        words->letter[i][0] = w->classes[i];
        words->classes[i] = words->letter[i];
    }
    *option = (struct option_spec){ 'c', "class", "CLASS", OPTION_CHOICE, FIELD(class_at), words->default_text, 0, 0,
                                    words->classes, w->size_is };
}

/* The table for one workload: its own size, limits and help; no -m where there is no choice. */
static void options_for(const struct runtime *rt, const struct workload *w, struct option_spec *table,
                        struct own_words *words)
{
    size_t n = 0;
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (rt->model_choice || i != MODEL_AT)
            table[n++] = all_options[i];
    if (w && w->classes)
        class_option(w, &table[SIZE_AT], words);
    else if (w)
        size_option(w, &table[SIZE_AT], words);
}

static const char *examples(const struct runtime *rt)
{
    return rt->model_choice ? "  parkit-cpu primes -n 1e9 -t 2        count the primes below 10^9 on two cores\n"
                              "  parkit-cpu fib -m processes --json   one JSON object for a script\n"
                            : "  mpirun -n 2 parkit-mpi primes -n 1e9 -t 1   two ranks of one thread\n"
                              "  mpirun -n 4 --bind-to none parkit-mpi mandelbrot -t 2 --json\n";
}

static const struct workload *find(const struct workload *const *table, const char *name)
{
    char words[512] = "", shown[64];
    size_t used = 0;
    for (size_t i = 0; table[i]; i++) {
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
        if (used < sizeof words)
            used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "", table[i]->name);
    }
    message_usage("%s is not a workload; use one of: %s, or list", message_printable(name, shown, sizeof shown), words);
    return NULL;
}

static int check_model(const struct runtime *rt, const struct workload *w, const struct harness_args *args)
{
    char models[128];
    if (rt->model_choice && !(w->models & MODEL_BIT(args->model)))
        return message_usage("%s does not run in model %s; use one of: %s", w->name, model_names[args->model],
                             harness_models(rt, w, models, sizeof models));
    if ((args->model == MODEL_SERIAL || args->model == MODEL_COOP) && args->threads > 1)
        return message_usage("--threads %llu does not go with model %s, which has one thread; drop it or use -m openmp",
                             (unsigned long long)args->threads, model_names[args->model]);
    return 0;
}

static int check_isa(const struct workload *w, const char *name, enum isa *out)
{
    char shown[64];
    if (isa_parse(name, out) != 0)
        return message_usage("--isa %s is not known; use auto, baseline, avx2 or avx512",
                             message_printable(name, shown, sizeof shown));
    if (!isa_available(*out))
        return message_usage("--isa %s is not available on this processor; use auto or %s", name, isa_name(isa_best()));
    if (!w->has_isa && option_given("isa") && *out != ISA_BASELINE && strcmp(name, "auto") != 0)
        return message_usage("%s has no kernel for --isa %s; use baseline", w->name, name);
    return 0;
}

static int check_out(const struct workload *w, const char *out)
{
    if (!out)
        return 0;
    if (!w->write)
        return message_usage("%s writes no file; drop --out %s", w->name, out);
    return w->out_check(out);
}

/* The folder must take a file, or a long computation would end in nothing. Rank 0 writes, so it looks. */
int harness_check_folder(struct runtime *rt, const char *path)
{
    char shown[256], *copy = strdup(path);
    bool takes = !copy || rt->rank != 0 || access(dirname(copy), W_OK | X_OK) == 0;
    if (!takes)
        message_error("cannot write %s: %s", message_printable(path, shown, sizeof shown), strerror(errno));
    free(copy);
    return rt->max(rt, !takes) > 0 ? -EACCES : 0;
}

/* --- one measurement --- */

static int single_run(struct runtime *rt, const struct workload *w, void *state, struct team *team)
{
    (void)rt, (void)w, (void)state, (void)team;
    return -ENOSYS; /* the program puts its driver here */
}

static int single_agree(struct runtime *rt, int rc)
{
    (void)rt;
    return rc;
}

static double single_max(struct runtime *rt, double value)
{
    (void)rt;
    return value;
}

static json_t *single_bindings(struct runtime *rt, const struct team *team)
{
    json_t *bindings = json_array();
    (void)rt;
    for (unsigned i = 0; i < team->threads; i++)
        json_array_append_new(bindings, json_string(team->bound[i]));
    return bindings;
}

const struct runtime runtime_single = {
    .ranks = 1, .nodes = 1, .ranks_on_node = 1, .ranks_in_cpuset = 1, .run = single_run, .agree = single_agree, .max = single_max,
    .bindings = single_bindings, .model_choice = true,
};

/* All repeats. The slowest rank counts; nobody starts before all are ready. */
static int measure(struct runtime *rt, const struct workload *w, void *state, struct team *team,
                   const struct harness_args *args, double *seconds)
{
    int rc = 0;
    for (uint64_t i = 0; rc == 0 && i < args->warmups + args->repeats; i++) {
        if (w->prepare)
            rc = rt->agree(rt, w->prepare(state, team));
        if (rc != 0)
            break;
        rt->max(rt, 0);
        double start = clock_now_s();
        rc = rt->run(rt, w, state, team);
        double taken = rt->max(rt, clock_now_s() - start);
        if (i >= args->warmups)
            seconds[i - args->warmups] = taken;
    }
    return rc;
}

/* OMP_THREAD_LIMIT and OMP_DYNAMIC cut an OpenMP team short in silence: its time would stand under the wrong count. */
static int check_team(const struct team *team)
{
    unsigned seated = 0;
    for (unsigned i = 0; i < team->threads; i++)
        seated += team->bound[i][0] != '\0';
    if (seated == team->threads)
        return 0;
    message_error("only %u of %u workers started; unset OMP_THREAD_LIMIT and OMP_DYNAMIC", seated, team->threads);
    return -EAGAIN;
}

static int verify(struct runtime *rt, struct measurement *m, char *why, size_t why_len)
{
    int rc = rt->rank == 0 || m->workload->distributed ? m->workload->verify(m->state, why, why_len) : 0;
    if (rc == -ENOMEM)
        message_error("%s: out of memory while checking the answer", m->workload->name);
    int wrong = rt->max(rt, rc == -EDOM) > 0;
    m->verified = !wrong;
    m->why = why;
    rc = rt->agree(rt, rc == -EDOM ? 0 : rc);
    if (rc == 0 && wrong && rt->rank == 0)
        message_error("%s: WRONG ANSWER: %s", m->workload->name, why);
    return rc;
}

static int write_out(struct runtime *rt, const struct measurement *m)
{
    bool writes = rt->rank == 0 || m->workload->distributed;
    return rt->agree(rt, writes ? m->workload->write(m->state, m->args->out) : 0);
}

static int run_verify_report(struct runtime *rt, struct measurement *m, struct team *team)
{
    char why[256] = "";
    int rc = measure(rt, m->workload, m->state, team, m->args, m->seconds);
    if (rc == 0)
        rc = rt->agree(rt, check_team(team));
    if (rc == 0)
        rc = verify(rt, m, why, sizeof why);
    if (rc != 0)
        return rc;
    m->binding = rt->bindings(rt, team);
    if (rt->rank == 0)
        rc = harness_report(m);
    json_decref(m->binding);
    rc = rt->agree(rt, rc);
    if (rc == 0 && m->verified && m->args->out)
        rc = write_out(rt, m);
    return rc == 0 && !m->verified ? -EDOM : rc;
}

const char *harness_size_text(const struct workload *w, const struct params *p, char *out, size_t size)
{
    if (w->classes)
        snprintf(out, size, "-c %c", p->class);
    else
        snprintf(out, size, "-n %llu", (unsigned long long)p->size);
    return out;
}

static int check_memory(const struct runtime *rt, const struct workload *w, const struct params *p)
{
    char what[96], size[32];
    if (!w->bytes)
        return 0;
    snprintf(what, sizeof what, "%s %s", w->name, harness_size_text(w, p, size, sizeof size));
    return memory_check(what, w->bytes(p) * rt->ranks_on_node);
}

static int with_team(struct runtime *rt, const struct workload *w, struct params *p, const struct harness_args *args,
                     const struct topology *topology)
{
    struct measurement m = { .workload = w, .runtime = rt, .params = p, .args = args, .topology = topology };
    struct team team = { 0 };
    bool one = args->model == MODEL_SERIAL || args->model == MODEL_COOP;
    char size[32];
    unsigned shared_by = (unsigned)rt->ranks_in_cpuset;
    unsigned cores = topology_cores(topology) / shared_by;
    unsigned threads = args->threads ? (unsigned)args->threads : one || cores < 1 ? 1 : cores;

    clock_rfc3339(m.started);
    m.seconds = calloc(args->repeats, sizeof *m.seconds);
    p->team = &team;
    int rc = !m.seconds ? -ENOMEM
                        : team_create(&team, args->model, threads, topology, args->bind, (unsigned)rt->rank_in_cpuset * threads);
    rc = rt->agree(rt, rc);
    if (rc == 0)
        rc = rt->agree(rt, check_memory(rt, w, p));
    if (rc == 0)
        rc = rt->agree(rt, schedule_parse(args->schedule, &team.schedule));
    if (rc == 0 && rt->rank_on_node == 0) /* one warning a node, not one a rank */
        topology_warn(topology, threads * shared_by);
    if (rc == 0) {
        rc = w->setup(p, &m.state);
        if (rc == -ENOMEM)
            message_error("%s: out of memory at %s", w->name, harness_size_text(w, p, size, sizeof size));
        rc = rt->agree(rt, rc);
    }
    m.team = &team;
    if (rc == 0)
        rc = run_verify_report(rt, &m, &team);
    w->teardown(m.state);
    team_destroy(&team);
    free(m.seconds);
    return rc;
}

/*
 * With OMP_PLACES or OMP_PROC_BIND set, as clusters do, the OpenMP runtime has bound this thread to its
 * first place before main(): it would pass for a process with one core. The places together are what the
 * process was given; --bind then decides, as it does without those variables.
 */
static void take_back_places(void)
{
    cpu_set_t all;
    CPU_ZERO(&all);
    for (int place = 0; place < omp_get_num_places(); place++) {
        int n = omp_get_place_num_procs(place), *cpu = calloc((size_t)n + 1, sizeof *cpu);
        if (!cpu)
            return;
        omp_get_place_proc_ids(place, cpu);
        for (int i = 0; i < n; i++)
            if (cpu[i] < CPU_SETSIZE)
                CPU_SET(cpu[i], &all);
        free(cpu);
    }
    if (CPU_COUNT(&all) > 0)
        (void)sched_setaffinity(0, sizeof all, &all); /* where it is refused, the cores seen are still usable */
}

static int run_workload(struct runtime *rt, const struct workload *w, struct harness_args *args, void *own)
{
    struct params p = { .size = args->size, .class = w->classes ? w->classes[args->class_at] : 0, .seed = args->seed, .out = args->out, .own = own, .runtime = rt };
    struct schedule schedule;
    struct topology *topology = NULL;
    int rc = check_model(rt, w, args);
    if (rc == 0)
        rc = check_isa(w, args->isa, &p.isa);
    if (rc == 0)
        rc = schedule_parse(args->schedule, &schedule);
    if (rc == 0)
        rc = check_out(w, args->out);
    if (rc == 0 && args->out)
        rc = harness_check_folder(rt, args->out);
    if (rc == 0 && rt->accept)
        rc = rt->accept(rt, w, &p, args->warmups + args->repeats);
    if (rc != 0)
        return rc;
    take_back_places();
    rc = rt->agree(rt, topology_create(&topology));
    if (rc == 0)
        rc = with_team(rt, w, &p, args, topology);
    topology_destroy(topology);
    return rc;
}

/* `PROGRAM --help`, `PROGRAM --version`, and words that are none of these. */
static int without_workload(const struct runtime *rt, const char *usage, int argc, char **argv)
{
    struct option_spec table[N_OPTIONS];
    struct harness_args args = { 0 };
    char line[256];
    options_for(rt, NULL, table, NULL);
    snprintf(line, sizeof line, "%s\n       %s list [--json]", usage, message_program());
    struct option_program program = { .usage = line,
                                      .summary = "Run one verified parallel workload and report its time, rate, answer and "
                                                 "digest.\n`list` shows the workloads; WORKLOAD --help its own options.",
                                      .tables = (const struct option_spec *const[]){ table, NULL },
                                      .targets = (void *const[]){ &args },
                                      .examples = examples(rt) };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc == 0)
        rc = message_usage("name the workload first, for example: %s primes", message_program());
    return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
}

int harness_main(struct runtime *rt, const struct workload *const *table, const char *usage, int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "list") == 0)
        return harness_list(rt, table, argc - 1, argv + 1);
    if (argc < 2 || argv[1][0] == '-')
        return without_workload(rt, usage, argc, argv);
    const struct workload *w = find(table, argv[1]);
    if (!w)
        return EXIT_USAGE;

    struct option_spec options[N_OPTIONS];
    struct harness_args args = { 0 };
    struct own_words words;
    char line[256];
    const struct option_spec *tables[4] = { options };
    void *targets[3] = { &args };
    size_t n = 1;
    void *own = calloc(1, w->own_size + 1);
    if (!own)
        return EXIT_MISSING;
    options_for(rt, w, options, &words);
    if (rt->options) {
        tables[n] = rt->options;
        targets[n++] = rt->own;
    }
    if (w->options) {
        tables[n] = w->options;
        targets[n] = own;
    }
    args.model = MODEL_OPENMP;
    snprintf(line, sizeof line, "%s %s [options]", message_program(), w->name);
    struct option_program program = { .usage = line, .summary = w->summary,
                                      .tables = tables, .targets = targets, .examples = examples(rt) };
    int first, rc = option_parse(&program, argc - 1, argv + 1, &first);
    if (rc == 0 && first < argc - 1)
        rc = message_usage("'%s' is one word too many", argv[1 + first]);
    if (rc == 0)
        rc = run_workload(rt, w, &args, own);
    option_free(&program);
    free(own);
    return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
}
