/*
 * common/harness.h, with a made-up workload that counts its calls and can go wrong at each step, and with a
 * made-up runtime of two ranks of which the other one fails.
 */
#include "capture.h"
#include "common/exit_codes.h"
#include "common/harness.h"
#include "common/message.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio_ext.h>
#include <string.h>

/* --- the workload: what is called, and what goes wrong --- */

static struct {
    int setups, prepares, runs, verifies, writes, teardowns; /* calls                 */
    int setup_rc, prepare_rc, run_rc, verify_rc, write_rc;     /* what they return                */
    double bytes;                                  /* of memory that it claims        */
    uint64_t size, seed, own;                      /* the parameters that reached it  */
    char class;
    unsigned threads, absent;                      /* workers asked for; that never came */
} it;

static double fake_bytes(const struct params *p)
{
    (void)p;
    return it.bytes;
}

static int fake_setup(const struct params *p, void **state)
{
    it.setups++;
    it.size = p->size;
    it.class = p->class;
    it.seed = p->seed;
    it.own = *(const uint64_t *)p->own;
    *state = it.setup_rc == 0 ? &it : NULL;
    return it.setup_rc;
}

static int fake_prepare(void *state, struct team *team)
{
    (void)team;
    CU_ASSERT_PTR_EQUAL(state, &it);
    CU_ASSERT_EQUAL(it.prepares, it.runs); /* before each run, once */
    it.prepares++;
    return it.prepare_rc;
}

static int fake_run(void *state, struct team *team)
{
    CU_ASSERT_PTR_EQUAL(state, &it);
    it.runs++;
    it.threads = team->threads;
    return it.run_rc;
}

static int fake_verify(void *state, char *why, size_t why_len)
{
    (void)state;
    it.verifies++;
    if (it.verify_rc == -EDOM)
        snprintf(why, why_len, "two and two came out as 5");
    return it.verify_rc;
}

static double fake_work(const void *state)
{
    (void)state;
    return 1000;
}

static json_t *fake_answer(const void *state)
{
    (void)state;
    return json_integer(4);
}

static uint64_t fake_digest(const void *state)
{
    (void)state;
    return 0x1234;
}

static void fake_text(const void *state, char *out, size_t size)
{
    (void)state;
    snprintf(out, size, "two and two is 4");
}

static int fake_write(const void *state, const char *path)
{
    (void)state, (void)path;
    it.writes++;
    return it.write_rc;
}

static int fake_out_check(const char *path)
{
    return strstr(path, ".ppm") ? 0 : message_usage("--out %s: no picture", path);
}

static void fake_teardown(void *state)
{
    it.teardowns += state != NULL;
}

static const struct option_spec own_options[] = {
    { 0, "depth", "N", OPTION_UINT, 0, "7", 1, 9, NULL, "of the made-up workload" }, { 0 }
};

#define SIZES .size_default = 40, .size_min = 2, .size_max = 50
#define FAKE                                                                                                              \
    .summary = "made up", .pattern = "none", .size_is = "things", .check = "arithmetic", .work_unit = "things", .bytes = fake_bytes, .setup = fake_setup, .run = fake_run,              \
    .verify = fake_verify, .work = fake_work, .answer = fake_answer, .digest = fake_digest, .text = fake_text,            \
    .teardown = fake_teardown, .options = own_options, .own_size = sizeof(uint64_t)

static const struct workload painter = { .name = "painter", .models = MODELS_ALL, .has_isa = true, .write = fake_write,
                                         .out_check = fake_out_check, SIZES, FAKE };
static const struct workload plain = { .name = "plain", .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_THREADS), SIZES, FAKE };
static const struct workload graded = { .name = "graded", .models = MODELS_ALL, .classes = "SWA", .class_default = 'W',
                                        .prepare = fake_prepare, FAKE };
static const struct workload *const table[] = { &painter, &graded, &plain, NULL };

/* --- the runtime and the command line --- */

static int run_it(struct runtime *rt, const struct workload *w, void *state, struct team *team)
{
    (void)rt;
    for (unsigned i = 0; i + it.absent < team->threads; i++)
        snprintf(team->bound[i], TEAM_BOUND_LEN, "%u", i);
    return w->run(state, team);
}

