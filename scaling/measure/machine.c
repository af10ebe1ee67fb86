#include "scaling/measure/machine.h"

#include "common/topology.h"

#include <ctype.h>
#include <errno.h>
#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CPU_FOLDER "/sys/devices/system/cpu/"

/* --- Reading --- */

static bool first_line(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    bool have = f && fgets(out, (int)size, f);
    if (f)
        fclose(f);
    if (have)
        out[strcspn(out, "\n")] = '\0';
    return have && *out;
}

static json_t *text_of_file(const char *path)
{
    char line[256];
    return first_line(path, line, sizeof line) ? json_string(line) : json_null();
}

/* "key : value" in /proc/cpuinfo, 'KEY="value"' in os-release: the value of the first line that begins with @key. */
static json_t *value_in(const char *path, const char *key)
{
    char line[512];
    json_t *found = NULL;
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        char *value = line + strlen(key);
        value += strspn(value, " \t:=\"");
        value[strcspn(value, "\"\n")] = '\0';
        found = json_string(value);
    }
    if (f)
        fclose(f);
    return found ? found : json_null();
}

/* --- The parts --- */

static json_t *turbo(void)
{
    char line[16];
    if (first_line(CPU_FOLDER "intel_pstate/no_turbo", line, sizeof line))
        return json_boolean(*line == '0');
    return first_line(CPU_FOLDER "cpufreq/boost", line, sizeof line) ? json_boolean(*line == '1') : json_null();
}

static json_t *load(void)
{
    double value[1];
    return getloadavg(value, 1) == 1 ? json_real(value[0]) : json_null();
}

static json_t *quota(void)
{
    double processors = topology_cpu_quota();
    return processors > 0 ? json_real(processors) : json_null();
}

/* The memory limit of the cgroup, in the folder that a container sees as its root; null: none. */
static json_t *memory_limit(void)
{
    char line[64];
    return first_line("/sys/fs/cgroup/memory.max", line, sizeof line) && isdigit((unsigned char)*line)
               ? json_integer(atoll(line)) : json_null();
}

static json_t *container(void)
{
    const char *named = getenv("container"); /* systemd-nspawn, podman, lxc */
    if (access("/.dockerenv", F_OK) == 0)
        return json_string("docker");
    if (getenv("APPTAINER_CONTAINER") || getenv("SINGULARITY_CONTAINER"))
        return json_string("apptainer");
    if (access("/run/.containerenv", F_OK) == 0)
        return json_string("podman");
    return named && *named ? json_string(named) : json_null();
}

static json_t *hypervisor(void)
{
    char line[4096];
    bool found = false;
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && !found && fgets(line, sizeof line, f))
        found = strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor");
    if (f)
        fclose(f);
    if (!found)
        return json_null();
    json_t *maker = text_of_file("/sys/class/dmi/id/sys_vendor");
    if (!json_is_null(maker))
        return maker;
    json_decref(maker);
    return json_string("yes");
}

/* Bytes of one cache, or of all of that kind together. */
static json_t *cache(hwloc_topology_t t, hwloc_obj_type_t type, bool all)
{
    int n = hwloc_get_nbobjs_by_type(t, type);
    hwloc_obj_t first = n > 0 ? hwloc_get_obj_by_type(t, type, 0) : NULL;
    return first ? json_integer((json_int_t)first->attr->cache.size * (all ? n : 1)) : json_null();
}

static unsigned domains(hwloc_topology_t t, hwloc_obj_type_t type)
{
    int n = hwloc_get_nbobjs_by_type(t, type);
    return n > 0 ? (unsigned)n : 1;
}

static int load_topology(hwloc_topology_t *out)
{
    if (hwloc_topology_init(out) != 0)
        return -ENOMEM;
    if (hwloc_topology_load(*out) == 0)
        return 0;
    hwloc_topology_destroy(*out);
    return -ENOSYS;
}

int machine_shape(struct shape *out)
{
    struct topology *mine;
    hwloc_topology_t all;
    int rc = topology_create(&mine);
    if (rc != 0)
        return rc;
    *out = (struct shape){ .cores = topology_cores(mine), .cpus = topology_pus(mine), .sockets = 1,
                           .numa = topology_numa(mine) };
    topology_destroy(mine);
    if (load_topology(&all) == 0) {
        out->sockets = domains(all, HWLOC_OBJ_PACKAGE);
        hwloc_topology_destroy(all);
    }
    return 0;
}

static json_t *caches(void)
{
    hwloc_topology_t t;
    if (load_topology(&t) != 0)
        return json_object();
    json_t *o = json_pack("{s:o, s:o}", "l2_bytes", cache(t, HWLOC_OBJ_L2CACHE, false), "l3_bytes",
        cache(t, HWLOC_OBJ_L3CACHE, true));
    hwloc_topology_destroy(t);
    return o;
}

json_t *machine_json(const struct shape *shape)
{
    struct utsname system = { .sysname = "unknown" };
    char kernel[2 * sizeof system.sysname + 2], cpuset[256];
    uname(&system);
    snprintf(kernel, sizeof kernel, "%s %s", system.sysname, system.release);
    topology_bound_to(cpuset, sizeof cpuset);
    json_t *processor = json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:s}", "host", topology_host(),
        "kernel", kernel, "arch", system.machine, "cpu", value_in("/proc/cpuinfo", "model name"),
        "microcode", value_in("/proc/cpuinfo", "microcode"), "cores", (json_int_t)shape->cores,
        "cpus", (json_int_t)shape->cpus, "sockets", (json_int_t)shape->sockets, "numa", (json_int_t)shape->numa,
        "smt", (json_int_t)((shape->cpus + shape->cores - 1) / shape->cores), "cpuset", cpuset);
    json_t *state = json_pack("{s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}",
        "governor", text_of_file(CPU_FOLDER "cpu0/cpufreq/scaling_governor"), "turbo", turbo(), "load", load(),
        "memory", (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "memory_limit", memory_limit(),
        "quota", quota(), "container", container(), "hypervisor", hypervisor(),
        "os", value_in("/etc/os-release", "PRETTY_NAME"));
    json_t *sizes = caches();
    if (!processor || !state || !sizes || json_object_update(processor, state) != 0 ||
        json_object_update(processor, sizes) != 0) {
        json_decref(processor);
        processor = NULL;
    }
    json_decref(state);
    json_decref(sizes);
    return processor;
}
