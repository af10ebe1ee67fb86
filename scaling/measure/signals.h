#ifndef PARKIT_SIGNALS_H
#define PARKIT_SIGNALS_H
/* What a process that waits for a command must hear of: its end, and being told to end itself. */
#include <signal.h>

#define GRACE_S 2.0 /* seconds between the polite signal and SIGKILL */

/**
 * signals_block() - block SIGCHLD and those of SIGINT, SIGTERM, SIGHUP and SIGQUIT that are not ignored, so that
 * sigwaitinfo() can take them.
 *
 * @waited: out, the signals blocked. @before: out, the mask until now, for sigprocmask(SIG_SETMASK) at the end and
 * for the command. For programs of one thread: SIGCHLD gets its default action too. Source: POSIX.1-2017, sigwaitinfo.
 */
static inline void signals_block(sigset_t *waited, sigset_t *before)
{
    static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    signal(SIGCHLD, SIG_DFL); /* ignored by the caller, it would leave nothing to wait for */
    sigemptyset(waited);
    sigaddset(waited, SIGCHLD);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction now;
        if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) /* nohup, background jobs */
            sigaddset(waited, ending[i]);
    }
    sigprocmask(SIG_BLOCK, waited, before);
}

#endif
