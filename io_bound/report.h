#ifndef PARKIT_REPORT_H
#define PARKIT_REPORT_H
/*
 * What a run tells: JSON lines for programs (--json, --log), a message per failure and one line of
 * summary for people, and the exit code. With --fsync batch an entry is told as done only after the
 * files of its batch are on disk.
 */
#include "io_bound/get_options.h"
#include "io_bound/files/ledger.h"
#include "io_bound/outcome.h"
#include "io_bound/files/tree.h"
#include "io_bound/work.h"

struct report;

/** report_open() - @tree and @ledger are borrowed. 0, or a negative errno value after a message. */
int report_open(const struct settings *settings, struct tree *tree, struct ledger *ledger, struct report **out)
    __attribute__((warn_unused_result));

/** report_entry() - @job has come to its end with @outcome. Thread-safe. */
void report_entry(struct report *r, const struct job *job, const struct outcome *outcome);

struct report_counts {
    size_t done, kept, planned, failed;
    uint64_t bytes; /* received for entries that ended */
};
struct report_counts report_counts(struct report *r); /* thread-safe */

/**
 * report_close() - the last batch, the summary; frees @r.
 * @rc: how reading the lists and driving ended. Returns the exit code of the run, signals apart.
 */
int report_close(struct report *r, const struct settings *settings, struct work *work, int rc);

#endif
