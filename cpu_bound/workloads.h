/* The workloads, one line each, in the order of `list`. Include with WORKLOAD(name) defined. */
WORKLOAD(sumsq)
WORKLOAD(fib)
WORKLOAD(race)
WORKLOAD(primes)
WORKLOAD(mandelbrot)
WORKLOAD(peak)
WORKLOAD(stream)
WORKLOAD(matmul)
