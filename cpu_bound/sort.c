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
#include "cpu_bound/sort_outcome.h"
#include "cpu_bound/sort_share.h"
#include "cpu_bound/sort_team.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BEYOND_CACHES = 4 << 20 }; /* words: from here on (32 MiB an array) memory, not caches, is the limit */

static const struct option_spec own_options[] = {
    { 'd', "distribution", "NAME", OPTION_CHOICE, offsetof(struct sort_options, distribution), "uniform", 0, 0,
      sort_distribution_names, "what the keys look like" },
    { 0, "distinct", "N", OPTION_UINT, offsetof(struct sort_options, distinct), "16", 1, 1e12, NULL,
      "keys that distribution few draws from" },
    { 0, "payload", NULL, OPTION_FLAG, offsetof(struct sort_options, payload), NULL, 0, 0, NULL,
      "sort records of a key and a 64-bit payload" },
    { 0 },
};

struct sort {
    struct sort_outcome outcome; /* first: answer(), text() and details() need no more */
    struct sorter *sorter;
    uint64_t *input;
    struct team *team;
};

static double sort_bytes(const struct params *p)
{
    size_t words = sort_outcome_asked(p).in.words;
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

static int sort_setup(const struct params *p, void **state)
{
    struct sort *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->outcome = sort_outcome_asked(p);
    const struct sort_input *in = &s->outcome.in;
    s->team = p->team;
    s->input = array_alloc(in->n * in->words, sizeof *s->input);
    int rc = s->input ? sorter_create(in->n, in->words, p->isa, p->team, NULL, &s->sorter) : -ENOMEM;
    if (rc != 0) {
        sort_teardown(s);
        return rc;
    }
    s->outcome.checksum = sort_share_fill(in, &(struct sort_share){ 0, in->n, s->input }, p->team);
    *state = s;
    return 0;
}

static int sort_run(void *state, struct team *team)
{
    struct sort *s = state;
    sorter_run(s->sorter, team, s->input);
    return 0;
}

static void keep_result(struct sort *s, const struct sort_share *all, uint64_t *digest)
{
    struct sort_outcome *o = &s->outcome;
    size_t words = o->in.words;
    sort_share_digests(all, words, s->team, digest);
    o->digest = digest_join(digest, blocks_count(o->in.n, SORT_BLOCK));
    o->least = all->record[0];
    o->median = all->record[o->in.n / 2 * words];
    o->greatest = all->record[(o->in.n - 1) * words];
}

/*
 * Order and the checksum prove the keys. With a payload, the index of the record in the input, they are proved without
 * a hash: each pair is one of the input's, and no pair is there twice, for equal keys have ascending payloads.
 */
static int sort_verify(void *state, char *why, size_t why_len)
{
    struct sort *s = state;
    const struct sort_input *in = &s->outcome.in;
    struct sort_share all = { 0, in->n, s->sorter->result };
    uint64_t sum, *digest = calloc(blocks_count(in->n, SORT_BLOCK), sizeof *digest);
    if (!digest)
        return -ENOMEM;
    keep_result(s, &all, digest);
    int rc = sort_share_check(in, &all, NULL, s->team, &sum, why, why_len);
    if (rc == 0)
        rc = sort_checksum_check(sum, s->outcome.checksum, why, why_len);
    free(digest);
    return rc;
}

/* --- what to say of it: from the outcome alone --- */

static double sort_work(const void *state)
{
    const struct sort_outcome *s = state;
    return (double)s->in.n;
}

static uint64_t sort_digest(const void *state)
{
    const struct sort_outcome *s = state;
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
    const struct sort_outcome *s = state;
    return hexadecimal(s->checksum);
}

static int add_limit(const struct sort_outcome *s, json_t *result)
{
    double words = (double)s->in.words, rate = json_number_value(json_object_get(result, "rate"));
    if (!s->team || words * (double)s->in.n < BEYOND_CACHES || rate == 0)
        return 0;
    return limit_report(result, "memory bandwidth", "B", limit_bandwidth(s->team, s->isa),
                        5 * words * sizeof(uint64_t) * rate);
}

static int sort_details(const void *state, json_t *result)
{
    const struct sort_outcome *s = state;
    json_t *own = json_pack("{s:s,s:b,s:b,s:o,s:o,s:o}", "distribution", sort_distribution_names[s->in.distribution],
                            "payload", s->in.words == 2, "stable", 1, "least_key", hexadecimal(s->least), "median_key",
                            hexadecimal(s->median), "greatest_key", hexadecimal(s->greatest));
    int rc = own && json_object_update(result, own) == 0 ? 0 : -ENOMEM;
    json_decref(own);
    return rc == 0 ? add_limit(s, result) : rc;
}

static void sort_text(const void *state, char *out, size_t size)
{
    const struct sort_outcome *s = state;
    snprintf(out, size, "%" PRIu64 " %s %s in order: %" PRIx64 " (least), %" PRIx64 " (median), %" PRIx64 " (greatest)",
             s->in.n, sort_distribution_names[s->in.distribution], s->in.words == 2 ? "records" : "keys", s->least,
             s->median, s->greatest);
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
    .own_size = sizeof(struct sort_options),
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
