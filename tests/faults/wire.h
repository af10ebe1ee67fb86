#ifndef PARKIT_FAULTS_WIRE_H
#define PARKIT_FAULTS_WIRE_H
/* One connection, in the clear or under TLS, with all the ways to end it. */
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct wire {
    int fd;
    SSL *ssl; /* NULL: in the clear */
};

enum wire_end {
    WIRE_KEEP,      /* not yet                                                     */
    WIRE_FIN,       /* in order: close_notify under TLS, then FIN                  */
    WIRE_RST,       /* reset, once the other side has had time to read what came   */
    WIRE_NO_NOTIFY, /* FIN without close_notify: TLS cut off by somebody between   */
};

bool wire_write(struct wire *w, const void *data, size_t size); /* all of it, or false */
ssize_t wire_read(struct wire *w, void *data, size_t size);     /* 0 or less: the end  */
void wire_hold(struct wire *w);                                 /* say nothing until the other side gives up (60 s at most) */
void wire_close(struct wire *w, enum wire_end how);

#endif
