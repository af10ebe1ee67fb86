#ifndef PARKIT_CAPTURE_H
#define PARKIT_CAPTURE_H
/*
 * What a piece of code writes to stdout or stderr, for a look at its messages:
 *
 *     struct capture c;
 *     capture_begin(&c, STDERR_FILENO);
 *     message_warn("hot");
 *     CU_ASSERT_STRING_EQUAL(capture_end(&c), "test: warning: hot\n");
 */
#include <fcntl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct capture {
    int fd, saved, file;
    char text[16384];
};

/** capture_begin() - from now on @fd goes into a file in memory. */
static inline void capture_begin(struct capture *c, int fd)
{
    fflush(NULL);
    c->fd = fd;
    c->saved = dup(fd);
    c->file = memfd_create("capture", 0);
    /* append: threads that write a file in memory at once may overwrite each other's lines otherwise */
    if (c->saved < 0 || c->file < 0 || fcntl(c->file, F_SETFL, O_APPEND) < 0 || dup2(c->file, fd) < 0) {
        perror("capture");
        exit(3);
    }
}

/** capture_end() - put @fd back; what was written, at most sizeof c->text - 1 bytes. */
static inline const char *capture_end(struct capture *c)
{
    fflush(NULL);
    ssize_t n = pread(c->file, c->text, sizeof c->text - 1, 0);
    c->text[n > 0 ? n : 0] = '\0';
    dup2(c->saved, c->fd);
    close(c->saved);
    close(c->file);
    return c->text;
}

#endif
