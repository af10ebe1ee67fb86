#ifndef PARKIT_MPI_CHECKPOINT_H
#define PARKIT_MPI_CHECKPOINT_H
/*
 * --checkpoint FILE --every N, --restart FILE: the state of a run is kept on disk, so that a killed one can go on, on any
 * number of ranks and threads, and ends with the digest of an unbroken one.
 *
 * A workload tells what its state consists of: global arrays, and which part of each lies on this rank. Progress is
 * counted in the workload's own unit (steps, iterations, blocks; drivers.c). A run then looks so:
 *
 *     uint64_t at = checkpoint_begin(rt);
 *     int rc = at > 0 ? checkpoint_load(rt, end, arrays at `at`, n) : 0;
 *     while (rc == 0 && at < end) {
 *         uint64_t stop = checkpoint_next(rt, at, end);
 *         rc = steps from `at` to `stop`;
 *         at = stop;
 *         if (rc == 0 && at < end)
 *             rc = checkpoint_save(rt, at, arrays at `at`, n);
 *     }
 *
 * So a run goes in pieces, most of which end without a checkpoint (checkpoint_next()).
 *
 * What is cheap to compute again (tables, masses from the seed, a spectrum) need not be kept.
 *
 * The file (checkpoint_file.h) knows nothing of ranks. It is written beside FILE as FILE.part, collectively by MPI-IO,
 * made durable and renamed, so under FILE stands a whole checkpoint at any moment. A file that is damaged or is of
 * another run is refused with its reason, exit 2, before anything is written.
 */
#include "common/workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mpi_runtime;

enum { CHECKPOINT_AXES = 3 };

/* A global array of 64-bit words, row-major, and the box of it that lies on this rank. Boxes of ranks cover the array
 * without overlapping; name and size are the same on all ranks. Axes that are not used have size 1: {1, 1, n} is a vector. */
struct checkpoint_array {
    const char *name;
    size_t size[CHECKPOINT_AXES];
    bool everywhere;              /* every rank has all of it: the box is not looked at    */
    size_t begin[CHECKPOINT_AXES], end[CHECKPOINT_AXES]; /* half-open; may be empty        */
    void *word;                   /* the box's first word                                  */
    size_t stride[2];             /* words from plane to plane and from row to row there   */
};

/** checkpoint_vector() - @size words, of which [@begin, @end) lie here, at @word. */
struct checkpoint_array checkpoint_vector(const char *name, size_t size, size_t begin, size_t end, void *word);

/** checkpoint_common() - @size words at @word, the same on every rank. */
struct checkpoint_array checkpoint_common(const char *name, size_t size, void *word);

/** checkpoint_begin() - the progress that the run begins with: 0, or that of the checkpoint it is restarted from. */
uint64_t checkpoint_begin(const struct mpi_runtime *rt);

/**
 * checkpoint_next() - how far to go from @at before checkpoint_save(): @end, if there is none to be written before.
 *
 * Not farther than to where the ranks are to look whether they have been asked to stop, about every other second; the same on
 * all ranks.
 */
uint64_t checkpoint_next(struct mpi_runtime *rt, uint64_t at, uint64_t end);

/**
 * checkpoint_load() - collective: fill the @n arrays from the checkpoint. @end: the progress that the run is to reach.
 *
 * 0; -EINVAL where the checkpoint is refused; -ENOMEM, -EIO, -ECOMM; the same on all ranks, after a message.
 */
int checkpoint_load(struct mpi_runtime *rt, uint64_t end, const struct checkpoint_array *array, size_t n)
    __attribute__((warn_unused_result));

/**
 * checkpoint_save() - collective: the @n arrays, as they are at progress @at, become the checkpoint, if one is due, or a rank
 * has got SIGTERM or SIGUSR1, as batch systems send them before the time is up. Then the job ends, with 128 + the signal.
 *
 * 0; -EINTR where it is to end; -ENOMEM, -EIO, -ECOMM, or what the file system says (-ENOSPC, ...); the same on all ranks, after a message. On a failure
 * the checkpoint before stays as it is.
 */
int checkpoint_save(struct mpi_runtime *rt, uint64_t at, const struct checkpoint_array *array, size_t n)
    __attribute__((warn_unused_result));

/* --- for the runtime and the drivers --- */

struct checkpoint_options {
    const char *file, *restart;
    uint64_t every;
};

extern const struct option_spec checkpoint_option_table[];

struct checkpoint {
    struct checkpoint_options own;
    const char *unit;          /* what progress counts: "steps"                           */
    json_t *identity;          /* of this run: what a checkpoint must be of               */
    uint64_t at;               /* of the checkpoint that it is restarted from; 0: none    */
    json_t *header;            /* of that; rank 0 only, as are its sums                   */
    uint64_t *sum;
    uint64_t due;              /* the progress at which the next one is to be written     */
    uint64_t piece;            /* how far to go before the ranks look whether to stop     */
    double since;              /* when that began                                         */
    int stopped_by;            /* the signal, the same on all ranks; 0: none              */
    unsigned written;          /* checkpoints                                             */
    double bytes;              /* of the last one                                         */
};

/**
 * checkpoint_accept() - collective, once the command line is known: look whether the options go together and with the
 * workload, and open the checkpoint of a restart.
 *
 * @unit: what the workload's progress counts; NULL: it keeps no checkpoints. @may_change: names of its own options, with spaces
 * around each, that may be others at a restart, since they do not change the state at a given progress.
 * 0 or a negative errno value after a message, the same on all ranks.
 */
int checkpoint_accept(struct mpi_runtime *rt, const struct workload *w, const struct params *p, const char *unit,
                      const char *may_change, uint64_t runs) __attribute__((warn_unused_result));

/** checkpoint_details() - what was restarted and written, for the result. 0 or -ENOMEM. */
int checkpoint_details(const struct mpi_runtime *rt, json_t *result);

void checkpoint_free(struct checkpoint *c);

#endif
