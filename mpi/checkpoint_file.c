#include "mpi/checkpoint_file.h"

#include "common/build_info.h"
#include "common/digest.h"
#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[] = "parkit checkpoint ";
enum { TITLE = sizeof MAGIC - 1 + 2 + DIGEST_TEXT_LEN }; /* with a version of one digit, a space and a line feed */

static int cannot(const char *what, const char *path)
{
    char shown[256];
    int error = errno ? errno : EIO;
    message_error("cannot %s %s: %s", what, message_printable(path, shown, sizeof shown), strerror(error));
    return -error;
}

int checkpoint_refuse(const char *path, const char *format, ...)
{
    char shown[256], reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    message_error("checkpoint %s is refused: %s", message_printable(path, shown, sizeof shown), reason);
    return -EINVAL;
}

/* --- layout --- */

/* A block is 512 KiB, or more where there would be more than 65536 of them. */
struct checkpoint_layout checkpoint_layout_of(const struct checkpoint_array *array, size_t n)
{
    enum { BLOCK = 65536, BLOCKS = 65536 };
    struct checkpoint_layout l = { .block_words = BLOCK };
    for (size_t a = 0; a < n; a++)
        l.words += checkpoint_words(&array[a]);
    if (l.words / BLOCK >= BLOCKS)
        l.block_words = l.words / BLOCKS + 1;
    l.blocks = (l.words + l.block_words - 1) / l.block_words;
    return l;
}

static json_t *describe(const struct checkpoint_array *array, size_t n)
{
    json_t *list = json_array();
    for (size_t a = 0; a < n; a++) {
        const size_t *size = array[a].size;
        json_array_append_new(list, json_pack("{s:s,s:[I,I,I]}", "name", array[a].name, "size", (json_int_t)size[0],
                                              (json_int_t)size[1], (json_int_t)size[2]));
    }
    return list;
}

static const char *byte_order(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one ? "little-endian" : "big-endian";
}

json_t *checkpoint_header(const struct checkpoint *c, uint64_t at, const struct checkpoint_array *array, size_t n)
{
    struct checkpoint_layout l = checkpoint_layout_of(array, n);
    return json_pack("{s:O,s:I,s:s,s:o,s:I,s:I,s:s,s:s}", "identity", c->identity, "at", (json_int_t)at, "unit", c->unit,
                     "arrays", describe(array, n), "words", (json_int_t)l.words, "block_words", (json_int_t)l.block_words,
                     "byte_order", byte_order(), "version", build_version);
}

/* --- writing --- */

