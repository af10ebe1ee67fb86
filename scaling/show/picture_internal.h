#ifndef PARKIT_PICTURE_INTERNAL_H
#define PARKIT_PICTURE_INTERNAL_H
/*
 * What the parts of the gnuplot script share. Colours are those of Okabe and Ito (Color Universal Design, 2008),
 * which the colour-blind can tell apart; every series has a point shape and a dash of its own besides, for print
 * without colour. Green and purple come last: who sees no green or no red sees both as greys (looked at through the
 * matrices of Machado, Oliveira and Fernandes, 2009), like the lines of the ideal.
 */
#include "scaling/show/picture.h"

enum { PLOT_STYLES = 7, PLOT_SERIES_MAX = 24 };
extern const char *const plot_colours[PLOT_STYLES];
extern const int plot_shapes[PLOT_STYLES], plot_dashes[PLOT_STYLES];
#define PLOT_GREY "#777777"

/* What is joined by one line: a curve, or in a hybrid study the points of a curve with equal threads. */
struct series {
    size_t curve;
    uint64_t threads; /* 0: all */
};

struct plot {
    const struct analysis *a;
    struct series series[PLOT_SERIES_MAX];
    size_t n;
    double least, most; /* counts */
};

/* One picture: its data as gnuplot blocks, then its settings and plot command, indented by four blanks. */
struct picture_kind {
    bool (*applies)(const struct plot *plot);
    void (*data)(FILE *out, const struct plot *plot); /* NULL: those of the series */
    void (*print)(FILE *out, const struct plot *plot);
};
extern const struct picture_kind picture_time, picture_speedup, picture_efficiency, picture_cost, picture_order, picture_heatmap;

/** plot_series_data() - the blocks $s0, $s1 ... of all series. */
void plot_series_data(FILE *out, const struct plot *plot);

/** plot_count_tics() - "set xtics" at the counts themselves, as long as they have room. */
void plot_count_tics(FILE *out, const struct plot *plot);

#endif
