#include "mpi/checkpoint.h"

#include "common/message.h"
#include "mpi/check.h"
#include "mpi/checkpoint_data.h"
#include "mpi/lap.h"
#include "mpi/runtime.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define OWN(field) offsetof(struct checkpoint_options, field)
const struct option_spec checkpoint_option_table[] = {
    { 0, "checkpoint", "FILE", OPTION_STRING, OWN(file), NULL, 0, 0, NULL,
      "keep the state of the run in FILE, to go on from; one run only, so without -r and -w" },
    { 0, "every", "N", OPTION_UINT, OWN(every), NULL, 1, 1e15, NULL, "steps, iterations, cycles or blocks from one checkpoint to the next" },
    { 0, "restart", "FILE", OPTION_STRING, OWN(restart), NULL, 0, 0, NULL,
      "go on from a checkpoint of the same run, on any number of ranks and threads" },
    { 0 },
};

/* --- arrays --- */

struct checkpoint_array checkpoint_vector(const char *name, size_t size, size_t begin, size_t end, void *word)
{
    return (struct checkpoint_array){ .name = name, .size = { 1, 1, size }, .begin = { 0, 0, begin }, .end = { 1, 1, end },
                                      .word = word };
}

struct checkpoint_array checkpoint_common(const char *name, size_t size, void *word)
{
    struct checkpoint_array a = checkpoint_vector(name, size, 0, size, word);
    a.everywhere = true;
    return a;
}

/* --- being asked to stop --- */

static volatile sig_atomic_t asked_by; /* the signal; 0: none */

static void ask(int signal)
{
    asked_by = signal;
}

