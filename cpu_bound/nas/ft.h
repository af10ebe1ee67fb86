#ifndef PARKIT_FT_H
#define PARKIT_FT_H
/* The state of the workload ft. What the report needs is in it, whether the fields lie in this process or in many. */
#include "cpu_bound/nas/ft_solver.h"

struct ft {
    struct ft_solver solver; /* first: a test may take a pointer to the one for the other    */
    struct team *team;       /* whose limits are reported; NULL: those of many ranks are not */
    int wrong;               /* the first time whose checksum fails; 0: none                 */
};

#endif
