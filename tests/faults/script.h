#ifndef PARKIT_FAULTS_SCRIPT_H
#define PARKIT_FAULTS_SCRIPT_H
/*
 * What the server does to a request stands in the first segment of its path: words between commas, and a step for each
 * successive request of that path between semicolons (the last step holds for all that follow):
 *
 *     /size=1000,cut=500;v=2,etag=none/NAME      first half of version 1, then the whole of version 2 without ETag
 *
 * Values may have %XX. `fault_server --help` lists the words.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPT_STEP_MAX = 4096, SCRIPT_MANY = 8 };

/* How a request for a range is answered. */
enum range_mode {
    RANGE_OK,           /* as RFC 9110 has it, If-Range too                      */
    RANGE_IGNORE,       /* 200 with everything                                   */
    RANGE_SHIFT,        /* 206 that begins one byte late, and says so            */
    RANGE_MULTIPART,    /* 206 as multipart/byteranges                           */
    RANGE_416,          /* 416 with the length                                   */
    RANGE_416_BARE,     /* 416 without                                           */
    RANGE_404,          /* the file is gone                                      */
    RANGE_NO_IF_RANGE,  /* 200 whenever If-Range is there, whatever it says      */
};

struct many {
    const char *value[SCRIPT_MANY];
    size_t n;
};

struct step {
    uint64_t size, version;
    const char *etag;     /* without quotes; NULL: "vVERSION"; "none": no ETag */
    const char *modified; /* Last-Modified, this many seconds ago; NULL: none  */
    bool weak;
    uint64_t status;      /* 0: 200, 206 or 416, as it comes                   */
    const char *to;       /* Location; "self": this same URL                   */
    const char *retry_after, *retry_date; /* the second: so many seconds from now, as a date */
    struct many headers;  /* further lines                                     */
    struct many wrong;    /* bytes at these places of the file are not what they should be */
    struct many lengths;  /* Content-Length as told; "none": no such line      */
    const char *range;
    bool chunked, bad_chunk, endless, rst, no_notify, empty, silent, quit, reset_next, tunnel;
    uint64_t cut, stall, extra, piece, drip_ms, flood, interim; /* cut, stall: UINT64_MAX: not */
    const char *type;     /* Content-Type */
    const char *page;     /* this text instead of the file */
    char text[SCRIPT_STEP_MAX]; /* what the pointers above point into */
};

/**
 * script_step() - step @index (from 0; beyond the last: the last) of the script of @length bytes.
 * @word: out; on failure the word that is not known. Returns 0 or -EINVAL.
 */
int script_step(const char *script, size_t length, size_t index, struct step *step, const char **word);

/**
 * script_plain() - some clients (wget2) escape '=', ',' and ';' too: the script without their escapes into @out; false: it has none.
 * Such clients cannot send a script that has these characters inside values.
 */
bool script_plain(const char *script, size_t length, char out[SCRIPT_STEP_MAX]);

/** script_range() - the mode that step->range names (RANGE_OK where it names none). */
enum range_mode script_range(const struct step *step);

extern const char script_help[];

#endif
