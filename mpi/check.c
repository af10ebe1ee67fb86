#include "mpi/check.h"

#include "common/message.h"

int mpi_check(const char *call, int code)
{
    char text[MPI_MAX_ERROR_STRING];
    int length;
    if (code == MPI_SUCCESS)
        return 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        snprintf(text, sizeof text, "error %d", code);
    message_error("%s failed: %s", call, text);
    return -ECOMM;
}
