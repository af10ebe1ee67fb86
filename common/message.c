#include "common/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

static const char *program_name = "parkit";
static char rank_prefix[96];

/* An error kept by message_hold(): whoever takes the place first writes it, and length tells that it is whole. */
static struct {
    atomic_bool on, taken;
    _Atomic size_t length;
    char line[LINE_MAX_BYTES];
} held;

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

static void print(const char *line, size_t length)
{
    ssize_t written;
    fflush(stdout);
    do
        written = write(STDERR_FILENO, line, length);
    while (written < 0 && errno == EINTR);
}

void message_hold(bool hold)
{
    held.length = 0;
    held.taken = false;
    held.on = hold;
}

bool message_release(void)
{
    size_t length = held.length;
    if (length)
        print(held.line, length);
    message_hold(held.on);
    return length > 0;
}

static bool keep(const char *line, size_t length)
{
    if (!held.on)
        return false;
    if (!atomic_exchange(&held.taken, true)) {
        memcpy(held.line, line, length);
        held.length = length;
    }
    return true;
}

/* One line, one write: vsnprintf first, so that lines of threads and processes stay whole. */
static void say(const char *rank, const char *colour, const char *kind, const char *tail, const char *format,
                va_list arguments)
{
    char line[LINE_MAX_BYTES];
    bool coloured = *kind && message_colour(stderr), is_error = !*kind;
    int used = snprintf(line, sizeof line, "%s: %s%s%s%s", program_name, rank, coloured ? colour : "", kind,
                        coloured ? "\033[0m" : "");
    size_t room = sizeof line - (size_t)used;
    int wanted = vsnprintf(line + used, room, format, arguments);
    used += wanted < (int)room ? (wanted < 0 ? 0 : wanted) : (int)room - 1;
    room = sizeof line - (size_t)used;
    wanted = snprintf(line + used, room, "%s\n", tail);
    used += wanted < (int)room ? wanted : (int)room - 1;
    line[used - 1] = '\n';
    if (!is_error || !keep(line, (size_t)used))
        print(line, (size_t)used);
}

#define SAY(rank, colour, kind, tail)                        \
    do {                                                     \
        va_list arguments;                                   \
        va_start(arguments, format);                         \
        say(rank, colour, kind, tail, format, arguments);    \
        va_end(arguments);                                   \
    } while (0)

void message_error(const char *format, ...)
{
    SAY(rank_prefix, "\033[31m", "", "");
}

void message_warn(const char *format, ...)
{
    SAY(rank_prefix, "\033[33m", "warning: ", "");
}

void message_note(const char *format, ...)
{
    SAY(rank_prefix, "\033[36m", "note: ", "");
}

int message_usage(const char *format, ...)
{
    char tail[128];
    snprintf(tail, sizeof tail, "; try '%s --help'", program_name);
    SAY("", "\033[31m", "", tail);
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

/* Length of the character at @s, which is not its end; 0: a control character, or not UTF-8. */
static size_t printable_length(const unsigned char *s)
{
    return *s < 0x20 || *s == 0x7F ? 0 : utf8_length(s);
}

bool message_is_printable(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t n; *s; s += n)
        if ((n = printable_length(s)) == 0)
            return false;
    return true;
}

const char *message_printable(const char *text, char *out, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t used = 0;
    while (*s && used + 5 < size) { /* 4 bytes of one escape or sequence, and the 0 */
        size_t n = printable_length(s);
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
