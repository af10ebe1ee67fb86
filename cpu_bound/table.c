#include "cpu_bound/table.h"

#define WORKLOAD(name) &name##_workload,
const struct workload *const cpu_workloads[] = {
#include "cpu_bound/workloads.h"
    NULL,
};
