#ifndef PARKIT_OPENMP_H
#define PARKIT_OPENMP_H
/* omp.h where there is OpenMP; else the few calls the kit makes, as a team of one, so that files that
 * use them compile without it. */
#ifdef _OPENMP
#include <omp.h>
#else
typedef enum { omp_sched_static = 1, omp_sched_dynamic = 2, omp_sched_guided = 3 } omp_sched_t;
static inline int omp_get_thread_num(void) { return 0; }
static inline int omp_get_num_threads(void) { return 1; }
static inline void omp_set_schedule(omp_sched_t kind, int chunk) { (void)kind, (void)chunk; }
static inline int omp_get_num_places(void) { return 0; }
static inline int omp_get_place_num_procs(int place) { (void)place; return 0; }
static inline void omp_get_place_proc_ids(int place, int *ids) { (void)place, (void)ids; }
#endif
#endif
