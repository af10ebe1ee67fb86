#ifndef PARKIT_SOCKET_TABLE_H
#define PARKIT_SOCKET_TABLE_H
/*
 * Which sockets an epoll instance watches, and for what. libcurl takes back its interest in a socket
 * at the end of every request and declares the same interest again for the next one on the same
 * connection. Following it to the letter costs two epoll_ctl calls per request; here a socket whose
 * interest was taken back stays registered, marked idle, and mostly becomes busy again unchanged.
 */
#include <stddef.h>

enum { SOCKET_IN = 1, SOCKET_OUT = 2 }; /* the same bits as CURL_POLL_IN and CURL_POLL_OUT */

struct socket_table {
    int epoll_fd;
    unsigned char *state; /* by descriptor */
    size_t size;
};

/** socket_table_opened() - @fd is a new socket whose closing will be told: it may be handled lazily. 0 or -ENOMEM. */
int socket_table_opened(struct socket_table *t, int fd);

/** socket_table_closed() - @fd is about to be closed, which also takes it out of epoll. */
void socket_table_closed(struct socket_table *t, int fd);

/** socket_table_watch() - watch @fd for @mask (not 0). 0 or a negative errno value. */
int socket_table_watch(struct socket_table *t, int fd, int mask);

/** socket_table_release() - nobody waits for @fd now. */
void socket_table_release(struct socket_table *t, int fd);

/**
 * socket_table_event() - epoll reports @fd. Returns 1 if somebody waits for it; 0 if it is idle (the
 * server closed it): it is then taken out of epoll, so that it does not report again for ever.
 */
int socket_table_event(struct socket_table *t, int fd);

#endif
