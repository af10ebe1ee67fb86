#ifndef PARKIT_REQUEST_H
#define PARKIT_REQUEST_H
/*
 * How libcurl is asked. Options that are the same for every file are set once on a handle that is
 * kept; only what differs is set for each file.
 */
#include "io_bound/session.h"

/** request_prepare() - the options that all transfers of the session share. */
void request_prepare(CURL *easy, const struct session *s);

/** request_aim() - what @job asks for: URL, its allowed redirects, time left, a fresh connection. */
void request_aim(CURL *easy, const struct session *s, const struct job *job);

/**
 * request_hop() - call it before every request that goes out, also after redirects (CURLOPT_PREREQFUNCTION):
 * a server that the list does not name gets none of the user's headers. @condition: a header that every
 * server gets; without text: none. True: send the request.
 */
bool request_hop(CURL *easy, const struct session *s, const struct job *job, struct curl_slist *condition);

/**
 * request_proxy_refusal() - where the proxy refused to connect: its status, and one clause in @why; else 0.
 * @transient: whether that may pass.
 */
long request_proxy_refusal(CURL *easy, bool *transient, char *why, size_t why_size);

/** request_host_rate() - the limit of bytes a second of the server that @job asks; NULL: it has none. */
struct rate *request_host_rate(const struct session *s, const struct job *job);

#endif
