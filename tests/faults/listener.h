#ifndef PARKIT_FAULTS_LISTENER_H
#define PARKIT_FAULTS_LISTENER_H
/* One port of the server, and a thread for each connection to it. */
#include "tests/faults/wire.h"

#include <stdatomic.h>

struct listener {
    const char *name;
    int fd;
    unsigned short port;
    SSL_CTX *tls;          /* NULL: in the clear                                       */
    const char *script;    /* of a proxy: for every request; NULL: the path has it     */
    int limit;             /* connections at once, further ones are reset; 0: any      */
    _Atomic int connections;
};

/** listener_open() - listen at @address (IPv4 or IPv6 loopback) on @port, 0: a free one. 0 or a negative errno value. */
int listener_open(struct listener *l, const char *address, unsigned short port, int backlog);

/** listener_run() - accept connections for ever, in a new thread. 0 or a negative errno value. */
int listener_run(struct listener *l);

/** listener_log() - from now on append a JSON line for every request to @path. 0 or a negative errno value. */
int listener_log(const char *path);

#endif
