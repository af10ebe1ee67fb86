#include "scaling/scale_options.h"

#include "common/message.h"
#include "scaling/measure/machine.h"
#include "scaling/judge/recommend.h"
#include "scaling/plan/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PRECISION_MIN_REPEATS = 6, PRECISION_MAX_REPEATS = 30 };

#define FIELD(name) offsetof(struct scale_options, name)
static const struct option_spec options[] = {
    { 't', "threads", "LIST", OPTION_STRING, FIELD(threads), NULL, 0, 0, NULL,
      "threads of a process: {threads}, and OMP_NUM_THREADS (without any list: all)" },
    { 'p', "ranks", "LIST", OPTION_STRING, FIELD(ranks), NULL, 0, 0, NULL, "processes in all: {ranks}" },
    { 0, "ranks-per-node", "LIST", OPTION_STRING, FIELD(ranks_per_node), NULL, 0, 0, NULL,
      "processes on each node: {ranks} is this times {nodes}" },
    { 'N', "nodes", "LIST", OPTION_STRING, FIELD(nodes), NULL, 0, 0, NULL, "nodes: {nodes}" },
    { 'n', "sizes", "LIST", OPTION_STRING, FIELD(sizes), NULL, 0, 0, NULL, "problem sizes: {size}" },
    { 0, "where", "CONDITION", OPTION_MANY, FIELD(where), NULL, 0, 0, NULL,
      "leave out what does not meet it: 'threads*ranks<=cores', 'size%ranks==0'; may be repeated" },
    { 0, "strong", NULL, OPTION_FLAG, FIELD(strong), NULL, 0, 0, NULL, "the same size at every point (default)" },
    { 0, "weak", NULL, OPTION_FLAG, FIELD(weak), NULL, 0, 0, NULL,
      "the size of the list grows with the processors p (ranks times threads)" },
    { 0, "law", "LAW", OPTION_CHOICE, FIELD(law), "linear", 0, 0, size_law_names,
      "how it grows: n p, n sqrt(p) (sides of a square), n cbrt(p) (sides of a cube)" },
    { 0, "size-is", "WHAT", OPTION_CHOICE, FIELD(size_is), "total", 0, 0, size_is_names,
      "what the command takes as {size}: of the whole problem, or of each process" },
    { 'r', "repeats", "N", OPTION_UINT, FIELD(repeats), "5", 1, 10000, NULL, "measured runs of every point" },
    { 0, "precision", "PERCENT", OPTION_DOUBLE, FIELD(precision), NULL, 0.01, 100, NULL,
      "go on until the 95 % interval of each median is within so much of it" },
    { 0, "max-repeats", "N", OPTION_UINT, FIELD(max_repeats), "30", 1, 10000, NULL, "most runs of a point, with --precision" },
    { 'w', "warmups", "N", OPTION_UINT, FIELD(warmups), "1", 0, 1000, NULL, "runs of every point before, not recorded" },
    { 0, "timeout", "SECONDS", OPTION_DOUBLE, FIELD(timeout_s), NULL, 0.001, 1e9, NULL, "end a run after so long" },
    { 0, "bind", "POLICY", OPTION_CHOICE, FIELD(bind), "spread", 0, 0, bind_policy_names,
      "which cpus a run gets: threads x ranks of them, by the same policy at every point" },
    { 'e', "env", "NAME=VALUE", OPTION_MANY, FIELD(env), NULL, 0, 0, NULL,
      "set this for every run; may be repeated and hold placeholders" },
    { 0, "setup", "COMMAND", OPTION_STRING, FIELD(setup), NULL, 0, 0, NULL, "shell command before every run, not timed" },
    { 0, "cleanup", "COMMAND", OPTION_STRING, FIELD(cleanup), NULL, 0, 0, NULL, "shell command after every run, not timed" },
    { 'o', "study", "DIR", OPTION_STRING, FIELD(study), "study", 0, 0, NULL, "folder of the study" },
    { 0, "seed", "N", OPTION_UINT, FIELD(seed), "1", 0, 9007199254740992.0, NULL, "seed of the shuffled order" },
    { 0, "fom", "PATTERN", OPTION_STRING, FIELD(fom), NULL, 0, 0, NULL,
      "figure of merit in the output: a regular expression whose first group is the number, or json:KEY" },
    { 0, "time", "PATTERN", OPTION_STRING, FIELD(time), NULL, 0, 0, NULL,
      "the same for the seconds that the program says it took; the report is about them then" },
    { 0, "ok", "PATTERN", OPTION_STRING, FIELD(ok), NULL, 0, 0, NULL,
      "a run is right only if its output matches, or json:KEY is true" },
    { 0, "ok-exit", "LIST", OPTION_STRING, FIELD(ok_exit), NULL, 0, 0, NULL,
      "exit codes that are right, for example 0,1; without it 0" },
    { 0, "rule", "RULE", OPTION_STRING, FIELD(rule), RULE_DEFAULT, 0, 0, NULL,
      "which count to recommend: fastest, eff=X, csc, notur, cheapest" },
    { 0, "expect", "SECONDS", OPTION_DOUBLE, FIELD(expect_s), NULL, 1e-6, 1e9, NULL,
      "for --dry-run: what one run takes on the fewest processors" },
    { 0, "dry-run", NULL, OPTION_FLAG, FIELD(dry_run), NULL, 0, 0, NULL,
      "print every command in its order, the expected time and core-hours, and run nothing" },
    { 0, "progress", NULL, OPTION_FLAG, FIELD(progress), NULL, 0, 0, NULL, "show progress though stderr is no terminal" },
    { 0, "no-progress", NULL, OPTION_FLAG, FIELD(no_progress), NULL, 0, 0, NULL, "show none" },
    { 0 },
};

