#include "io_bound/lists/source.h"

#include "common/message.h"
#include "io_bound/lists/metalink.h"
#include "io_bound/lists/nameset.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct list {
    const char *name;
    int fd;
    bool is_metalink;
};

struct source {
    struct entry **argument; /* from the command line; NULL once fed */
    size_t n_arguments;
    struct list *list;
    size_t n_lists;
    struct nameset *names;
    struct work *work;
    pthread_t thread;
    bool started;
    int end_fd; /* readable: the reader must end */
    int rc;
};

/* A file read line by line, in pieces, giving up when the source must end. */
struct reader {
    int fd, end_fd;
    size_t begin, end; /* the unread bytes of the buffer */
    size_t line;       /* number of the last line, from 1 */
    bool in_comment;   /* the last line was the beginning of a long one: the rest is to be passed over */
    bool at_end;
    char buffer[2 * ENTRY_LINE_MAX];
};

/* --- reading lines --- */

static int refill(struct reader *r)
{
    struct pollfd ready[2] = { { .fd = r->fd, .events = POLLIN }, { .fd = r->end_fd, .events = POLLIN } };
    memmove(r->buffer, r->buffer + r->begin, r->end - r->begin);
    r->end -= r->begin;
    r->begin = 0;
    if (poll(ready, 2, -1) < 0)
        return errno == EINTR ? 0 : -errno;
    if (ready[1].revents)
        return -ECANCELED;
    ssize_t got = read(r->fd, r->buffer + r->end, sizeof r->buffer - r->end);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -errno;
    r->at_end = got == 0;
    r->end += (size_t)got;
    return 0;
}

/* The next line, with its line break if it has one. 1: here it is; 0: the end; negative: errno value. */
static int next_line(struct reader *r, const char **line, size_t *length)
{
    for (;;) {
        size_t have = r->end - r->begin;
        const char *start = r->buffer + r->begin, *stop = memchr(start, '\n', have);
        if (stop || have > ENTRY_LINE_MAX || (r->at_end && have > 0)) {
            *line = start;
            *length = stop ? (size_t)(stop - start) + 1 : have;
            r->begin += *length;
            bool rest = r->in_comment;
            r->in_comment = !stop && (rest || *start == '#');
            if (rest)
                continue;
            r->line++;
            return 1;
        }
        if (r->at_end)
            return 0;
        int rc = refill(r);
        if (rc != 0)
            return rc;
    }
}

/* --- feeding the work --- */

static int take_name(struct source *s, const struct entry *entry, char *why, size_t why_size)
{
    int rc = nameset_add(s->names, entry->out);
    if (rc == -EEXIST) {
        snprintf(why, why_size, "'%s' is the output of an earlier entry; give another name with out=NAME", entry->out);
        return -EINVAL;
    }
    return rc;
}

static int feed_entry(void *context, struct entry *entry, char *why, size_t why_size)
{
    struct source *s = context;
    int rc = take_name(s, entry, why, why_size);
    if (rc == 0)
        return work_feed(s->work, entry);
    free(entry);
    return rc;
}

static int feed_lines(struct source *s, struct reader *r, char *why, size_t why_size)
{
    const char *line = NULL;
    struct entry *entry;
    size_t length = 0;
    int rc;
    while ((rc = next_line(r, &line, &length)) > 0) {
        rc = entry_parse(line, length, &entry, why, why_size);
        if (rc == 0)
            rc = feed_entry(s, entry, why, why_size);
        if (rc != 0 && rc != -ENODATA)
            return rc;
    }
    return rc;
}

static int feed_metalink(struct source *s, struct reader *r, char *why, size_t why_size)
{
    struct metalink *m;
    int rc = metalink_create(feed_entry, s, &m);
    if (rc != 0)
        return rc;
    while (rc == 0 && !r->at_end) {
        rc = refill(r);
        if (rc == 0)
            rc = metalink_add(m, r->buffer, r->end, r->at_end, why, why_size);
        r->end = 0;
        r->line = metalink_line(m);
    }
    metalink_destroy(m);
    return rc;
}

