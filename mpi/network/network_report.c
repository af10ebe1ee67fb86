/* What a network benchmark prints: a table for people, CSV for a spreadsheet, JSON for programs. */
#include "common/jsonl.h"
#include "mpi/network/network.h"

#include <errno.h>
#include <stdio.h>

/* The regime of point @at; NULL: too few points for a fit. */
static const struct network_regime *regime_of(const struct network_series *s, size_t at)
{
    for (size_t r = 0; r < s->fit.n; r++)
        if (at <= s->fit.regime[r].last)
            return &s->fit.regime[r];
    return NULL;
}

/* Bytes a second; 0 where nothing is moved, or wrong bytes are: those have no speed. */
static double bandwidth(const struct network_point *p)
{
    return p->right && p->max_s > 0 ? p->moved / p->max_s : 0;
}

/* --- table --- */

static void print_regime(const struct network_series *s, const struct network_regime *r)
{
    printf("fit  %9zu to %9zu B   T = %.3f us + n / ", s->point[r->first].bytes, s->point[r->last].bytes, 1e6 * r->latency_s);
    if (r->seconds_per_byte > 0)
        printf("(%.1f MB/s)", 1e-6 / r->seconds_per_byte);
    else
        printf("infinity");
    printf("   farthest point %.0f %%\n", 100 * r->worst);
}

static void print_series(const struct network *net, const struct network_series *s)
{
    printf("%s%s: %s, %d ranks on %d node%s\n", s == net->series ? "" : "\n", s->pattern, s->path, net->rt->base.ranks,
           net->rt->base.nodes, net->rt->base.nodes == 1 ? "" : "s");
    printf("%10s %10s %12s %12s %12s %12s %10s  %s\n", "bytes", "iterations", "min us", "avg us", "max us", "best us", "MB/s",
           "data");
    for (size_t i = 0; i < s->n; i++) {
        const struct network_point *p = &s->point[i];
        printf("%10zu %10llu %12.3f %12.3f %12.3f %12.3f %10.1f  %s\n", p->bytes, (unsigned long long)p->iterations,
               1e6 * p->min_s, 1e6 * p->avg_s, 1e6 * p->max_s, 1e6 * p->best_s, 1e-6 * bandwidth(p),
               p->right ? "right" : "WRONG");
    }
    for (size_t r = 0; r < s->fit.n; r++)
        print_regime(s, &s->fit.regime[r]);
}

static int print_table(const struct network *net)
{
    for (size_t s = 0; s < net->n; s++)
        print_series(net, &net->series[s]);
    printf("min, avg, max: over the ranks; medians of %llu samples. best: slowest rank of the best sample, fitted. MB/s: bytes "
           "that a rank sends or receives, by max.\n", (unsigned long long)net->args->repeats);
    return 0;
}

/* --- CSV --- */

static void print_csv_row(const struct network *net, const struct network_series *s, size_t at)
{
    const struct network_point *p = &s->point[at];
    const struct network_regime *r = regime_of(s, at);
    printf("%s,%s,\"%s\",%d,%d,%zu,%llu,%llu,%.9g,%.9g,%.9g,%.9g,%.0f,%.9g,%s,", net->benchmark->name, s->pattern, s->path,
           net->rt->base.ranks, net->rt->base.nodes, p->bytes, (unsigned long long)p->iterations,
           (unsigned long long)net->args->repeats, p->min_s, p->avg_s, p->max_s, p->best_s, p->moved, bandwidth(p),
           p->right ? "true" : "false");
    if (r)
        printf("%d,%.9g,%.9g,%.9g\n", (int)(r - s->fit.regime) + 1, r->latency_s,
               r->seconds_per_byte > 0 ? 1 / r->seconds_per_byte : 0, fit_time(r, (double)p->bytes));
    else
        printf(",,,\n");
}

static int print_csv(const struct network *net)
{
    puts("benchmark,pattern,path,ranks,nodes,bytes,iterations,repeats,min_s,avg_s,max_s,best_s,moved_bytes,bandwidth_Bps,"
         "verified,regime,fit_latency_s,fit_bandwidth_Bps,fit_s");
    for (size_t s = 0; s < net->n; s++)
        for (size_t i = 0; i < net->series[s].n; i++)
            print_csv_row(net, &net->series[s], i);
    return 0;
}

/* --- JSON --- */

static json_t *number_or_null(double x)
{
    return x > 0 ? json_real(x) : json_null();
}

static json_t *point_json(const struct network *net, const struct network_point *p)
{
    return json_pack("{s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:o,s:b}", "bytes", (json_int_t)p->bytes, "iterations",
                     (json_int_t)p->iterations, "repeats", (json_int_t)net->args->repeats, "min_s", p->min_s, "avg_s",
                     p->avg_s, "max_s", p->max_s, "best_s", p->best_s, "moved_bytes", p->moved, "bandwidth",
                     number_or_null(bandwidth(p)), "verified", (int)p->right);
}

static json_t *regime_json(const struct network_series *s, const struct network_regime *r)
{
    return json_pack("{s:I,s:I,s:f,s:o,s:f}", "from_bytes", (json_int_t)s->point[r->first].bytes, "to_bytes",
                     (json_int_t)s->point[r->last].bytes, "latency_s", r->latency_s, "bandwidth",
                     number_or_null(r->seconds_per_byte > 0 ? 1 / r->seconds_per_byte : 0), "worst_error", r->worst);
}

static json_t *series_json(const struct network *net, const struct network_series *s)
{
    json_t *points = json_array(), *fit = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(points, point_json(net, &s->point[i]));
    for (size_t r = 0; r < s->fit.n; r++)
        json_array_append_new(fit, regime_json(s, &s->fit.regime[r]));
    return json_pack("{s:s,s:s,s:o,s:o}", "pattern", s->pattern, "path", s->path, "points", points, "fit", fit);
}

static int print_json(const struct network *net, json_t *result)
{
    json_t *all = json_array();
    for (size_t s = 0; s < net->n; s++)
        json_array_append_new(all, series_json(net, &net->series[s]));
    if (json_object_set_new(result, "series", all) != 0)
        return -ENOMEM;
    return jsonl_print(stdout, result);
}

int network_report(const struct network *net, json_t *result)
{
    return net->args->json ? print_json(net, result) : net->args->csv ? print_csv(net) : print_table(net);
}