static int parse(int argc, char **argv, struct scale_options *o, int *first)
{
    const struct option_spec *const tables[] = { options, NULL };
    void *const targets[] = { o };
    const struct option_program program = {
        .usage = "parkit-scale [options] -- COMMAND with {threads} {ranks} {nodes} {size} {rep} ...",
        .summary = "Measure how COMMAND scales and report speed-up, efficiency and a recommended count.\n"
                   "The same command on the same folder goes on where it stopped. A LIST is 1,2,4 or 1-8 or 1-64:*2 or 2-16:+2 or\n"
                   "1,2,4..64 or all (powers of two up to the cores, and the cores) or sockets or numa (the cores of one, of two,\n"
                   "...); parts are joined with commas.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-scale -t 1-8 -- ./solver --threads {threads}\n"
                    "  parkit-scale -t 1,2 -r 5 -o primes -- parkit-cpu primes -n 1e9 -t {threads}\n"
                    "  parkit-scale -p 1,2,4..16 -t 1,2 --where 'ranks*threads<=cores' -- mpirun -n {ranks} parkit-mpi heat -t {threads}\n"
                    "  parkit-scale --weak --law sqrt -t all -n 2000 --time json:median_s --ok json:verified -- \\\n"
                    "      parkit-cpu heat -n {size} -t {threads} --json\n",
        .stop_at_first = 1,
    };
    return option_parse(&program, argc, argv, first);
}

/* --- Points --- */

static int read_list(const char *option, const char *text, const char *missing, const struct shape *shape, struct list *out)
{
    return text || missing ? list_parse(option, text ? text : missing, shape, out) : 0;
}

static int read_lists(const struct scale_options *o, struct grid_request *q)
{
    bool any = o->threads || o->ranks || o->ranks_per_node || o->nodes;
    bool one_rank_each = o->nodes && !o->ranks && !o->ranks_per_node;
    int rc = machine_shape(&q->shape);
    if (rc == 0)
        rc = read_list("--threads", o->threads, any ? "1" : "all", &q->shape, &q->threads);
    if (rc == 0)
        rc = read_list("--ranks", o->ranks, "1", &q->shape, &q->ranks);
    if (rc == 0)
        rc = read_list("--ranks-per-node", o->ranks_per_node, one_rank_each ? "1" : NULL, &q->shape, &q->ranks_per_node);
    if (rc == 0)
        rc = read_list("--nodes", o->nodes, "1", &q->shape, &q->nodes);
    return rc == 0 ? read_list("--sizes", o->sizes, NULL, &q->shape, &q->sizes) : rc;
}

/* A list that cannot reach the command would measure the same run again and again. */
static int check_placeholders(const struct scale_options *o, const struct design *d)
{
    int rc = template_check(d->command);
    if (rc != 0)
        return rc;
    if ((o->ranks || o->ranks_per_node) && !template_has(d->command, "ranks"))
        return message_usage("a list of ranks is given, but no {ranks} in the command; write it where the number belongs, as in "
            "mpirun -n {ranks}");
    if (o->nodes && !template_has(d->command, "nodes"))
        return message_usage("--nodes is given, but no {nodes} in the command");
    if (o->sizes && !template_has(d->command, "size"))
        return message_usage("--sizes is given, but no {size} in the command; write it where the number belongs");
    if (!o->sizes && template_has(d->command, "size"))
        return message_usage("the command has {size}, but no --sizes says which, for example --sizes 1e6");
    if (o->weak && !o->sizes)
        return message_usage("--weak grows the size with the processors: give --sizes and write {size} in the command");
    return 0;
}

