#include "cpu_bound/picture.h"

#include "common/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef PARKIT_HAVE_PNG
#include <png.h>
#endif

struct source {
    size_t width, height;
    void (*row)(const void *context, size_t y, uint8_t *rgb);
    const void *context;
    uint8_t *rgb; /* one row */
};

static int ends_in(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n > m && strcmp(path + n - m, suffix) == 0;
}

int picture_check(const char *path)
{
    char shown[256];
    if (ends_in(path, ".ppm"))
        return 0;
#ifdef PARKIT_HAVE_PNG
    if (ends_in(path, ".png"))
        return 0;
    return message_usage("--out %s: give a name that ends in .png or .ppm", message_printable(path, shown, sizeof shown));
#else
    return message_usage("--out %s: give a name that ends in .ppm (this build has no libpng)",
                         message_printable(path, shown, sizeof shown));
#endif
}

static int write_ppm(FILE *f, const struct source *s)
{
    if (fprintf(f, "P6\n%zu %zu\n255\n", s->width, s->height) < 0)
        return -errno;
    for (size_t y = 0; y < s->height; y++) {
        s->row(s->context, y, s->rgb);
        if (fwrite(s->rgb, 3, s->width, f) != s->width)
            return -errno;
    }
    return 0;
}

#ifdef PARKIT_HAVE_PNG
/* libpng reports errors by a long jump to here: nothing in this frame may change after setjmp. */
static int png_rows(png_structp png, png_infop info, FILE *f, const struct source *s)
{
    if (setjmp(png_jmpbuf(png)))
        return -EIO;
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
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int rc = info ? png_rows(png, info, f, s) : -ENOMEM;
    png_destroy_write_struct(&png, &info);
    return rc;
}
#endif

/* A new file beside @path; mkstemp makes it private, so the usual permissions are put back. */
static FILE *open_temporary(const char *path, char **temporary)
{
    if (asprintf(temporary, "%s.XXXXXX", path) < 0) {
        *temporary = NULL;
        return NULL;
    }
    int fd = mkstemp(*temporary);
    if (fd < 0) {
        free(*temporary);
        *temporary = NULL;
        return NULL;
    }
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
    return fdopen(fd, "wb");
}

static int write_file(FILE *f, const char *path, const struct source *s)
{
#ifdef PARKIT_HAVE_PNG
    int rc = ends_in(path, ".png") ? write_png(f, s) : write_ppm(f, s);
#else
    (void)path;
    int rc = write_ppm(f, s);
#endif
    if (fflush(f) != 0 && rc == 0)
        rc = -errno;
    if (fsync(fileno(f)) != 0 && rc == 0 && errno != EINVAL)
        rc = -errno;
    return rc;
}

int picture_write(const char *path, size_t width, size_t height,
                  void (*row)(const void *context, size_t y, uint8_t *rgb), const void *context)
{
    struct source s = { width, height, row, context, malloc(3 * width) };
    char *temporary = NULL, shown[256];
    int rc = -ENOMEM;
    FILE *f = s.rgb ? open_temporary(path, &temporary) : NULL;
    if (s.rgb && !f)
        rc = errno ? -errno : -EIO;
    if (f) {
        rc = write_file(f, path, &s);
        if (fclose(f) != 0 && rc == 0)
            rc = -errno;
        if (rc == 0 && rename(temporary, path) != 0)
            rc = -errno;
        if (rc != 0)
            unlink(temporary);
    }
    if (rc != 0)
        message_error("cannot write %s: %s", message_printable(path, shown, sizeof shown), strerror(-rc));
    free(temporary);
    free(s.rgb);
    return rc == -EINVAL || rc == -EIO ? -EACCES : rc; /* a disk that fails is something missing, not a wrong answer */
}
