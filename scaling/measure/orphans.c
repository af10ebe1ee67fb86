#include "scaling/measure/orphans.h"

#include "common/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void orphans_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The parent of a process, 0 if it is gone: field 4 of /proc/PID/stat. The name before may hold blanks and ')'. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    const char *after_name = strrchr(text, ')');
    int parent = 0;
    return after_name && sscanf(after_name + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/* /proc is searched for our children, because /proc/PID/task/TID/children needs a kernel option. */
static unsigned signal_children(int signal)
{
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    unsigned told = 0;
    const struct dirent *entry;
    while ((entry = readdir(proc)))
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == getpid())
            told += kill((pid_t)atoi(entry->d_name), signal) == 0;
    closedir(proc);
    return told;
}

/* Reap what has ended; whether children remain. */
static bool children_remain(void)
{
    pid_t pid;
    do
        pid = waitpid(-1, NULL, WNOHANG);
    while (pid > 0);
    return pid == 0;
}

static void wait_for_a_child(double seconds)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    time_t whole = (time_t)seconds;
    struct timespec limit = { whole, (long)((seconds - (double)whole) * 1e9) };
    sigtimedwait(&child, NULL, &limit);
}

unsigned orphans_end(double grace_s)
{
    unsigned told = 0;
    double deadline_s = clock_now_s() + grace_s, left_s;
    while (children_remain() && (left_s = deadline_s - clock_now_s()) > 0) {
        told += signal_children(SIGTERM); /* again after each death: the dead leave children to adopt */
        wait_for_a_child(left_s);
    }
    while (children_remain()) {
        told += signal_children(SIGKILL);
        wait_for_a_child(0.01);
    }
    return told;
}
