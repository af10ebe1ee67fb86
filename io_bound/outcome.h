#ifndef PARKIT_OUTCOME_H
#define PARKIT_OUTCOME_H
/* How one attempt to fetch one file ended. */
#include "io_bound/ask.h"
#include "io_bound/files/piece_check.h"
#include "io_bound/manners.h"

#include <stdbool.h>
#include <stdint.h>

enum outcome_kind {
    OUTCOME_PENDING,   /* it has not ended                                           */
    OUTCOME_DONE,      /* fetched, right, under its name                             */
    OUTCOME_KEPT,      /* was there and right                                        */
    OUTCOME_PLANNED,   /* would be fetched (--dry-run)                               */
    OUTCOME_PART,      /* a range of it is fetched, or there was none left to fetch  */
    OUTCOME_TRANSIENT, /* failed; may pass                                           */
    OUTCOME_PERMANENT, /* failed; asking this server again will not help             */
    OUTCOME_MISMATCH,  /* the size or a hash is wrong                                */
    OUTCOME_LOCAL,     /* this machine is at fault: disk, permission, memory         */
    OUTCOME_STOPPED,   /* given up because the run ends                              */
};

enum { OUTCOME_ERROR_LEN = 400 };

/* Plain data, so that a worker process can send it; only effective_url is apart. */
struct outcome {
    enum outcome_kind kind;
    bool halt;              /* OUTCOME_LOCAL that every file will meet: disk full         */
    bool verified;          /* a size or a hash was given, and all that were are right    */
    bool length_known;      /* the server announced the length                            */
    bool connection_failed; /* the next attempt needs a fresh connection                  */
    long http;              /* status, 0: none                                            */
    uint64_t bytes;         /* of content received                                        */
    enum range_verdict range; /* where a range was asked for and something else came      */
    bool fresh;             /* the temporary file is new: what was in it before is gone   */
    uint64_t kept_begin, kept_end; /* what this attempt left in the temporary file        */
    struct span wrong[PIECES_WRONG_MAX]; /* of which these are wrong, by the hashes of their pieces */
    size_t n_wrong;
    bool mended;            /* it was taken from the file that stood under the name        */
    struct version version; /* of what the answer is from                                 */
    uint64_t resumed_from;  /* bytes that an earlier run had left                         */
    double retry_after_s;   /* -1: not asked for                                          */
    enum manners_sign sign; /* what it showed of the server                               */
    char encoding[32];      /* Content-Encoding of the bytes, stored as sent; "": none    */
    char error[OUTCOME_ERROR_LEN];
    char *effective_url;    /* NULL: the URL asked for; else malloc'ed                    */
};

#endif
