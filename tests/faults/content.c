#include "tests/faults/content.h"

#include <string.h>

enum { LINE = 16, DIGITS = 11 };

/* The digits by hand: tens of megabytes of snprintf() would be most of what the server does. */
static void write_line(char line[LINE], unsigned version, uint64_t offset)
{
    line[0] = 'v';
    line[1] = (char)('0' + version / 10 % 10);
    line[2] = (char)('0' + version % 10);
    line[3] = ' ';
    for (int i = DIGITS - 1; i >= 0; i--, offset /= 10)
        line[4 + i] = (char)('0' + offset % 10);
    line[LINE - 1] = '\n';
}

void content_fill(unsigned version, uint64_t from, char *out, size_t size)
{
    char line[LINE];
    for (size_t done = 0; done < size;) {
        uint64_t at = from + done;
        size_t skip = at % LINE, n = LINE - skip < size - done ? LINE - skip : size - done;
        write_line(line, version, at - skip);
        memcpy(out + done, line + skip, n);
        done += n;
    }
}
