/* parkit-run: run one command once, measure it, record it as one JSON line. Under the name parkit-scale it is that program. */
#include "common/exit_codes.h"
#include "common/message.h"
#include "common/option.h"
#include "scaling/scale.h"
#include "scaling/measure/summary.h"
#include "scaling/measure/trial.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct args {
    uint64_t threads, ranks, nodes, size, rep, order, cores;
    double timeout_s;
    const char *append, *log, *label, *summary, *fom, *time, *ok, *ok_exit;
    int bind;
    bool json, quiet;
};

#define MANY 1e9 /* more threads, ranks or nodes than any machine has */

static const struct option_spec options[] = {
    { 'a', "append", "FILE", OPTION_STRING, offsetof(struct args, append), NULL, 0, 0, NULL,
      "append the result to FILE as one JSON line" },
    { 0, "json", NULL, OPTION_FLAG, offsetof(struct args, json), NULL, 0, 0, NULL,
      "print the result as one JSON line; the command's own output goes to stderr" },
    { 't', "threads", "N", OPTION_UINT, offsetof(struct args, threads), "1", 1, MANY, NULL,
      "threads of a rank; if given, also OMP_NUM_THREADS" },
    { 'p', "ranks", "N", OPTION_UINT, offsetof(struct args, ranks), "1", 1, MANY, NULL, "ranks (processes) in all" },
    { 'N', "nodes", "N", OPTION_UINT, offsetof(struct args, nodes), "1", 1, MANY, NULL, "nodes" },
    { 'n', "size", "N", OPTION_UINT, offsetof(struct args, size), NULL, 0, 0, NULL, "problem size, recorded only" },
    { 0, "rep", "N", OPTION_UINT, offsetof(struct args, rep), NULL, 0, 0, NULL, "repetition, recorded only" },
    { 0, "order", "N", OPTION_UINT, offsetof(struct args, order), NULL, 0, 0, NULL,
      "place of the run in its study, recorded only" },
    { 0, "label", "TEXT", OPTION_STRING, offsetof(struct args, label), NULL, 0, 0, NULL,
      "name of what is run, recorded only; parkit-run --summary tells them apart by it" },
    { 0, "summary", "FILE", OPTION_STRING, offsetof(struct args, summary), NULL, 0, 0, NULL,
      "run nothing: the median of each label in FILE, its interval, and how it compares with the first; with --json as such" },
    { 0, "timeout", "SECONDS", OPTION_DOUBLE, offsetof(struct args, timeout_s), NULL, 0.001, 1e9, NULL,
      "end it after so long: SIGTERM, two seconds later SIGKILL" },
    { 0, "fom", "PATTERN", OPTION_STRING, offsetof(struct args, fom), NULL, 0, 0, NULL,
      "figure of merit in the output: a regular expression whose first group is the number, or json:KEY; the last wins" },
    { 0, "time", "PATTERN", OPTION_STRING, offsetof(struct args, time), NULL, 0, 0, NULL,
      "the same for the seconds that the program says it took" },
    { 0, "ok", "PATTERN", OPTION_STRING, offsetof(struct args, ok), NULL, 0, 0, NULL,
      "a line of the output must match, or json:KEY be true, or the run counts as wrong" },
    { 0, "ok-exit", "LIST", OPTION_STRING, offsetof(struct args, ok_exit), NULL, 0, 0, NULL,
      "exit codes that are right, for example 0,1; without it 0" },
    { 'l', "log", "FILE", OPTION_STRING, offsetof(struct args, log), NULL, 0, 0, NULL,
      "keep the command's output in FILE instead of showing it" },
    { 0, "bind", "POLICY", OPTION_CHOICE, offsetof(struct args, bind), "spread", 0, 0, bind_policy_names,
      "which cpus the command gets" },
    { 0, "cores", "N", OPTION_UINT, offsetof(struct args, cores), NULL, 1, MANY, NULL,
      "how many cpus it gets; without it threads x ranks if either is given on one node, else all" },
    { 'q', "quiet", NULL, OPTION_FLAG, offsetof(struct args, quiet), NULL, 0, 0, NULL,
      "show neither the command's output nor warnings about its placement" },
    { 0 },
};

static int run(const struct args *a, char **command)
{
    struct match match;
    const struct match_texts texts = { .fom = a->fom, .time = a->time, .ok = a->ok };
    struct trial trial = {
        .record = { .threads = a->threads, .ranks = a->ranks, .nodes = a->nodes, .has_size = option_given("size"),
                    .size = a->size, .has_rep = option_given("rep"), .rep = a->rep, .has_order = option_given("order"),
                    .order = a->order, .label = a->label, .log = a->log, .command = command },
        .has_threads = option_given("threads"), .has_ranks = option_given("ranks"), .cores = a->cores,
        .bind = (enum bind_policy)a->bind, .match = &match, .timeout_s = a->timeout_s, .append = a->append,
        .json = a->json, .quiet = a->quiet };
    int rc = trial_right_exits(&trial, a->ok_exit);
    if (rc != 0 || (rc = match_create(&texts, &match)) != 0)
        return rc;
    rc = trial_run(&trial);
    match_destroy(&match);
    return rc;
}

static int run_main(int argc, char **argv)
{
    message_init("parkit-run");
    struct args args = { 0 };
    const struct option_spec *const tables[] = { options, NULL };
    void *const targets[] = { &args };
    const struct option_program program = {
        .usage = "parkit-run [options] -- COMMAND [ARGUMENT ...]",
        .summary = "Run one command once and measure it: time, processor time, memory, switches, bytes, how it ended.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-run -- make -j4\n"
                    "  parkit-run -t 4 --fom 'rate: ([0-9.]+)' --append runs.jsonl -- ./solver input.dat\n"
                    "  parkit-run --label before --append runs.jsonl -- ./old; parkit-run --summary runs.jsonl\n"
                    "  parkit-run --time json:median_s --ok json:verified -- parkit-cpu primes --json\n",
        .stop_at_first = 1,
    };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    if (args.summary && first < argc)
        rc = message_usage("--summary runs nothing, but a command is given: '%s'", argv[first]);
    else if (args.summary)
        rc = summary_print(args.summary, args.json);
    else if (first >= argc)
        rc = message_usage("no command; write it after --: parkit-run -- COMMAND");
    else
        rc = run(&args, argv + first);
    option_free(&program);
    if (rc > 0) { /* told to end: everything has ended, now this process by the same signal */
        signal(rc, SIG_DFL);
        raise(rc);
    }
    return exit_code_of(rc);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    return strcmp(slash ? slash + 1 : argv[0], "parkit-scale") == 0 ? scale_main(argc, argv) : run_main(argc, argv);
}
