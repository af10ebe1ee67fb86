#ifndef PARKIT_MANDELBROT_H
#define PARKIT_MANDELBROT_H
/* What mandelbrot computes and how it is checked, by ranges of rows: of mandelbrot.c, and of a driver that spreads rows over ranks. */
#include "common/workload.h"
#include "cpu_bound/mandelbrot_kernel.h"

/* The state; a driver's own may begin with it, and blocks(), compute(), answer(), text() and work() then serve it too. */
struct mandelbrot {
    struct mandelbrot_view view;
    enum isa isa;
    const struct team *team;
    uint64_t seed;
    uint16_t *count;     /* n * n                            */
    uint64_t iterations; /* in all, the work of a run        */
    uint64_t inside;     /* points that never escaped        */
    uint64_t digest;     /* of the digests of all rows       */
};

/** mandelbrot_init() - all but the room for the counts. */
void mandelbrot_init(struct mandelbrot *m, const struct params *p);

/** mandelbrot_add_up() - what rows [@begin, @end) add to iterations and inside, and the digest of each into @digest. */
void mandelbrot_add_up(struct mandelbrot *m, size_t begin, size_t end, uint64_t *digest);

/** mandelbrot_check_area() - the area of all rows, added up, against the published one. 0, or -EDOM with the reason in @why. */
int mandelbrot_check_area(const struct mandelbrot *m, char *why, size_t why_len);

/** mandelbrot_check_rows() - those of the 8 drawn rows that are in [@begin, @end) against the reference. 0, -EDOM, -ENOMEM. */
int mandelbrot_check_rows(const struct mandelbrot *m, size_t begin, size_t end, char *why, size_t why_len);

/** mandelbrot_colour_row() - row @y of the picture of @m, a struct mandelbrot, as 3n bytes. Thread-safe. */
void mandelbrot_colour_row(const void *m, size_t y, uint8_t *rgb);

#endif
