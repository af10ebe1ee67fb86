#ifndef PARKIT_CPU_TABLE_H
#define PARKIT_CPU_TABLE_H
#include "common/workload.h"

#define WORKLOAD(name) extern const struct workload name##_workload;
#include "cpu_bound/workloads.h"
#undef WORKLOAD

/** cpu_workloads - every workload of the kit, NULL-terminated. */
extern const struct workload *const cpu_workloads[];

#endif
