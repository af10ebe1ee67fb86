#include "cpu_bound/field.h"

#include "common/message.h"
#include "cpu_bound/output.h"
#include "cpu_bound/picture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "fields are written as the processor has them, which the header calls little-endian"
#endif

struct field {
    size_t rows, columns;
    const double *(*row)(const void *context, size_t y);
    const void *context;
};

bool field_named(const char *path)
{
    return output_ends_in(path, ".npy");
}

int field_check(const char *path)
{
    char shown[256];
    if (field_named(path) || picture_named(path))
        return 0;
    return message_usage("--out %s: give a name that ends in .npy (the field, for NumPy), .ppm or, in builds with libpng, .png "
                         "(a picture)", message_printable(path, shown, sizeof shown));
}

void field_header(char out[FIELD_HEADER], size_t rows, size_t columns)
{
    static const char magic[] = "\x93NUMPY\x01";
    enum { BEFORE = 10, TEXT = FIELD_HEADER - BEFORE };
    char text[TEXT + 1];
    int used = snprintf(text, sizeof text, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
    memcpy(out, magic, 8); /* with the minor version, 0 */
    out[8] = TEXT;
    out[9] = 0;
    memset(out + BEFORE, ' ', TEXT - 1);
    memcpy(out + BEFORE, text, (size_t)used); /* 112 characters at most, of 118 */
    out[FIELD_HEADER - 1] = '\n';
}

static int fill(FILE *f, const void *context)
{
    const struct field *field = context;
    char header[FIELD_HEADER];
    field_header(header, field->rows, field->columns);
    if (fwrite(header, FIELD_HEADER, 1, f) != 1)
        return -errno;
    for (size_t y = 0; y < field->rows; y++)
        if (fwrite(field->row(field->context, y), sizeof(double), field->columns, f) != field->columns)
            return -errno;
    return 0;
}

int field_write(const char *path, size_t rows, size_t columns, const double *(*row)(const void *context, size_t y),
                const void *context)
{
    return output_write(path, fill, &(struct field){ rows, columns, row, context });
}
