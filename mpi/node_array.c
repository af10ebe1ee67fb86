#include "mpi/node_array.h"

#include "mpi/check.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20 };

/* Where others of the computer find the memory of a rank: /proc/PID/fd/FD. */
struct address {
    int rank, fd;
    long pid;
    uint64_t device, inode; /* in another PID namespace, another file may be found there */
    size_t bytes;
};

/* Mapped at a multiple of a huge page, so that huge pages fit. NULL where that fails. */
static uint64_t *map(int fd, size_t bytes, int protection)
{
    char *room = mmap(NULL, bytes + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    char *at = room + (HUGE_PAGE - (uintptr_t)room % HUGE_PAGE) % HUGE_PAGE;
    bool mapped = mmap(at, bytes, protection, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
    if (at > room)
        munmap(room, (size_t)(at - room));
    if (at + bytes < room + bytes + HUGE_PAGE)
        munmap(at + bytes, (size_t)(room + HUGE_PAGE - at));
    if (!mapped) {
        munmap(at, bytes);
        return NULL;
    }
    madvise(at, bytes, MADV_HUGEPAGE); /* best effort */
    return (uint64_t *)(void *)at;
}

/* The memory file of this rank, mapped; -1 where there is no room. */
static int make_mine(struct mpi_runtime *rt, size_t n, struct node_array *a)
{
    size_t bytes = (n * sizeof(uint64_t) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    int fd = memfd_create("parkit", MFD_CLOEXEC);
    bytes += bytes ? 0 : HUGE_PAGE;
    if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0)
        a->mine = map(fd, bytes, PROT_READ | PROT_WRITE);
    if (!a->mine)
        return fd;
    a->of[rt->base.rank] = a->mine;
    a->bytes[rt->base.rank] = bytes;
    return fd;
}

static bool is_meant(int fd, const struct address *a)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_dev == a->device && st.st_ino == a->inode && (uint64_t)st.st_size >= a->bytes;
}

static uint64_t *map_other(const struct address *other, enum node_access access)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%ld/fd/%d", other->pid, other->fd);
    int fd = open(name, (access == NODE_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    int protection = access == NODE_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
    uint64_t *at = fd >= 0 && is_meant(fd, other) ? map(fd, other->bytes, protection) : NULL;
    if (fd >= 0)
        close(fd);
    return at;
}

static void unmap_others(struct node_array *a)
{
    for (size_t r = 0; r < a->ranks; r++)
        if (a->of[r] && a->of[r] != a->mine) {
            munmap(a->of[r], a->bytes[r]);
            a->of[r] = NULL;
        }
    a->readable = 1;
}

/* Map those of the other ranks of this computer: all, or none where anybody cannot. */
static int map_others(struct mpi_runtime *rt, const struct address *mine, enum node_access access, struct node_array *a)
{
    int ranks = rt->base.ranks_on_node, can = 1, all_can = 0;
    struct address *all = calloc((size_t)ranks, sizeof *all);
    int rc = rt->base.agree(&rt->base, all && a->mine ? 0 : -ENOMEM);
    if (rc == 0)
        rc = mpi_check("MPI_Allgather", MPI_Allgather(mine, sizeof *mine, MPI_BYTE, all, sizeof *mine, MPI_BYTE, rt->node));
    for (int i = 0; rc == 0 && i < ranks && can; i++) {
        int r = all[i].rank;
        if (r == mine->rank)
            continue;
        a->of[r] = map_other(&all[i], access);
        a->bytes[r] = all[i].bytes;
        can = a->of[r] != NULL;
    }
    if (rc == 0) /* and from here on nobody needs this rank's file any more */
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&can, &all_can, 1, MPI_INT, MPI_LAND, rt->node));
    a->readable = ranks;
    if (!all_can)
        unmap_others(a);
    free(all);
    return rc;
}

int node_array_create(struct mpi_runtime *rt, size_t n, enum node_access access, struct node_array *out)
{
    size_t ranks = (size_t)rt->base.ranks;
    *out = (struct node_array){ .ranks = ranks, .readable = 1, .of = calloc(ranks, sizeof *out->of),
                                .bytes = calloc(ranks, sizeof *out->bytes) };
    int fd = out->of && out->bytes ? make_mine(rt, n, out) : -1, me = rt->base.rank;
    struct stat st = { 0 };
    if (fd >= 0 && fstat(fd, &st) != 0)
        st = (struct stat){ 0 };
    struct address mine = { me, fd, (long)getpid(), st.st_dev, st.st_ino, out->mine ? out->bytes[me] : 0 };
    int rc = map_others(rt, &mine, access, out);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Best effort: a kernel before 6.1 does not know it, and memory may be in pieces. */
static void collapse(const uint64_t *at, size_t bytes)
{
#ifdef MADV_COLLAPSE
    madvise((void *)(uintptr_t)at, bytes, MADV_COLLAPSE);
#else
    madvise((void *)(uintptr_t)at, bytes, 25); /* its number: older headers lack the name */
#endif
}

int node_array_touched(struct mpi_runtime *rt, struct node_array *a)
{
    if (a->readable == 1)
        return 0;
    collapse(a->mine, a->bytes[rt->base.rank]);
    int rc = mpi_check("MPI_Barrier", MPI_Barrier(rt->node));
    for (size_t r = 0; rc == 0 && r < a->ranks; r++)
        if (a->of[r] && a->of[r] != a->mine)
            collapse(a->of[r], a->bytes[r]);
    return rc;
}

void node_array_destroy(struct node_array *a)
{
    if (a->of && a->bytes) {
        unmap_others(a);
        for (size_t r = 0; a->mine && r < a->ranks; r++)
            if (a->of[r])
                munmap(a->mine, a->bytes[r]);
    }
    free(a->of);
    free(a->bytes);
    *a = (struct node_array){ 0 };
}
