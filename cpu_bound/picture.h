#ifndef PARKIT_PICTURE_H
#define PARKIT_PICTURE_H
/* Pictures of results: 8-bit RGB as PNG (libpng) or PPM (Netpbm P6). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_HEADER = 64 };

/** picture_ppm_header() - what stands before the pixels of a PPM, into @out; returns how many bytes that are. */
size_t picture_ppm_header(char out[PICTURE_HEADER], size_t width, size_t height);

/** picture_is_ppm() - whether the name asks for a PPM. */
bool picture_is_ppm(const char *path);

/** picture_named() - whether @path ends in .ppm, or in .png where libpng was built in. */
bool picture_named(const char *path);

/** picture_check() - 0 if picture_named(); else -EINVAL after a message. */
int picture_check(const char *path);

/**
 * picture_write() - @width x @height pixels to @path.
 *
 * @row: called for each row from the top: fills @rgb with 3 * width bytes.
 *
 * As output_write(): @path is never half a picture. Returns 0, or a negative errno value after a message.
 */
int picture_write(const char *path, size_t width, size_t height,
                  void (*row)(const void *context, size_t y, uint8_t *rgb), const void *context);

#endif