static int feed_list(struct source *s, const struct list *list)
{
    const char *name = strcmp(list->name, "-") == 0 ? "standard input" : list->name;
    struct reader *r = calloc(1, sizeof *r);
    char why[512] = "";
    if (!r)
        return -ENOMEM;
    r->fd = list->fd;
    r->end_fd = s->end_fd;
    int rc = (list->is_metalink ? feed_metalink : feed_lines)(s, r, why, sizeof why);
    if (rc == -EINVAL)
        message_error("%s, line %zu: %s", name, r->line, why);
    else if (rc < 0 && rc != -ECANCELED)
        message_error("%s: cannot be read: %s", name, strerror(-rc));
    free(r);
    return rc;
}

static void *feed(void *context)
{
    struct source *s = context;
    for (size_t i = 0; s->rc == 0 && i < s->n_arguments; i++) {
        struct entry *entry = s->argument[i];
        s->argument[i] = NULL;
        s->rc = work_feed(s->work, entry);
    }
    for (size_t i = 0; s->rc == 0 && i < s->n_lists; i++)
        s->rc = feed_list(s, &s->list[i]);
    work_feed_end(s->work);
    return NULL;
}

/* --- beginning and end --- */

static int parse_arguments(struct source *s, const char *const *urls, size_t n_urls)
{
    char why[512];
    s->argument = calloc(n_urls + 1, sizeof *s->argument);
    if (!s->argument)
        return -ENOMEM;
    for (size_t i = 0; i < n_urls; i++) {
        struct entry *entry = NULL;
        int rc = entry_parse(urls[i], strlen(urls[i]), &entry, why, sizeof why);
        if (rc == -ENODATA)
            return message_usage("'%s' is not a URL", urls[i]);
        if (rc == 0) {
            s->argument[s->n_arguments++] = entry;
            rc = take_name(s, entry, why, sizeof why);
        }
        if (rc == -EINVAL)
            message_usage("%s", why);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int open_lists(struct source *s, const char *const *lists, size_t n_lists, bool is_metalink)
{
    struct list *longer = realloc(s->list, (s->n_lists + n_lists + 1) * sizeof *longer);
    if (!longer)
        return -ENOMEM;
    s->list = longer;
    for (size_t i = 0; i < n_lists; i++) {
        bool standard = strcmp(lists[i], "-") == 0;
        int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(lists[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return message_usage("the list %s cannot be read: %s", lists[i], strerror(errno));
        s->list[s->n_lists++] = (struct list){ lists[i], fd, is_metalink };
    }
    return 0;
}

/* Before anything is fetched: is Metalink there at all? */
static int probe_metalink(struct source *s, const struct source_names *names)
{
    struct metalink *m;
    int rc = names->n_metalinks ? metalink_create(feed_entry, s, &m) : -ECANCELED;
    if (rc == -ECANCELED)
        return 0;
    if (rc == -ENOSYS)
        message_error("--metalink needs the XML parser expat, which this program was built without");
    if (rc == 0)
        metalink_destroy(m);
    return rc;
}

int source_create(const struct source_names *names, struct source **out)
{
    struct source *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->names = nameset_create();
    int rc = s->end_fd < 0 ? -errno : s->names ? 0 : -ENOMEM;
    if (rc == 0)
        rc = probe_metalink(s, names);
    if (rc == 0)
        rc = parse_arguments(s, names->urls, names->n_urls);
    if (rc == 0)
        rc = open_lists(s, names->lists, names->n_lists, false);
    if (rc == 0)
        rc = open_lists(s, names->metalinks, names->n_metalinks, true);
    if (rc != 0) {
        source_destroy(s);
        return rc;
    }
    *out = s;
    return 0;
}

int source_start(struct source *s, struct work *work)
{
    sigset_t all, before;
    s->work = work;
    sigfillset(&all); /* signals go to the threads that act on them */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(&s->thread, NULL, feed, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    s->started = rc == 0;
    return -rc;
}

int source_end(struct source *s)
{
    const uint64_t one = 1;
    if (!s->started)
        return 0;
    if (write(s->end_fd, &one, sizeof one) < 0)
        return -errno;
    pthread_join(s->thread, NULL);
    s->started = false;
    return s->rc == -ECANCELED ? 0 : s->rc;
}

void source_destroy(struct source *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_arguments; i++)
        free(s->argument[i]);
    for (size_t i = 0; i < s->n_lists; i++)
        close(s->list[i].fd);
    if (s->end_fd >= 0)
        close(s->end_fd);
    nameset_destroy(s->names);
    free(s->argument);
    free(s->list);
    free(s);
}
