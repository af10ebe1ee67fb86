#ifndef PARKIT_TRANSFER_INTERNAL_H
#define PARKIT_TRANSFER_INTERNAL_H
/* What the files transfer*.c share; nobody else includes this. */
#include "io_bound/files/part.h"
#include "io_bound/files/piece_check.h"
#include "io_bound/response.h"
#include "io_bound/transfer.h"

struct transfer {
    struct session *session;
    enum transfer_wait wait;
    CURL *easy;
    struct part *part;
    struct hasher *hasher;
    struct job *job;
    struct rate *host_rate; /* NULL: none */
    struct active *active;  /* for the progress bars; NULL: none are drawn */
    struct response response;
    struct tls_end *tls_end; /* of the connection in use; NULL: in the clear */
    bool answered; /* the answer was judged; outcome.kind says how if it was refused */
    uint64_t discarded;
    uint64_t key;            /* of the entry in the ledger                                     */
    bool whole;              /* the file comes in order from its first byte to its last        */
    bool keepable;           /* what has come can be gone on with                              */
    bool noted;              /* the ledger knows the version of what is being written          */
    bool by_pieces;          /* the pieces are checked as they come                            */
    uint64_t end;            /* !whole: where the range ends                                   */
    uint64_t claimed;        /* the ledger knows of the bytes up to here                       */
    struct piece_check *pieces;
    struct curl_slist condition; /* a header line before those of the session                  */
    char condition_text[ETAG_MAX + 32];
    double resume_s;
    struct outcome outcome;
    char curl_error[CURL_ERROR_SIZE];
    void (*opened)(void *context, int fd);
    void *opened_context;
};

static inline const struct expect *transfer_expected(const struct transfer *t)
{
    return &t->job->entry->expect;
}

/* --- verdicts (transfer_answer.c); the first one stands --- */

void transfer_refuse(struct transfer *t, enum outcome_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* This machine's fault. Some of them every further file would meet, others pass. */
void transfer_refuse_local(struct transfer *t, int rc);

/* What is there of the file cannot be gone on with. */
void transfer_refuse_range(struct transfer *t, enum range_verdict verdict, const char *why);

/* A write or a look at the temporary file came to @rc. */
void transfer_refuse_writing(struct transfer *t, int rc);

/* The file is complete and right: its final name. */
bool transfer_commit(struct transfer *t, struct ledger_batch *batch); /* false: it is left to transfer_name() */

/* --- the answer and its content (transfer_answer.c) --- */

/* May the content be taken? Judged once: before its first byte, or at the end of an answer without content. */
bool transfer_admitted(struct transfer *t);

/* Some of the pieces that came are wrong. */
void transfer_refuse_pieces(struct transfer *t);

/* Bytes that were admitted. */
void transfer_take(struct transfer *t, const char *data, size_t size);

/* Write what has come, tell the ledger and the outcome of it. 0 or a negative errno value. */
int transfer_keep(struct transfer *t, uint64_t begin);

/* Tell the ledger of what is in the file by now; @all: however little. 0 or a negative errno value. */
int transfer_claim(struct transfer *t, bool all);

#endif
