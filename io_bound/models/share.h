#ifndef PARKIT_SHARE_H
#define PARKIT_SHARE_H
/*
 * What transfers of several threads share: DNS answers and TLS sessions. Not connections, which
 * libcurl's documentation of CURLSHOPT_SHARE declares unsafe between threads.
 */
#include <curl/curl.h>

struct share;

/** share_create() - 0 or -ENOMEM. share_destroy() accepts NULL; after the last transfer that uses it. */
int share_create(struct share **out) __attribute__((warn_unused_result));
void share_destroy(struct share *s);

/** share_handle() - for CURLOPT_SHARE. */
CURLSH *share_handle(struct share *s);

#endif