static struct runtime here;
static struct capture out, err;

static void reset(void)
{
    memset(&it, 0, sizeof it);
    here = runtime_single;
    here.run = run_it;
}

/* Call the harness as "fake LINE"; words separated by single blanks. */
static int call(const char *line)
{
    char copy[256], *argv[24] = { "fake" }, *rest = copy, *word;
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    while (argc < 23 && *line && (word = strsep(&rest, " ")))
        argv[argc++] = word;
    capture_begin(&err, STDERR_FILENO);
    int code = harness_main(&here, table, "fake WORKLOAD [options]", argc, argv);
    capture_end(&err);
    return code;
}

static int fake(const char *line)
{
    capture_begin(&out, STDOUT_FILENO);
    int code = call(line);
    capture_end(&out);
    return code;
}

/* A usage error: exit 2, one line on stderr with @part in it, nothing on stdout, nothing was set up. */
static void refused(const char *line, const char *part)
{
    reset();
    CU_ASSERT_EQUAL(fake(line), EXIT_USAGE);
    CU_ASSERT_STRING_EQUAL(out.text, "");
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
    if (!strstr(err.text, part))
        fprintf(stderr, "    want %s\n    got  %s", part, err.text);
    CU_ASSERT_PTR_EQUAL(strchr(err.text, '\n'), err.text + strlen(err.text) - 1);
    CU_ASSERT_EQUAL(it.setups, 0);
}

/* The result object of the last run; the caller releases it. */
static json_t *result(void)
{
    json_t *object = json_loads(out.text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(object);
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* --- a run --- */

static void parameters_reach_the_workload(void)
{
    reset();
    CU_ASSERT_EQUAL(fake("painter -n 3 --seed 5 --depth 9 -t 3 -m threads --json"), EXIT_RIGHT);
    CU_ASSERT_TRUE(it.size == 3 && it.seed == 5 && it.own == 9 && it.threads == 3);
    reset();
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_RIGHT);
    CU_ASSERT_TRUE(it.size == 40 && it.seed == 1 && it.own == 7); /* the defaults of its tables */
}

static void every_step_is_called_once_and_runs_as_often_as_asked(void)
{
    reset();
    CU_ASSERT_EQUAL(fake("painter -r 3 -w 2 -m serial --json"), EXIT_RIGHT);
    CU_ASSERT_TRUE(it.setups == 1 && it.runs == 5 && it.verifies == 1 && it.teardowns == 1 && it.writes == 0);
    json_t *r = result();
    CU_ASSERT_EQUAL(json_array_size(json_object_get(r, "seconds")), 3); /* warm-ups are not among them */
    json_decref(r);
}

static void a_result_has_the_fields_of_the_contract(void)
{
    static const char *const texts[] = { "work_unit", "rate_unit", "check", "host", "cpu", "compiler", "flags", "version",
                                         "isa", "started" };
    reset();
    CU_ASSERT_EQUAL(fake("painter -m threads -t 2 -r 2 --isa baseline --json"), EXIT_RIGHT);
    json_t *r = result();
    CU_ASSERT_STRING_EQUAL(text_of(r, "schema"), "parkit.run/1");
    CU_ASSERT_STRING_EQUAL(text_of(r, "workload"), "painter");
    CU_ASSERT_STRING_EQUAL(text_of(r, "model"), "threads");
    CU_ASSERT_STRING_EQUAL(text_of(r, "digest"), "0000000000001234");
    CU_ASSERT_STRING_EQUAL(text_of(r, "rate_unit"), "things/s");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CU_ASSERT_TRUE(json_is_string(json_object_get(r, texts[i])));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r, "size")), 40);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r, "threads")), 2);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r, "ranks")), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r, "nodes")), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r, "answer")), 4);
    CU_ASSERT_TRUE(json_is_true(json_object_get(r, "verified")));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(r, "binding")), 2);
    double a = json_number_value(json_array_get(json_object_get(r, "seconds"), 0));
    double b = json_number_value(json_array_get(json_object_get(r, "seconds"), 1));
    double median = json_number_value(json_object_get(r, "median_s"));
    CU_ASSERT_EQUAL(median, (a + b) / 2);
    CU_ASSERT_EQUAL(json_number_value(json_object_get(r, "min_s")), fmin(a, b));
    CU_ASSERT_DOUBLE_EQUAL(json_number_value(json_object_get(r, "rate")) * median, 1000, 1e-6);
    json_decref(r);
}

