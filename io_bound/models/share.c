#include "io_bound/models/share.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct share {
    CURLSH *handle;
    pthread_mutex_t lock[CURL_LOCK_DATA_LAST]; /* one for each kind of data */
};

static void on_lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *context)
{
    struct share *s = context;
    (void)easy, (void)access;
    pthread_mutex_lock(&s->lock[data]);
}

static void on_unlock(CURL *easy, curl_lock_data data, void *context)
{
    struct share *s = context;
    (void)easy;
    pthread_mutex_unlock(&s->lock[data]);
}

int share_create(struct share **out)
{
    struct share *s = calloc(1, sizeof *s);
    if (!s || !(s->handle = curl_share_init())) {
        free(s);
        return -ENOMEM;
    }
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_init(&s->lock[i], NULL);
    curl_share_setopt(s->handle, CURLSHOPT_USERDATA, s);
    curl_share_setopt(s->handle, CURLSHOPT_LOCKFUNC, on_lock);
    curl_share_setopt(s->handle, CURLSHOPT_UNLOCKFUNC, on_unlock);
    curl_share_setopt(s->handle, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(s->handle, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    *out = s;
    return 0;
}

void share_destroy(struct share *s)
{
    if (!s)
        return;
    curl_share_cleanup(s->handle);
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_destroy(&s->lock[i]);
    free(s);
}

CURLSH *share_handle(struct share *s)
{
    return s->handle;
}
