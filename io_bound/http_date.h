#ifndef PARKIT_HTTP_DATE_H
#define PARKIT_HTTP_DATE_H
/*
 * Dates of HTTP (RFC 9110, section 5.6.7). What servers send, "Sun, 06 Nov 1994 08:49:37 GMT", is read here in a
 * twentieth of the time that curl_getdate() takes, which all else is left to: with two dates in every answer it
 * would be a seventh of all instructions of a download of small files.
 */
#include <time.h>

/** http_date() - @value, a field's value without spaces around it, as seconds since 1970; -1: no date. Thread-safe. */
time_t http_date(const char *value);

#endif
