#include "tests/faults/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400 };

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
    long serial;
};

static void set_name(X509_NAME *name, const char *common)
{
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0);
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (e)
        X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
}

/* Not yet signed. @names: NULL for an authority. */
static X509 *make(EVP_PKEY *key, const char *common, const char *names, long from_s, long to_s, long serial)
{
    X509 *x = X509_new();
    if (!x)
        return NULL;
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    X509_gmtime_adj(X509_getm_notBefore(x), from_s);
    X509_gmtime_adj(X509_getm_notAfter(x), to_s);
    set_name(X509_get_subject_name(x), common);
    X509_set_pubkey(x, key);
    add_extension(x, x, NID_basic_constraints, names ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (names)
        add_extension(x, x, NID_subject_alt_name, names);
    return x;
}

struct authority *authority_create(const char *path)
{
    struct authority *a = calloc(1, sizeof *a);
    FILE *out = fopen(path, "we");
    if (a && out && (a->key = EVP_EC_gen("P-256")))
        a->certificate = make(a->key, "parkit tests", NULL, -DAY_S, DAY_S, 1);
    if (!a || !a->certificate) {
        authority_destroy(a);
        if (out)
            fclose(out);
        return NULL;
    }
    X509_set_issuer_name(a->certificate, X509_get_subject_name(a->certificate));
    X509_sign(a->certificate, a->key, EVP_sha256());
    PEM_write_X509(out, a->certificate);
    fclose(out);
    return a;
}

void authority_destroy(struct authority *a)
{
    if (!a)
        return;
    X509_free(a->certificate);
    EVP_PKEY_free(a->key);
    free(a);
}

/* HTTP/1.1 for everybody; whether HTTP/2 was offered too is what the log tells. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *offered, unsigned size,
                           void *unused)
{
    static const unsigned char http1[] = "http/1.1";
    static char http2[] = "h2";
    (void)unused;
    for (unsigned i = 0; i < size; i += 1u + offered[i])
        if (offered[i] == 2 && i + 2 < size && memcmp(offered + i + 1, http2, 2) == 0)
            SSL_set_app_data(ssl, http2);
    *out = http1;
    *out_size = sizeof http1 - 1;
    return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *authority_context(const struct authority *a, enum certificate kind, int old)
{
    const char *names = kind == CERTIFICATE_WRONG_HOST ? "DNS:elsewhere.example" : "DNS:localhost,IP:127.0.0.1";
    int own = kind == CERTIFICATE_SELF_SIGNED, late = kind == CERTIFICATE_EXPIRED;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = key ? make(key, "fault server", names, -2 * DAY_S, late ? -DAY_S : DAY_S, 100 + kind) : NULL;
    if (context && x) {
        X509_set_issuer_name(x, X509_get_subject_name(own ? x : a->certificate));
        X509_sign(x, own ? key : a->key, EVP_sha256());
        SSL_CTX_use_certificate(context, x);
        SSL_CTX_use_PrivateKey(context, key);
        SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
        if (old) {
            SSL_CTX_set_security_level(context, 0);
            SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
            SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
        }
    }
    X509_free(x);
    EVP_PKEY_free(key);
    return context;
}
