/*
 * A parkit-mpi whose rank 1 spoils what it computes; tests/e2e/mpi_spoilt.sh builds it, with the functions below
 * wrapped by the linker.
 *
 *   SPOIL=count   is: a key is counted as another        SPOIL=chunk   ft: a value sent to another rank is wrong
 *   SPOIL=low     sort: a key is 0                       SPOIL=entry   matmul: an entry of C is wrong
 *   SPOIL=high    sort: a key is one higher              SPOIL=payload sort: a record has the payload of another
 *   SPOIL=tile    cg: an entry of the matrix is wrong    SPOIL=point   mg: a value of u is wrong from the beginning
 *   SPOIL=carry   is: nothing is wrong, but all counts overflow on all ranks, which the keys of IS never make them do
 *   SPOIL=joint   is: likewise, but only where tallies of several threads are joined (class S)
 */
#include "common/message.h"
#include "cpu_bound/nas/cg_system.h"
#include "cpu_bound/nas/is_kernel.h"
#include "cpu_bound/matmul_block.h"
#include "cpu_bound/nas/mg.h"
#include "cpu_bound/sort_team.h"
#include "cpu_bound/table.h"
#include "mpi/ft_exchange.h"
#include "mpi/program.h"

#include <stdlib.h>
#include <string.h>

bool __real_is_count(uint8_t *tally, _Atomic uint32_t *carry, const uint32_t *key, size_t n);
bool __wrap_is_count(uint8_t *tally, _Atomic uint32_t *carry, const uint32_t *key, size_t n);
int __real_ft_exchange_meet(struct ft_exchange *x);
int __wrap_ft_exchange_meet(struct ft_exchange *x);

void __real_sorter_finish(struct sorter *s, struct team *team, const struct sort_buckets *buckets);
void __wrap_sorter_finish(struct sorter *s, struct team *team, const struct sort_buckets *buckets);
void __real_matmul_block_slice(struct matmul_block *m, const double *a, size_t a_stride, const double *b, size_t b_stride,
                               size_t depth, int add);
void __wrap_matmul_block_slice(struct matmul_block *m, const double *a, size_t a_stride, const double *b, size_t b_stride,
                               size_t depth, int add);
int __real_cg_system_create(char class, enum isa isa, struct team *team, size_t rank, size_t ranks, struct cg_system *out);
int __wrap_cg_system_create(char class, enum isa isa, struct team *team, size_t rank, size_t ranks, struct cg_system *out);

void __real_mg_cycles(struct mg *g, struct team *team, unsigned from, unsigned to, enum mg_entry entry);
void __wrap_mg_cycles(struct mg *g, struct team *team, unsigned from, unsigned to, enum mg_entry entry);

static bool told(const char *word)
{
    const char *spoil = getenv("SPOIL");
    return spoil && strcmp(spoil, word) == 0;
}

static bool rank_1(void)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank == 1;
}

bool __wrap_is_count(uint8_t *tally, _Atomic uint32_t *carry, const uint32_t *key, size_t n)
{
    bool carried = __real_is_count(tally, carry, key, n);
    if (told("count") && rank_1()) {
        tally[key[n / 2]]--;
        tally[key[n / 2] + 1]++;
    }
    for (size_t i = 0; told("carry") && i < n; i++) {
        carried = true;
        atomic_fetch_add(&carry[key[i]], tally[key[i]]);
        tally[key[i]] = 0;
    }
    for (size_t v = 0; told("joint") && v < 2048; v++) { /* too much in the byte, as much too little in the carry */
        carried = true;
        tally[v] = (uint8_t)(tally[v] + 100);
        atomic_fetch_sub(&carry[v], 100);
    }
    return carried;
}

/* Of the first own family, what goes to the first tile of rank 0, or comes from it: before the ranks meet, since when it is read. */
int __wrap_ft_exchange_meet(struct ft_exchange *x)
{
    if (told("chunk") && rank_1())
        x->box.base[0] += 1;
    return __real_ft_exchange_meet(x);
}

/* What it leaves is the rank's part of the order. */
void __wrap_sorter_finish(struct sorter *s, struct team *team, const struct sort_buckets *buckets)
{
    __real_sorter_finish(s, team, buckets);
    if (!rank_1())
        return;
    if (told("low"))
        s->result[0] = 0;
    if (told("high"))
        s->result[(s->n - 1) * s->words]++;
    if (told("payload"))
        s->result[1]++;
}

/* Called by every thread of a team; at its end all have met. */
void __wrap_matmul_block_slice(struct matmul_block *m, const double *a, size_t a_stride, const double *b, size_t b_stride,
                               size_t depth, int add)
{
    __real_matmul_block_slice(m, a, a_stride, b, b_stride, depth, add);
#pragma omp master
    if (told("entry") && rank_1())
        m->c[0] += 1e-6;
}

void __wrap_mg_cycles(struct mg *g, struct team *team, unsigned from, unsigned to, enum mg_entry entry)
{
    const struct mg_extent *e = &g->levels.extent[g->levels.finest];
    if (told("point") && rank_1())
        mg_line(&g->levels.solution[from % 2], e->begin[MG_J] + 5, e->begin[MG_L] + 5)[g->levels.v.lead + 5] += 1e-3;
    __real_mg_cycles(g, team, from, to, entry);
}

int main(int argc, char **argv)
{
    message_init("spoilt");
    return mpi_program(cpu_workloads, argc, argv);
}

int __wrap_cg_system_create(char class, enum isa isa, struct team *team, size_t rank, size_t ranks, struct cg_system *out)
{
    int rc = __real_cg_system_create(class, isa, team, rank, ranks, out);
    if (rc == 0 && told("tile") && rank_1())
        out->tiles.value[out->tiles.n_values / 2] *= 1.001;
    return rc;
}
