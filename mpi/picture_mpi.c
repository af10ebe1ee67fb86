#include "mpi/picture_mpi.h"

#include "cpu_bound/output.h"
#include "cpu_bound/picture.h"
#include "mpi/check.h"
#include "mpi/checkpoint_file.h"
#include "mpi/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 1 << 20, TAG_STRIP = 0 }; /* bytes; one row at least */

static size_t strip_rows(const struct picture_part *part)
{
    size_t rows = STRIP / (3 * part->width);
    return rows ? rows : 1;
}

/* Rows [@y, the next strip or @end) of this rank into @rgb; returns how many. */
static size_t fill_strip(const struct picture_part *part, size_t y, size_t end, uint8_t *rgb)
{
    size_t most = strip_rows(part), rows = end - y < most ? end - y : most;
    for (size_t i = 0; i < rows; i++)
        part->row(part->context, y + i, rgb + 3 * part->width * i);
    return rows;
}

/* --- PPM: every pixel has its place --- */

static int write_header(struct checkpoint_part *file, const char *path, const struct picture_part *part)
{
    char header[PICTURE_HEADER];
    size_t length = picture_ppm_header(header, part->width, part->height);
    int rc = checkpoint_part_begin(path, length + (uint64_t)3 * part->width * part->height, file);
    return rc == 0 ? checkpoint_part_write(file, header, length, 0) : rc;
}

/* Each rank has one piece of the file: to write them together would only move pixels about. */
static int write_rows(MPI_File file, const char *name, const struct picture_part *part, uint8_t *rgb)
{
    char header[PICTURE_HEADER];
    size_t before = picture_ppm_header(header, part->width, part->height);
    int rc = 0;
    for (size_t y = part->begin, rows; rc == 0 && y < part->end; y += rows) {
        MPI_Status status;
        int written = 0;
        rows = fill_strip(part, y, part->end, rgb);
        int bytes = (int)(3 * part->width * rows);
        MPI_Offset at = (MPI_Offset)(before + 3 * part->width * y);
        rc = mpi_file_check("write", name, MPI_File_write_at(file, at, rgb, bytes, MPI_BYTE, &status));
        if (rc == 0)
            rc = mpi_check("MPI_Get_count", MPI_Get_count(&status, MPI_BYTE, &written));
        if (rc == 0 && written != bytes)
            rc = output_failed(name, -ENOSPC);
    }
    return rc;
}

static int write_pixels(struct mpi_runtime *rt, const char *name, const struct picture_part *part)
{
    MPI_File file;
    uint8_t *rgb = malloc(3 * part->width * strip_rows(part));
    int rc = mpi_settle(rt, rgb ? 0 : output_failed(name, -ENOMEM));
    if (rc == 0)
        rc = mpi_settle(rt, mpi_file_check("open", name, MPI_File_open(rt->comm, name, MPI_MODE_WRONLY, MPI_INFO_NULL, &file)));
    if (rc == 0) {
        rc = mpi_settle(rt, write_rows(file, name, part, rgb));
        if (rc == 0) /* collective: nobody may stay away */
            rc = mpi_settle(rt, mpi_file_check("write", name, MPI_File_sync(file)));
        if (rc != -ECOMM) {
            int closed = mpi_file_check("write", name, MPI_File_close(&file));
            rc = rc ? rc : mpi_settle(rt, closed);
        }
    }
    free(rgb);
    return rc;
}

static int write_ppm(struct mpi_runtime *rt, const char *path, const struct picture_part *part)
{
    struct checkpoint_part file = { .fd = -1 };
    bool root = rt->base.rank == 0;
    char *name = NULL;
    int rc = asprintf(&name, "%s.part", path) < 0 ? -ENOMEM : 0;
    if (rc == 0 && root)
        rc = write_header(&file, path, part);
    rc = mpi_settle(rt, rc);
    if (rc == 0)
        rc = write_pixels(rt, name, part);
    if (rc == 0)
        rc = mpi_settle(rt, root ? checkpoint_part_rename(&file) : 0);
    checkpoint_part_end(&file);
    free(name);
    return rc;
}