static void text_output_has_answer_time_and_digest(void)
{
    static const char *const parts[] = { "workload   painter -n 40: things\n", "answer     two and two is 4\n",
                                         "verified   yes: arithmetic\n", "one run\n", "things/s\n",
                                         "digest     0000000000001234\n" };
    reset();
    CU_ASSERT_EQUAL(fake("painter"), EXIT_RIGHT);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(out.text, parts[i]));
    reset();
    CU_ASSERT_EQUAL(fake("painter -r 6"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "median of 6 (95 % interval"));
    reset();
    CU_ASSERT_EQUAL(fake("painter -r 5"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "median of 5 (range"));
}

/* --- what goes wrong --- */

static void a_wrong_answer_has_no_speed_and_exits_1(void)
{
    reset();
    it.verify_rc = -EDOM;
    CU_ASSERT_EQUAL(fake("painter --out x.ppm --json"), EXIT_WRONG);
    json_t *r = result();
    CU_ASSERT_TRUE(json_is_false(json_object_get(r, "verified")));
    CU_ASSERT_TRUE(json_is_null(json_object_get(r, "rate")));
    CU_ASSERT_STRING_EQUAL(text_of(r, "why"), "two and two came out as 5");
    json_decref(r);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "fake: painter: WRONG ANSWER: two and two came out as 5\n"));
    CU_ASSERT_EQUAL(it.writes, 0); /* no picture of it either */

    reset();
    it.verify_rc = -EDOM;
    CU_ASSERT_EQUAL(fake("painter"), EXIT_WRONG);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "verified   WRONG: two and two came out as 5\n"));
    CU_ASSERT_PTR_NULL(strstr(out.text, "things/s"));
}

static void failures_have_their_exit_codes_and_free_what_was_made(void)
{
    reset();
    it.setup_rc = -ENOMEM;
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_MISSING);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "fake: painter: out of memory at -n 40\n"));
    CU_ASSERT_TRUE(it.runs == 0 && it.teardowns == 0);

    reset();
    it.run_rc = -EIO;
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_WRONG);
    CU_ASSERT_TRUE(it.runs == 1 && it.verifies == 0 && it.teardowns == 1);
    CU_ASSERT_STRING_EQUAL(out.text, "");

    reset();
    it.verify_rc = -ENOMEM;
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_MISSING);
    CU_ASSERT_TRUE(it.teardowns == 1);
    CU_ASSERT_STRING_EQUAL(out.text, ""); /* an answer that could not be checked is none */
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "out of memory"));

    reset();
    it.write_rc = -ENOSPC;
    CU_ASSERT_EQUAL(fake("painter --out x.ppm --json"), EXIT_MISSING);
    CU_ASSERT_TRUE(it.writes == 1 && it.teardowns == 1);
}

/* Run with stdout on a full disk. */
static int fake_on_full_disk(const char *line)
{
    FILE *full = fopen("/dev/full", "w");
    int stdout_before = dup(STDOUT_FILENO);
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    reset();
    fflush(stdout);
    dup2(fileno(full), STDOUT_FILENO);
    int code = call(line);
    __fpurge(stdout); /* what could not be written */
    clearerr(stdout);
    dup2(stdout_before, STDOUT_FILENO);
    close(stdout_before);
    fclose(full);
    return code;
}

static void a_result_that_cannot_be_written_is_no_success(void)
{
    static const char *const lines[] = { "painter --json", "painter", "list", "list --json" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CU_ASSERT_EQUAL(fake_on_full_disk(lines[i]), EXIT_MISSING);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "fake: cannot write the result: No space left on device\n"));
    }
}

