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

#endif
