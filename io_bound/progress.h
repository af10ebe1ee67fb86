#ifndef PARKIT_PROGRESS_H
#define PARKIT_PROGRESS_H
/*
 * One line on the terminal, redrawn a few times a second by a thread of its own; with --progress-bars also one for each of the
 * largest files that are being fetched.
 */
#include "io_bound/session.h"

struct progress;

/** progress_wanted() - by option, else when standard error is a terminal. */
bool progress_wanted(const struct settings *settings);

/** progress_has_bars() - whether there are lines to be drawn over: by option, and only on a terminal that can. */
bool progress_has_bars(const struct settings *settings);

/** progress_start() - @s is borrowed until progress_end(). 0 or a negative errno value. */
int progress_start(struct session *s, struct progress **out) __attribute__((warn_unused_result));

/** progress_hide() - clear the line before a message; accepts NULL. Thread-safe. */
void progress_hide(struct progress *p);

/** progress_end() - clear the line for good; accepts NULL. */
void progress_end(struct progress *p);

#endif
