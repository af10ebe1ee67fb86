#include "io_bound/get_options.h"

#include "common/message.h"
#include "io_bound/models/driver.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(struct settings, field)

static const double DAY_S = 86400;

static const struct option_spec table[] = {
    { 'm', "model", "MODEL", OPTION_CHOICE, AT(model), "multi", 0, 0, driver_names, "concurrency model" },
    { 'j', "connections", "N", OPTION_UINT, AT(connections), "16", 1, 1024, NULL, "connections in all" },
    { 0, "per-host", "N", OPTION_UINT, AT(per_host), NULL, 1, 1024, NULL, "connections to one host; default: as --connections" },
    { 'd', "dir", "DIR", OPTION_STRING, AT(folder), ".", 0, 0, NULL, "output folder, made if missing" },
    { 'i', "input", "LIST", OPTION_MANY, AT(lists), NULL, 0, 0, NULL, "read entries from LIST, or as they come from standard input (-)" },
    { 'M', "metalink", "FILE", OPTION_MANY, AT(metalinks), NULL, 0, 0, NULL, "read entries from a Metalink 4 document (RFC 5854), or from standard input (-)" },
    { 'R', "retries", "N", OPTION_UINT, AT(retries), "5", 0, 1000, NULL, "further attempts after failures that may pass, for each mirror" },
    { 0, "retry-max", "SECONDS", OPTION_DOUBLE, AT(retry_max_s), "60", 0, DAY_S, NULL, "longest wait before an attempt, whatever the server asks" },
    { 0, "connect-timeout", "SECONDS", OPTION_DOUBLE, AT(connect_timeout_s), "15", 0.001, DAY_S, NULL, "longest time to connect" },
    { 0, "stall", "SECONDS", OPTION_DOUBLE, AT(stall_s), "30", 1, DAY_S, NULL, "less than 1 kB/s for so long ends an attempt" },
    { 0, "timeout", "SECONDS", OPTION_DOUBLE, AT(timeout_s), NULL, 0.001, 30 * DAY_S, NULL, "longest time for one file with its retries; default: none" },
    { 0, "limit-rate", "BYTES", OPTION_UINT, AT(limit_rate), NULL, 1, 1e15, NULL, "bytes a second of all connections together" },
    { 0, "limit-rate-host", "BYTES", OPTION_UINT, AT(limit_rate_host), NULL, 1, 1e15, NULL, "bytes a second from each server" },
    { 0, "max-size", "BYTES", OPTION_UINT, AT(max_size), NULL, 1, 1e18, NULL, "refuse larger files" },
    { 0, "split", "PARTS", OPTION_UINT, AT(split), "1", 1, 64, NULL, "connections for one file of 32 MiB or more, in ranges; 1: one" },
    { 0, "max-files", "N", OPTION_UINT, AT(max_files), NULL, 1, 1e18, NULL, "begin N files at most; the rest of the lists is checked and left out, which is no failure" },
    { 0, "reject-type", "TYPE", OPTION_MANY, AT(reject_types), NULL, 0, 0, NULL, "refuse answers of this media type, for example text/html (a login page in place of a file) or text/*" },
    { 'H', "header", "LINE", OPTION_MANY, AT(headers), NULL, 0, 0, NULL, "add a header line to every request; servers that redirects lead to do not get it" },
    { 0, "netrc", NULL, OPTION_FLAG, AT(netrc), NULL, 0, 0, NULL, "take user names and passwords from ~/.netrc" },
    { 0, "netrc-file", "FILE", OPTION_STRING, AT(netrc_file), NULL, 0, 0, NULL, "take them from FILE" },
    { 0, "token-file", "FILE", OPTION_STRING, AT(token_file), NULL, 0, 0, NULL, "send the bearer token that stands in FILE, as a header" },
    { 0, "token-env", "NAME", OPTION_STRING, AT(token_env), NULL, 0, 0, NULL, "send the bearer token that stands in the environment variable NAME" },
    { 0, "cacert", "FILE", OPTION_STRING, AT(cacert), NULL, 0, 0, NULL, "trust the certificates in FILE instead of the system's" },
    { 0, "cert", "FILE", OPTION_STRING, AT(cert), NULL, 0, 0, NULL, "client certificate (PEM)" },
    { 0, "key", "FILE", OPTION_STRING, AT(key), NULL, 0, 0, NULL, "its key (PEM); default: in the same file" },
    { 0, "insecure", NULL, OPTION_FLAG, AT(insecure), NULL, 0, 0, NULL, "DANGEROUS: do not check the server's certificate" },
    { 0, "allow-downgrade", NULL, OPTION_FLAG, AT(allow_downgrade), NULL, 0, 0, NULL, "follow redirects from https to http" },
    { 0, "proxy", "URL", OPTION_STRING, AT(proxy), NULL, 0, 0, NULL, "connect through this proxy (http, https, socks4, socks5); default: from the environment (http_proxy, https_proxy, all_proxy, no_proxy)" },
    { 0, "no-private", NULL, OPTION_FLAG, AT(no_private), NULL, 0, 0, NULL, "never connect to loopback or private addresses, nor through a proxy" },
    { 0, "verify", NULL, OPTION_FLAG, AT(verify), NULL, 0, 0, NULL, "check the files that are there against the list; fetch what is missing or wrong" },
    { 0, "skip-existing", NULL, OPTION_FLAG, AT(skip_existing), NULL, 0, 0, NULL, "keep files that are there with the right size, unread" },
    { 0, "conditional", NULL, OPTION_FLAG, AT(conditional), NULL, 0, 0, NULL, "fetch what is there again only if it has changed since an earlier run with this option" },
    { 0, "dry-run", NULL, OPTION_FLAG, AT(dry_run), NULL, 0, 0, NULL, "print what would be fetched, as list lines, and fetch nothing" },
    { 0, "fsync", "POLICY", OPTION_CHOICE, AT(fsync), "batch", 0, 0, fsync_policy_names, "when files are on disk before they count as done" },
    { 0, "json", NULL, OPTION_FLAG, AT(json), NULL, 0, 0, NULL, "print one JSON object per finished entry" },
    { 0, "log", "FILE", OPTION_STRING, AT(log), NULL, 0, 0, NULL, "append the same objects to FILE" },
    { 0, "progress", NULL, OPTION_FLAG, AT(progress), NULL, 0, 0, NULL, "show a progress line; default: on a terminal" },
    { 0, "progress-bars", NULL, OPTION_FLAG, AT(progress_bars), NULL, 0, 0, NULL, "show also a bar for each of the largest files at work, where standard error is a terminal" },
    { 0, "no-progress", NULL, OPTION_FLAG, AT(no_progress), NULL, 0, 0, NULL, "show none" },
    { .long_name = NULL },
};

