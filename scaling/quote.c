#include "scaling/quote.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *word, const char *also)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!*word)
        return false;
    while (*word && (strchr(plain, *word) || strchr(also, *word)))
        word++;
    return !*word;
}

void quote_word(FILE *out, const char *word, const char *also)
{
    if (is_plain(word, also)) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){ *word, '\0' }, out);
    fputc('\'', out);
}

void quote_words(FILE *out, char *const *words)
{
    for (char *const *word = words; *word; word++) {
        if (word > words)
            fputc(' ', out);
        quote_word(out, *word, "");
    }
}
