#ifndef PARKIT_QUOTE_H
#define PARKIT_QUOTE_H
/* Words as a POSIX shell reads them back, quoted only where needed. */
#include <stdio.h>

/** quote_word() - @also: characters that need no quotes here beside the usual ones, such as "{}"; or "". */
void quote_word(FILE *out, const char *word, const char *also);

/** quote_words() - all of a NULL-terminated array, with blanks between. */
void quote_words(FILE *out, char *const *words);

#endif
