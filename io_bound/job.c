#include "io_bound/job.h"

#include "io_bound/files/assembly.h"

#include <stdlib.h>

void job_free(struct job *job)
{
    assembly_leave(job->assembly);
    if (atomic_fetch_sub(&job->entry->sharers, 1) == 0)
        free(job->entry);
    free(job);
}
