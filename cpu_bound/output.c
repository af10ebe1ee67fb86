#include "cpu_bound/output.h"

#include "common/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool output_ends_in(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n > m && strcmp(path + n - m, suffix) == 0;
}

/* A new file beside @path; mkstemp makes it private, so the usual permissions are put back. */
static FILE *open_temporary(const char *path, char **temporary)
{
    if (asprintf(temporary, "%s.XXXXXX", path) < 0) {
        *temporary = NULL;
        return NULL;
    }
    int fd = mkstemp(*temporary);
    if (fd < 0) {
        free(*temporary);
        *temporary = NULL;
        return NULL;
    }
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
    return fdopen(fd, "wb");
}

int output_failed(const char *path, int rc)
{
    char shown[256];
    message_error("cannot write %s: %s", message_printable(path, shown, sizeof shown), strerror(-rc));
    return rc == -EINVAL || rc == -EIO ? -EACCES : rc; /* a disk that fails is something missing, not a wrong answer */
}

int output_write(const char *path, int (*fill)(FILE *f, const void *context), const void *context)
{
    char *temporary = NULL;
    FILE *f = open_temporary(path, &temporary);
    int rc = f ? fill(f, context) : errno ? -errno : -EIO;
    if (f) {
        if (fflush(f) != 0 && rc == 0)
            rc = -errno;
        if (fsync(fileno(f)) != 0 && rc == 0 && errno != EINVAL)
            rc = -errno;
        if (fclose(f) != 0 && rc == 0)
            rc = -errno;
        if (rc == 0 && rename(temporary, path) != 0)
            rc = -errno;
        if (rc != 0)
            unlink(temporary);
    }
    free(temporary);
    return rc != 0 ? output_failed(path, rc) : 0;
}
