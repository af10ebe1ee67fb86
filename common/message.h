#ifndef PARKIT_MESSAGE_H
#define PARKIT_MESSAGE_H
/*
 * Messages for people, one line each on stderr: "program: text". Results never come this way.
 * The function that knows a cause writes the one message; its callers pass the code up in silence.
 * Each line is one write, so lines of threads and ranks do not mix. All functions are thread-safe
 * once message_init() has been called.
 */
#include <stdbool.h>
#include <stdio.h>

/** message_init() - @program is the prefix (kept, not copied); reads NO_COLOR. Call first in main. */
void message_init(const char *program);

/** message_program() - the name given to message_init(). */
const char *message_program(void);

/** message_rank() - from now on prefix messages with this rank and host; -1 for none (the default). */
void message_rank(int rank, const char *host);

/**
 * message_hold() - from now on keep the first error instead of printing it (of several processes that fail
 * together only one shall speak); false: print again, and forget what was kept.
 * message_release() - print the error that was kept; false: there was none.
 */
void message_hold(bool hold);
bool message_release(void);

void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * message_usage() - a mistake on the command line: the text, then "; try 'PROGRAM --help'". It names no
 * rank, for every rank has the same command line.
 * Returns -EINVAL, so that a caller can write `return message_usage(...)`.
 */
int message_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** message_colour() - whether @stream is a terminal that may be coloured (NO_COLOR, TERM=dumb). */
bool message_colour(FILE *stream);

/**
 * message_printable() - @text with control characters and bytes that are not UTF-8 escaped as \xNN,
 * so that a hostile URL or file name cannot drive a terminal. Writes at most @size bytes, with the
 * terminating 0, into @out; returns @out.
 */
const char *message_printable(const char *text, char *out, size_t size);

/** message_is_printable() - whether message_printable() would change nothing in @text. */
bool message_is_printable(const char *text);

#endif
