#ifndef PARKIT_MPI_CHECKPOINT_FILE_H
#define PARKIT_MPI_CHECKPOINT_FILE_H
/*
 * The file of a checkpoint, as one process sees it.
 *
 *     4096 bytes   header: "parkit checkpoint VERSION DIGEST\n", a JSON object, "\n", zeros. DIGEST is of all that follows
 *                  it in the header
 *     words        all arrays, one after the other, 8 bytes a word in the order of the machine's bytes
 *     sums         of each block of words (checkpoint_sum.h); the header has their digest
 *
 * So every byte is covered by a checksum, and the length follows from the header. The JSON object has `identity` (workload,
 * size or class, seed and options), `at` and `unit` (progress), `arrays` (name and size of each), `words`, `block_words`,
 * `sums` (digest) and `version` (of parkit). `head -n 2 FILE` shows it.
 *
 * Who starts to write locks FILE.part, so that two jobs that were given the same name cannot mix; what a killed job has
 * left under that name is written over.
 */
#include "mpi/checkpoint.h"

enum { CHECKPOINT_VERSION = 1, CHECKPOINT_HEADER = 4096 };

/* How many words there are, and in what blocks they are summed: a function of their number alone. */
struct checkpoint_layout {
    uint64_t words, block_words, blocks;
};

struct checkpoint_layout checkpoint_layout_of(const struct checkpoint_array *array, size_t n);

static inline uint64_t checkpoint_words(const struct checkpoint_array *array)
{
    return (uint64_t)array->size[0] * array->size[1] * array->size[2];
}

static inline uint64_t checkpoint_bytes(const struct checkpoint_layout *l)
{
    return CHECKPOINT_HEADER + 8 * (l->words + l->blocks);
}

/** checkpoint_header() - the JSON object; NULL: no memory. */
json_t *checkpoint_header(const struct checkpoint *c, uint64_t at, const struct checkpoint_array *array, size_t n);

/* A file that is being written: a checkpoint, or a result that all ranks write together. */
struct checkpoint_part {
    const char *path;  /* the name that it will have */
    char *name;        /* the name that it has now   */
    int fd;
};

/**
 * checkpoint_part_begin() - make and lock the file beside @path, with room for @bytes.
 *
 * 0 or a negative errno value after a message; then, too, checkpoint_part_end() is to be called.
 */
int checkpoint_part_begin(const char *path, uint64_t bytes, struct checkpoint_part *out) __attribute__((warn_unused_result));

/** checkpoint_part_write() - @size bytes at byte @at. 0 or a failure, told. */
int checkpoint_part_write(const struct checkpoint_part *p, const void *data, size_t size, uint64_t at)
    __attribute__((warn_unused_result));

/** checkpoint_part_rename() - make the file durable and give it its name. 0 or a failure, told. */
int checkpoint_part_rename(struct checkpoint_part *p) __attribute__((warn_unused_result));

/** checkpoint_part_commit() - write @header and @sum, make the file durable, and give it its name. 0 or a failure, told. */
int checkpoint_part_commit(struct checkpoint_part *p, json_t *header, const uint64_t *sum, const struct checkpoint_layout *l)
    __attribute__((warn_unused_result));

/** checkpoint_part_end() - close, and remove what has not been committed. */
void checkpoint_part_end(struct checkpoint_part *p);

/**
 * checkpoint_open() - read what is not data, and look whether it is whole and of @identity.
 *
 * @header, @sum: out; the caller frees both. 0; -EINVAL where it is refused; -ENOMEM, -EIO, -EACCES; after a message.
 */
int checkpoint_open(const char *path, const json_t *identity, json_t **header, uint64_t **sum)
    __attribute__((warn_unused_result));

/** checkpoint_may_replace() - 0, or -EINVAL after a message: @path is something that is no checkpoint. */
int checkpoint_may_replace(const char *path) __attribute__((warn_unused_result));

/** checkpoint_refuse() - -EINVAL after "checkpoint PATH is refused: " and the reason. */
int checkpoint_refuse(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
