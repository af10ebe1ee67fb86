#ifndef PARKIT_VERSION_H
#define PARKIT_VERSION_H
/*
 * What tells one version of a remote file from another: total length, entity tag, date of the last
 * change (RFC 9110, section 8.8). Bytes are joined only where these prove that they belong together.
 */
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { ETAG_MAX = 256, HTTP_DATE_MAX = 40 };

struct version {
    bool has_total;
    uint64_t total;
    char etag[ETAG_MAX];          /* as sent, with its quotes and W/; "": none, or none that can be used */
    char modified[HTTP_DATE_MAX]; /* Last-Modified as sent; "": none                                     */
    bool modified_strong;         /* old enough at its Date that two changes in one second are excluded  */
};

/** version_set_etag() - @value as sent; what is no entity tag, or a longer one, is forgotten. */
void version_set_etag(struct version *v, const char *value);

/**
 * version_set_modified() - @value as sent, and the time of the answer's Date field (-1: it had none).
 * A date is strong only if it is at least 60 s before Date (RFC 9110, section 8.8.2.2).
 */
void version_set_modified(struct version *v, const char *value, time_t date);

/** version_validator() - what may stand in If-Range: a strong entity tag, else a strong date; NULL: neither. */
const char *version_validator(const struct version *v);

/**
 * version_same() - whether bytes of @now may be joined to bytes of @before: the totals are known and
 * equal, nothing else differs, and a strong entity tag or a strong date is equal.
 */
bool version_same(const struct version *before, const struct version *now);

/** version_differs() - whether it is proved that @now is another version: something known of both differs. */
bool version_differs(const struct version *before, const struct version *now);

#endif
