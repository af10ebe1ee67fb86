/*
 * An array goes in chunks of the file, so that buffers stay small: of each chunk every rank packs (or unpacks) the pieces
 * of rows that lie in its box, and all ranks write (or read) it together, through a view of the file that has just the
 * pieces of each. The checksums are taken of what is packed.
 */
#include "mpi/checkpoint_data.h"

#include "common/message.h"
#include "mpi/check.h"
#include "mpi/checkpoint_sum.h"
#include "mpi/runtime.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 22 /* words a rank, 32 MiB */, RANKS_FILLED = 16 /* but no more than for so many */ };

/* One array on its way. */
struct transfer {
    struct mpi_runtime *rt;
    const char *path;
    MPI_File file;
    bool write;
    uint64_t at;               /* where the data begin in the file                        */
    uint64_t block_words, *sum;
    const struct checkpoint_array *array;
    uint64_t base;             /* its first word, from the beginning of the data           */
    uint64_t begin, end;       /* the chunk: words of the array                            */
    uint64_t *buffer;          /* words of the pieces here, one piece after the other      */
    int *length;               /* words of each ...                                        */
    MPI_Aint *place;           /* ... and its place, in bytes from the beginning of the data */
    size_t words, pieces, room_words, room_pieces;
};

static int file_failed(const struct transfer *t, int code)
{
    return mpi_file_check(t->write ? "write" : "read", t->path, code);
}

/* --- the pieces of a chunk --- */

/* The words of row @row that lie both in the box and in the chunk; false: none. */
static bool piece_of_row(const struct transfer *t, uint64_t row, uint64_t *begin, uint64_t *end)
{
    const struct checkpoint_array *a = t->array;
    uint64_t z = row / a->size[1], y = row % a->size[1], first = row * a->size[2];
    if (z < a->begin[0] || z >= a->end[0] || y < a->begin[1] || y >= a->end[1] || a->begin[2] >= a->end[2])
        return false;
    *begin = first + a->begin[2] > t->begin ? first + a->begin[2] : t->begin;
    *end = first + a->end[2] < t->end ? first + a->end[2] : t->end;
    return *begin < *end;
}

/* Where word @word of the array, which is in the box, stands in memory. */
static uint64_t *memory_of(const struct checkpoint_array *a, uint64_t word)
{
    uint64_t row = word / a->size[2], z = row / a->size[1] - a->begin[0], y = row % a->size[1] - a->begin[1];
    return (uint64_t *)a->word + z * a->stride[0] + y * a->stride[1] + (word % a->size[2] - a->begin[2]);
}

/* Calls @visit for each piece, which counts it in t->words and t->pieces. */
static void each_piece(struct transfer *t, void (*visit)(struct transfer *, uint64_t begin, uint64_t end))
{
    uint64_t begin, end;
    t->words = t->pieces = 0;
    for (uint64_t row = t->begin / t->array->size[2]; row * t->array->size[2] < t->end; row++)
        if (piece_of_row(t, row, &begin, &end)) {
            visit(t, begin, end);
            t->words += end - begin;
        }
}

static void count(struct transfer *t, uint64_t begin, uint64_t end)
{
    (void)begin, (void)end;
    t->pieces++;
}

/* Neighbours in the file are one piece of it. */
static void place(struct transfer *t, uint64_t begin, uint64_t end)
{
    MPI_Aint at = (MPI_Aint)(8 * (t->base + begin));
    if (t->pieces > 0 && t->place[t->pieces - 1] + (MPI_Aint)8 * t->length[t->pieces - 1] == at) {
        t->length[t->pieces - 1] += (int)(end - begin);
        return;
    }
    t->place[t->pieces] = at;
    t->length[t->pieces++] = (int)(end - begin);
}

static void pack(struct transfer *t, uint64_t begin, uint64_t end)
{
    memcpy(t->buffer + t->words, memory_of(t->array, begin), (end - begin) * sizeof *t->buffer);
}

static void unpack(struct transfer *t, uint64_t begin, uint64_t end)
{
    memcpy(memory_of(t->array, begin), t->buffer + t->words, (end - begin) * sizeof *t->buffer);
}

static void sum(struct transfer *t, uint64_t begin, uint64_t end)
{
    if (t->sum)
        checkpoint_sum(t->sum, t->block_words, t->base + begin, t->buffer + t->words, end - begin);
}

static int make_room(struct transfer *t)
{
    each_piece(t, count);
    if (t->words > t->room_words || !t->buffer) {
        free(t->buffer);
        t->room_words = t->words;
        t->buffer = malloc((t->words + 1) * sizeof *t->buffer);
    }
    if (t->pieces > t->room_pieces || !t->length) {
        free(t->length);
        free(t->place);
        t->room_pieces = t->pieces;
        t->length = malloc((t->pieces + 1) * sizeof *t->length);
        t->place = malloc((t->pieces + 1) * sizeof *t->place);
    }
    return t->buffer && t->length && t->place ? 0 : -ENOMEM;
}

