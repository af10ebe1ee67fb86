/* parkit-serve: a loopback HTTP server with set latency, bandwidth and size, for demonstrations and tests. */
#include "common/exit_codes.h"
#include "common/message.h"
#include "common/option.h"
#include "io_bound/serve/serve_answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* More connections than clients of one machine make; each costs a few kB only while it is open. */
enum { CONNECTIONS_MAX = 4096, BACKLOG = 1024 };

struct args {
    uint64_t port, size, bandwidth;
    double latency_ms, lifetime_s;
};

#define AT(field) offsetof(struct args, field)

static const struct option_spec table[] = {
    { 'p', "port", "N", OPTION_UINT, AT(port), "0", 0, 65535, NULL, "port at 127.0.0.1; 0: a free one" },
    { 'l', "latency", "MS", OPTION_DOUBLE, AT(latency_ms), "0", 0, 1e6, NULL, "milliseconds before an answer begins" },
    { 'b', "bandwidth", "BYTES", OPTION_UINT, AT(bandwidth), NULL, 1, 1e12, NULL, "bytes a second of each connection; default: no limit" },
    { 's', "size", "BYTES", OPTION_UINT, AT(size), "1024", 0, 1e15, NULL, "size of a file whose path gives none" },
    { 't', "lifetime", "SECONDS", OPTION_DOUBLE, AT(lifetime_s), "3600", 0.001, 1e8, NULL, "end by itself after so long" },
    { .long_name = NULL },
};

static const char examples[] =
    "  parkit-serve --latency 50              prints its URL; then, with that URL:\n"
    "  curl -s URL/list/160 | parkit-get -i - -d data\n"
    "\nPaths (the bytes of a file follow from NAME alone; Range, ETag and HEAD work):\n"
    "  /NAME            a file of --size bytes\n"
    "  /bytes/N/NAME    a file of N bytes\n"
    "  /list/N          N list lines for parkit-get, with size and sha256\n"
    "  /status/CODE     an answer with that status\n"
    "  /flaky/K/NAME    503 for the first K requests, then the file\n"
    "  /cut/NAME        the file, but the connection is closed half-way\n";

/* What libmicrohttpd remembers of a request between calls: whether it has waited. */
static char has_arrived, has_waited;

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_size, void **state)
{
    struct server *server = context;
    (void)version, (void)data;
    if (!*state) { /* the headers are there; an answer may only be queued at the next call */
        *state = &has_arrived;
        return MHD_YES;
    }
    if (*data_size > 0) { /* a request body, which nothing here wants */
        *data_size = 0;
        return MHD_YES;
    }
    if (*state == &has_arrived && server->latency_s > 0) {
        *state = &has_waited;
        if (delays_add(server->delays, connection, server->latency_s) == MHD_YES)
            return MHD_YES;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return serve_refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET, HEAD");
    return serve_answer(server, connection, url);
}

static struct MHD_Daemon *start_daemon(struct server *server, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, on_request,
                            server, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG, MHD_OPTION_END);
}

static unsigned port_of(struct MHD_Daemon *daemon)
{
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void wait_for_end(const sigset_t *signals, double seconds)
{
    struct timespec left = { (time_t)seconds, (long)((seconds - floor(seconds)) * 1e9) };
    while (sigtimedwait(signals, NULL, &left) < 0 && errno == EINTR)
        ;
}

static int serve(struct server *server, const struct args *args, const sigset_t *signals)
{
    int rc = delays_create(&server->delays);
    if (rc != 0) {
        message_error("cannot start a thread: %s", strerror(-rc));
        return rc;
    }
    struct MHD_Daemon *daemon = start_daemon(server, (uint16_t)args->port);
    if (daemon) {
        server->port = port_of(daemon);
        printf("http://127.0.0.1:%u/\n", server->port);
        fflush(stdout);
        wait_for_end(signals, args->lifetime_s);
    } else {
        message_error("cannot listen at 127.0.0.1, port %u; choose another --port (0: a free one)", (unsigned)args->port);
        rc = -EADDRINUSE;
    }
    delays_end(server->delays);
    if (daemon)
        MHD_stop_daemon(daemon);
    delays_destroy(server->delays);
    serve_forget(server);
    return rc;
}

/* Blocked in every thread, so that only wait_for_end() takes them. */
static void catch_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct args args = { .port = 0 };
    const struct option_spec *const tables[] = { table, NULL };
    void *const targets[] = { &args, NULL };
    const struct option_program program = {
        .usage = "parkit-serve [options]",
        .summary = "Serve made-up files at 127.0.0.1, with latency and limited bandwidth, until SIGTERM or SIGINT.",
        .tables = tables, .targets = targets, .examples = examples,
    };
    int first;
    sigset_t signals;
    message_init("parkit-serve");
    int rc = option_parse(&program, argc, argv, &first);
    if (rc == 1)
        return EXIT_RIGHT;
    if (rc == 0 && first < argc)
        rc = message_usage("'%s' is not wanted; all is set by options", argv[first]);
    if (rc != 0)
        return exit_code_of(rc);
    raise_file_limit();
    catch_signals(&signals);
    struct server server = { .size = args.size, .bandwidth = args.bandwidth, .latency_s = args.latency_ms / 1e3 };
    return exit_code_of(serve(&server, &args, &signals));
}
