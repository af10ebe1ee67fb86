#ifndef PARKIT_FT_SOLVER_H
#define PARKIT_FT_SOLVER_H
/*
 * FT's problem: a field on a periodic box spreads by diffusion. Its spectrum is computed once; at time t that is
 * damped by exp(-4 alpha pi^2 |k|^2 t) at each frequency k and transformed back, and 1024 points are summed.
 */
#include "common/team.h"
#include "cpu_bound/nas/ft_class.h"
#include "cpu_bound/nas/ft_kernel.h"

enum { FT_SUMMED = 1024 }; /* points */

/* What of the field and of the spectrum lies in this process: families and tiles, counted through all. */
struct ft_share {
    size_t family, families_end, tile, tiles_end;
};

/** ft_whole() - all of it. */
struct ft_share ft_whole(const struct ft_shape *shape);

struct ft_solver {
    const struct ft_class *class;
    enum isa isa;
    struct ft_transform transform;
    struct ft_damping damping;   /* of the current time                                 */
    struct ft_share share;
    double *spectrum;            /* of the initial field; stays as it is                */
    double *field;               /* at the current time                                 */
    double *scratch;             /* one piece for each thread                           */
    size_t scratch_apart;
    double checksum[FT_ITERATIONS_MAX][2];
};

/**
 * ft_solver_create() - room for the share @own (NULL: all) of the problem @class on the threads of @team, which touch
 * the pages that they will use. Computes nothing. 0 or -ENOMEM. ft_solver_destroy() frees; a zeroed one too.
 */
int ft_solver_create(const struct ft_class *class, enum isa isa, struct team *team, const struct ft_share *own,
                     struct ft_solver *out) __attribute__((warn_unused_result));
void ft_solver_destroy(struct ft_solver *s);

/** ft_solver_bytes() - memory of it on each of @processes. */
double ft_solver_bytes(const struct ft_class *class, unsigned threads, double processes);

/** ft_solver_start() - tables, the initial field and its spectrum, where all lies here. */
void ft_solver_start(struct ft_solver *s, struct team *team);

/** ft_solver_advance() - the field at each time from @first to @last, from 1 on, and its checksum. Needs the spectrum. */
void ft_solver_advance(struct ft_solver *s, struct team *team, int first, int last);

/*
 * What they consist of, for drivers that exchange something in between. Families: @worker's part of the own ones,
 * when all of @workers call it together; forward begins with the initial field. Tiles: of the own ones, [@begin, @end), by
 * @worker, each by one. @box, @parts: ft_kernel.h; ft_solver_part() is that of the own field.
 */
struct ft_part ft_solver_part(const struct ft_solver *s);
void ft_solver_families_forward(const struct ft_solver *s, const struct ft_box *box, size_t workers, size_t worker);
void ft_solver_families_inverse(const struct ft_solver *s, const struct ft_box *box, size_t workers, size_t worker);
void ft_solver_tiles_forward(const struct ft_solver *s, const struct ft_part *parts, size_t begin, size_t end, size_t worker);
void ft_solver_tiles_inverse(const struct ft_solver *s, const struct ft_part *parts, size_t begin, size_t end, size_t worker);

/** ft_solver_points() - the values of the points of a checksum that lie here; the others stay as they are. */
void ft_solver_points(const struct ft_solver *s, double value[FT_SUMMED][2]);

/** ft_damping_fill() - the factors of time @t along each axis, at the place where the transform has left each frequency. */
void ft_damping_fill(const struct ft_transform *f, int t, struct ft_damping *out);

/** ft_summed_point() - where the @j-th of the points lies that a checksum adds up, j = 1 to FT_SUMMED. */
static inline void ft_summed_point(const struct ft_shape *s, size_t j, size_t at[FT_AXES])
{
    for (size_t axis = 0; axis < FT_AXES; axis++)
        at[axis] = (2 * axis + 1) * j % s->n[axis];
}

/** ft_checksum() - of the values of these points: summed in their order, so that it has the same bits everywhere. */
void ft_checksum(const struct ft_shape *s, double value[FT_SUMMED][2], double out[2]);

/** ft_solver_error() - relative error of the checksum of time @t against the published one; NaN if it is NaN. */
double ft_solver_error(const struct ft_solver *s, int t);

#endif
