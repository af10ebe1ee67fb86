#ifndef PARKIT_MPI_POP_H
#define PARKIT_MPI_POP_H
/*
 * The efficiencies of POP: how much of the ranks' time was useful, and what the rest was lost to.
 *
 *     load balance              LB    = mean(useful) / max(useful)     all wait for the rank with the most to compute
 *     communication efficiency  CommE = max(useful) / runtime          and even that one waits for messages
 *     parallel efficiency       PE    = LB x CommE = mean(useful) / runtime
 *
 * Useful is the time that a rank spends computing. A rank and its team of threads count as one process: what is lost
 * between the threads of a team, say at its barriers, counts as useful here.
 *
 * Source: POP standard metrics, https://co-design.pop-coe.eu/metrics/index.html; from 0.8 on they call it acceptable.
 */
#include <stdbool.h>
#include <stddef.h>

struct pop {
    double load_balance, communication, parallel; /* 0 to 1; a little more where clocks are coarse */
};

/**
 * pop_of() - from the useful seconds of @n processes, every @stride doubles, and the @runtime_s of the slowest.
 *
 * Returns false, and nothing in @out, if nothing was computed or took no time.
 */
static inline bool pop_of(const double *useful_s, size_t n, size_t stride, double runtime_s, struct pop *out)
{
    double sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += useful_s[i * stride];
        most = useful_s[i * stride] > most ? useful_s[i * stride] : most;
    }
    if (!(most > 0) || !(runtime_s > 0))
        return false;
    out->load_balance = sum / (double)n / most;
    out->communication = most / runtime_s;
    out->parallel = out->load_balance * out->communication;
    return true;
}

#endif
