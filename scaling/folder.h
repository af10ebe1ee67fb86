#ifndef PARKIT_FOLDER_H
#define PARKIT_FOLDER_H
/*
 * The folder of a study. Its lock lies on the folder itself, so it cannot be left behind, and every run
 * inherits it: a run that outlives a killed parkit-scale keeps others from measuring beside it.
 */
#include <jansson.h>

struct folder {
    char *path, *plan, *runs; /* the folder, its plan.json and runs.jsonl */
    int lock;                 /* -1: not held                             */
};

/** folder_name() - 0, or -EINVAL after a message; -ENOMEM. Touches nothing. folder_close() frees and unlocks. */
int folder_name(const char *path, struct folder *out) __attribute__((warn_unused_result));
void folder_close(struct folder *f);

/**
 * folder_check() - whether @plan can be run there: the folder is missing, empty, or holds the same study, or
 * another one of which no run is finished.
 *
 * @there: out, the plan in the folder, a new reference; NULL: none. 0, or -EINVAL after a message.
 */
int folder_check(const struct folder *f, const json_t *plan, json_t **there) __attribute__((warn_unused_result));

/** folder_open() - make what is missing and take the lock, for at most 5 s. 0, or -EACCES and the like after a message. */
int folder_open(struct folder *f) __attribute__((warn_unused_result));

/** folder_write_plan() - plan.json, whole or not at all, on the disk before it returns. 0, or a negative errno value after a message. */
int folder_write_plan(const struct folder *f, const json_t *plan) __attribute__((warn_unused_result));

/** folder_log() - the path of a run's log or the like in logs/, allocated. */
char *folder_log(const struct folder *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
