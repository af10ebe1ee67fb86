#ifndef PARKIT_TLS_END_H
#define PARKIT_TLS_END_H
/*
 * Whether a TLS connection was ended by its server (close_notify, RFC 8446, section 6.1) or cut off by somebody between. It
 * matters where the end of the connection is the end of the file (RFC 9112, section 9.8): libcurl 7.88 takes either for it,
 * although OpenSSL 3 would tell them apart, because its own layer below does not pass the end on as one.
 *
 * The connection and the transfers that use it, one after the other, share a note, which lives until the last of them is
 * gone. They are all of one thread.
 */
#include <curl/curl.h>
#include <stdbool.h>

struct tls_end;

/** tls_end_of() - the note of the connection that @easy is about to use; NULL: in the clear, or a TLS library other than OpenSSL. */
struct tls_end *tls_end_of(CURL *easy);
void tls_end_release(struct tls_end *end); /* accepts NULL */

/** tls_end_was_told() - whether the server said that it ends the connection. */
bool tls_end_was_told(const struct tls_end *end);

#endif