static void a_team_cut_short_is_a_failure(void)
{
    reset();
    it.absent = 2;
    CU_ASSERT_EQUAL(fake("painter -t 5 --json"), EXIT_MISSING);
    CU_ASSERT_STRING_EQUAL(out.text, "");
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "only 3 of 5 workers started"));
}

static void too_large_is_refused_before_anything_is_set_up(void)
{
    reset();
    it.bytes = 1e18;
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_MISSING);
    CU_ASSERT_EQUAL(it.setups, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "painter -n 40 needs "));
}

static void classes_stand_in_place_of_sizes(void)
{
    reset();
    CU_ASSERT_EQUAL(fake("graded -r 3 -w 2 --json"), EXIT_RIGHT);
    CU_ASSERT_TRUE(it.class == 'W' && it.prepares == 5 && it.runs == 5);
    json_t *object = result();
    CU_ASSERT_STRING_EQUAL(text_of(object, "class"), "W");
    CU_ASSERT_PTR_NULL(json_object_get(object, "size"));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(object, "seconds")), 3);
    json_decref(object);

    reset();
    it.bytes = 2.5e6;
    CU_ASSERT_EQUAL(fake("graded -c A"), EXIT_RIGHT);
    CU_ASSERT_EQUAL(it.class, 'A');
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "workload   graded -c A: things\n"));
    CU_ASSERT_EQUAL(fake("list"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "things, default W; memory S 2.5 MB, W 2.5 MB, A 2.5 MB\n"));
    CU_ASSERT_EQUAL(fake("list --json"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "{\"class\":\"A\",\"bytes\":2500000}"));
    refused("graded -c B", "--class B is not known; use one of: S, W, A");
    refused("graded -n 40", "-n is not an option");
    refused("painter -c S", "-c is not an option");

    reset();
    it.prepare_rc = -ENOMEM;
    CU_ASSERT_EQUAL(fake("graded"), EXIT_MISSING);
    CU_ASSERT_TRUE(it.runs == 0 && it.teardowns == 1);
}

static void mistakes_on_the_command_line(void)
{
    refused("", "name the workload first");
    refused("nothing", "nothing is not a workload; use one of: painter, graded, plain, or list");
    refused("paint", "paint is not a workload");
    refused("painter -n 1", "--size 1 is not right; give a whole number from 2 to 50");
    refused("painter -n 51", "--size 51 is not right; give a whole number from 2 to 50");
    refused("painter --depth 10", "--depth 10 is not right; give a whole number from 1 to 9");
    refused("painter -t 0", "--threads 0 is not right");
    refused("painter -r 0", "--repeats 0 is not right");
    refused("painter -m green", "--model green is not known; use one of: serial, coop, threads, processes, openmp");
    refused("plain -m openmp", "plain does not run in model openmp; use one of: serial, threads");
    refused("painter -m serial -t 2", "--threads 2 does not go with model serial");
    refused("painter --isa mmx", "--isa mmx is not known; use auto, baseline, avx2 or avx512");
    refused("painter --schedule lazy", "--schedule lazy is not right");
    refused("plain -m serial --out x.ppm", "plain writes no file; drop --out x.ppm");
    refused("painter --out x.gif", "--out x.gif: no picture");
    refused("painter 40", "'40' is one word too many");
    refused("painter --bind left", "--bind left is not known; use one of: spread, compact, none");
    refused("list all", "list takes no word such as 'all'");
    refused("list --colour", "--colour is not an option");
}

/* --- several ranks --- */

static int agreements, fails_at; /* the other rank fails at this agreement; 0: never */

static int other_fails(struct runtime *rt, int rc)
{
    (void)rt;
    return ++agreements == fails_at && rc == 0 ? -ECANCELED : rc;
}

static void a_failure_of_another_rank_ends_this_one_at_every_step(void)
{
    reset();
    here.agree = other_fails;
    agreements = fails_at = 0;
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_RIGHT);
    int steps = agreements;
    CU_ASSERT_TRUE(steps >= 4);
    for (fails_at = 1; fails_at <= steps; fails_at++) {
        reset();
        here.agree = other_fails;
        agreements = 0;
        CU_ASSERT_EQUAL(fake("painter --json"), EXIT_WRONG);
        CU_ASSERT_EQUAL(agreements, fails_at);       /* no further step is waited for */
        CU_ASSERT_EQUAL(it.setups, it.teardowns);
    }
}

