#include "scaling/measure/capture.h"

#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_or_say(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd >= 0)
        return fd;
    int rc = -errno;
    message_error("cannot write %s: %s", path, strerror(errno));
    return rc;
}

/* A file without a name, so that nothing is left behind whatever happens. */
static int open_nameless(void)
{
    FILE *f = tmpfile();
    int fd = f ? fcntl(fileno(f), F_DUPFD_CLOEXEC, 3) : -1;
    int rc = fd >= 0 ? fd : -errno;
    if (f)
        fclose(f);
    if (rc < 0)
        message_error("cannot make a temporary file for the output: %s; give --log FILE", strerror(-rc));
    return rc;
}

int capture_open(const struct capture_request *request, struct capture *out)
{
    *out = (struct capture){ .stdout_fd = request->to_stderr ? STDERR_FILENO : STDOUT_FILENO,
                             .stderr_fd = STDERR_FILENO, .kept_fd = -1 };
    int fd;
    if (request->log) /* appended to, since the command may open it again as /dev/stdout */
        fd = open_or_say(request->log, O_RDWR | O_CREAT | O_TRUNC | O_APPEND);
    else if (request->searched)
        fd = open_nameless();
    else if (request->quiet)
        fd = open_or_say("/dev/null", O_WRONLY);
    else
        return 0;
    if (fd < 0)
        return fd;
    out->stdout_fd = out->stderr_fd = fd;
    if (request->log || request->searched)
        out->kept_fd = fd;
    out->replay = request->searched && !request->log && !request->quiet;
    return 0;
}

static int copy_to(int from, int to)
{
    char block[65536];
    ssize_t got;
    if (lseek(from, 0, SEEK_SET) != 0)
        return -errno;
    while ((got = read(from, block, sizeof block)) > 0)
        for (ssize_t done = 0, n; done < got; done += n)
            if ((n = write(to, block + done, (size_t)(got - done))) < 0)
                return -errno;
    return got < 0 ? -errno : 0;
}

int capture_close(const struct capture_request *request, struct capture *c)
{
    int rc = 0;
    if (c->replay)
        rc = copy_to(c->kept_fd, request->to_stderr ? STDERR_FILENO : STDOUT_FILENO);
    if (c->stdout_fd > STDERR_FILENO)
        close(c->stdout_fd);
    return rc;
}
