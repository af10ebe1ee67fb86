#include "tests/faults/listener.h"

#include "common/clock.h"
#include "common/jsonl.h"
#include "common/message.h"
#include "tests/faults/answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COUNTER_SLOTS = 1 << 16, SHOWN_MAX = 4096 };

/* How often each path was asked for; colliding paths would share a counter, so a slot keeps its path. */
static struct counter {
    char *path;
    size_t n;
} counters[COUNTER_SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the counters and of the log */
static FILE *log_file;

struct connection {
    struct listener *listener;
    struct wire wire;
};

int listener_log(const char *path)
{
    log_file = fopen(path, "ae");
    return log_file ? 0 : -errno;
}

static json_t *text(const char *value)
{
    char shown[SHOWN_MAX];
    return json_string(message_printable(value, shown, sizeof shown));
}

static void note(const struct connection *c, const struct request *r)
{
    json_t *headers = json_object();
    for (size_t i = 0; i < r->n_headers; i++) {
        char name[SHOWN_MAX];
        message_printable(r->header[i].name, name, sizeof name);
        for (char *ch = name; *ch; ch++)
            *ch = *ch >= 'A' && *ch <= 'Z' ? (char)(*ch + 32) : *ch;
        json_object_set_new(headers, name, text(r->header[i].value));
    }
    json_t *line = json_pack("{s:f, s:s, s:i, s:o, s:o, s:b, s:o}", "at_s", clock_now_s(), "listener", c->listener->name, "open",
                             (int)c->listener->connections, "method", text(r->method), "target", text(r->target), "http2_offered",
                             c->wire.ssl && SSL_get_app_data(c->wire.ssl), "headers", headers);
    pthread_mutex_lock(&lock);
    if (line && log_file && jsonl_print(log_file, line) == 0)
        fflush(log_file);
    pthread_mutex_unlock(&lock);
    json_decref(line);
}

static size_t count(const char *path)
{
    size_t slot = 5381, n = 0;
    for (const char *c = path; *c; c++)
        slot = slot * 33 + (unsigned char)*c;
    pthread_mutex_lock(&lock);
    for (size_t tries = 0; tries < COUNTER_SLOTS; tries++) {
        struct counter *k = &counters[(slot + tries) % COUNTER_SLOTS];
        if (!k->path)
            k->path = strdup(path);
        if (k->path && strcmp(k->path, path) == 0) {
            n = k->n++;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return n;
}

/* --- proxies that let through --- */

static int dial(const char *where)
{
    char host[256];
    const char *colon = strrchr(where, ':');
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
    if (!colon || (size_t)(colon - where) >= sizeof host)
        return -1;
    snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static void relay(int a, int b)
{
    struct pollfd ready[2] = { { .fd = a, .events = POLLIN }, { .fd = b, .events = POLLIN } };
    char block[16384];
    while (poll(ready, 2, 60000) > 0)
        for (int i = 0; i < 2; i++) {
            if (!ready[i].revents)
                continue;
            ssize_t got = recv(ready[i].fd, block, sizeof block, 0);
            if (got <= 0 || send(ready[1 - i].fd, block, (size_t)got, MSG_NOSIGNAL) != got)
                return;
        }
}

static enum wire_end tunnel(struct wire *w, const char *where)
{
    static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    int fd = dial(where);
    if (fd < 0)
        return WIRE_FIN;
    if (wire_write(w, established, sizeof established - 1))
        relay(w->fd, fd);
    close(fd);
    return WIRE_FIN;
}

/* --- requests --- */

static enum wire_end bad_script(struct wire *w, const char *word)
{
    struct request none = { .method = "GET", .target = "/" };
    struct step step = { .status = 400, .page = "not a word of a script\n", .cut = UINT64_MAX, .stall = UINT64_MAX };
    char shown[256];
    message_error("'%s' is not a word of a script", message_printable(word, shown, sizeof shown));
    return answer_send(w, &none, &step);
}

/* @reset: out; the next request is to be met by a reset. */
static enum wire_end serve(struct connection *c, const struct request *r, bool *reset)
{
    struct step step;
    const char *path = r->target, *script = c->listener->script, *word = "";
    size_t length = script ? strlen(script) : 0;
    char empty[2] = "", plain[SCRIPT_STEP_MAX];
    note(c, r);
    if (strncmp(path, "http://", 7) == 0)
        path += 7 + strcspn(path + 7, "/");
    if (!script || (script_step(script, length, 0, &step, &word) == 0 && step.tunnel && strcmp(r->method, "CONNECT") != 0)) {
        script = *path ? path + 1 : empty;
        length = strcspn(script, "/");
    }
    if (script_plain(script, length, plain)) {
        script = plain;
        length = strlen(plain);
    }
    if (script_step(script, length, count(r->target), &step, &word) != 0)
        return bad_script(&c->wire, word);
    *reset = step.reset_next;
    return step.tunnel ? tunnel(&c->wire, r->target) : answer_send(&c->wire, r, &step);
}

/* Reads until an empty line. Returns the size of the head; 0: the connection ended or there was too much. */
static size_t read_head(struct wire *w, char *buffer, size_t *fill)
{
    for (;;) {
        char *end = memmem(buffer, *fill, "\r\n\r\n", 4);
        if (end)
            return (size_t)(end - buffer) + 4;
        ssize_t got = *fill < REQUEST_HEAD_MAX ? wire_read(w, buffer + *fill, REQUEST_HEAD_MAX - *fill) : 0;
        if (got <= 0)
            return 0;
        *fill += (size_t)got;
    }
}

static enum wire_end serve_all(struct connection *c, char *head, char *buffer)
{
    struct request request;
    size_t fill = 0, size;
    bool reset = false;
    enum wire_end end = WIRE_KEEP;
    while (end == WIRE_KEEP && (size = read_head(&c->wire, buffer, &fill)) > 0) {
        if (reset)
            return WIRE_RST;
        memcpy(head, buffer, size);
        memmove(buffer, buffer + size, fill -= size);
        end = request_parse(head, size, &request) ? serve(c, &request, &reset) : WIRE_FIN;
    }
    return end == WIRE_KEEP ? WIRE_FIN : end;
}

static void *converse(void *context)
{
    struct connection *c = context;
    char *head = malloc(2 * REQUEST_HEAD_MAX + 2);
    enum wire_end end = WIRE_FIN;
    bool full = c->listener->limit && c->listener->connections > c->listener->limit;
    if (c->listener->tls && (c->wire.ssl = SSL_new(c->listener->tls)))
        SSL_set_fd(c->wire.ssl, c->wire.fd);
    if (full)
        end = WIRE_RST;
    else if (head && (!c->listener->tls || (c->wire.ssl && SSL_accept(c->wire.ssl) == 1)))
        end = serve_all(c, head, head + REQUEST_HEAD_MAX + 1);
    wire_close(&c->wire, end);
    c->listener->connections--;
    free(head);
    free(c);
    return NULL;
}

/* --- ports --- */

static void *accept_all(void *context)
{
    struct listener *l = context;
    const int on = 1;
    const struct timeval idle = { .tv_usec = 300000 };
    for (;;) {
        pthread_t thread;
        struct connection *c = calloc(1, sizeof *c);
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        if (!c || fd < 0) {
            free(c);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (l->limit) /* an idle connection must not hold its place for ever */
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
        *c = (struct connection){ l, { .fd = fd } };
        l->connections++;
        if (pthread_create(&thread, NULL, converse, c) == 0) {
            pthread_detach(thread);
            continue;
        }
        l->connections--;
        close(fd);
        free(c);
    }
    return NULL;
}

int listener_run(struct listener *l)
{
    pthread_t thread;
    return -pthread_create(&thread, NULL, accept_all, l);
}

int listener_open(struct listener *l, const char *address, unsigned short port, int backlog)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
    bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
    struct sockaddr *where = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t size = is_six ? sizeof six : sizeof four;
    const int on = 1;
    if (!is_six && inet_pton(AF_INET, address, &four.sin_addr) != 1)
        return -EINVAL;
    l->fd = socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        return -errno;
    if (is_six)
        setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(l->fd, where, size) != 0 || listen(l->fd, backlog) != 0 || getsockname(l->fd, where, &size) != 0)
        return -errno;
    l->port = ntohs(is_six ? six.sin6_port : four.sin_port);
    return 0;
}