/* --- PNG: one row after the other, compressed --- */

/* Rank 0: the strip at hand. */
struct strips {
    struct mpi_runtime *rt;
    const struct picture_part *part;
    size_t *border;      /* the first row of each rank, and the height        */
    int owner;           /* of the strip                                      */
    size_t begin, end;   /* its rows                                          */
    uint8_t *rgb;
    int rc;              /* -ECOMM: the rest cannot be had                    */
};

/* The strip that begins with row @y; strips come in order. */
static void next_strip(struct strips *s, size_t y)
{
    size_t most = strip_rows(s->part);
    while (s->border[s->owner + 1] <= y)
        s->owner++;
    s->begin = y;
    s->end = s->border[s->owner + 1] - y < most ? s->border[s->owner + 1] : y + most;
    if (s->owner == 0)
        fill_strip(s->part, y, s->end, s->rgb);
    else if (s->rc == 0)
        s->rc = mpi_check("MPI_Recv", MPI_Recv(s->rgb, (int)(3 * s->part->width * (s->end - s->begin)), MPI_BYTE, s->owner,
                                               TAG_STRIP, s->rt->comm, MPI_STATUS_IGNORE));
}

static void take_row(const void *context, size_t y, uint8_t *rgb)
{
    struct strips *s = *(struct strips *const *)context;
    size_t bytes = 3 * s->part->width;
    if (y == s->end)
        next_strip(s, y);
    memcpy(rgb, s->rgb + bytes * (y - s->begin), bytes);
}

/* Whatever becomes of the file, the strips that are on their way are received. */
static int write_strips(struct strips *s, const char *path)
{
    struct strips *const context = s;
    int rc = picture_write(path, s->part->width, s->part->height, take_row, &context);
    while (s->end < s->part->height)
        next_strip(s, s->end);
    return s->rc ? s->rc : rc;
}

/* Synchronously, so that no more than a strip of each rank is on its way. */
static int send_strips(struct mpi_runtime *rt, const struct picture_part *part, uint8_t *rgb)
{
    int rc = 0;
    for (size_t y = part->begin, rows; rc == 0 && y < part->end; y += rows) {
        rows = fill_strip(part, y, part->end, rgb);
        rc = mpi_check("MPI_Ssend", MPI_Ssend(rgb, (int)(3 * part->width * rows), MPI_BYTE, 0, TAG_STRIP, rt->comm));
    }
    return rc;
}

static int write_png(struct mpi_runtime *rt, const char *path, const struct picture_part *part)
{
    bool root = rt->base.rank == 0;
    struct strips s = { .rt = rt, .part = part, .rgb = malloc(3 * part->width * strip_rows(part)) };
    uint64_t begin = part->begin;
    s.border = root ? malloc(((size_t)rt->base.ranks + 1) * sizeof *s.border) : NULL;
    _Static_assert(sizeof *s.border == sizeof begin, "rows are sent as 64-bit numbers");
    int rc = mpi_settle(rt, s.rgb && (s.border || !root) ? 0 : output_failed(path, -ENOMEM));
    if (rc == 0)
        rc = mpi_check("MPI_Gather", MPI_Gather(&begin, 1, MPI_UINT64_T, s.border, 1, MPI_UINT64_T, 0, rt->comm));
    if (rc == 0 && root) {
        s.border[rt->base.ranks] = part->height;
        rc = write_strips(&s, path);
    } else if (rc == 0) {
        rc = send_strips(rt, part, s.rgb);
    }
    free(s.border);
    free(s.rgb);
    return mpi_settle(rt, rc);
}

int picture_mpi_write(struct mpi_runtime *rt, const char *path, const struct picture_part *part)
{
    int rc = picture_is_ppm(path) ? write_ppm(rt, path, part) : write_png(rt, path, part);
    return rc == -EIO ? -EACCES : rc; /* a disk that fails is something missing, not a wrong answer */
}