static void say_what_may_surprise(const struct design *d)
{
    if (d->lists.threads.n > 1 && !template_has(d->command, "threads"))
        message_note("no {threads} in the command: only OMP_NUM_THREADS tells it how many to use");
    if (d->grid.left_out > 0)
        message_note("%zu of %zu points are left out: they do not meet --where or have fewer ranks than nodes", d->grid.left_out,
            d->grid.left_out + d->grid.n);
}

static int make_points(const struct scale_options *o, struct design *d)
{
    struct grid_request *q = &d->lists;
    *q = (struct grid_request){ .weak = o->weak, .law = (enum size_law)o->law, .size_is = (enum size_is)o->size_is,
                                .where = o->where.value, .n_where = o->where.count };
    int rc = read_lists(o, q);
    if (rc == 0)
        rc = check_placeholders(o, d);
    return rc == 0 ? grid_make(q, &d->grid) : rc;
}

/* --- The rest --- */

static int check_together(const struct scale_options *o)
{
    if (o->strong && o->weak)
        return message_usage("--strong and --weak exclude each other");
    if (o->ranks && o->ranks_per_node)
        return message_usage("--ranks and --ranks-per-node exclude each other");
    if (option_given("law") && !o->weak)
        return message_usage("--law says how the size of a weak study grows; add --weak");
    if (option_given("max-repeats") && !option_given("precision"))
        return message_usage("--max-repeats limits what --precision asks for; add it, or give the number with --repeats");
    if (option_given("precision") && option_given("repeats") && o->repeats < PRECISION_MIN_REPEATS)
        return message_usage("--repeats %llu are too few for --precision: there is no 95 %% interval of a median below %d",
            (unsigned long long)o->repeats, PRECISION_MIN_REPEATS);
    for (size_t i = 0; i < o->env.count; i++)
        if (o->env.value[i][0] == '=' || !strchr(o->env.value[i], '='))
            return message_usage("--env '%s' is not NAME=VALUE", o->env.value[i]);
    return 0;
}

static int set_repeats(const struct scale_options *o, struct design *d)
{
    bool adaptive = o->precision > 0;
    d->precision = o->precision;
    d->repeats = adaptive && o->repeats < PRECISION_MIN_REPEATS ? PRECISION_MIN_REPEATS : o->repeats;
    d->max_repeats = adaptive ? o->max_repeats : d->repeats;
    if (d->max_repeats < d->repeats)
        return message_usage("--max-repeats %llu is below the %llu repeats that are always made", (unsigned long long)d->max_repeats,
            (unsigned long long)d->repeats);
    return 0;
}

static int check_texts(const struct scale_options *o, struct design *d)
{
    struct rule rule;
    struct trial trial = { 0 };
    d->texts = (struct match_texts){ .fom = o->fom, .time = o->time, .ok = o->ok };
    int rc = rule_parse(o->rule, &rule);
    if (rc == 0)
        rc = trial_right_exits(&trial, o->ok_exit);
    return rc == 0 ? match_create(&d->texts, &d->match) : rc;
}

int scale_options_read(int argc, char **argv, struct scale_options *o, struct design *d)
{
    int first;
    *o = (struct scale_options){ 0 };
    *d = (struct design){ 0 };
    int rc = parse(argc, argv, o, &first);
    if (rc != 0)
        return rc;
    *d = (struct design){ .command = argv + first, .warmups = o->warmups, .seed = o->seed, .timeout_s = o->timeout_s,
        .bind = (enum bind_policy)o->bind, .ok_exit = o->ok_exit, .rule = o->rule, .setup = o->setup, .cleanup = o->cleanup,
        .env = o->env.value, .n_env = o->env.count };
    o->show_progress = !o->no_progress && (o->progress || isatty(STDERR_FILENO));
    if (first >= argc)
        rc = message_usage("no command is given; write it after --, for example -- ./solver --threads {threads}");
    if (rc == 0)
        rc = check_together(o);
    if (rc == 0)
        rc = set_repeats(o, d);
    if (rc == 0)
        rc = check_texts(o, d);
    if (rc == 0)
        rc = make_points(o, d);
    if (rc == 0)
        say_what_may_surprise(d);
    else
        scale_options_free(o, d);
    return rc;
}

void scale_options_free(struct scale_options *o, struct design *d)
{
    match_destroy(&d->match);
    list_free(&d->lists.threads);
    list_free(&d->lists.ranks);
    list_free(&d->lists.ranks_per_node);
    list_free(&d->lists.nodes);
    list_free(&d->lists.sizes);
    grid_free(&d->grid);
    free(o->where.value);
    free(o->env.value);
}