static const struct option_spec *const tables[] = { table, NULL };

static const char examples[] =
    "  parkit-get -d data https://example.org/a.csv https://example.org/b.csv\n"
    "  parkit-get -j 64 -d data -i list.txt --log get.jsonl\n"
    "  list.txt has lines like:  https://example.org/a.csv<TAB>out=x/a.csv<TAB>sha256=9f86d0...\n"
    "\nFurther exit status: 4 a size or hash did not match.\n";

static struct option_program program_of(void *const *targets)
{
    return (struct option_program){
        .usage = "parkit-get [options] [URL ...]",
        .summary = "Download files, many at once; a file appears under its name only when complete and right.",
        .tables = tables,
        .targets = targets,
        .examples = examples,
    };
}

/* TYPE "/" SUBTYPE without parameters (RFC 9110, section 8.3.1). */
static bool is_media_type(const char *text)
{
    const char *slash = strchr(text, '/');
    const char *star = strchr(text, '*');
    return slash && slash != text && slash[1] && !strpbrk(text, " \t;,\r\n") && !strchr(slash + 1, '/') &&
           (!star || (star == slash + 1 && !star[1]));
}

static int check(const struct settings *s)
{
    if (s->n_urls == 0 && s->lists.count == 0 && s->metalinks.count == 0)
        return message_usage("nothing to fetch; give URLs, a list with --input, or a document with --metalink");
    if (s->verify && s->skip_existing)
        return message_usage("--verify and --skip-existing exclude each other; --verify reads the files, the other does not");
    if (s->token_file && s->token_env)
        return message_usage("--token-file and --token-env exclude each other");
    if (s->key && !s->cert)
        return message_usage("--key %s without --cert; give the certificate that it belongs to", s->key);
    if ((s->progress || s->progress_bars) && s->no_progress)
        return message_usage("%s and --no-progress exclude each other", s->progress ? "--progress" : "--progress-bars");
    if (s->no_private && s->proxy)
        return message_usage("--no-private and --proxy exclude each other; behind a proxy the address is not known here");
    for (size_t i = 0; i < s->reject_types.count; i++)
        if (!is_media_type(s->reject_types.value[i]))
            return message_usage("--reject-type '%s' is no media type; write it as text/html or text/*", s->reject_types.value[i]);
    for (size_t i = 0; i < s->headers.count; i++) {
        const char *line = s->headers.value[i];
        char shown[96];
        if (!strchr(line, ':') || strpbrk(line, "\r\n"))
            return message_usage("--header '%s' is not a header line; write it as 'Name: value'",
                                 message_printable(line, shown, sizeof shown));
    }
    return 0;
}

int settings_parse(int argc, char **argv, struct settings *s)
{
    void *const targets[] = { s, NULL };
    struct option_program program = program_of(targets);
    int first;
    *s = (struct settings){ .model = 0 };
    int rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc;
    s->urls = (const char *const *)(argv + first);
    s->n_urls = (size_t)(argc - first);
    return check(s);
}

void settings_free(struct settings *s)
{
    void *const targets[] = { s, NULL };
    struct option_program program = program_of(targets);
    option_free(&program);
}
