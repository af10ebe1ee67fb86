/*
 * sort: n 64-bit keys, or keys with a payload, into ascending order; stable. The pattern is redistribution: every
 * record moves to a place that depends on all the others.
 *
 * A radix sort from the top digit (sort_team.c) with leaves from the low digit (sort_isa.c). The input is kept: each
 * run sorts it anew, its first pass reading the input and writing the result array, so that no copy is timed or needed.
 *
 * Work: n keys. Limit: memory bandwidth. Spread evenly, each record is read to be counted, read and written to be
 * scattered, read and written to be sorted in its leaf: 5 n words of memory, 10 n with a payload.
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/sort_input.h"
#include "cpu_bound/sort_team.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BLOCK = 1 << 20,         /* records: the pieces of the digest                                    */
    BEYOND_CACHES = 4 << 20, /* words: from here on (32 MiB an array) memory, not caches, is the limit */
};

struct own {
    int distribution;
    uint64_t distinct;
    bool payload;
};

static const struct option_spec own_options[] = {
    { 'd', "distribution", "NAME", OPTION_CHOICE, offsetof(struct own, distribution), "uniform", 0, 0,
      sort_distribution_names, "what the keys look like" },
    { 0, "distinct", "N", OPTION_UINT, offsetof(struct own, distinct), "16", 1, 1e12, NULL,
      "keys that distribution few draws from" },
    { 0, "payload", NULL, OPTION_FLAG, offsetof(struct own, payload), NULL, 0, 0, NULL,
      "sort records of a key and a 64-bit payload" },
    { 0 },
};

struct sort {
    struct sort_input in;
    struct sorter *sorter;
    uint64_t *input;
    struct team *team;
    uint64_t checksum;  /* of the keys of the input  */
    uint64_t digest;    /* of the result, by verify() */
};

static double sort_bytes(const struct params *p)
{
    const struct own *own = p->own;
    size_t words = own->payload ? 2 : 1;
    return (double)p->size * (double)words * sizeof(uint64_t) + sorter_bytes((double)p->size, words);
}

static void sort_teardown(void *state)
{
    struct sort *s = state;
    if (!s)
        return;
    sorter_destroy(s->sorter);
    free(s->input);
    free(s);
}

static uint64_t hash_block(const struct sort *s, const uint64_t *record, uint64_t begin, uint64_t end)
{
    uint64_t sum = 0;
    for (uint64_t i = begin; i < end; i++)
        sum += sort_input_hash(record[i * s->in.words]);
    return sum;
}

static uint64_t edge(const struct sort *s, size_t block)
{
    return blocks_edge(s->in.n, BLOCK, block);
}

static void fill(struct sort *s)
{
    struct team *team = s->team;
    uint64_t sum = 0;
#pragma omp parallel default(none) shared(s, team) reduction(+ : sum) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        /* static: a worker's contiguous share of the input is near it */
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks_count(s->in.n, BLOCK); b++) {
            sort_input_fill(&s->in, edge(s, b), edge(s, b + 1), s->input);
            sum += hash_block(s, s->input, edge(s, b), edge(s, b + 1));
        }
    }
    s->checksum = sum;
}

static int sort_setup(const struct params *p, void **state)
{
    const struct own *own = p->own;
    struct sort *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->in = (struct sort_input){ .distribution = (enum sort_distribution)own->distribution, .n = p->size, .seed = p->seed,
                                 .distinct = own->distinct, .words = own->payload ? 2 : 1 };
    s->team = p->team;
    s->input = array_alloc(s->in.n * s->in.words, sizeof *s->input);
    int rc = s->input ? sorter_create(s->in.n, s->in.words, p->isa, p->team, &s->sorter) : -ENOMEM;
    if (rc != 0) {
        sort_teardown(s);
        return rc;
    }
    fill(s);
    *state = s;
    return 0;
}

static int sort_run(void *state, struct team *team)
{
    struct sort *s = state;
    sorter_run(s->sorter, team, s->input);
    return 0;
}

/* --- the check --- */

/* What one block of the result shows. */
struct finding {
    const char *fault; /* NULL: none */
    uint64_t at;       /* the record */
    uint64_t sum;      /* of the hashes of its keys */
    uint64_t digest;
};

/* What is wrong with record @i; NULL: nothing. */
static const char *fault_at(const struct sort *s, uint64_t i)
{
    const uint64_t *record = s->sorter->result + i * s->in.words;
    if (s->in.words == 2 && (record[1] >= s->in.n || sort_input_key(&s->in, record[1]) != record[0]))
        return "does not have the payload of its key";
    if (i == 0)
        return NULL;
    const uint64_t *before = record - s->in.words;
    if (before[0] > record[0])
        return "is less than the one before";
    if (s->in.words == 2 && before[0] == record[0] && before[1] >= record[1])
        return "and the equal one before have changed their order";
    return NULL;
}

