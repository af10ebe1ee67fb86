#include "cpu_bound/picture.h"

#include "common/message.h"
#include "cpu_bound/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef PARKIT_HAVE_PNG
#include <png.h>
#endif

struct source {
    size_t width, height;
    void (*row)(const void *context, size_t y, uint8_t *rgb);
    const void *context;
    uint8_t *rgb; /* one row */
};

bool picture_is_ppm(const char *path)
{
    return output_ends_in(path, ".ppm");
}

bool picture_named(const char *path)
{
#ifdef PARKIT_HAVE_PNG
    if (output_ends_in(path, ".png"))
        return true;
#endif
    return picture_is_ppm(path);
}

int picture_check(const char *path)
{
    char shown[256];
    if (picture_named(path))
        return 0;
#ifdef PARKIT_HAVE_PNG
    return message_usage("--out %s: give a name that ends in .png or .ppm", message_printable(path, shown, sizeof shown));
#else
    return message_usage("--out %s: give a name that ends in .ppm (this build has no libpng)",
                         message_printable(path, shown, sizeof shown));
#endif
}

size_t picture_ppm_header(char out[PICTURE_HEADER], size_t width, size_t height)
{
    return (size_t)snprintf(out, PICTURE_HEADER, "P6\n%zu %zu\n255\n", width, height);
}

static int write_ppm(FILE *f, const struct source *s)
{
    char header[PICTURE_HEADER];
    size_t length = picture_ppm_header(header, s->width, s->height);
    if (fwrite(header, 1, length, f) != length)
        return -errno;
    for (size_t y = 0; y < s->height; y++) {
        s->row(s->context, y, s->rgb);
        if (fwrite(s->rgb, 3, s->width, f) != s->width)
            return -errno;
    }
    return 0;
}

#ifdef PARKIT_HAVE_PNG
/* Who asked for the picture says what is wrong, not libpng. */
static void png_failed(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void png_warned(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

/* libpng reports errors by a long jump to here: nothing in this frame may change after setjmp. */
static int png_rows(png_structp png, png_infop info, FILE *f, const struct source *s)
{
    errno = 0;
    if (setjmp(png_jmpbuf(png)))
        return errno ? -errno : -EIO;
    png_init_io(png, f);
    png_set_IHDR(png, info, (png_uint_32)s->width, (png_uint_32)s->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t y = 0; y < s->height; y++) {
        s->row(s->context, y, s->rgb);
        png_write_row(png, s->rgb);
    }
    png_write_end(png, NULL);
    return 0;
}

static int write_png(FILE *f, const struct source *s)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_failed, png_warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int rc = info ? png_rows(png, info, f, s) : -ENOMEM;
    png_destroy_write_struct(&png, &info);
    return rc;
}
#endif

struct job {
    const char *path;
    const struct source *source;
};

static int fill(FILE *f, const void *context)
{
    const struct job *job = context;
#ifdef PARKIT_HAVE_PNG
    if (output_ends_in(job->path, ".png"))
        return write_png(f, job->source);
#endif
    return write_ppm(f, job->source);
}

int picture_write(const char *path, size_t width, size_t height,
                  void (*row)(const void *context, size_t y, uint8_t *rgb), const void *context)
{
    struct source s = { width, height, row, context, malloc(3 * width) };
    int rc = s.rgb ? output_write(path, fill, &(struct job){ path, &s }) : output_failed(path, -ENOMEM);
    free(s.rgb);
    return rc;
}
