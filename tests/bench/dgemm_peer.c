/* What matmul is compared with: dgemm of a BLAS library, the same product. Prints the best GFLOP/s of 3, after 1. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void cblas_dgemm(int order, int trans_a, int trans_b, int m, int n, int k, double alpha, const double *a, int lda,
                 const double *b, int ldb, double beta, double *c, int ldc);

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111 };
    int n = argc > 1 ? atoi(argv[1]) : 1000;
    size_t entries = (size_t)n * (size_t)n;
    double *a = malloc(entries * sizeof *a), *b = malloc(entries * sizeof *b), *c = calloc(entries, sizeof *c), best = 1e300;
    if (!a || !b || !c)
        return 3;
    for (size_t i = 0; i < entries; i++) {
        a[i] = drand48() - 0.5;
        b[i] = drand48() - 0.5;
    }
    for (int run = 0; run < 4; run++) {
        double start = now();
        cblas_dgemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1, a, n, b, n, 0, c, n);
        double seconds = now() - start;
        if (run > 0 && seconds < best)
            best = seconds;
    }
    printf("%.3f\n", 2e-9 * (double)entries * n / best);
    free(a);
    free(b);
    free(c);
    return 0;
}