/* --- chunks --- */

/* A rank that has no piece of it still takes part. */
static int view(struct transfer *t)
{
    MPI_Datatype type = MPI_UINT64_T;
    int rc = 0;
    each_piece(t, place);
    if (t->pieces > 0) {
        rc = mpi_check("MPI_Type_create_hindexed",
                       MPI_Type_create_hindexed((int)t->pieces, t->length, t->place, MPI_UINT64_T, &type));
        if (rc == 0)
            rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&type));
    }
    if (rc == 0)
        rc = file_failed(t, MPI_File_set_view(t->file, (MPI_Offset)t->at, MPI_UINT64_T, type, "native", MPI_INFO_NULL));
    if (t->pieces > 0 && type != MPI_UINT64_T)
        MPI_Type_free(&type);
    return rc;
}

static int move(struct transfer *t)
{
    MPI_Status status;
    int done = 0, words = (int)t->words;
    int code = t->write ? MPI_File_write_all(t->file, t->buffer, words, MPI_UINT64_T, &status)
                        : MPI_File_read_all(t->file, t->buffer, words, MPI_UINT64_T, &status);
    int rc = file_failed(t, code);
    if (rc == 0 && words > 0)
        rc = mpi_check("MPI_Get_count", MPI_Get_count(&status, MPI_UINT64_T, &done));
    if (rc == 0 && words > 0 && done != words) {
        message_error("cannot %s %s: %d of %d words went through", t->write ? "write" : "read", t->path, done, words);
        rc = -EIO;
    }
    return rc;
}

static int do_chunk(struct transfer *t)
{
    int rc = mpi_settle(t->rt, make_room(t));
    if (rc != 0)
        return rc;
    if (t->write) {
        each_piece(t, pack);
        each_piece(t, sum);
    }
    rc = mpi_settle(t->rt, view(t));
    if (rc == 0)
        rc = mpi_settle(t->rt, move(t));
    if (rc == 0 && !t->write) {
        each_piece(t, sum);
        each_piece(t, unpack);
    }
    return rc;
}

/* What all have is written, and read, by rank 0. */
static int do_array(struct transfer *t, const struct checkpoint_array *array)
{
    struct checkpoint_array whole = *array;
    uint64_t words = checkpoint_words(array), ranks = (uint64_t)t->rt->base.ranks;
    uint64_t chunk = (uint64_t)CHUNK * (ranks < RANKS_FILLED ? ranks : RANKS_FILLED);
    int rc = 0;
    if (array->everywhere) {
        whole = checkpoint_vector(array->name, words, 0, t->rt->base.rank == 0 ? words : 0, array->word);
        memcpy(whole.size, array->size, sizeof whole.size);
    }
    t->array = &whole;
    for (t->begin = 0; rc == 0 && t->begin < words; t->begin = t->end) {
        t->end = words - t->begin > chunk ? t->begin + chunk : words;
        rc = do_chunk(t);
    }
    if (rc == 0 && array->everywhere && !t->write)
        rc = mpi_check("MPI_Bcast", MPI_Bcast(array->word, (int)words, MPI_UINT64_T, 0, t->rt->comm));
    t->base += words;
    return rc;
}

static int transfer(struct transfer *t, const struct checkpoint_array *array, size_t n)
{
    int mode = t->write ? MPI_MODE_RDWR : MPI_MODE_RDONLY; /* a library may read before it writes between others' pieces */
    struct checkpoint_layout l = checkpoint_layout_of(array, n);
    t->block_words = l.block_words;
    if (t->sum)
        memset(t->sum, 0, l.blocks * sizeof *t->sum);
    int rc = mpi_settle(t->rt, mpi_file_check("open", t->path, MPI_File_open(t->rt->comm, t->path, mode, MPI_INFO_NULL, &t->file)));
    if (rc != 0)
        return rc;
    for (size_t a = 0; rc == 0 && a < n; a++)
        rc = do_array(t, &array[a]);
    if (rc == 0 && t->write)
        rc = mpi_settle(t->rt, file_failed(t, MPI_File_sync(t->file)));
    if (rc != -ECOMM) {
        int closed = file_failed(t, MPI_File_close(&t->file));
        rc = rc ? rc : mpi_settle(t->rt, closed);
    }
    free(t->buffer);
    free(t->length);
    free(t->place);
    return rc;
}

int checkpoint_data_write(struct mpi_runtime *rt, const char *path, uint64_t at, const struct checkpoint_array *array, size_t n,
                          uint64_t *sums)
{
    return transfer(&(struct transfer){ .rt = rt, .path = path, .at = at, .write = true, .sum = sums }, array, n);
}

int checkpoint_data_read(struct mpi_runtime *rt, const char *path, uint64_t at, const struct checkpoint_array *array, size_t n,
                          uint64_t *sums)
{
    return transfer(&(struct transfer){ .rt = rt, .path = path, .at = at, .sum = sums }, array, n);
}
