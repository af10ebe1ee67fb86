#ifndef PARKIT_LEDGER_H
#define PARKIT_LEDGER_H
/*
 * What a run has brought about, so that the same command goes on where an earlier one was ended, by
 * kill -9 too: a journal ".parkit-get.ledger" in the output folder. It is made when there is first
 * something to remember, and removed when a run ends with everything in place.
 *
 * One record a line: "SUM KIND<TAB>field<TAB>...", SUM being the 64-bit FNV-1a hash of the rest. A
 * record is a line break and the line, written by one write(2) (O_APPEND), alone or with others, so a torn one spoils no
 * other, and one whose sum is wrong is ignored. An entry is known by a key: the hash of its URLs, output and
 * everything expected of it, so what is remembered of another URL at the same place is not taken up.
 *
 *   R run boot                                a run began, during this boot of this machine
 *   D run key durable inode size mtime etag modified   the temporary file with this identity is complete and
 *                                             right; written before it gets its name, which changes none of these
 *   P run key url total etag modified strong  a version of which some bytes will be kept in the temporary file
 *   C run key durable begin end               these bytes of it are written
 *   X run key                                 the temporary file is given up
 *   S run offset                              everything recorded before this offset is on disk
 *   E run                                     the run ended with everything in place
 *
 * What was written without being synced survives the end of a process but not of the machine: such
 * records hold only during the same boot (proc(5): boot_id), durable ones always.
 *
 * All functions are thread-safe. Worker processes append to the same file; what they append is read
 * by the next run only.
 */
#include "io_bound/lists/entry.h"
#include "io_bound/files/spans.h"
#include "io_bound/files/tree.h"
#include "io_bound/files/version.h"

#include <sys/stat.h>

#define LEDGER_NAME ".parkit-get.ledger"

struct ledger;

/**
 * ledger_open() - read what earlier runs left in the folder. @keep_versions: when the run has ended
 * with everything in place, remember the versions of its files (--conditional).
 * 0, or a negative errno value after one message.
 */
int ledger_open(const struct tree *tree, bool keep_versions, struct ledger **out) __attribute__((warn_unused_result));
void ledger_close(struct ledger *l); /* accepts NULL; leaves the file as it is */

/** ledger_key() - by which @entry is known. */
uint64_t ledger_key(const struct entry *entry);

/** ledger_mark() - leave a mark of this run, whatever becomes of it: something of it may stay. 0 or a negative errno value. */
int ledger_mark(struct ledger *l) __attribute__((warn_unused_result));

/** ledger_has_past() - whether an earlier run left its mark, and so perhaps temporary files. */
bool ledger_has_past(const struct ledger *l);

/* --- finished files --- */

/* Records that go into the ledger in one write(2), for who finishes many files at once. All 0: empty. Not thread-safe. */
enum { LEDGER_BATCH_BYTES = 16 * 1024 };
struct ledger_batch {
    int rc; /* why some could not be written */
    size_t fill;
    char lines[LEDGER_BATCH_BYTES];
};

/**
 * ledger_done() - @temporary (its name apart, the file with this identity) is complete and right. 0 or a negative errno value.
 * @batch: NULL: recorded at once; else ledger_write() records it.
 */
int ledger_done(struct ledger *l, uint64_t key, const struct stat *temporary, bool durable, const struct version *version,
                struct ledger_batch *batch) __attribute__((warn_unused_result));

/** ledger_write() - write what was gathered in @batch, and empty it. 0 or a negative errno value: then none of it counts as recorded. */
int ledger_write(struct ledger *l, struct ledger_batch *batch) __attribute__((warn_unused_result));

enum ledger_file {
    LEDGER_UNKNOWN, /* nothing is known of a file with this identity           */
    LEDGER_CURRENT, /* a run that has not ended in order finished it           */
    LEDGER_EARLIER, /* a run that has ended in order finished it               */
};

/** ledger_find() - what is known of a file with the identity @file; @version: its version, if anything is. */
enum ledger_file ledger_find(struct ledger *l, uint64_t key, const struct stat *file, struct version *version);

/** ledger_has() - whether ledger_find() could know anything under @key: spares looking for the file. */
bool ledger_has(struct ledger *l, uint64_t key);

/* --- unfinished files --- */

/* What is there of a file under its temporary name. */
struct partial {
    uint64_t url; /* ledger_url() of the URL that it came from */
    struct version version;
    struct spans spans;
};

uint64_t ledger_url(const char *url);

/**
 * ledger_partial() - what an earlier run left of the entry under @key; true if anything.
 * @out: its spans are the caller's to free.
 */
bool ledger_partial(struct ledger *l, uint64_t key, struct partial *out);

/** ledger_begin() - bytes of @version from @url will be kept; what was known under @key is forgotten. */
int ledger_begin(struct ledger *l, uint64_t key, const char *url, const struct version *version)
    __attribute__((warn_unused_result));

/** ledger_claim() - [begin, end) is written; @durable: and on disk. */
int ledger_claim(struct ledger *l, uint64_t key, uint64_t begin, uint64_t end, bool durable)
    __attribute__((warn_unused_result));

/** ledger_drop() - the temporary file is given up. */
int ledger_drop(struct ledger *l, uint64_t key) __attribute__((warn_unused_result));

/* --- the whole --- */

/** ledger_position() - for ledger_synced(): take it before the sync. */
uint64_t ledger_position(struct ledger *l);

/** ledger_synced() - everything recorded before @position is on disk. */
int ledger_synced(struct ledger *l, uint64_t position) __attribute__((warn_unused_result));

/**
 * ledger_finish() - the run ends. @in_order: with everything in place, so that nothing of it need be
 * remembered, but for versions. @alone: no other run uses the folder, so the file may be rewritten, or
 * removed where it has nothing to remember. 0 or a negative errno value.
 */
int ledger_finish(struct ledger *l, bool in_order, bool alone) __attribute__((warn_unused_result));

#endif
