#include "io_bound/tls_end.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

struct tls_end {
    unsigned references;
    bool told;
};

static int slot = -1; /* of the note among the data that OpenSSL keeps with a connection */

static void on_free(void *parent, void *note, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    tls_end_release(note);
}

static void make_slot(void)
{
    slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_free);
}

static void on_event(const SSL *ssl, int where, int value)
{
    struct tls_end *end = SSL_get_ex_data(ssl, slot);
    if (end && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY)
        end->told = true;
}

struct tls_end *tls_end_of(CURL *easy)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct curl_tlssessioninfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info || info->backend != CURLSSLBACKEND_OPENSSL || !info->internals)
        return NULL;
    pthread_once(&once, make_slot);
    SSL *ssl = info->internals;
    struct tls_end *end = slot < 0 ? NULL : SSL_get_ex_data(ssl, slot);
    if (!end && slot >= 0 && (end = calloc(1, sizeof *end))) {
        if (SSL_set_ex_data(ssl, slot, end) != 1) {
            free(end);
            return NULL;
        }
        end->references = 1;
        SSL_set_info_callback(ssl, on_event);
    }
    if (end)
        end->references++;
    return end;
}

void tls_end_release(struct tls_end *end)
{
    if (end && --end->references == 0)
        free(end);
}

bool tls_end_was_told(const struct tls_end *end)
{
    return end->told;
}
