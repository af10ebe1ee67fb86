#ifndef PARKIT_MEASURE_H
#define PARKIT_MEASURE_H
/*
 * Run one command once and measure it from outside: wall time, processor time, peak memory, context
 * switches, bytes moved, how it ended. Nothing that the command started stays behind.
 */
#include "scaling/measure/look.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

/* What to run. */
struct measure_request {
    char *const *command;  /* NULL-terminated; the first word is looked up in PATH             */
    double timeout_s;      /* end it after so long; 0: no limit                                */
    int stdout_fd;         /* what becomes the command's stdout and stderr; may be the same    */
    int stderr_fd;
    const int *cpu;        /* operating-system indices of the cpus it may use                  */
    size_t n_cpu;          /* 0: leave it where we are                                         */
};

enum { MEASURE_BINDING_LEN = 256 };

/* What was measured. Sums are over the command and all descendants that ended and were waited for. */
struct measure {
    double seconds;        /* wall, CLOCK_MONOTONIC, from just before the start to the end     */
    bool timed_out;
    int exit_code;         /* -1 if it was ended by a signal                                   */
    int signal;            /* 0 if it ended by itself                                          */
    struct rusage usage;
    bool has_io;           /* whether the four below could be read                             */
    long long bytes_read;      /* through read calls, whatever they read from                  */
    long long bytes_written;   /* through write calls                                          */
    long long storage_read;    /* fetched from storage                                         */
    long long storage_written; /* sent to storage                                              */
    char binding[MEASURE_BINDING_LEN]; /* the cpus it was started on, as a list: "0-3,8"       */
    struct look look;      /* taken 0.1 s and 1 s after the start, if it ran so long           */
};

/**
 * measure_run() - run @request, fill @out.
 *
 * The command leads a process group of its own; a terminal is not its stdin. At the time limit, and
 * when this process gets SIGINT, SIGTERM, SIGHUP or SIGQUIT (unless it ignores them), the group gets
 * SIGTERM (that signal) and two seconds later SIGKILL. Descendants that the command leaves running
 * are ended the same way, even those that made themselves sessions of their own.
 *
 * Returns 0; a positive signal number when this process was told to end by that signal (@out is
 * then not a measurement); -ENOENT, -EACCES, -ENOEXEC and their like when the command cannot be
 * started; another negative errno value. No message. One call at a time: it makes the process a
 * child subreaper and blocks signals meanwhile.
 */
int measure_run(const struct measure_request *request, struct measure *out) __attribute__((warn_unused_result));

#endif
