#ifndef PARKIT_MACHINE_H
#define PARKIT_MACHINE_H
/*
 * What timings depend on beside the program, recorded with every study: processor and its settings,
 * topology, memory, system, load, the limits of a container; and the program itself, as far as it can
 * be told. What cannot be read is null.
 */
#include "scaling/plan/list.h"

#include <jansson.h>

/** machine_shape() - the cores, cpus, sockets and NUMA domains that the process may use. 0, or a negative errno value. */
int machine_shape(struct shape *out) __attribute__((warn_unused_result));

/** machine_json() - a new reference, NULL without memory. */
json_t *machine_json(const struct shape *shape);

/**
 * machine_program_json() - what @command runs: path, bytes, modified, compiler, libraries. Behind a launcher
 * (mpirun, srun, env, taskset, numactl, ...) the program that it launches. JSON null if it is not found.
 */
json_t *machine_program_json(char *const *command);

/** machine_revision() - the git revision of the current folder ("abc...", or "abc..., changed"), or JSON null. */
json_t *machine_revision(void);

/** machine_find() - the path of the file that @word runs, as execvp looks for it: allocated, NULL: none. */
char *machine_find(const char *word);

#endif