static void only_rank_0_verifies_and_prints(void)
{
    reset();
    here.rank = 1;
    here.ranks = 2;
    CU_ASSERT_EQUAL(fake("painter --out x.ppm --json"), EXIT_RIGHT);
    CU_ASSERT_STRING_EQUAL(out.text, "");
    CU_ASSERT_TRUE(it.runs == 1 && it.verifies == 0 && it.writes == 0);
    CU_ASSERT_EQUAL(fake("list"), EXIT_RIGHT);
    CU_ASSERT_STRING_EQUAL(out.text, "");
}

/* The other rank took one second, and finds nothing wrong. */
static double other_took_a_second(struct runtime *rt, double value)
{
    (void)rt;
    return value > 0 && value < 1 ? 1 : value;
}

static void the_slowest_rank_counts(void)
{
    reset();
    here.ranks = 2;
    here.max = other_took_a_second;
    CU_ASSERT_EQUAL(fake("painter --json"), EXIT_RIGHT);
    json_t *r = result();
    CU_ASSERT_EQUAL(json_number_value(json_object_get(r, "min_s")), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r, "ranks")), 2);
    json_decref(r);
}

/* --- list and help --- */

static void list_tells_models_sizes_and_check(void)
{
    reset();
    CU_ASSERT_EQUAL(fake("list"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "things, default 40 (2 to 50)\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "models   serial, threads\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "check    arithmetic\n"));
    CU_ASSERT_EQUAL(fake("list --json"), EXIT_RIGHT);
    json_t *line = json_loads(strstr(out.text, "\n{\"schema\":\"parkit.workload/1\",\"name\":\"plain\"") + 1, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    CU_ASSERT_STRING_EQUAL(text_of(line, "name"), "plain");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(line, "models")), 2);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(line, "sizes"), "max")), 50);
    json_decref(line);
}

static void help_has_the_options_of_the_workload(void)
{
    reset();
    CU_ASSERT_EQUAL(fake("painter --help"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "--depth N"));
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "things (default 40; 2 to 50)"));
    CU_ASSERT_EQUAL(it.setups, 0);
    CU_ASSERT_EQUAL(fake("--help"), EXIT_RIGHT);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "Usage: fake WORKLOAD [options]"));
    CU_ASSERT_STRING_EQUAL(err.text, "");
}

static void without_a_choice_of_models_there_is_no_such_option(void)
{
    reset();
    here.model_choice = false;
    CU_ASSERT_EQUAL(fake("plain --json -m serial"), EXIT_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "-m is not an option"));
    CU_ASSERT_EQUAL(fake("plain --json"), EXIT_RIGHT); /* openmp within a rank, whatever its own models */
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(parameters_reach_the_workload),
        UNIT(every_step_is_called_once_and_runs_as_often_as_asked),
        UNIT(a_result_has_the_fields_of_the_contract),
        UNIT(text_output_has_answer_time_and_digest),
        UNIT(a_wrong_answer_has_no_speed_and_exits_1),
        UNIT(failures_have_their_exit_codes_and_free_what_was_made),
        UNIT(a_result_that_cannot_be_written_is_no_success),
        UNIT(a_team_cut_short_is_a_failure),
        UNIT(too_large_is_refused_before_anything_is_set_up),
        UNIT(classes_stand_in_place_of_sizes),
        UNIT(mistakes_on_the_command_line),
        UNIT(a_failure_of_another_rank_ends_this_one_at_every_step),
        UNIT(only_rank_0_verifies_and_prints),
        UNIT(the_slowest_rank_counts),
        UNIT(list_tells_models_sizes_and_check),
        UNIT(help_has_the_options_of_the_workload),
        UNIT(without_a_choice_of_models_there_is_no_such_option),
        UNIT_END,
    };
    message_init("fake");
    return unit_main("harness", tests);
}
