/* The full verification of IS: the keys are put in order by their ranks. */
#include "cpu_bound/array.h"
#include "cpu_bound/nas/is_kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t nobody = UINT32_MAX; /* an empty place: all bits set, as no key has them */

/* Each key goes to the last free place of its value. Places used twice or out of bounds: the keys are no permutation. */
static int place_keys(uint32_t *sorted, uint32_t *next, size_t values, const uint32_t *key, size_t n, size_t *where)
{
    for (size_t i = 0; i < n; i++) {
        *where = i;
        if (key[i] >= values || next[key[i]] == 0 || next[key[i]] > n)
            return -EDOM;
        uint32_t *place = &sorted[--next[key[i]]];
        if (*place != nobody)
            return -EDOM;
        *place = key[i];
    }
    return 0;
}

static int check_ascending(const uint32_t *sorted, size_t n, size_t *where)
{
    for (size_t i = 1; i < n; i++) {
        *where = i;
        if (sorted[i - 1] > sorted[i])
            return -EDOM;
    }
    return 0;
}

int is_check_order(const uint32_t *rank, size_t values, const uint32_t *key, size_t n, size_t *where)
{
    int rc = -ENOMEM;
    uint32_t *sorted = array_alloc(n, sizeof *sorted), *next = array_alloc(values, sizeof *next);
    if (!sorted || !next)
        goto out;
    memcpy(next, rank, values * sizeof *next);
    memset(sorted, 0xff, n * sizeof *sorted);
    rc = place_keys(sorted, next, values, key, n, where);
    if (rc == 0)
        rc = check_ascending(sorted, n, where);
out:
    free(sorted);
    free(next);
    return rc;
}