static struct finding look_at(const struct sort *s, uint64_t begin, uint64_t end)
{
    const uint64_t *result = s->sorter->result;
    struct finding f = { .sum = hash_block(s, result, begin, end),
                         .digest = digest_bytes(result + begin * s->in.words, (end - begin) * s->in.words * sizeof *result) };
    for (f.at = begin; f.at < end; f.at++)
        if ((f.fault = fault_at(s, f.at)))
            break;
    return f;
}

static int judge(const struct sort *s, const struct finding *f, size_t blocks, char *why, size_t why_len)
{
    uint64_t sum = 0;
    for (size_t b = 0; b < blocks; b++) {
        sum += f[b].sum;
        if (f[b].fault) {
            snprintf(why, why_len, "record %" PRIu64 ", key %016" PRIx64 ", %s", f[b].at,
                     s->sorter->result[f[b].at * s->in.words], f[b].fault);
            return -EDOM;
        }
    }
    if (sum == s->checksum)
        return 0;
    snprintf(why, why_len, "the keys are not those of the input: checksum %016" PRIx64 ", not %016" PRIx64, sum, s->checksum);
    return -EDOM;
}

/*
 * Order and the checksum prove the keys. With a payload, the index of the record in the input, they are proved without
 * a hash: each pair is one of the input's, and no pair is there twice, for equal keys have ascending payloads.
 */
static int sort_verify(void *state, char *why, size_t why_len)
{
    struct sort *s = state;
    size_t blocks = blocks_count(s->in.n, BLOCK);
    struct finding *f = calloc(blocks, sizeof *f);
    uint64_t *digest = calloc(blocks, sizeof *digest);
    int rc = f && digest ? 0 : -ENOMEM;
    unsigned threads = s->team->threads;
    if (rc == 0) {
        /* static: blocks cost the same */
#pragma omp parallel for default(none) shared(s, f, digest, blocks) num_threads(threads) schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            f[b] = look_at(s, edge(s, b), edge(s, b + 1));
            digest[b] = f[b].digest;
        }
        s->digest = digest_join(digest, blocks);
        rc = judge(s, f, blocks, why, why_len);
    }
    free(digest);
    free(f);
    return rc;
}

/* --- what to say of it --- */

static double sort_work(const void *state)
{
    const struct sort *s = state;
    return (double)s->in.n;
}

static uint64_t sort_digest(const void *state)
{
    const struct sort *s = state;
    return s->digest;
}

/* As text: JSON's numbers do not hold 64 bits. */
static json_t *hexadecimal(uint64_t x)
{
    char text[DIGEST_TEXT_LEN];
    return json_string(digest_text(x, text));
}

static json_t *sort_answer(const void *state)
{
    const struct sort *s = state;
    return hexadecimal(s->checksum);
}

static uint64_t key_at(const struct sort *s, uint64_t i)
{
    return s->sorter->result[i * s->in.words];
}

static int add_limit(const struct sort *s, json_t *result)
{
    double words = (double)s->in.words, rate = json_number_value(json_object_get(result, "rate"));
    if (words * (double)s->in.n < BEYOND_CACHES || rate == 0)
        return 0;
    return limit_report(result, "memory bandwidth", "B", limit_bandwidth(s->team, s->sorter->isa),
                        5 * words * sizeof(uint64_t) * rate);
}

static int sort_details(const void *state, json_t *result)
{
    const struct sort *s = state;
    json_t *own = json_pack("{s:s,s:b,s:b,s:o,s:o,s:o}", "distribution", sort_distribution_names[s->in.distribution],
                            "payload", s->in.words == 2, "stable", 1, "least_key", hexadecimal(key_at(s, 0)), "median_key",
                            hexadecimal(key_at(s, s->in.n / 2)), "greatest_key", hexadecimal(key_at(s, s->in.n - 1)));
    int rc = own && json_object_update(result, own) == 0 ? 0 : -ENOMEM;
    json_decref(own);
    return rc == 0 ? add_limit(s, result) : rc;
}

static void sort_text(const void *state, char *out, size_t size)
{
    const struct sort *s = state;
    snprintf(out, size, "%" PRIu64 " %s %s in order: %" PRIx64 " (least), %" PRIx64 " (median), %" PRIx64 " (greatest)",
             s->in.n, sort_distribution_names[s->in.distribution], s->in.words == 2 ? "records" : "keys", key_at(s, 0),
             key_at(s, s->in.n / 2), key_at(s, s->in.n - 1));
}

const struct workload sort_workload = {
    .name = "sort",
    .summary = "64-bit keys, or keys with a payload, by a stable radix sort",
    .pattern = "redistribution",
    .size_is = "keys",
    .size_default = 100000000,
    .size_min = 1,
    .size_max = 1000000000000,
    .check = "order, and the sum of the hashed keys; with payload: each record is the input's, and stable",
    .work_unit = "keys",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .options = own_options,
    .own_size = sizeof(struct own),
    .bytes = sort_bytes,
    .setup = sort_setup,
    .run = sort_run,
    .verify = sort_verify,
    .work = sort_work,
    .answer = sort_answer,
    .digest = sort_digest,
    .details = sort_details,
    .text = sort_text,
    .teardown = sort_teardown,
};
