#ifndef PARKIT_ORPHANS_H
#define PARKIT_ORPHANS_H
/* End what a command left running: daemons, lost workers, background jobs of a shell. */

/** orphans_adopt() - from now on descendants that lose their parent become children of this process. */
void orphans_adopt(void);

/**
 * orphans_end() - end every child of this process, and its children as they are adopted.
 *
 * @grace_s: SIGTERM first, SIGKILL after so many seconds. Returns the number of signals sent: 0 means
 * that nothing was left. Afterwards this process has no children. SIGCHLD must be blocked.
 */
unsigned orphans_end(double grace_s);

#endif
