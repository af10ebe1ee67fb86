#include "tests/faults/script.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char script_help[] =
    "Words of a script:\n"
    "  size=N v=N               bytes and version of the file (1000, 1)\n"
    "  etag=TEXT|none weak      its ETag (\"vN\")\n"
    "  modified=SECONDS         its Last-Modified, so many seconds ago (none)\n"
    "  status=N to=URL|self     answer with this status; Location\n"
    "  retry-after=TEXT retry-date=SECONDS   Retry-After, as it stands or as a date from now\n"
    "  header=LINE type=TEXT page=TEXT       a further header; Content-Type; this text instead of the file\n"
    "  length=TEXT|none         Content-Length (twice: two of them; none: the end of the connection ends the file)\n"
    "  range=ignore|shift|multipart|416|416-bare|404|no-if-range     how ranges are answered\n"
    "  chunked bad-chunk endless            transfer coding; a chunk size of ZZ after the content; no end\n"
    "  cut=N [rst] [no-notify]  end the connection after N bytes of content; by reset; without close_notify\n"
    "  stall=N                  say nothing more after N bytes of content\n"
    "  extra=N                  N bytes more than announced\n"
    "  wrong=N                  the byte at N of the file is a wrong one (up to eight times)\n"
    "  piece=N drip=MS          write N bytes at a time, waiting between\n"
    "  flood=BYTES interim=N    so many bytes of headers; N answers 103 before the real one\n"
    "  empty silent             end without an answer; no answer and no end\n"
    "  quit reset-next          after the answer, close without a word; reset at the next request\n"
    "  tunnel                   (proxies) pass on\n";

/* --- one table of words --- */

enum kind { FLAG, NUMBER, TEXT, MANY };
#define AT(field) offsetof(struct step, field)
static const struct {
    const char *name;
    enum kind kind;
    size_t at;
} words[] = {
    { "size", NUMBER, AT(size) },          { "v", NUMBER, AT(version) },        { "etag", TEXT, AT(etag) },
    { "weak", FLAG, AT(weak) },            { "modified", TEXT, AT(modified) },  { "status", NUMBER, AT(status) },
    { "to", TEXT, AT(to) },                { "retry-after", TEXT, AT(retry_after) },
    { "retry-date", TEXT, AT(retry_date) },{ "header", MANY, AT(headers) },     { "length", MANY, AT(lengths) },
    { "wrong", MANY, AT(wrong) },
    { "range", TEXT, AT(range) },          { "chunked", FLAG, AT(chunked) },    { "bad-chunk", FLAG, AT(bad_chunk) },
    { "endless", FLAG, AT(endless) },      { "cut", NUMBER, AT(cut) },          { "rst", FLAG, AT(rst) },
    { "no-notify", FLAG, AT(no_notify) },  { "stall", NUMBER, AT(stall) },      { "extra", NUMBER, AT(extra) },
    { "piece", NUMBER, AT(piece) },        { "drip", NUMBER, AT(drip_ms) },     { "flood", NUMBER, AT(flood) },
    { "interim", NUMBER, AT(interim) },    { "empty", FLAG, AT(empty) },        { "silent", FLAG, AT(silent) },
    { "quit", FLAG, AT(quit) },            { "reset-next", FLAG, AT(reset_next) },
    { "tunnel", FLAG, AT(tunnel) },        { "type", TEXT, AT(type) },          { "page", TEXT, AT(page) },
};

static const char *const range_names[] = { "ok", "ignore", "shift", "multipart", "416", "416-bare", "404", "no-if-range" };

enum range_mode script_range(const struct step *step)
{
    for (size_t i = 0; step->range && i < sizeof range_names / sizeof *range_names; i++)
        if (strcmp(step->range, range_names[i]) == 0)
            return (enum range_mode)i;
    return RANGE_OK;
}

/* %XX in place. %00 stays as it is: texts end at a zero. */
static void decode(char *text)
{
    char *to = text;
    for (; *text; text++, to++) {
        char hex[3] = { text[0] == '%' ? text[1] : 'x', 0, 0 };
        hex[1] = isxdigit((unsigned char)hex[0]) ? text[2] : '\0';
        char byte = isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]) ? (char)strtol(hex, NULL, 16) : '\0';
        *to = byte ? byte : *text;
        text += byte ? 2 : 0;
    }
    *to = '\0';
}

bool script_plain(const char *script, size_t length, char out[SCRIPT_STEP_MAX])
{
    if (length >= SCRIPT_STEP_MAX)
        return false;
    memcpy(out, script, length);
    out[length] = '\0';
    if (strpbrk(out, "=,;") || !(strstr(out, "%3D") || strstr(out, "%2C") || strstr(out, "%3B")))
        return false;
    decode(out);
    return true;
}

static int set_word(struct step *step, char *word)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        void *field = (char *)step + words[i].at;
        if (strcmp(word, words[i].name) != 0)
            continue;
        if (!value != (words[i].kind == FLAG))
            return -EINVAL;
        if (value)
            decode(value);
        if (words[i].kind == FLAG)
            *(bool *)field = true;
        else if (words[i].kind == NUMBER)
            *(uint64_t *)field = strtoull(value, NULL, 10);
        else if (words[i].kind == TEXT)
            *(const char **)field = value;
        else if (((struct many *)field)->n < SCRIPT_MANY)
            ((struct many *)field)->value[((struct many *)field)->n++] = value;
        return 0;
    }
    return -EINVAL;
}

int script_step(const char *script, size_t length, size_t index, struct step *step, const char **word)
{
    const char *end = script + length, *stop;
    while (index-- > 0 && (stop = memchr(script, ';', (size_t)(end - script))))
        script = stop + 1;
    stop = memchr(script, ';', (size_t)(end - script));
    length = (size_t)((stop ? stop : end) - script);
    memset(step, 0, sizeof *step);
    step->size = 1000;
    step->version = 1;
    step->cut = step->stall = UINT64_MAX;
    *word = "a step of more than 4095 bytes";
    if (length >= sizeof step->text)
        return -EINVAL;
    memcpy(step->text, script, length);
    step->text[length] = '\0';
    for (char *rest = step->text; rest;) {
        char *next = strsep(&rest, ",");
        *word = next;
        if (*next && set_word(step, next) != 0)
            return -EINVAL;
    }
    return 0;
}
