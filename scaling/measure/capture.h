#ifndef PARKIT_CAPTURE_H
#define PARKIT_CAPTURE_H
/*
 * Where the measured command's output goes: straight into a file, never through a pipe of ours, so
 * that measuring does not slow it down. Output that must be searched but was not to be kept goes
 * into a nameless temporary file and is shown once the command has ended.
 */
#include <stdbool.h>

struct capture {
    int stdout_fd, stderr_fd; /* give these to the command                                    */
    int kept_fd;              /* a file that can be read again; -1 if the output is not kept  */
    bool replay;              /* whether kept output is still to be shown                     */
};

struct capture_request {
    const char *log;  /* file to keep the output in, replaced if it exists; NULL: none        */
    bool quiet;       /* without a log: the output is not shown                               */
    bool searched;    /* it must be readable afterwards                                       */
    bool to_stderr;   /* show the command's stdout on stderr: our stdout carries the result   */
};

/** capture_open() - 0, or a negative errno value after a message that names the file. */
int capture_open(const struct capture_request *request, struct capture *out) __attribute__((warn_unused_result));

/** capture_close() - show what is still to be shown, free. 0, or a negative errno value. */
int capture_close(const struct capture_request *request, struct capture *c);

#endif
