#ifndef PARKIT_PUBLISH_H
#define PARKIT_PUBLISH_H
/* A report as files: each appears under its name only when it is complete. */
#include "scaling/show/show.h"

/**
 * publish_all() - write summary.csv, summary.json, report.md, report.html, the gnuplot script and, where
 * gnuplot is there, the pictures into @folder, which is made if it is missing.
 * 0, or a negative errno value after a message.
 */
int publish_all(const struct analysis *a, const char *folder) __attribute__((warn_unused_result));

#endif
