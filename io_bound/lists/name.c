#include "io_bound/lists/name.h"

#include "common/message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(char *why, size_t why_size, const char *reason, const char *path)
{
    char shown[160];
    snprintf(why, why_size, "%s: '%s'", reason, message_printable(path, shown, sizeof shown));
    return -EINVAL;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent signs decoded once, as a careless reader of the name would do it. @out: strlen + 1 bytes. */
static void decode(const char *text, char *out)
{
    for (; *text; text++, out++) {
        int high = text[0] == '%' ? hex_value(text[1]) : -1;
        int low = high >= 0 ? hex_value(text[2]) : -1;
        *out = *text;
        if (low >= 0) {
            *out = (char)(16 * high + low);
            if (*out == '\0') /* %00 would hide what follows */
                *out = '\x7F';
            text += 2;
        }
    }
    *out = '\0';
}

static bool is_temporary(const char *component, size_t length)
{
    return length > strlen("..part") && component[0] == '.' && strncmp(component + length - 5, ".part", 5) == 0;
}

static const char *fault_of_component(const char *c, size_t length)
{
    if (length == 0)
        return "a part of the name is empty";
    if (strncmp(c, ".", length) == 0 || strncmp(c, "..", length) == 0)
        return "'.' and '..' may not be part of a name";
    if (c[0] == '-')
        return "a part of the name begins with '-'";
    if (length > NAME_COMPONENT_MAX)
        return "a part of the name is longer than 255 bytes";
    if (is_temporary(c, length))
        return "names like '.X.part' are kept for files being fetched";
    return NULL;
}

static const char *fault_of_path(const char *path)
{
    if (path[0] == '\0')
        return "the name is empty";
    if (path[0] == '/')
        return "the name must be relative to the output folder";
    if (strchr(path, '\\'))
        return "the name contains a backslash";
    if (path[strlen(path) - 1] == ' ') /* nobody would see it, and at the end of a list line it is no part of the name */
        return "the name ends with a space";
    for (const char *c = path;; c++) {
        size_t length = strcspn(c, "/");
        const char *fault = fault_of_component(c, length);
        if (fault)
            return fault;
        c += length;
        if (*c == '\0')
            break;
    }
    return message_is_printable(path) ? NULL : "the name has control characters or is not UTF-8";
}

/* Decoding must not bring out a '/', a "..", or anything else that is refused in the open. */
static const char *fault_of_escapes(const char *path)
{
    char decoded[NAME_PATH_MAX + 1];
    size_t slashes = 0;
    decode(path, decoded);
    for (const char *c = path; *c; c++)
        slashes += *c == '/';
    for (const char *c = decoded; *c; c++)
        slashes -= *c == '/';
    if (slashes != 0)
        return "the name hides a '/' behind %2f";
    return fault_of_path(decoded);
}

int name_check(const char *path, char *why, size_t why_size)
{
    if (strlen(path) > NAME_PATH_MAX)
        return refuse(why, why_size, "the name is longer than 4095 bytes", path);
    const char *fault = fault_of_path(path);
    if (!fault && strchr(path, '%'))
        fault = fault_of_escapes(path);
    return fault ? refuse(why, why_size, fault, path) : 0;
}

int name_of_url(const char *url, char *out, char *why, size_t why_size)
{
    const char *authority = strstr(url, "://");
    const char *path = authority ? authority + 3 + strcspn(authority + 3, "/?#") : url;
    size_t length = strcspn(path, "?#");
    const char *segment = path + length;
    while (segment > path && segment[-1] != '/')
        segment--;
    length = (size_t)(path + length - segment);
    if (length == 0)
        return refuse(why, why_size, "the URL ends without a file name; give out=NAME", url);
    if (length > NAME_COMPONENT_MAX)
        return refuse(why, why_size, "the file name in the URL is longer than 255 bytes; give out=NAME", url);
    memcpy(out, segment, length);
    out[length] = '\0';
    return name_check(out, why, why_size);
}
