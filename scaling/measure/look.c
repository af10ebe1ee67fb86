#include "scaling/measure/look.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CPUS_MAX = 1024,    /* what a cpu_set_t holds                                          */
    SETS_MAX = 64,      /* distinct sets that are told apart                               */
    THREADS_MAX = 1024, /* looked at in all, so that a look stays short on large machines  */
    CLOCKS_MAX = 64,    /* cpus whose clock is read                                        */
};

struct sight {
    cpu_set_t set[SETS_MAX];
    int n_sets, threads;
    bool more; /* than were looked at */
};

static void see_thread(pid_t thread, struct sight *s)
{
    cpu_set_t *set = &s->set[s->n_sets];
    s->more |= s->threads >= THREADS_MAX || s->n_sets >= SETS_MAX;
    if (s->more || sched_getaffinity(thread, sizeof *set, set) != 0)
        return;
    s->threads++;
    for (int i = 0; i < s->n_sets; i++)
        if (CPU_EQUAL(&s->set[i], set))
            return;
    s->n_sets++;
}

static void see_process(pid_t pid, struct sight *s);

/* /proc/PID/task/TID/children needs a kernel option that distributions set; without it only the command is seen. */
static void see_children(pid_t pid, pid_t thread, struct sight *s)
{
    char path[64];
    int child;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)thread);
    FILE *f = fopen(path, "re");
    while (f && !s->more && fscanf(f, "%d", &child) == 1)
        see_process(child, s);
    if (f)
        fclose(f);
}

static void see_process(pid_t pid, struct sight *s)
{
    char path[64];
    const struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    while (threads && !s->more && (entry = readdir(threads)))
        if (isdigit((unsigned char)entry->d_name[0])) {
            see_thread((pid_t)atoi(entry->d_name), s);
            see_children(pid, (pid_t)atoi(entry->d_name), s);
        }
    if (threads)
        closedir(threads);
}

/* --- In words --- */

static int print_set(const cpu_set_t *set, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < CPUS_MAX && used < size; i++) {
        int last = i;
        if (!CPU_ISSET(i, set))
            continue;
        while (last + 1 < CPUS_MAX && CPU_ISSET(last + 1, set))
            last++;
        used += (size_t)snprintf(out + used, size - used, last > i ? "%s%d-%d" : "%s%d", used ? "," : "", i, last);
        i = last;
    }
    return (int)used;
}

/* Wide sets first, as launchers before what they launched; then by their first cpu. */
static int by_place(const void *left, const void *right)
{
    const cpu_set_t *a = left, *b = right;
    int wide_a = CPU_COUNT(a), wide_b = CPU_COUNT(b);
    for (int i = 0; wide_a == wide_b && i < CPUS_MAX; i++)
        if (CPU_ISSET(i, a) != CPU_ISSET(i, b))
            return CPU_ISSET(i, a) ? -1 : 1;
    return wide_b - wide_a;
}

static void print_sets(const struct sight *s, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < s->n_sets && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, "%s", i ? " " : "");
        if (used < size)
            used += (size_t)print_set(&s->set[i], out + used, size - used);
    }
    if (s->more && used + 5 < size)
        strcpy(out + used, " ...");
}

static double mean_clock(const struct sight *s)
{
    char path[96];
    double sum = 0, khz;
    int n = 0;
    cpu_set_t all;
    CPU_ZERO(&all);
    for (int i = 0; i < s->n_sets; i++)
        CPU_OR(&all, &all, &s->set[i]);
    for (int i = 0; i < CPUS_MAX && n < CLOCKS_MAX; i++) {
        if (!CPU_ISSET(i, &all))
            continue;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", i);
        FILE *f = fopen(path, "re");
        if (!f)
            break; /* no clocks on this machine */
        if (fscanf(f, "%lf", &khz) == 1) {
            sum += khz;
            n++;
        }
        fclose(f);
    }
    return n ? sum / n / 1000 : NAN;
}

void look_at(pid_t pid, struct look *look)
{
    struct sight s = { .n_sets = 0 };
    see_process(pid, &s);
    if (s.n_sets == 0)
        return;
    qsort(s.set, (size_t)s.n_sets, sizeof *s.set, by_place);
    print_sets(&s, look->affinity, sizeof look->affinity);
    look->mhz = mean_clock(&s);
}