/* Once: who asks a second time does not want to wait for a checkpoint. */
static void listen_to_signals(void)
{
    struct sigaction action = { .sa_handler = ask, .sa_flags = SA_RESTART | SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

/* Has any rank been asked? And how far should the next piece go, so that the ranks look again after one or two seconds? */
static int look_for_signals(struct mpi_runtime *rt)
{
    static const double PIECE_S = 2; /* batch systems give 10 s and more; a look and a piece's beginning cost far below 1 ms */
    struct checkpoint *c = &rt->checkpoint;
    double mine[2] = { asked_by, clock_now_s() - c->since }, most[2];
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(mine, most, 2, MPI_DOUBLE, MPI_MAX, rt->comm));
    if (rc != 0)
        return rc;
    c->stopped_by = (int)most[0];
    if (most[1] < PIECE_S / 2 && c->piece < c->own.every)
        c->piece *= 2;
    else if (most[1] > PIECE_S && c->piece > 1)
        c->piece /= 2;
    return 0;
}

/* --- whether the command line makes sense --- */

static void value_text(const struct option_spec *option, const void *own, char *out, size_t size)
{
    const void *field = (const char *)own + option->offset;
    const char *text;
    switch (option->kind) {
    case OPTION_FLAG:   snprintf(out, size, "%s", *(const bool *)field ? "given" : "not given"); break;
    case OPTION_UINT:   snprintf(out, size, "%" PRIu64, *(const uint64_t *)field); break;
    case OPTION_DOUBLE: /* as it was typed, where that is the number */
        snprintf(out, size, "%.15g", *(const double *)field);
        if (strtod(out, NULL) != *(const double *)field)
            snprintf(out, size, "%.17g", *(const double *)field);
        break;
    case OPTION_CHOICE: snprintf(out, size, "%s", option->choices[*(const int *)field]); break;
    case OPTION_STRING:
        memcpy(&text, field, sizeof text);
        snprintf(out, size, "%s", text ? text : "not given");
        break;
    case OPTION_MANY:   snprintf(out, size, "many"); break; /* no workload has such */
    }
}

/* All that the state at a given progress follows from. */
static json_t *identity_of(const struct workload *w, const struct params *p, const char *may_change)
{
    char text[128];
    json_t *identity = json_pack("{s:s}", "workload", w->name);
    snprintf(text, sizeof text, "%c", p->class);
    if (!w->classes)
        snprintf(text, sizeof text, "%" PRIu64, p->size);
    json_object_set_new(identity, w->classes ? "class" : "size", json_string(text));
    snprintf(text, sizeof text, "%" PRIu64, p->seed);
    json_object_set_new(identity, "seed", json_string(text));
    for (const struct option_spec *option = w->options; option && option->long_name; option++) {
        snprintf(text, sizeof text, " %s ", option->long_name);
        if (may_change && strstr(may_change, text))
            continue;
        value_text(option, p->own, text, sizeof text);
        json_object_set_new(identity, option->long_name, json_string(text));
    }
    return identity;
}

static int check_options(const struct checkpoint_options *own, const char *name, const char *unit, uint64_t runs)
{
    const char *given = own->file ? "checkpoint" : own->restart ? "restart" : "every";
    if (!unit)
        return message_usage("%s keeps no checkpoints; drop --%s", name, given);
    if (own->file && !own->every)
        return message_usage("--checkpoint %s needs --every N: after how many %s is the next one due?", own->file, unit);
    if (own->every && !own->file)
        return message_usage("--every %" PRIu64 " needs --checkpoint FILE", own->every);
    if (runs != 1)
        return message_usage("--%s goes with one run; drop --repeats and --warmups", given);
    return 0;
}

/* Rank 0 looks at the files, and all learn what it has seen. */
static int look_at_files(struct mpi_runtime *rt)
{
    struct checkpoint *c = &rt->checkpoint;
    bool root = rt->base.rank == 0;
    int rc = 0;
    if (root && c->own.file)
        rc = checkpoint_may_replace(c->own.file);
    if (root && rc == 0 && c->own.restart) {
        rc = checkpoint_open(c->own.restart, c->identity, &c->header, &c->sum);
        c->at = rc ? 0 : (uint64_t)json_integer_value(json_object_get(c->header, "at"));
    }
    rc = mpi_settle(rt, rc);
    return rc ? rc : mpi_check("MPI_Bcast", MPI_Bcast(&c->at, 1, MPI_UINT64_T, 0, rt->comm));
}

int checkpoint_accept(struct mpi_runtime *rt, const struct workload *w, const struct params *p, const char *unit,
                      const char *may_change, uint64_t runs)
{
    struct checkpoint *c = &rt->checkpoint;
    if (!c->own.file && !c->own.restart && !c->own.every)
        return 0;
    int rc = check_options(&c->own, w->name, unit, runs); /* the same on every rank */
    if (rc == 0 && c->own.file)
        rc = harness_check_folder(&rt->base, c->own.file);
    if (rc != 0)
        return rc;
    if (c->own.file)
        listen_to_signals();
    c->unit = unit;
    c->identity = identity_of(w, p, may_change);
    rc = look_at_files(rt);
    if (rc == 0 && c->at > 0)
        rt->base.no_rate = "this run has done only what was left to do at its restart";
    return rc;
}

void checkpoint_free(struct checkpoint *c)
{
    json_decref(c->identity);
    json_decref(c->header);
    free(c->sum);
    c->identity = c->header = NULL;
    c->sum = NULL;
}

/* --- a run --- */

uint64_t checkpoint_begin(const struct mpi_runtime *rt)
{
    return rt->checkpoint.at;
}

uint64_t checkpoint_next(struct mpi_runtime *rt, uint64_t at, uint64_t end)
{
    struct checkpoint *c = &rt->checkpoint;
    if (c->own.every == 0)
        return end;
    if (at >= c->due)
        c->due = at + c->own.every;
    if (c->piece == 0)
        c->piece = 1;
    c->since = clock_now_s();
    uint64_t stop = at + c->piece < c->due ? at + c->piece : c->due;
    return stop < end ? stop : end;
}

/* Rank 0: are these arrays those of the file, and is there something left to do? */
static int check_arrays(const struct checkpoint *c, uint64_t end, const struct checkpoint_array *array, size_t n)
{
    const char *path = c->own.restart;
    if (c->at > end)
        return checkpoint_refuse(path, "it stands at %" PRIu64 " %s, and this run ends at %" PRIu64, c->at, c->unit, end);
    json_t *ours = checkpoint_header(c, c->at, array, n);
    static const char *const keys[] = { "arrays", "unit", "words", "block_words" };
    bool same = ours != NULL;
    for (size_t i = 0; same && i < sizeof keys / sizeof *keys; i++)
        same = json_equal(json_object_get(ours, keys[i]), json_object_get(c->header, keys[i])) == 1;
    int rc = ours ? 0 : -ENOMEM;
    json_decref(ours);
    return rc || same ? rc : checkpoint_refuse(path, "its arrays are not those of this version of the workload");
}

/* Rank 0: the sums of what has been read, against those of the file. */
static int compare_sums(const struct checkpoint *c, const struct checkpoint_layout *l, const uint64_t *sum)
{
    for (uint64_t b = 0; b < l->blocks; b++)
        if (sum[b] != c->sum[b]) {
            uint64_t first = CHECKPOINT_HEADER + 8 * l->block_words * b, last = first + 8 * l->block_words - 1;
            uint64_t end = CHECKPOINT_HEADER + 8 * l->words - 1;
            return checkpoint_refuse(c->own.restart, "it is damaged: bytes %" PRIu64 " to %" PRIu64 " are not what was written",
                                     first, last < end ? last : end);
        }
    return 0;
}

/* The sums of all ranks on rank 0; @sum elsewhere stays as it is. */
static int join_sums(struct mpi_runtime *rt, const struct checkpoint_layout *l, uint64_t *sum)
{
    bool root = rt->base.rank == 0;
    return mpi_check("MPI_Reduce", MPI_Reduce(root ? MPI_IN_PLACE : sum, sum, (int)l->blocks, MPI_UINT64_T, MPI_SUM, 0, rt->comm));
}

int checkpoint_load(struct mpi_runtime *rt, uint64_t end, const struct checkpoint_array *array, size_t n)
{
    struct checkpoint *c = &rt->checkpoint;
    struct checkpoint_layout l = checkpoint_layout_of(array, n);
    uint64_t *sum = malloc(l.blocks * sizeof *sum);
    double since = clock_now_s();
    bool root = rt->base.rank == 0;
    int rc = mpi_settle(rt, !sum ? -ENOMEM : root ? check_arrays(c, end, array, n) : 0);
    if (rc == 0)
        rc = checkpoint_data_read(rt, c->own.restart, CHECKPOINT_HEADER, array, n, sum);
    if (rc == 0)
        rc = join_sums(rt, &l, sum);
    if (rc == 0)
        rc = mpi_settle(rt, root ? compare_sums(c, &l, sum) : 0);
    free(sum);
    lap(&since, &rt->phases.checkpoint_s);
    return rc;
}

static int save(struct mpi_runtime *rt, uint64_t at, const struct checkpoint_array *array, size_t n,
                const struct checkpoint_layout *l, uint64_t *sum, struct checkpoint_part *part)
{
    struct checkpoint *c = &rt->checkpoint;
    bool root = rt->base.rank == 0;
    json_t *header = root ? checkpoint_header(c, at, array, n) : NULL;
    char *name = NULL;
    int rc = !sum || (root && !header) || asprintf(&name, "%s.part", c->own.file) < 0 ? -ENOMEM : 0;
    if (rc == 0 && root)
        rc = checkpoint_part_begin(c->own.file, checkpoint_bytes(l), part);
    rc = mpi_settle(rt, rc);
    if (rc == 0)
        rc = checkpoint_data_write(rt, name, CHECKPOINT_HEADER, array, n, sum);
    if (rc == 0)
        rc = join_sums(rt, l, sum);
    if (rc == 0)
        rc = mpi_settle(rt, root ? checkpoint_part_commit(part, header, sum, l) : 0);
    free(name);
    json_decref(header);
    return rc;
}

static int write_checkpoint(struct mpi_runtime *rt, uint64_t at, const struct checkpoint_array *array, size_t n)
{
    struct checkpoint *c = &rt->checkpoint;
    struct checkpoint_layout l = checkpoint_layout_of(array, n);
    struct checkpoint_part part = { .fd = -1 };
    uint64_t *sum = malloc(l.blocks * sizeof *sum);
    double since = clock_now_s();
    int rc = save(rt, at, array, n, &l, sum, &part);
    checkpoint_part_end(&part);
    free(sum);
    c->written += rc == 0;
    c->bytes = (double)checkpoint_bytes(&l);
    lap(&since, &rt->phases.checkpoint_s);
    return rc;
}

int checkpoint_save(struct mpi_runtime *rt, uint64_t at, const struct checkpoint_array *array, size_t n)
{
    struct checkpoint *c = &rt->checkpoint;
    char shown[256];
    double since = clock_now_s();
    int rc = look_for_signals(rt);
    lap(&since, &rt->phases.wait_s);
    if (rc == 0 && (at >= c->due || c->stopped_by))
        rc = write_checkpoint(rt, at, array, n);
    if (rc != 0)
        c->stopped_by = 0; /* it ends because of that, and nothing is there to go on with */
    if (!c->stopped_by)
        return rc;
    message_error("stopped by %s at %" PRIu64 " %s; go on with --restart %s", c->stopped_by == SIGTERM ? "SIGTERM" : "SIGUSR1", at,
                  c->unit, message_printable(c->own.file, shown, sizeof shown));
    return -EINTR; /* the same on all ranks, of which the lowest speaks */
}

/* --- the report --- */

int checkpoint_details(const struct mpi_runtime *rt, json_t *result)
{
    const struct checkpoint *c = &rt->checkpoint;
    if (!c->unit)
        return 0;
    json_t *more = json_pack("{s:s,s:I,s:i,s:f}", "unit", c->unit, "begun_at", (json_int_t)c->at, "written", (int)c->written, "bytes",
                             c->written ? c->bytes : 0);
    return more && json_object_set_new(result, "checkpoint", more) == 0 ? 0 : -ENOMEM;
}
