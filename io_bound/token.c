#include "io_bound/token.h"

#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOKEN_MAX = 8192 };

static int read_file(const char *path, char text[TOKEN_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, TOKEN_MAX - 1) : -1;
    int rc = got >= 0 ? 0 : errno;
    if (fd >= 0)
        close(fd);
    if (rc != 0)
        return message_usage("the --token-file %s cannot be read: %s", path, strerror(rc));
    text[got] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    return 0;
}

static int read_variable(const char *name, char text[TOKEN_MAX])
{
    const char *value = getenv(name);
    if (!value)
        return message_usage("--token-env names the variable %s, which is not set; export it", name);
    if (strlen(value) >= TOKEN_MAX)
        return message_usage("the token in %s has more than %d bytes", name, TOKEN_MAX - 1);
    memcpy(text, value, strlen(value) + 1);
    return 0;
}

/* The letters of RFC 6750, section 2.1, and no others: a line break would smuggle in another header. */
static bool is_token(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    return *text && text[strspn(text, letters)] == '\0';
}

int token_header(const struct settings *settings, char **line)
{
    char text[TOKEN_MAX];
    *line = NULL;
    if (!settings->token_file && !settings->token_env)
        return 0;
    const char *where = settings->token_file ? settings->token_file : settings->token_env;
    int rc = settings->token_file ? read_file(where, text) : read_variable(where, text);
    if (rc != 0)
        return rc;
    if (!is_token(text)) /* what it is instead may be a secret all the same */
        return message_usage("what stands in %s is no bearer token: letters, digits and -._~+/= in one line", where);
    return asprintf(line, "Authorization: Bearer %s", text) >= 0 ? 0 : -ENOMEM;
}
