#ifndef PARKIT_PART_H
#define PARKIT_PART_H
/*
 * A file on its way: bytes are gathered, written under a temporary name beside the final one
 * (".NAME.part"), and the name is given by rename(2) when the file is complete and right. A small
 * file never gets a temporary name (whole_file.h) and costs few system calls: openat, write, fstat, linkat, close, and
 * its share of a write to the ledger; one that fails before PART_BUFFER bytes costs none.
 *
 * Several parts, also of several processes, may write different bytes of one file, and what one left
 * another may go on with.
 */
#include "io_bound/files/ledger.h"
#include "io_bound/files/tree.h"

#include <stddef.h>

enum { PART_BUFFER = 256 * 1024 }; /* libcurl delivers 16 KiB at a time; a write should be larger */

struct part;

/** part_create() - for one file at a time beneath @tree; both are borrowed. 0 or -ENOMEM. */
int part_create(struct tree *tree, struct ledger *ledger, enum fsync_policy policy, struct part **out)
    __attribute__((warn_unused_result));
void part_destroy(struct part *p); /* accepts NULL; an unfinished file is left as it is */

/**
 * part_begin() - the next bytes are the first of the file @out (borrowed until keep, commit or discard).
 * Touches nothing on disk.
 */
void part_begin(struct part *p, const char *out);

/** part_continue() - the next bytes belong at @position of the file, whose temporary file is there and @total bytes long. */
void part_continue(struct part *p, const char *out, uint64_t position, uint64_t total);

/** part_restart() - not so: they are the first of another version, for which a new temporary file is made. */
void part_restart(struct part *p);

/** part_announce() - the file will have @total bytes: room for them is reserved when it is opened. */
void part_announce(struct part *p, uint64_t total);

/**
 * part_add() - append. 0, or a negative errno value; -EEXIST: another run is fetching the file; -ENOENT:
 * what part_continue() counts on is not there.
 */
int part_add(struct part *p, const void *data, size_t size) __attribute__((warn_unused_result));

/** part_write() - write what was gathered. 0 or a negative errno value. */
int part_write(struct part *p) __attribute__((warn_unused_result));

/** part_position() - where the next byte belongs; part_written() - up to where they are in the file. */
uint64_t part_position(const struct part *p);
uint64_t part_written(const struct part *p);

/** part_open() - have the temporary file open. Its descriptor (for reading too) or a negative errno value. */
int part_open(struct part *p);

/** part_keep() - write what was gathered and leave the temporary file, with its whole length, for another attempt. 0 or a negative errno value. */
int part_keep(struct part *p) __attribute__((warn_unused_result));

/**
 * part_commit() - the file is right: note it in the ledger under @key, then give it its name.
 *
 * @version: borrowed until the file has its name. @batch: NULL, or where the ledger's record may go. Then PART_UNNAMED
 * may be returned: after ledger_write() the caller has part_name() name it.
 * 0, or a negative errno value and nothing is left.
 */
enum { PART_UNNAMED = 1 };
int part_commit(struct part *p, uint64_t key, const struct version *version, struct ledger_batch *batch)
    __attribute__((warn_unused_result));

/** part_name() - the second half of it. @recorded: what ledger_write() returned. 0, or a negative errno value and nothing is left. */
int part_name(struct part *p, int recorded) __attribute__((warn_unused_result));

/** part_discard() - remove what there is of it. */
void part_discard(struct part *p);

/**
 * part_adopt() - where the ledger says that the temporary file of @out is complete and right, or that
 * the file itself is, have it under its name. @version, @known: what the ledger says of the file that
 * bears the name by then. 0, or a negative errno value. Touches nothing if the ledger knows nothing.
 */
int part_adopt(struct part *p, const char *out, uint64_t key, struct version *version, enum ledger_file *known,
               uint64_t *size) __attribute__((warn_unused_result));

#endif
