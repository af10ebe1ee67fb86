#include "common/memory.h"

#include "common/message.h"
#include "common/size.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static double number_in(const char *path)
{
    double value;
    FILE *f = fopen(path, "re");
    if (!f)
        return INFINITY;
    if (fscanf(f, "%lf", &value) != 1) /* "max" */
        value = INFINITY;
    fclose(f);
    return value;
}

static double mem_available(void)
{
    char line[256];
    double kib, bytes = INFINITY;
    FILE *f = fopen("/proc/meminfo", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1)
            bytes = kib * 1024;
    if (f)
        fclose(f);
    return bytes;
}

/* In a container the own cgroup is the root; on a host it stands in /proc/self/cgroup. */
static double cgroup_left(void)
{
    char line[512], path[600], group[512] = "";
    FILE *f = fopen("/proc/self/cgroup", "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "0::", 3) == 0)
            snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    if (f)
        fclose(f);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
    double most = number_in(path);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.current", group);
    double used = number_in(path);
    return isfinite(most) && isfinite(used) ? most - used : INFINITY;
}

double memory_free(void)
{
    struct rlimit limit;
    double least = fmin(mem_available(), cgroup_left());
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        least = fmin(least, (double)limit.rlim_cur);
    return least;
}

int memory_check(const char *what, double bytes)
{
    char needs[32], has[32];
    double left = memory_free();
    if (bytes <= left)
        return 0;
    message_error("%s needs %s of memory and %s are free; take a smaller size", what,
                  size_print_bytes(bytes, needs, sizeof needs), size_print_bytes(left, has, sizeof has));
    return -ENOMEM;
}
