#ifndef PARKIT_STOP_H
#define PARKIT_STOP_H
/*
 * SIGINT and SIGTERM end a run in order: no new file is begun, those in flight are given up and
 * their temporary files removed or kept for a later run. Another signal, a tenth of a second or
 * more later, ends the program at once.
 */

/** stop_install() - catch the signals, ignore SIGPIPE. Returns 0 or a negative errno value. */
int stop_install(void) __attribute__((warn_unused_result));

/** stop_signal() - the signal that came, or 0. Thread-safe. */
int stop_signal(void);

/** stop_fd() - a descriptor that is readable for ever once a signal came; for epoll. */
int stop_fd(void);

#endif
