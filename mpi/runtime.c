#include "mpi/runtime.h"

#include "common/exit_codes.h"
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/drivers.h"

#include <stdlib.h>
#include <string.h>

/* --- agreeing --- */

/* Print the kept message on the one rank that @speaks, forget it on the others. */
static void speak(bool speaks, int rc)
{
    if (speaks && !message_release()) {
        message_error("%s", strerror(-rc));
        message_release();
    }
    message_hold(true);
}

static int agree(struct runtime *base, int rc)
{
    struct mpi_runtime *rt = mpi_runtime_of(base);
    int mine = rc ? base->rank : base->ranks, first = base->ranks;
    if (rt->over)
        return rc ? rc : -ECANCELED;
    if (rc == -ECOMM)
        rt->broken = true;
    if (rt->broken)
        return -ECOMM;
    int code = mpi_check("MPI_Allreduce", MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, rt->comm));
    if (code != 0) {
        rt->broken = true;
        return code;
    }
    if (first == base->ranks)
        return 0;
    rt->over = true;
    speak(first == base->rank, rc);
    return rc ? rc : -ECANCELED;
}

int mpi_settle(struct mpi_runtime *rt, int rc)
{
    int code = rt->base.agree(&rt->base, rc), lowest = 0;
    if (code == 0 || code == -ECOMM)
        return code;
    code = mpi_check("MPI_Allreduce", MPI_Allreduce(&rc, &lowest, 1, MPI_INT, MPI_MIN, rt->comm));
    return code ? code : lowest;
}

static double max(struct runtime *base, double value)
{
    struct mpi_runtime *rt = mpi_runtime_of(base);
    double most = value;
    if (!rt->broken && !rt->over &&
        mpi_check("MPI_Allreduce", MPI_Allreduce(&value, &most, 1, MPI_DOUBLE, MPI_MAX, rt->comm)) != 0)
        rt->broken = true; /* the next agree() tells */
    return most;
}

int mpi_verdict(struct mpi_runtime *rt, int rc, char *why, size_t why_len)
{
    int mine = rc == -EDOM ? rt->base.rank : rt->base.ranks, first;
    int code = rt->base.agree(&rt->base, rc == -EDOM ? 0 : rc);
    if (code == 0)
        code = mpi_check("MPI_Allreduce", MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, rt->comm));
    if (code != 0 || first == rt->base.ranks)
        return code;
    code = mpi_check("MPI_Bcast", MPI_Bcast(why, (int)why_len, MPI_CHAR, first, rt->comm));
    return code ? code : -EDOM;
}

/* --- the ranks of one computer --- */

/* How many ranks of this node have the same cpuset, and which of them this one is. */
static int share_cpuset(struct mpi_runtime *rt)
{
    enum { TEXT = 512 };
    struct runtime *r = &rt->base;
    char mine[TEXT] = "", (*all)[TEXT] = calloc((size_t)r->ranks_on_node, sizeof *all);
    topology_bound_to(mine, sizeof mine);
    int rc = r->agree(r, all ? 0 : -ENOMEM);
    if (rc == 0)
        rc = mpi_check("MPI_Allgather", MPI_Allgather(mine, TEXT, MPI_CHAR, all, TEXT, MPI_CHAR, rt->node));
    for (int i = 0; rc == 0 && i < r->ranks_on_node; i++)
        if (strcmp(all[i], mine) == 0) {
            r->rank_in_cpuset += i < r->rank_on_node;
            r->ranks_in_cpuset++;
        }
    free(all);
    return rc;
}

static int find_node(struct mpi_runtime *rt)
{
    struct runtime *r = &rt->base;
    int rc = mpi_check("MPI_Comm_split_type",
                       MPI_Comm_split_type(rt->comm, MPI_COMM_TYPE_SHARED, r->rank, MPI_INFO_NULL, &rt->node));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_rank", MPI_Comm_rank(rt->node, &r->rank_on_node));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_size", MPI_Comm_size(rt->node, &r->ranks_on_node));
    int first = rc == 0 && r->rank_on_node == 0;
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&first, &r->nodes, 1, MPI_INT, MPI_SUM, rt->comm));
    return rc;
}

/* --- beginning and end --- */

static int join_world(struct mpi_runtime *rt)
{
    int rc = mpi_check("MPI_Comm_dup", MPI_Comm_dup(MPI_COMM_WORLD, &rt->comm));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(rt->comm, MPI_ERRORS_RETURN));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_rank", MPI_Comm_rank(rt->comm, &rt->base.rank));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_size", MPI_Comm_size(rt->comm, &rt->base.ranks));
    return rc;
}

int mpi_runtime_create(struct mpi_runtime *out)
{
    *out = (struct mpi_runtime){
        .base = { .run = drivers_run, .agree = agree, .max = max, .bindings = mpi_bindings, .details = mpi_details,
                  .accept = drivers_accept, .options = checkpoint_option_table },
        .comm = MPI_COMM_NULL, .node = MPI_COMM_NULL,
    };
    out->base.own = &out->checkpoint.own;
    int rc = join_world(out);
    if (rc == 0 && out->base.ranks > 1)
        message_rank(out->base.rank, topology_host());
    message_hold(true);
    if (rc == 0)
        rc = find_node(out);
    if (rc == 0)
        rc = share_cpuset(out);
    if (rc == 0)
        rc = board_create(out->comm, &out->board);
    return out->base.agree(&out->base, rc);
}

/* The ranks' codes joined: theirs where all have the same. */
static int join_codes(struct mpi_runtime *rt, int code)
{
    int mine[2] = { code, -code }, most[2];
    if (mpi_check("MPI_Allreduce", MPI_Allreduce(mine, most, 2, MPI_INT, MPI_MAX, rt->comm)) != 0)
        return EXIT_WRONG;
    return most[0] == -most[1] ? code : EXIT_WRONG;
}

static int errno_of(int exit_code)
{
    return exit_code == EXIT_RIGHT ? 0 : exit_code == EXIT_USAGE ? -EINVAL : exit_code == EXIT_WRONG ? -EDOM : -ENOMEM;
}

int mpi_runtime_end(struct mpi_runtime *rt, int code)
{
    if (rt->base.agree(&rt->base, errno_of(code)) != 0 && !rt->broken)
        code = rt->checkpoint.stopped_by ? 128 + rt->checkpoint.stopped_by : join_codes(rt, code);
    json_decref(rt->where);
    checkpoint_free(&rt->checkpoint);
    if (rt->broken) {
        message_release();
        MPI_Abort(MPI_COMM_WORLD, EXIT_WRONG);
        return EXIT_WRONG;
    }
    board_destroy(&rt->board);
    if (rt->node != MPI_COMM_NULL)
        MPI_Comm_free(&rt->node);
    if (rt->comm != MPI_COMM_NULL)
        MPI_Comm_free(&rt->comm);
    return code;
}
