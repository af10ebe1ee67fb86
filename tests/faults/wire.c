#include "tests/faults/wire.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOLD_MS = 60000, READ_TIME_US = 30000 };

bool wire_write(struct wire *w, const void *data, size_t size)
{
    const char *bytes = data;
    while (size > 0) {
        ssize_t sent = w->ssl ? SSL_write(w->ssl, bytes, size < 1 << 30 ? (int)size : 1 << 30)
                              : send(w->fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

ssize_t wire_read(struct wire *w, void *data, size_t size)
{
    return w->ssl ? SSL_read(w->ssl, data, (int)size) : recv(w->fd, data, size, 0);
}

void wire_hold(struct wire *w)
{
    struct pollfd gone = { .fd = w->fd, .events = POLLRDHUP };
    poll(&gone, 1, HOLD_MS);
}

void wire_close(struct wire *w, enum wire_end how)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    if (how == WIRE_RST) {
        usleep(READ_TIME_US); /* a reset throws away what the other side has not read yet */
        setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    } else if (w->ssl && how == WIRE_FIN) {
        SSL_shutdown(w->ssl);
    }
    SSL_free(w->ssl);
    close(w->fd);
}
