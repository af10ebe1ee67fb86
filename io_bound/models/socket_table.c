#include "io_bound/models/socket_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    MASK = SOCKET_IN | SOCKET_OUT, /* what epoll watches it for; 0: not registered              */
    IDLE = 4,                      /* registered, but nobody waits                              */
    LAZY = 8,                      /* closing it will be told, so it may stay registered idle   */
};

static int make_room(struct socket_table *t, int fd)
{
    size_t size = t->size ? t->size : 256;
    while (size <= (size_t)fd)
        size *= 2;
    if (size == t->size)
        return 0;
    unsigned char *grown = realloc(t->state, size);
    if (!grown)
        return -ENOMEM;
    memset(grown + t->size, 0, size - t->size);
    t->state = grown;
    t->size = size;
    return 0;
}

static int control(const struct socket_table *t, int operation, int fd, int mask)
{
    struct epoll_event event = { .data.fd = fd };
    event.events = (mask & SOCKET_IN ? EPOLLIN : 0U) | (mask & SOCKET_OUT ? EPOLLOUT : 0U);
    return epoll_ctl(t->epoll_fd, operation, fd, &event) == 0 ? 0 : -errno;
}

int socket_table_opened(struct socket_table *t, int fd)
{
    int rc = make_room(t, fd);
    if (rc == 0)
        t->state[fd] = LAZY;
    return rc;
}

void socket_table_closed(struct socket_table *t, int fd)
{
    if ((size_t)fd < t->size)
        t->state[fd] = 0;
}

int socket_table_watch(struct socket_table *t, int fd, int mask)
{
    int rc = make_room(t, fd);
    if (rc != 0)
        return rc;
    int registered = t->state[fd] & MASK;
    if (registered != mask)
        rc = control(t, registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, mask);
    if (rc == 0)
        t->state[fd] = (unsigned char)((t->state[fd] & LAZY) | mask);
    return rc;
}

static void forget(struct socket_table *t, int fd)
{
    control(t, EPOLL_CTL_DEL, fd, 0); /* fails harmlessly where close(2) was faster */
    t->state[fd] &= LAZY;
}

void socket_table_release(struct socket_table *t, int fd)
{
    if ((size_t)fd >= t->size || !(t->state[fd] & MASK))
        return;
    if (t->state[fd] & LAZY)
        t->state[fd] |= IDLE;
    else
        forget(t, fd); /* a resolver's descriptor: its number comes back without notice */
}

int socket_table_event(struct socket_table *t, int fd)
{
    if ((size_t)fd >= t->size || !(t->state[fd] & MASK))
        return 0; /* released by an event before this one */
    if (!(t->state[fd] & IDLE))
        return 1;
    forget(t, fd);
    return 0;
}
