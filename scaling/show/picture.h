#ifndef PARKIT_PICTURE_H
#define PARKIT_PICTURE_H
/*
 * Pictures of a study by gnuplot: time (double logarithmic, with the ideal line), speed-up, and
 * efficiency on a linear axis, because on a logarithmic one 60 % and 100 % look alike; and, where the study
 * has them, where the time goes by the fitted law, the runs in their order, and the grid of ranks and threads.
 * The script holds its data, so it can be edited and run again by itself.
 */
#include "scaling/judge/analysis.h"

#include <stdio.h>

enum { PICTURE_TIME, PICTURE_SPEEDUP, PICTURE_EFFICIENCY, PICTURE_COST, PICTURE_ORDER, PICTURE_HEATMAP, PICTURE_COUNT };
extern const char *const picture_names[PICTURE_COUNT]; /* "time", "speedup", "efficiency", "cost", "order", "heatmap" */

#define PICTURE_SCRIPT "plot.gp"

/* A folder with the script and, where gnuplot is there, NAME.svg and NAME.png; removed at the end. */
struct pictures {
    char *folder;                   /* NULL: nothing was made                      */
    char *svg[PICTURE_COUNT];       /* the content of each SVG; NULL: not made     */
};

/** picture_script() - write the gnuplot script. */
void picture_script(FILE *out, const struct analysis *a);

/**
 * picture_make() - run gnuplot in a new folder below @parent (NULL: TMPDIR or /tmp).
 *
 * Where gnuplot is missing or fails, that is one warning, and only the script is in the folder.
 * Returns 0, or a negative errno value after a message. pictures_destroy() removes the folder with
 * what is still in it.
 */
int picture_make(const struct analysis *a, const char *parent, struct pictures *out) __attribute__((warn_unused_result));
void pictures_destroy(struct pictures *p);

#endif
