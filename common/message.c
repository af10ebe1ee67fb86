#include "common/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

static const char *program_name = "parkit";
static char rank_prefix[96];

void message_init(const char *program)
{
    program_name = program;
}

const char *message_program(void)
{
    return program_name;
}

void message_rank(int rank, const char *host)
{
    rank_prefix[0] = '\0';
    if (rank >= 0)
        snprintf(rank_prefix, sizeof rank_prefix, "rank %d on %s: ", rank, host);
}

bool message_colour(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    if ((no_colour && *no_colour) || !term || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fileno(stream));
}

/* One line, one write: vsnprintf first, so that lines of threads and processes stay whole. */
static void say(const char *colour, const char *kind, const char *tail, const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES];
    bool coloured = *kind && message_colour(stderr);
    int used = snprintf(line, sizeof line, "%s: %s%s%s%s", program_name, rank_prefix, coloured ? colour : "", kind,
                        coloured ? "\033[0m" : "");
    size_t room = sizeof line - (size_t)used;
    int wanted = vsnprintf(line + used, room, format, arguments);
    used += wanted < (int)room ? (wanted < 0 ? 0 : wanted) : (int)room - 1;
    room = sizeof line - (size_t)used;
    wanted = snprintf(line + used, room, "%s\n", tail);
    used += wanted < (int)room ? wanted : (int)room - 1;
    line[used - 1] = '\n';
    fflush(stdout);
    ssize_t written;
    do
        written = write(STDERR_FILENO, line, (size_t)used);
    while (written < 0 && errno == EINTR);
}

#define SAY(colour, kind, tail)                        \
    do {                                               \
        va_list arguments;                             \
        va_start(arguments, format);                   \
        say(colour, kind, tail, format, arguments);    \
        va_end(arguments);                             \
    } while (0)

void message_error(const char *format, ...)
{
    SAY("\033[31m", "", "");
}

void message_warn(const char *format, ...)
{
    SAY("\033[33m", "warning: ", "");
}

void message_note(const char *format, ...)
{
    SAY("\033[36m", "note: ", "");
}

int message_usage(const char *format, ...)
{
    char tail[128];
    snprintf(tail, sizeof tail, "; try '%s --help'", program_name);
    SAY("\033[31m", "", tail);
    return -EINVAL;
}

/* Length of the UTF-8 sequence at @s (1 to 4), or 0 where there is none. RFC 3629, section 4. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xED && s[1] > 0x9F, beyond = s[0] == 0xF4 && s[1] > 0x8F;
    bool c1_control = s[0] == 0xC2 && s[1] < 0xA0;
    return overlong || surrogate || beyond || c1_control ? 0 : n;
}

const char *message_printable(const char *text, char *out, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t used = 0;
    while (*s && used + 5 < size) { /* 4 bytes of one escape or sequence, and the 0 */
        size_t n = *s < 0x20 || *s == 0x7F ? 0 : utf8_length(s);
        if (n == 0) {
            used += (size_t)snprintf(out + used, size - used, "\\x%02X", *s++);
            continue;
        }
        memcpy(out + used, s, n);
        used += n;
        s += n;
    }
    if (size)
        out[used] = '\0';
    return out;
}
