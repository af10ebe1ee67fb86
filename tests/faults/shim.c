/*
 * A machine with faults, for programs that are tested: preload it (LD_PRELOAD) and say what is wrong in the environment.
 *
 *   SHIM_CLOCK=SECONDS    the wall clock jumps by so much at every other look (SHIM_CLOCK=-86400: a day back)
 *   SHIM_CLOSE=ERRNO      close() of a file opened for writing under a name that ends in ".part" fails so (EIO: 5)
 *   SHIM_WRITE=ERRNO      so do writes to it, from the second on (EDQUOT: 122)
 *   SHIM_FSYNC=ERRNO      so do fsync, fdatasync and syncfs
 *   SHIM_SYNC_HOLD=FILE   syncfs makes FILE.held and waits, for half a minute at most, until there is FILE
 *   SHIM_DNS=CODE         names ending in ".test" are not resolved: getaddrinfo() returns CODE (EAI_NONAME -2, EAI_AGAIN -3,
 *                         EAI_FAIL -4), or, for "slow", nothing for five seconds
 *   SHIM_DNS_COUNT=FILE   a byte is appended to FILE for every such question
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) real_of(#name)

static void *real_of(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static int fault_of(const char *variable)
{
    const char *text = getenv(variable);
    return text ? atoi(text) : 0;
}

/* Whether @fd is a file on its way, by its name in /proc. */
static int is_part(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    return n > 5 && memcmp(path + n - 5, ".part", 5) == 0;
}

static int fails(const char *variable, int fd)
{
    int fault = fault_of(variable);
    return fault && is_part(fd) ? fault : 0;
}

/* --- files --- */

int close(int fd)
{
    int (*real)(int) = (int (*)(int))REAL(close);
    int fault = fails("SHIM_CLOSE", fd), rc = real(fd);
    errno = fault ? fault : errno;
    return fault ? -1 : rc;
}

static _Atomic int writes;

ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))REAL(write);
    int fault = fails("SHIM_WRITE", fd);
    if (!fault || writes++ == 0)
        return real(fd, data, size);
    errno = fault;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t (*)(int, const void *, size_t, off_t))REAL(pwrite);
    int fault = fails("SHIM_WRITE", fd);
    if (!fault || writes++ == 0)
        return real(fd, data, size, at);
    errno = fault;
    return -1;
}

int fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))REAL(fdatasync);
    int fault = fault_of("SHIM_FSYNC");
    errno = fault ? fault : errno;
    return fault ? -1 : real(fd);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))REAL(fsync);
    int fault = fault_of("SHIM_FSYNC");
    errno = fault ? fault : errno;
    return fault ? -1 : real(fd);
}

static void hold(const char *path)
{
    char held[4096];
    snprintf(held, sizeof held, "%s.held", path ? path : "");
    if (!path)
        return;
    int fd = open(held, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
    for (int i = 0; i < 600 && access(path, F_OK) != 0; i++)
        usleep(50000);
}

int syncfs(int fd)
{
    int (*real)(int) = (int (*)(int))REAL(syncfs);
    int fault = fault_of("SHIM_FSYNC");
    hold(getenv("SHIM_SYNC_HOLD"));
    errno = fault ? fault : errno;
    return fault ? -1 : real(fd);
}

/* --- the wall clock --- */

static long jump(void)
{
    static _Atomic int looks;
    return looks++ % 2 ? fault_of("SHIM_CLOCK") : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))REAL(clock_gettime);
    int rc = real(clock, now);
    if (rc == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += jump();
    return rc;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return 0;
}

/* --- names --- */

static void count_question(void)
{
    const char *path = getenv("SHIM_DNS_COUNT");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        return;
    if (write(fd, "?", 1) != 1)
        perror(path);
    close(fd);
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))REAL(getaddrinfo);
    const char *how = getenv("SHIM_DNS");
    size_t length = node ? strlen(node) : 0;
    if (!how || length < 5 || strcmp(node + length - 5, ".test") != 0)
        return real(node, service, hints, found);
    count_question();
    if (strcmp(how, "slow") == 0)
        sleep(5);
    return strcmp(how, "slow") == 0 ? EAI_AGAIN : atoi(how);
}
