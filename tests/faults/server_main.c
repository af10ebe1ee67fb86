/*
 * fault_server: an HTTP/1.1 server on loopback that breaks the rules as it is told (tests/faults/script.h). Made for tests:
 * it prints a line "NAME PORT" for each of its ports, then a line "ready", and ends with its standard input or after --lifetime.
 */
#include "common/message.h"
#include "tests/faults/answer.h"
#include "tests/faults/certificates.h"
#include "tests/faults/content.h"
#include "tests/faults/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS_MAX = 32, BACKLOG = 1024 };

static const char usage[] =
    "Usage: fault_server [options]           serve until killed\n"
    "       fault_server content SIZE V      print a file of its, SIZE bytes of version V\n\n"
    "  --log FILE       append a JSON line for every request\n"
    "  --ca FILE        also serve TLS (tls, expired, self-signed, wrong-host, old); write the authority's certificate to FILE\n"
    "  --proxy NAME=SCRIPT   a port of that name with one script for all requests\n"
    "  --listen NAME=ADDRESS  a port of that name at another address\n"
    "  --limit N        a port 'limited' that takes N connections at once\n"
    "  --lifetime SECONDS    end after so long (600)\n\n";

static struct listener listeners[LISTENERS_MAX];
static size_t n_listeners;

static struct listener *next(const char *name)
{
    struct listener *l = n_listeners < LISTENERS_MAX ? &listeners[n_listeners++] : NULL;
    if (l)
        l->name = name;
    return l;
}

static int add_at(const char *address, const char *name, SSL_CTX *tls, const char *script, int limit)
{
    struct listener *l = next(name);
    int rc = l ? listener_open(l, address, 0, BACKLOG) : -ENOSPC;
    if (rc != 0)
        return rc;
    l->tls = tls;
    l->script = script;
    l->limit = limit;
    return listener_run(l);
}

static int add(const char *name, SSL_CTX *tls, const char *script, int limit)
{
    return add_at("127.0.0.1", name, tls, script, limit);
}

static int add_tls(const char *path)
{
    static const struct {
        const char *name;
        enum certificate kind;
        int old;
    } kinds[] = { { "tls", CERTIFICATE_GOOD, 0 }, { "expired", CERTIFICATE_EXPIRED, 0 }, { "self-signed", CERTIFICATE_SELF_SIGNED, 0 },
                  { "wrong-host", CERTIFICATE_WRONG_HOST, 0 }, { "old", CERTIFICATE_GOOD, 1 } };
    struct authority *a = authority_create(path);
    int rc = a ? 0 : -EIO;
    for (size_t i = 0; rc == 0 && i < sizeof kinds / sizeof *kinds; i++) {
        SSL_CTX *context = authority_context(a, kinds[i].kind, kinds[i].old);
        rc = context ? add(kinds[i].name, context, NULL, 0) : -ENOMEM;
    }
    authority_destroy(a);
    return rc;
}

/*
 * A black hole without a firewall: nobody accepts, the queue of the socket is filled by own connections, and Linux then drops
 * every further SYN. At ::1, beside a port of the same number at 127.0.0.1 that answers.
 */
static void add_hole(const char *name, const char *address, unsigned short port)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr_in four = { .sin_family = AF_INET };
    bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
    struct listener *l = next(name);
    if (!l || listener_open(l, address, port, 0) != 0) {
        n_listeners--; /* no IPv6 here: the line is left out */
        return;
    }
    inet_pton(AF_INET, address, &four.sin_addr);
    six.sin6_port = four.sin_port = htons(l->port);
    for (int i = 0; i < 4; i++) {
        int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four, is_six ? sizeof six : sizeof four) != 0 &&
            errno != EINPROGRESS)
            message_warn("%s: %s", name, strerror(errno));
    }
}

static int print_content(const char *size, const char *version)
{
    char block[4096];
    uint64_t left = strtoull(size, NULL, 10), at = 0;
    for (size_t n; left > 0; left -= n, at += n) {
        n = left < sizeof block ? (size_t)left : sizeof block;
        content_fill((unsigned)atoi(version), at, block, n);
        fwrite(block, 1, n, stdout);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

static int option(int word, char *value)
{
    char *equals;
    switch (word) {
    case 'l':
        return listener_log(value);
    case 'c':
        return add_tls(value);
    case 'p':
    case 'a':
        if (!(equals = strchr(value, '=')))
            return -EINVAL;
        *equals++ = '\0';
        return word == 'p' ? add(value, NULL, equals, 0) : add_at(equals, value, NULL, NULL, 0);
    case 'n':
        return add("limited", NULL, NULL, atoi(value));
    case 't':
        alarm((unsigned)atoi(value));
        return 0;
    default:
        return -EINVAL;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "log", 1, NULL, 'l' }, { "ca", 1, NULL, 'c' }, { "proxy", 1, NULL, 'p' }, { "limit", 1, NULL, 'n' }, { "listen", 1, NULL, 'a' },
                                             { "lifetime", 1, NULL, 't' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
    int rc = 0, word;
    message_init("fault_server");
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && strcmp(argv[1], "content") == 0)
        return print_content(argv[2], argv[3]);
    answer_start_s = time(NULL);
    alarm(600);
    rc = add("http", NULL, NULL, 0);
    if (rc == 0)
        add_hole("hole", "127.0.0.1", 0);
    add_hole("six", "::1", listeners[0].port);
    while (rc == 0 && (word = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (word == 'h') {
            fputs(usage, stdout);
            fputs(script_help, stdout);
            return 0;
        }
        rc = option(word, optarg);
    }
    if (rc != 0) {
        message_error("cannot serve: %s", strerror(-rc));
        return rc == -EINVAL ? 2 : 3;
    }
    for (size_t i = 0; i < n_listeners; i++)
        printf("%s %d\n", listeners[i].name, listeners[i].port);
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}
