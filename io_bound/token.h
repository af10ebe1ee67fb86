#ifndef PARKIT_TOKEN_H
#define PARKIT_TOKEN_H
/*
 * A bearer token (RFC 6750): from a file or an environment variable, because everybody on the machine can
 * read a command line.
 */
#include "io_bound/get_options.h"

/**
 * token_header() - "Authorization: Bearer TOKEN" where the settings name a token, else NULL, into @line;
 * the caller frees it. 0; -EINVAL after one message; -ENOMEM.
 */
int token_header(const struct settings *settings, char **line) __attribute__((warn_unused_result));

#endif
