#include "cpu_bound/heat_picture.h"

#include "common/message.h"
#include "cpu_bound/picture.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef PARKIT_HAVE_PNG
#define FRAME_SUFFIX "png"
#else
#define FRAME_SUFFIX "ppm"
#endif

/* One pixel shows every `every`-th point. */
struct view {
    const struct heat_grid *grid;
    uint64_t step;
    size_t every, pixels;
};

static uint8_t brightness(double x)
{
    return x <= 0 ? 0 : x >= 1 ? 255 : (uint8_t)(x * 255 + 0.5);
}

size_t heat_picture_every(size_t n)
{
    enum { MOST = 2048 };
    return (n + MOST - 1) / MOST;
}

void heat_picture_row(const double *row, size_t every, size_t pixels, uint8_t *rgb)
{
    for (size_t x = 0; x < pixels; x++) {
        double heat = (row[x * every] + 0.5) / 2; /* the field is between -1/2 and 3/2 */
        for (int c = 0; c < 3; c++)
            rgb[3 * x + (size_t)c] = brightness(3 * heat - c);
    }
}

static void colour_row(const void *context, size_t y, uint8_t *rgb)
{
    const struct view *v = context;
    heat_picture_row(heat_row(v->grid, v->step, y * v->every), v->every, v->pixels, rgb);
}

int heat_picture_write(const struct heat_grid *g, uint64_t step, const char *path)
{
    struct view v = { .grid = g, .step = step, .every = heat_picture_every(g->n) };
    v.pixels = (g->n + v.every - 1) / v.every;
    return picture_write(path, v.pixels, v.pixels, colour_row, &v);
}

static int cannot(const char *directory, const char *why)
{
    char shown[256];
    message_error("--movie %s: %s", message_printable(directory, shown, sizeof shown), why);
    return -EACCES;
}

int heat_movie_begin(const char *directory)
{
    char shown[256];
    if (mkdir(directory, 0777) == 0)
        return 0;
    if (errno != EEXIST)
        return cannot(directory, strerror(errno));
    DIR *d = opendir(directory);
    if (!d)
        return cannot(directory, strerror(errno));
    int entries = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        entries += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    if (entries > 0)
        return message_usage("--movie %s: there are files in this folder; give a new or an empty one",
                             message_printable(directory, shown, sizeof shown));
    return 0;
}

int heat_movie_play(struct heat_grid *g, struct team *team, uint64_t steps, size_t tile, const char *directory,
                    uint64_t frames)
{
    uint64_t count = frames < steps ? frames : steps, from = 0;
    int rc = 0;
    for (uint64_t f = 0; rc == 0 && f <= count; f++) {
        char *path;
        uint64_t to = count ? (uint64_t)((double)steps * (double)f / (double)count) : 0;
        heat_advance(g, team, from, to, tile);
        if (asprintf(&path, "%s/%04" PRIu64 ".%s", directory, f, FRAME_SUFFIX) < 0)
            return -ENOMEM;
        rc = heat_picture_write(g, to, path);
        free(path);
        from = to;
    }
    return rc;
}
