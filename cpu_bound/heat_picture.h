#ifndef PARKIT_HEAT_PICTURE_H
#define PARKIT_HEAT_PICTURE_H
/* Pictures of the field: black is cold, then red and yellow, white is hot. At most 2048 points a side are shown. */
#include "cpu_bound/heat_tiles.h"

/** heat_picture_every() - of a field of @n points a side a pixel shows every so many-th. */
size_t heat_picture_every(size_t n);

/** heat_picture_row() - @pixels pixels, of every @every-th point of @row, into @rgb. Thread-safe. */
void heat_picture_row(const double *row, size_t every, size_t pixels, uint8_t *rgb);

/** heat_picture_write() - step @step, the last that was reached, to @path (.png or .ppm). As picture_write(). */
int heat_picture_write(const struct heat_grid *g, uint64_t step, const char *path);

/**
 * heat_movie_begin() - make the folder @directory for frames, or find it empty.
 *
 * Returns 0; -EINVAL where there are files in it (frames of two movies would mix); -EACCES where it
 * cannot be made or read; each after a message.
 */
int heat_movie_begin(const char *directory);

/**
 * heat_movie_play() - go from step 0 to step @steps once more and write frames on the way: @frames + 1
 * pictures, the initial field and equally many steps apart (fewer if there are fewer steps), 0000.png, 0001.png
 * and so on (.ppm in a build without libpng), each complete when it gets its name.
 *
 * The grid ends at step @steps, as it was found. Returns 0 or a negative errno value after a message.
 */
int heat_movie_play(struct heat_grid *g, struct team *team, uint64_t steps, size_t tile, const char *directory,
                    uint64_t frames);

#endif
