#ifndef PARKIT_MPI_DRIVERS_H
#define PARKIT_MPI_DRIVERS_H
/*
 * How a workload runs on the ranks. In one of three ways:
 *
 *   blocks       what falls into independent blocks needs nothing: blocks_mpi.c serves it.
 *   run          the state stands whole on every rank, and a driver of its own runs it; rank 0 ends with the
 *                answer and verifies it. Memory does not fall with more ranks: for small states only.
 *   distribute   each rank holds a part. The workload stays the same word with the same options and report, but
 *                with other functions: NAME_mpi_distribute() gets a copy of it and puts its own in their place. If it has
 *                blocks, blocks_mpi.c serves it, and each rank keeps its share of the slots (deliver.h).
 *
 * Of a distributed workload:
 *   bytes(p)     of one rank; p->runtime->ranks says how many share the problem (p->runtime is NULL for `list`:
 *                then as for one)
 *   setup(p)     collective; mpi_runtime_of(p->runtime) has the communicator. Each rank sets up its own part; it
 *                may call the runtime's agree(), as may all the others below
 *   prepare(), run(state, team)   collective; no run() where there are blocks
 *   verify()     collective; each rank checks its part, mpi_verdict() makes one verdict of it. Here, where no clock
 *                runs, what rank 0 reports is brought together: digest, answer, and what text() and details() need
 *   work(), answer(), digest(), details(), text()   on rank 0 only: what verify() has kept; they must not communicate
 *   write()      collective, where the workload has one
 *
 * A run() that takes long goes in pieces with checkpoints between them, as checkpoint.h says; the table of drivers.c has the
 * unit of its progress, and which of the workload's own options may be others at a restart.
 *
 * Each run() sets rt->phases and rt->traffic for the report (runtime.h).
 *
 * To add one: write mpi/NAME_mpi.c, its line in the table of drivers.c, and tests/e2e/mpi_NAME.sh.
 */
#include "common/harness.h"

struct mpi_runtime;

/* A driver: one run on all ranks. 0 or a negative errno value, agreed on by all ranks. */
typedef int mpi_driver(struct mpi_runtime *rt, const struct workload *w, void *state, struct team *team);

mpi_driver blocks_mpi_run; /* blocks_mpi.c: any workload with `blocks` */
mpi_driver race_mpi_run;   /* race_mpi.c                               */

/* Make @w, a copy of the workload as parkit-cpu has it, a distributed one. */
typedef void mpi_distribute(struct workload *w);

mpi_distribute bfs_mpi_distribute; /* bfs_mpi.c */
mpi_distribute cg_mpi_distribute; /* cg_mpi.c */
mpi_distribute ft_mpi_distribute;   /* ft_mpi.c   */
mpi_distribute is_mpi_distribute; /* is_mpi.c */
mpi_distribute mandelbrot_mpi_distribute; /* mandelbrot_mpi.c */
mpi_distribute mg_mpi_distribute; /* mg_mpi.c */
mpi_distribute sort_mpi_distribute;
mpi_distribute stream_mpi_distribute;
mpi_distribute matmul_mpi_distribute;

mpi_distribute heat_mpi_distribute; /* heat_mpi.c */
mpi_distribute nbody_mpi_distribute; /* nbody_mpi.c */

/**
 * drivers_offer() - @w as it runs on ranks, into @out.
 *
 * Returns false if it runs on one computer only: then parkit-mpi does not offer it.
 */
bool drivers_offer(const struct workload *w, struct workload *out);

/** drivers_accept() - accept() of the MPI runtime: what there is to checkpoint. */
int drivers_accept(struct runtime *rt, const struct workload *w, const struct params *p, uint64_t runs);

/** drivers_run() - run() of the MPI runtime, for workloads that drivers_offer() has made. */
int drivers_run(struct runtime *rt, const struct workload *w, void *state, struct team *team);

#endif
