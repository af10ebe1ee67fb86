#ifndef PARKIT_GET_OPTIONS_H
#define PARKIT_GET_OPTIONS_H
/* The command line of parkit-get. */
#include "common/option.h"
#include "io_bound/files/tree.h"

#include <stdbool.h>

struct settings {
    int model; /* index into drivers[] */
    uint64_t connections, per_host, retries, limit_rate, limit_rate_host, max_size, max_files, split;
    double retry_max_s, connect_timeout_s, stall_s, timeout_s;
    struct option_values lists, metalinks, headers, reject_types;
    const char *folder, *log, *cacert, *cert, *key, *proxy, *netrc_file, *token_file, *token_env;
    int fsync; /* enum fsync_policy */
    bool netrc, insecure, allow_downgrade, no_private, verify, skip_existing, conditional, dry_run, json, progress, progress_bars, no_progress;
    const char *const *urls; /* the other words of the command line */
    size_t n_urls;
};

/**
 * settings_parse() - from the command line. Returns 0 to go on; 1 after --help or --version; -EINVAL
 * after one message; -ENOMEM. settings_free() frees what the options hold.
 */
int settings_parse(int argc, char **argv, struct settings *s) __attribute__((warn_unused_result));
void settings_free(struct settings *s);

#endif
