#ifndef PARKIT_ASK_H
#define PARKIT_ASK_H
/* What the next attempt at a file asks the server for, and what the answer can mean. Plain data. */
#include "io_bound/files/version.h"

/* What a request asks for. */
enum ask_kind {
    ASK_WHOLE,   /* the file, from its first byte                       */
    ASK_RANGE,   /* bytes [begin, end) of it                            */
    ASK_FINISH,  /* nothing: all of it is there, to be checked and named */
    ASK_NOTHING, /* nothing: others do what is left to do               */
};

struct ask {
    enum ask_kind kind;
    uint64_t begin, end;
    bool first;             /* ASK_RANGE: nothing is known yet, the answer tells          */
    bool anew;              /* an earlier attempt of this run left what must be given up   */
    bool plain;             /* without If-Range: this server is better asked so            */
    bool shared;            /* other requests write to the same temporary file              */
    bool by_hash;           /* hashes of the list prove what belongs together, not the version */
    uint64_t there;         /* how many bytes of the file are there, for the progress bars  */
    struct version version; /* of the bytes that are there; has_total but for the first    */
};

/* What an answer to a request for a range means for the bytes that are there. */
enum range_verdict {
    RANGE_GOOD,    /* here come the bytes that were asked for                               */
    RANGE_WHOLE,   /* here comes the whole file, from its first byte: begin anew with it    */
    RANGE_PLAIN,   /* ask again without If-Range                                            */
    RANGE_RESTART, /* what is there is of another version: begin anew                       */
    RANGE_NEVER,   /* begin anew, and ask this server for no range again                    */
    RANGE_REFUSED, /* no range at all: an error, as response_admit() describes it           */
};

#endif
