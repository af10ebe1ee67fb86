#ifndef PARKIT_FAULTS_CERTIFICATES_H
#define PARKIT_FAULTS_CERTIFICATES_H
/* A certificate authority that lives as long as the server, and what it signs. P-256, so that making them costs nothing. */
#include <openssl/ssl.h>

enum certificate { CERTIFICATE_GOOD, CERTIFICATE_EXPIRED, CERTIFICATE_SELF_SIGNED, CERTIFICATE_WRONG_HOST };

struct authority;

/** authority_create() - writes its certificate to @path (PEM), for clients that shall trust it. NULL: it cannot. */
struct authority *authority_create(const char *path);
void authority_destroy(struct authority *a); /* accepts NULL */

/**
 * authority_context() - a TLS server with a certificate of that kind for localhost and 127.0.0.1. @old: nothing above TLS 1.1.
 * SSL_CTX_free() frees it. NULL: no memory.
 */
SSL_CTX *authority_context(const struct authority *a, enum certificate kind, int old);

#endif