/* FILE.part, locked: by a name that still means it, since who held the lock before may have renamed it. */
static int open_locked(struct checkpoint_part *p)
{
    struct stat here, there;
    for (;;) {
        p->fd = open(p->name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (p->fd < 0)
            return cannot("write", p->name);
        /* A file system may know no locks; then there is none. */
        if (flock(p->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            message_error("cannot write %s: another job does; give each job a file of its own", p->name);
            close(p->fd);
            p->fd = -1; /* and it is not ours to remove */
            return -EBUSY;
        }
        if (fstat(p->fd, &here) == 0 && stat(p->name, &there) == 0 && here.st_ino == there.st_ino && here.st_dev == there.st_dev)
            return 0;
        close(p->fd);
    }
}

/* Room on the disk beforehand, where the file system can: so that a full one is noticed by whom it can tell. */
static int reserve(const struct checkpoint_part *p, uint64_t bytes)
{
    if (ftruncate(p->fd, 0) != 0)
        return cannot("write", p->name);
    if (fallocate(p->fd, 0, 0, (off_t)bytes) == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
        return 0;
    return cannot("write", p->name);
}

int checkpoint_part_begin(const char *path, uint64_t bytes, struct checkpoint_part *out)
{
    *out = (struct checkpoint_part){ .path = path, .fd = -1 };
    if (asprintf(&out->name, "%s.part", path) < 0) {
        out->name = NULL;
        return -ENOMEM;
    }
    int rc = open_locked(out);
    return rc ? rc : reserve(out, bytes);
}

int checkpoint_part_write(const struct checkpoint_part *p, const void *data, size_t size, uint64_t at)
{
    while (size > 0) {
        ssize_t n = pwrite(p->fd, data, size, (off_t)at);
        if (n <= 0 && errno != EINTR)
            return cannot("write", p->name);
        if (n > 0) {
            data = (const char *)data + n;
            size -= (size_t)n;
            at += (uint64_t)n;
        }
    }
    return 0;
}

static int write_header(const struct checkpoint_part *p, json_t *header)
{
    char block[CHECKPOINT_HEADER] = "", digest[DIGEST_TEXT_LEN];
    enum { ROOM = sizeof block - TITLE - 1 };
    size_t length = json_dumpb(header, block + TITLE, ROOM, JSON_COMPACT | JSON_SORT_KEYS);
    if (length == 0 || length > ROOM) {
        message_error("cannot write %s: its header of %zu bytes is too long", p->name, length);
        return -EOVERFLOW;
    }
    block[TITLE + length] = '\n';
    char title[TITLE + 1];
    digest_text(digest_bytes(block + TITLE, sizeof block - TITLE), digest);
    snprintf(title, sizeof title, "%s%d %s\n", MAGIC, CHECKPOINT_VERSION, digest);
    memcpy(block, title, TITLE);
    return checkpoint_part_write(p, block, sizeof block, 0);
}

/* A name is safe only once its folder is. */
static int sync_folder(const char *path)
{
    char *copy = strdup(path);
    int rc = 0, fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (!copy)
        return -ENOMEM;
    /* Some file systems cannot, and say EINVAL: what a name needs is up to them. */
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        rc = cannot("make durable the folder of", path);
    if (fd >= 0)
        close(fd);
    free(copy);
    return rc;
}

int checkpoint_part_rename(struct checkpoint_part *p)
{
    int rc = fsync(p->fd) == 0 ? 0 : cannot("write", p->name);
    if (rc == 0 && rename(p->name, p->path) != 0)
        rc = cannot("write", p->path);
    if (rc != 0)
        return rc;
    close(p->fd); /* and the lock is gone */
    p->fd = -1;
    return sync_folder(p->path);
}

int checkpoint_part_commit(struct checkpoint_part *p, json_t *header, const uint64_t *sum, const struct checkpoint_layout *l)
{
    char digest[DIGEST_TEXT_LEN];
    size_t sums = l->blocks * sizeof *sum;
    json_object_set_new(header, "sums", json_string(digest_text(digest_bytes(sum, sums), digest)));
    int rc = checkpoint_part_write(p, sum, sums, CHECKPOINT_HEADER + 8 * l->words);
    if (rc == 0)
        rc = write_header(p, header);
    return rc == 0 ? checkpoint_part_rename(p) : rc;
}

void checkpoint_part_end(struct checkpoint_part *p)
{
    if (p->fd >= 0) {
        unlink(p->name);
        close(p->fd);
    }
    free(p->name);
}

int checkpoint_may_replace(const char *path)
{
    char shown[256], start[sizeof MAGIC - 1];
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return 0;
    ssize_t n = fd < 0 ? -1 : fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) ? -1 : read(fd, start, sizeof start);
    if (fd >= 0)
        close(fd);
    if (n == 0 || (n == (ssize_t)sizeof start && memcmp(start, MAGIC, sizeof start) == 0))
        return 0;
    return message_usage("--checkpoint %s: what stands there is no checkpoint; give another name",
                         message_printable(path, shown, sizeof shown));
}

/* --- reading --- */

/* What stands at the beginning of @block, down to the JSON object; NULL after a refusal. */
static json_t *parse_header(const char *path, const char block[CHECKPOINT_HEADER])
{
    char digest[DIGEST_TEXT_LEN];
    const char *version = block + sizeof MAGIC - 1;
    if (memcmp(block, MAGIC, sizeof MAGIC - 1) != 0) {
        checkpoint_refuse(path, "it is no checkpoint of parkit");
        return NULL;
    }
    if (version[0] != '0' + CHECKPOINT_VERSION || version[1] != ' ') {
        int length = (int)strspn(version, "0123456789");
        checkpoint_refuse(path, "its format is version %.*s; this parkit reads version %d", length > 9 ? 9 : length, version,
                          CHECKPOINT_VERSION);
        return NULL;
    }
    digest_text(digest_bytes(block + TITLE, CHECKPOINT_HEADER - TITLE), digest);
    json_t *header = NULL;
    if (memcmp(version + 2, digest, DIGEST_TEXT_LEN - 1) == 0 && version[2 + DIGEST_TEXT_LEN - 1] == '\n')
        header = json_loadb(block + TITLE, strnlen(block + TITLE, CHECKPOINT_HEADER - TITLE), 0, NULL);
    if (!header)
        checkpoint_refuse(path, "its header is damaged");
    return header;
}

/* The first thing that differs between two runs, into @reason; false: nothing does. */
static bool differs(const json_t *theirs, const json_t *ours, char *reason, size_t size)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)ours, key, value) {
        const char *had = json_string_value(json_object_get(theirs, key)), *has = json_string_value(value);
        if (!had || strcmp(had, has) != 0) {
            char name[64] = "";
            if (strcmp(key, "workload") != 0)
                snprintf(name, sizeof name, "--%s ", key);
            snprintf(reason, size, "it is of %s%s, this run of %s%s", name, had ? had : "(none)", name, has);
            return true;
        }
    }
    if (json_object_size(theirs) == json_object_size(ours))
        return false;
    snprintf(reason, size, "it is of a run with options that this one does not have");
    return true;
}

