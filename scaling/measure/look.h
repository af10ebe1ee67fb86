#ifndef PARKIT_LOOK_H
#define PARKIT_LOOK_H
/*
 * A look at a command while it runs: where its threads really may run, and how fast those cpus are
 * clocked. What a program was started on says little, for launchers and OpenMP bind on their own.
 */
#include <sys/types.h>

enum { LOOK_AFFINITY_LEN = 512 };

struct look {
    char affinity[LOOK_AFFINITY_LEN]; /* the distinct lists of cpus of its threads: "0 1"; "" unknown */
    double mhz;                       /* mean clock of the cpus in them; NaN unknown                  */
};

/**
 * look_at() - all threads of @pid and of its descendants, some microseconds each. What has been seen
 * before stays where nothing can be seen now. Cannot fail.
 */
void look_at(pid_t pid, struct look *look);

#endif
