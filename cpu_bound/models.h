#ifndef PARKIT_MODELS_H
#define PARKIT_MODELS_H
/*
 * The concurrency models: five ways to have the same blocks computed, one file each. They differ in
 * who works and who decides to switch; the kernel and the answer are the same.
 *
 *   serial     one thread, in order                                     the base of every speed-up
 *   coop       one thread, tasks that hand over of their own will       model_coop.c
 *   threads    POSIX threads that take blocks from a dealer             model_threads.c
 *   processes  forked workers, results in shared memory                 model_processes.c
 *   openmp     a team, by a parallel loop or the workload's own pattern model_openmp.c
 */
#include "common/workload.h"

/**
 * models_run() - one run of @w in the model of @team: compute every block and join.
 *
 * @state: of the workload, after setup.
 * Returns 0 or a negative errno value after a message. A worker that fails stops the others at their
 * next piece. Not for two threads at once on one state.
 */
int models_run(const struct workload *w, void *state, struct team *team) __attribute__((warn_unused_result));

/**
 * models_run_openmp() - only compute the blocks [begin, end) by an OpenMP team; nothing is joined.
 *
 * @watch: NULL, or asked by the calling thread after each of its pieces whether to leave the rest: the value that is then
 *   returned, else 0. Not asked by workloads with a pattern of their own.
 */
struct watch {
    int (*look)(void *with);
    void *with;
};
int models_run_openmp(const struct workload *w, void *state, struct team *team, const struct blocks *b, size_t begin,
                      size_t end, const struct watch *watch) __attribute__((warn_unused_result));

/* The other models, the same way over all blocks. */
int models_run_coop(const struct workload *w, void *state, struct team *team, const struct blocks *b);
int models_run_threads(const struct workload *w, void *state, struct team *team, const struct blocks *b);
int models_run_processes(const struct workload *w, void *state, struct team *team, const struct blocks *b);

/** models_schedule() - the schedule in force: the team's, or what suits the blocks if that is AUTO. */
struct schedule models_schedule(const struct team *team, const struct blocks *b);

/* The blocks of one run, taken piece by piece by workers that share a dealer. */
struct piecework {
    const struct workload *w;
    void *state;
    struct dealer dealer;
};

/** models_piecework() - one worker's part: pieces until nothing is left or somebody failed. */
int models_piecework(void *piecework, unsigned worker);

/*
 * Workers for code that deals out its work by itself (race.c): each calls @work(context, worker) once,
 * bound to its place. A non-zero result of any is returned.
 */
int models_each_thread(struct team *team, int (*work)(void *context, unsigned worker), void *context);
int models_each_process(struct team *team, int (*work)(void *context, unsigned worker), void *context);

#endif
