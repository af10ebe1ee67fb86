/* The NAS sequence into memory, compiled once per instruction set (isa.h). */
#include "cpu_bound/nas/nas_random_fill.h"
#include "cpu_bound/nas/nas_random_vector.h"

/* Vectors that take turns: enough to hide the latency of a step. */
enum { TURNS = 8, STEP = TURNS * LANES };

void ISA_NAME(nas_random_fill)(double *out, size_t n, uint64_t x)
{
    const vector stride = nas_stride(STEP);
    const uint64_t lanes = nas_random_power(LANES);
    size_t whole = n - n % STEP;
    vector y[TURNS];
    for (int t = 0; t < TURNS; t++, x = nas_random_multiply(x, lanes))
        y[t] = nas_lanes(x);
    for (size_t i = 0; i < whole; i += STEP)
        for (int t = 0; t < TURNS; t++) {
            vector_store(out + i + t * LANES, nas_lanes_uniform(y[t]));
            y[t] = nas_lanes_next(y[t], stride);
        }
    for (size_t i = whole; i < n; i++)
        out[i] = nas_lanes_uniform(y[(i - whole) / LANES])[(i - whole) % LANES];
}
