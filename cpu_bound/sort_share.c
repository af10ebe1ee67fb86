#include "cpu_bound/sort_share.h"

#include "common/blocks.h"
#include "common/digest.h"
#include "common/openmp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Block @block of a share, as a share. */
static struct sort_share piece(const struct sort_share *share, size_t words, size_t block)
{
    uint64_t n = share->end - share->begin;
    uint64_t begin = blocks_edge(n, SORT_BLOCK, block), end = blocks_edge(n, SORT_BLOCK, block + 1);
    return (struct sort_share){ share->begin + begin, share->begin + end, share->record + begin * words };
}

static size_t pieces(const struct sort_share *share)
{
    return blocks_count(share->end - share->begin, SORT_BLOCK);
}

static uint64_t hash(const struct sort_share *share, size_t words)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < share->end - share->begin; i++)
        sum += sort_input_hash(share->record[i * words]);
    return sum;
}

uint64_t sort_share_fill(const struct sort_input *in, const struct sort_share *share, struct team *team)
{
    uint64_t sum = 0;
#pragma omp parallel default(none) shared(in, share, team) reduction(+ : sum) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        /* static: a worker's contiguous part of the input is near it */
#pragma omp for schedule(static)
        for (size_t b = 0; b < pieces(share); b++) {
            struct sort_share mine = piece(share, in->words, b);
            sort_input_fill(in, mine.begin, mine.end, mine.record);
            sum += hash(&mine, in->words);
        }
    }
    return sum;
}

/* --- the check --- */

/* What one piece of the result shows. */
struct finding {
    const char *fault; /* NULL: none */
    uint64_t at, key;  /* the record */
    uint64_t sum;      /* of the hashes of its keys */
};

/* What is wrong with @record behind @before; NULL: nothing. */
static const char *fault_of(const struct sort_input *in, const uint64_t *record, const uint64_t *before)
{
    if (in->words == 2 && (record[1] >= in->n || sort_input_key(in, record[1]) != record[0]))
        return "does not have the payload of its key";
    if (!before)
        return NULL;
    if (before[0] > record[0])
        return "is less than the one before";
    if (in->words == 2 && before[0] == record[0] && before[1] >= record[1])
        return "and the equal one before have changed their order";
    return NULL;
}

static struct finding look_at(const struct sort_input *in, const struct sort_share *piece, const uint64_t *before)
{
    struct finding f = { .sum = hash(piece, in->words), .at = piece->begin };
    for (const uint64_t *record = piece->record; f.at < piece->end; f.at++, before = record, record += in->words)
        if ((f.fault = fault_of(in, record, before))) {
            f.key = record[0];
            break;
        }
    return f;
}

static int judge(const struct finding *f, size_t n, uint64_t *sum, char *why, size_t why_len)
{
    *sum = 0;
    for (size_t b = 0; b < n; b++) {
        *sum += f[b].sum;
        if (f[b].fault) {
            snprintf(why, why_len, "record %" PRIu64 ", key %016" PRIx64 ", %s", f[b].at, f[b].key, f[b].fault);
            return -EDOM;
        }
    }
    return 0;
}

int sort_share_check(const struct sort_input *in, const struct sort_share *share, const uint64_t *before, struct team *team,
                     uint64_t *sum, char *why, size_t why_len)
{
    size_t n = pieces(share), words = in->words;
    struct finding *f = calloc(n + 1, sizeof *f);
    unsigned threads = team->threads;
    if (!f)
        return -ENOMEM;
    /* static: pieces cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(in, share, before, f, n, words) num_threads(threads) schedule(static)
    for (size_t b = 0; b < n; b++) {
        struct sort_share mine = piece(share, words, b);
        f[b] = look_at(in, &mine, b == 0 ? before : mine.record - words);
    }
    int rc = judge(f, n, sum, why, why_len);
    free(f);
    return rc;
}

int sort_checksum_check(uint64_t sum, uint64_t input, char *why, size_t why_len)
{
    if (sum == input)
        return 0;
    snprintf(why, why_len, "the keys are not those of the input: checksum %016" PRIx64 ", not %016" PRIx64, sum, input);
    return -EDOM;
}

void sort_share_digests(const struct sort_share *share, size_t words, struct team *team, uint64_t *digest)
{
    unsigned threads = team->threads;
    /* static: pieces cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(share, words, digest) num_threads(threads) schedule(static)
    for (size_t b = 0; b < pieces(share); b++) {
        struct sort_share mine = piece(share, words, b);
        digest[b] = digest_bytes(mine.record, (mine.end - mine.begin) * words * sizeof *mine.record);
    }
}
