#ifndef PARKIT_CG_TILES_H
#define PARKIT_CG_TILES_H
/* The matrix below its diagonal in square tiles (cg_plan.h says which there are). Storing one triangle halves the memory
 * traffic, which would otherwise be the limit. */
#include "common/team.h"
#include "cpu_bound/nas/cg_kernel.h"
#include "cpu_bound/nas/cg_matrix.h"
#include "cpu_bound/nas/cg_plan.h"

struct cg_tiles {
    const struct cg_layout *layout;
    const struct cg_place *place; /* [count] where each is, and in which order they are stored */
    size_t count;
    struct cg_tile *tile;         /* and one behind the last, which says where that ends       */
    double *value;                /* of all tiles in their order; so are column and row        */
    uint16_t *column, *row;
    size_t n_values, n_segments;
};

/**
 * cg_tiles_create() - the entries of @m in the tiles @place[0, count), pages first touched by the threads of @team that
 * cg_cut() gives them to. 0 or -ENOMEM. cg_tiles_destroy() frees; it accepts one that is zeroed.
 *
 * @m: with all entries that these tiles have; what it has beside them is left out.
 * @layout, @place: must outlive the tiles.
 */
int cg_tiles_create(const struct cg_matrix *m, const struct cg_layout *layout, const struct cg_place *place, size_t count,
                    struct team *team, struct cg_tiles *out) __attribute__((warn_unused_result));
void cg_tiles_destroy(struct cg_tiles *t);

#endif
