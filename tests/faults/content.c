#include "tests/faults/content.h"

#include <inttypes.h>
#include <stdio.h>

enum { LINE = 16 };

void content_fill(unsigned version, uint64_t from, char *out, size_t size)
{
    char line[64];
    uint64_t of_line = UINT64_MAX;
    for (size_t i = 0; i < size; i++) {
        uint64_t at = from + i;
        if (at / LINE != of_line) {
            of_line = at / LINE;
            snprintf(line, sizeof line, "v%02u %011" PRIu64 "\n", version % 100, of_line * LINE);
        }
        out[i] = line[at % LINE];
    }
}
