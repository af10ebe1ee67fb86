#ifndef PARKIT_CREW_H
#define PARKIT_CREW_H
/*
 * Worker processes and the messages between them and the parent. A worker gets one job at a time, as
 * a list line, and sends back the outcome; each message is one packet of a SOCK_SEQPACKET socket.
 */
#include "io_bound/session.h"

#include <sys/types.h>

struct worker {
    pid_t pid;
    int fd;          /* the parent's end; -1: the worker is gone */
    struct job *job; /* what it is doing; NULL: nothing          */
};

/**
 * crew_fork() - fork a worker that performs jobs until its socket closes or SIGTERM comes.
 * Call before any thread is started and before libcurl is used. 0 or a negative errno value.
 */
int crew_fork(struct session *s, struct worker *w) __attribute__((warn_unused_result));

/** crew_send() - hand @job to an idle worker. 0 or a negative errno value: the worker is gone. */
int crew_send(struct worker *w, struct job *job) __attribute__((warn_unused_result));

/**
 * crew_receive() - read the outcome that a worker sent. The caller frees outcome->effective_url. A pending
 * one says that the worker has its connection.
 * 0; -EPIPE: the worker died, and @outcome says how (as a failure that may pass).
 */
int crew_receive(struct worker *w, struct outcome *outcome) __attribute__((warn_unused_result));

/** crew_connected() - in a worker: tell the parent that the job in work has its connection, as an outcome that is pending. */
void crew_connected(int parent_fd);

/** crew_dismiss() - close the worker's socket and wait for its end. */
void crew_dismiss(struct worker *w);

#endif
