#ifndef PARKIT_BFS_OUTCOME_H
#define PARKIT_BFS_OUTCOME_H
/* What came of the searches of bfs, and what is reported about it: whoever searched, a team or ranks together. */
#include "common/isa.h"
#include "common/team.h"
#include "cpu_bound/bfs_direction.h"
#include "cpu_bound/bfs_validate.h"

#include <jansson.h>

enum { BFS_ROOTS_MAX = 64 };  /* as many as Graph500 asks for */

struct bfs_options {
    uint64_t roots;
    int direction;
};

struct bfs_outcome {
    size_t vertices, edges, connected;  /* of the graph; connected: with a neighbour         */
    enum bfs_direction direction;
    enum isa isa;
    const struct team *team;            /* who works; NULL: many computers, no limit is known */
    size_t roots;
    uint32_t root[BFS_ROOTS_MAX];       /* outer labels                                      */
    double seconds[BFS_ROOTS_MAX];      /* of each search in the last run                    */
    double edges_of[BFS_ROOTS_MAX];     /* by verify: input edges in its component           */
    size_t reached[BFS_ROOTS_MAX];      /* by verify: vertices in its tree                   */
    uint64_t digest[BFS_ROOTS_MAX];     /* by verify: of its depths                          */
};

/**
 * bfs_trees_alloc() - room for the trees of @roots searches, of @vertices (of this process) each, without parents. The i-th
 * begins at i * @stride, with a cache line. @team touches it in the shape in which searches write it. NULL: no memory; the
 * caller frees.
 */
uint32_t *bfs_trees_alloc(size_t roots, size_t vertices, const struct team *team, size_t *stride);

/* Functions of the workload, for a state that begins with a struct bfs_outcome. */
double bfs_work(const void *state);
json_t *bfs_answer(const void *state);
uint64_t bfs_digest(const void *state);
int bfs_details(const void *state, json_t *result);
void bfs_text(const void *state, char *out, size_t size);

/** bfs_direction_names - of enum bfs_direction, NULL-terminated. */
extern const char *const bfs_direction_names[];

#endif
