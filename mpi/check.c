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

int mpi_file_check(const char *what, const char *path, int code)
{
    static const struct {
        int class, error;
    } known[] = { { MPI_ERR_NO_SPACE, ENOSPC }, { MPI_ERR_QUOTA, EDQUOT },        { MPI_ERR_ACCESS, EACCES },
                  { MPI_ERR_READ_ONLY, EROFS }, { MPI_ERR_NO_SUCH_FILE, ENOENT } };
    char text[MPI_MAX_ERROR_STRING] = "", shown[256];
    int length, class = MPI_ERR_IO;
    if (code == MPI_SUCCESS)
        return 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS || MPI_Error_class(code, &class) != MPI_SUCCESS)
        snprintf(text, sizeof text, "error %d", code);
    message_error("cannot %s %s: %s", what, message_printable(path, shown, sizeof shown), text);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].class == class)
            return -known[i].error;
    return -EIO;
}
