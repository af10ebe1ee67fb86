#include "scaling/plan/template.h"

#include "common/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const placeholders[] = { "threads", "ranks", "nodes", "size", "rep" };
enum { PLACEHOLDERS = sizeof placeholders / sizeof *placeholders };

/* What other tools and habits call them. */
static const struct {
    const char *wrong, *right;
} aliases[] = {
    { "nthreads", "threads" }, { "num_threads", "threads" }, { "cores", "threads" }, { "cpus", "threads" },
    { "nranks", "ranks" }, { "np", "ranks" }, { "nprocs", "ranks" }, { "procs", "ranks" }, { "processes", "ranks" },
    { "tasks", "ranks" }, { "ntasks", "ranks" }, { "nnodes", "nodes" }, { "repeat", "rep" }, { "repetition", "rep" },
};

bool template_has(char *const *words, const char *name)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "{%s}", name);
    for (; *words; words++)
        if (strstr(*words, wanted))
            return true;
    return false;
}

/* --- Slips --- */

/* Whether @a becomes @b by one letter added, dropped or changed, or by the case of letters. */
static bool nearly_same(const char *a, size_t length, const char *b)
{
    size_t other = strlen(b), same = 0, from_end = 0;
    if (length == other && strncasecmp(a, b, length) == 0)
        return true;
    while (same < length && same < other && a[same] == b[same])
        same++;
    while (from_end < length - same && from_end < other - same && a[length - 1 - from_end] == b[other - 1 - from_end])
        from_end++;
    size_t longer = length > other ? length : other;
    return same + from_end + 1 >= longer && longer - (length < other ? length : other) <= 1;
}

/* The placeholder that was meant by @name, NULL if none is near. */
static const char *meant(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strlen(aliases[i].wrong) == length && strncmp(aliases[i].wrong, name, length) == 0)
            return aliases[i].right;
    for (size_t i = 0; i < PLACEHOLDERS; i++)
        if (length >= 3 && nearly_same(name, length, placeholders[i]))
            return placeholders[i];
    return NULL;
}

static bool is_placeholder(const char *name, size_t length)
{
    for (size_t i = 0; i < PLACEHOLDERS; i++)
        if (strlen(placeholders[i]) == length && strncmp(placeholders[i], name, length) == 0)
            return true;
    return false;
}

static int check_word(const char *word)
{
    for (const char *open = strchr(word, '{'); open; open = strchr(open + 1, '{')) {
        size_t length = 0;
        while (isalpha((unsigned char)open[1 + length]) || open[1 + length] == '_')
            length++;
        bool of_a_shell = open > word && open[-1] == '$';
        if (open[1 + length] != '}' || of_a_shell || is_placeholder(open + 1, length))
            continue;
        const char *right = meant(open + 1, length);
        if (right)
            return message_usage("{%.*s} in the command is not a placeholder; write {%s}", (int)length, open + 1, right);
    }
    return 0;
}

int template_check(char *const *words)
{
    int rc = 0;
    for (; *words && rc == 0; words++)
        rc = check_word(*words);
    return rc;
}

/* --- Filling in --- */

/* The value of the placeholder that begins at @text, and its length; false: none does. */
static bool value_at(const char *text, const struct grid_point *p, uint64_t rep, uint64_t *value, size_t *length)
{
    const uint64_t values[PLACEHOLDERS] = { p->threads, p->ranks, p->nodes, p->size_word, rep };
    for (size_t i = 0; i < PLACEHOLDERS; i++) {
        size_t n = strlen(placeholders[i]);
        if (text[0] == '{' && strncmp(text + 1, placeholders[i], n) == 0 && text[n + 1] == '}') {
            *value = values[i];
            *length = n + 2;
            return i != 3 || p->has_size;
        }
    }
    return false;
}

char *template_fill(const char *text, const struct grid_point *p, uint64_t rep)
{
    char *out = NULL;
    size_t room, length;
    uint64_t value;
    FILE *f = open_memstream(&out, &room);
    if (!f)
        return NULL;
    while (*text)
        if (value_at(text, p, rep, &value, &length)) {
            fprintf(f, "%llu", (unsigned long long)value);
            text += length;
        } else {
            putc(*text++, f);
        }
    bool failed = ferror(f);
    if (fclose(f) != 0 || failed) {
        free(out);
        return NULL;
    }
    return out;
}

char **template_fill_words(char *const *words, const struct grid_point *p, uint64_t rep)
{
    size_t n = 0;
    while (words[n])
        n++;
    char **out = calloc(n + 1, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        if (!(out[i] = template_fill(words[i], p, rep))) {
            template_free(out);
            return NULL;
        }
    return out;
}

void template_free(char **words)
{
    for (char **word = words; word && *word; word++)
        free(*word);
    free(words);
}
