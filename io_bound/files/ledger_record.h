#ifndef PARKIT_LEDGER_RECORD_H
#define PARKIT_LEDGER_RECORD_H
/* The lines of the ledger: how a record is written and read (ledger.h lists them). */
#include "io_bound/files/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_MAX = 1024 };

struct record {
    char kind;                   /* R D P C X S E                        */
    uint64_t run, key;
    bool durable;                /* D C                                  */
    uint64_t boot;               /* R                                    */
    uint64_t inode, size, mtime; /* D; mtime in nanoseconds              */
    uint64_t url;                /* P                                    */
    uint64_t begin, end;         /* C; S: end is the offset              */
    struct version version;      /* D P                                  */
};

/** record_sum() - 64-bit FNV-1a of @size bytes (Fowler, Noll, Vo; draft-eastlake-fnv), begun with @sum or RECORD_SUM. */
#define RECORD_SUM 0xcbf29ce484222325U
uint64_t record_sum(uint64_t sum, const void *bytes, size_t size);

/** record_format() - @r as a line break and a line into @out; returns its length. */
size_t record_format(const struct record *r, char out[RECORD_MAX]);

/** record_write() - lines that record_format() made, at the end of the file @fd in one write(2). 0 or a negative errno value. */
int record_write(int fd, const char *lines, size_t length) __attribute__((warn_unused_result));

/** record_parse() - a line of @length bytes without its break. false: torn, or not a record. */
bool record_parse(const char *line, size_t length, struct record *r);

#endif
