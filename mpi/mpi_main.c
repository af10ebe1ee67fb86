/* parkit-mpi: the workloads on the ranks of an MPI job, each rank with an OpenMP team. */
#include "common/message.h"
#include "cpu_bound/table.h"
#include "mpi/program.h"

int main(int argc, char **argv)
{
    message_init("parkit-mpi");
    return mpi_program(cpu_workloads, argc, argv);
}
