#ifndef PARKIT_STUDY_H
#define PARKIT_STUDY_H
/*
 * The finished runs of a scaling study, wherever they come from: a study folder (plan.json and
 * runs.jsonl), a file of JSON lines, or a plain CSV of timings taken by any other means.
 */
#include "scaling/measure/record.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run {
    uint64_t threads, ranks, nodes; /* at least 1                                         */
    bool has_size, has_base_size;
    uint64_t size;                  /* total                                              */
    uint64_t base_size;             /* weak: what the size has grown from                 */
    enum run_state state;
    double seconds;                 /* positive and finite if the state is RUN_OK         */
    int64_t order;                  /* place in the sequence of runs; -1: unknown         */
    char *binding;                  /* cpus it was started on, a list; NULL: unknown      */
    char *affinity;                 /* cpu lists of its threads as seen while it ran      */

    /* NaN: unknown */
    double wall_s;                  /* from outside; the same as seconds unless those are */
    double program_s;               /* what the program says its main part took           */
    double fom;                     /* figure of merit                                    */
    double processor_s;             /* user + system                                      */
    double max_rss;                 /* bytes                                              */
    double mhz;                     /* mean clock of its cpus                             */
    double energy_j;
};

/** RUN_BLANK - of which nothing is known yet: one processor, ended well. */
#define RUN_BLANK ((struct run){ .threads = 1, .ranks = 1, .nodes = 1, .state = RUN_OK, .seconds = NAN, .order = -1, \
    .wall_s = NAN, .program_s = NAN, .fom = NAN, .processor_s = NAN, .max_rss = NAN, .mhz = NAN, .energy_j = NAN })

struct study {
    char *name;       /* what was read, as the caller named it                            */
    json_t *plan;     /* the object in plan.json; NULL: none                              */
    json_t *first;    /* the first record of runs.jsonl; NULL: read from CSV              */
    struct run *run;
    size_t n_runs, room;
    bool by_program;  /* seconds are what the program reports of its main part, not wall time */
    size_t torn;      /* lines of runs.jsonl that were cut off and ignored                */
};

/**
 * study_read() - read @path: a folder, a file, or "-" for stdin. What a file holds is told from its
 * first character: '{' begins JSON lines, anything else a CSV header.
 *
 * Returns 0; -EINVAL after a message with file and line, where the content is malformed or holds no
 * runs; -ENOENT, -EACCES and their like after a message; -ENOMEM. study_destroy() frees, accepts NULL.
 */
int study_read(const char *path, struct study **out) __attribute__((warn_unused_result));
void study_destroy(struct study *s);

/** study_use_program_time() - judge by the time that the program reports. 0, or -EINVAL after a message where a run
 *  that ended well has none. */
int study_use_program_time(struct study *s) __attribute__((warn_unused_result));

/** study_add() - append a copy of @run (its strings pass to the study). 0 or -ENOMEM. */
int study_add(struct study *s, const struct run *run) __attribute__((warn_unused_result));

/* One reader per format; 0 or a negative errno value after a message. @name is for messages. */
int study_read_jsonl(struct study *s, const char *path, const char *name) __attribute__((warn_unused_result));
int study_read_csv(struct study *s, const char *path, const char *name) __attribute__((warn_unused_result));

#endif
