/* EP by its definition, one pair at a time: what ep_isa.c is checked against. */
#include "cpu_bound/nas/ep_kernel.h"
#include "cpu_bound/nas/nas_random.h"

#include <math.h>

void ep_pairs_reference(uint64_t begin, uint64_t end, struct ep_sums *out)
{
    uint64_t state = nas_random_at(NAS_SEED_EP, 2 * begin);
    *out = (struct ep_sums){ 0 };
    for (uint64_t j = begin; j < end; j++) {
        double x = 2 * NAS_RANDOM_SCALE * (double)(state = nas_random_next(state)) - 1;
        double y = 2 * NAS_RANDOM_SCALE * (double)(state = nas_random_next(state)) - 1;
        double t = x * x + y * y;
        if (t > 1)
            continue;
        double f = sqrt(-2 * log(t) / t);
        out->x += x * f;
        out->y += y * f;
        out->ring[(size_t)fmax(fabs(x * f), fabs(y * f))]++;
    }
}
