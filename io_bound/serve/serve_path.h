#ifndef PARKIT_SERVE_PATH_H
#define PARKIT_SERVE_PATH_H
/*
 * What a path asks for:
 *
 *     /NAME            a file of the server's --size
 *     /bytes/N/NAME    a file of N bytes
 *     /list/N          N list lines for parkit-get, of the files f000000 and on, with size and sha256
 *     /status/CODE     an answer with that status
 *     /flaky/K/NAME    503 for the first K requests of this path, then the file
 *     /cut/NAME        the file, but the connection is closed half-way
 *
 * NAME may contain slashes.
 */
#include <stdint.h>

enum path_kind { PATH_FILE, PATH_LIST, PATH_STATUS, PATH_FLAKY, PATH_CUT, PATH_UNKNOWN };

struct path {
    enum path_kind kind;
    uint64_t number;  /* size of the file, lines, status, or requests that fail */
    const char *name; /* points into the text                                  */
};

/** path_parse() - @size: that of files whose path gives none. PATH_UNKNOWN: a bad number or no name. */
struct path path_parse(const char *text, uint64_t size);

#endif
