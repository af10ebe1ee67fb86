#include "cpu_bound/array.h"
#include "cpu_bound/nas/ft_kernel.h"

#include <errno.h>
#include <stdlib.h>

int ft_transform_create(const struct ft_shape *shape, struct ft_transform *out)
{
    *out = (struct ft_transform){ .shape = *shape };
    out->turns = array_alloc(2 * shape->n[FT_X], sizeof(double));
    int rc = out->turns ? 0 : -ENOMEM;
    for (int axis = 0; axis < FT_AXES && rc == 0; axis++)
        rc = ft_plan_create(axis == FT_X ? shape->n[axis] / shape->lanes : shape->n[axis], &out->plan[axis]);
    if (rc != 0)
        ft_transform_destroy(out);
    return rc;
}

/* A line along x is nx / lanes blocks; after their steps each lane l of the block with frequency k has the
 * transform of every lanes-th value from l on, to be turned by exp(-2 pi i l k / nx) before the lanes are joined. */
static void fill_turns(struct ft_transform *f)
{
    size_t nx = f->shape.n[FT_X], lanes = f->shape.lanes;
    double *turn = f->turns, value[2];
    for (size_t block = 0; block < nx / lanes; block++, turn += 2 * lanes)
        for (size_t lane = 0; lane < lanes; lane++) {
            ft_turn(lane * ft_plan_frequency(&f->plan[FT_X], block), nx, value);
            turn[lane] = value[0];
            turn[lanes + lane] = value[1];
        }
}

void ft_transform_fill(struct ft_transform *f)
{
    for (int axis = 0; axis < FT_AXES; axis++)
        ft_plan_fill(&f->plan[axis]);
    fill_turns(f);
}

void ft_transform_destroy(struct ft_transform *f)
{
    for (int axis = 0; axis < FT_AXES; axis++)
        ft_plan_destroy(&f->plan[axis]);
    free(f->turns);
    f->turns = NULL;
}

/* Along x, `lanes` neighbouring blocks become as many blocks that are nx / lanes frequencies apart, with the
 * frequencies of those blocks in their lanes. */
static size_t frequency_x(const struct ft_transform *f, size_t x)
{
    size_t lanes = f->shape.lanes, block = x / lanes, lane = x % lanes;
    size_t within = ft_plan_frequency(&f->plan[FT_X], block / lanes * lanes + lane);
    return within + f->plan[FT_X].n * (block % lanes);
}

size_t ft_frequency(const struct ft_transform *f, int axis, size_t position)
{
    return axis == FT_X ? frequency_x(f, position) : ft_plan_frequency(&f->plan[axis], position);
}
