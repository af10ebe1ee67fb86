#include "common/jsonl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JSON_STYLE = JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17) };

int jsonl_print(FILE *stream, const json_t *object)
{
    if (json_dumpf(object, stream, JSON_STYLE) != 0 || fputc('\n', stream) == EOF)
        return -EIO;
    return fflush(stream) == 0 ? 0 : -EIO;
}

/* Does the file end in the middle of a line? An empty file does not. */
static int ends_torn(int fd)
{
    char last;
    off_t size = lseek(fd, 0, SEEK_END);
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int write_whole(int fd, const char *text, size_t size)
{
    ssize_t written;
    do
        written = write(fd, text, size);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return -errno;
    return (size_t)written == size ? 0 : -ENOSPC; /* a file takes less only when the disk is full */
}

int jsonl_append(const char *path, const json_t *object, int durable)
{
    char *text = json_dumps(object, JSON_STYLE), *line = NULL;
    int fd = -1, rc = -ENOMEM;
    if (!text)
        goto out;
    fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) {
        rc = -errno;
        goto out;
    }
    int length = asprintf(&line, "%s%s\n", ends_torn(fd) ? "\n" : "", text);
    if (length < 0) {
        line = NULL;
        goto out;
    }
    rc = write_whole(fd, line, (size_t)length);
    if (rc == 0 && durable && fdatasync(fd) != 0 && errno != EINVAL) /* EINVAL: a pipe or a device */
        rc = -errno;
out:
    if (fd >= 0 && close(fd) != 0 && rc == 0)
        rc = -errno;
    free(line);
    free(text);
    return rc;
}

int jsonl_read(const char *path, int (*each)(void *context, json_t *object, size_t line), void *context, size_t *torn)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return -errno;
    char *text = NULL;
    size_t room = 0, line = 0, bad = 0;
    ssize_t length;
    int rc = 0;
    while (rc == 0 && (length = getline(&text, &room, f)) >= 0) {
        line++;
        json_t *object = json_loadb(text, (size_t)length, 0, NULL);
        if (json_is_object(object))
            rc = each(context, object, line);
        else if (*text != '\n') /* an empty line ends a write that looked torn while it was under way */
            bad++;
        json_decref(object);
    }
    if (rc == 0 && ferror(f))
        rc = -EIO;
    free(text);
    fclose(f);
    if (torn)
        *torn = bad;
    return rc;
}

json_t *jsonl_u128(uint128 value)
{
    char digits[40], *d = digits + sizeof digits;
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    *--d = '\0';
    for (; value; value /= 10)
        *--d = (char)('0' + (int)(value % 10));
    return json_string(d);
}