static int check_run(const char *path, const json_t *identity, const json_t *header)
{
    char reason[384];
    const char *order = json_string_value(json_object_get(header, "byte_order"));
    if (differs(json_object_get(header, "identity"), identity, reason, sizeof reason))
        return checkpoint_refuse(path, "%s", reason);
    if (!order || strcmp(order, byte_order()) != 0)
        return checkpoint_refuse(path, "it is of a %s machine, this is a %s one", order ? order : "strange", byte_order());
    return 0;
}

/* The numbers of a header whose digest is right are ours; they are looked at all the same. */
static int layout_in(const char *path, const json_t *header, struct checkpoint_layout *out)
{
    json_int_t words = json_integer_value(json_object_get(header, "words"));
    json_int_t block = json_integer_value(json_object_get(header, "block_words"));
    if (words <= 0 || block <= 0 || words > INT64_MAX / 32 || words / block > 1 << 20)
        return checkpoint_refuse(path, "its header makes no sense");
    *out = (struct checkpoint_layout){ (uint64_t)words, (uint64_t)block, ((uint64_t)words + (uint64_t)block - 1) / (uint64_t)block };
    return 0;
}

static int read_at(int fd, const char *path, void *data, size_t size, uint64_t at)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, (char *)data + done, size - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return cannot("read", path);
        if (n == 0)
            return checkpoint_refuse(path, "it is truncated");
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int read_sums(int fd, const char *path, const json_t *header, const struct checkpoint_layout *l, uint64_t **out)
{
    char digest[DIGEST_TEXT_LEN];
    const char *want = json_string_value(json_object_get(header, "sums"));
    uint64_t *sum = malloc(l->blocks * sizeof *sum);
    if (!sum)
        return -ENOMEM;
    *out = sum;
    int rc = read_at(fd, path, sum, l->blocks * sizeof *sum, CHECKPOINT_HEADER + 8 * l->words);
    if (rc == 0 && (!want || strcmp(want, digest_text(digest_bytes(sum, l->blocks * sizeof *sum), digest)) != 0))
        rc = checkpoint_refuse(path, "its list of checksums is damaged");
    return rc;
}

static int read_all(int fd, const char *path, const json_t *identity, json_t **header, uint64_t **sum)
{
    char block[CHECKPOINT_HEADER];
    struct checkpoint_layout l = { 0 };
    struct stat s;
    if (fstat(fd, &s) != 0)
        return cannot("read", path);
    if (!S_ISREG(s.st_mode))
        return checkpoint_refuse(path, "it is no regular file");
    if (s.st_size < CHECKPOINT_HEADER)
        return checkpoint_refuse(path, "it has %jd bytes: it is truncated, or no checkpoint of parkit", (intmax_t)s.st_size);
    int rc = read_at(fd, path, block, sizeof block, 0);
    if (rc != 0)
        return rc;
    *header = parse_header(path, block);
    rc = *header ? check_run(path, identity, *header) : -EINVAL;
    if (rc == 0)
        rc = layout_in(path, *header, &l);
    if (rc == 0 && (uint64_t)s.st_size != checkpoint_bytes(&l))
        rc = checkpoint_refuse(path, "it has %jd bytes instead of %" PRIu64 ": %s", (intmax_t)s.st_size, checkpoint_bytes(&l),
                               (uint64_t)s.st_size < checkpoint_bytes(&l) ? "it is truncated" : "something follows it");
    return rc ? rc : read_sums(fd, path, *header, &l, sum);
}

int checkpoint_open(const char *path, const json_t *identity, json_t **header, uint64_t **sum)
{
    char shown[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not to wait for the writer of a FIFO */
    if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
        return cannot("read", path);
    if (fd < 0)
        return message_usage("--restart %s: there is no such file", message_printable(path, shown, sizeof shown));
    int rc = read_all(fd, path, identity, header, sum);
    close(fd);
    return rc;
}
