#include "io_bound/request.h"

#include "common/build_info.h"
#include "common/clock.h"
#include "io_bound/driver.h"
#include "io_bound/url.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    STALL_BYTES_PER_S = 1000,    /* a stalled connection brings less                      */
    RECEIVE_BUFFER = 64 * 1024,  /* small files gain nothing from more                    */
    DELIVERY = 16 * 1024,        /* what libcurl hands over at once at most               */
    REDIRECTS_MAX = 10,
    DNS_CACHE_S = 300,
};

static long milliseconds(double seconds)
{
    return (long)fmax(1, ceil(seconds * 1000));
}

static void set_protocol(CURL *easy)
{
    /* Before 8.0.0, HTTP/2 can report an aborted body as complete (curl pull requests 10693, 10715). */
    bool sound_http2 = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, sound_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
}

/*
 * One bundle file and no folder: with a folder set, libcurl parses all certificates again for every
 * connection (27 ms of CPU instead of 1; its cache of them is for bundles only).
 */
static void set_trust(CURL *easy, const struct settings *settings)
{
    const char *bundle = settings->cacert;
    char *built_in = NULL;
    if (!bundle)
        bundle = getenv("CURL_CA_BUNDLE");
    if (!bundle)
        bundle = getenv("SSL_CERT_FILE");
    if (!bundle && !getenv("SSL_CERT_DIR") && curl_easy_getinfo(easy, CURLINFO_CAINFO, &built_in) == CURLE_OK)
        bundle = built_in;
    if (bundle) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, settings->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, settings->insecure ? 0L : 2L);
}

static void set_patience(CURL *easy, const struct settings *settings)
{
    long limit = STALL_BYTES_PER_S;
    double stall_s = settings->stall_s;
    if (settings->limit_rate) { /* slow because we hold it back is not stalled */
        limit = 1;
        stall_s += (double)DELIVERY * (double)settings->connections / (double)settings->limit_rate;
    }
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings->connect_timeout_s));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, limit);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)ceil(stall_s));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_CACHE_S);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a signal must not wait for a resolver thread */
#endif
}

void request_prepare(CURL *easy, const struct session *s)
{
    char agent[64];
    snprintf(agent, sizeof agent, "parkit-get/%s", build_version);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); /* else three sigaction calls for every handle and step */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(easy, CURLOPT_NETRC, s->settings->netrc ? (long)CURL_NETRC_OPTIONAL : (long)CURL_NETRC_IGNORED);
    if (s->share)
        curl_easy_setopt(easy, CURLOPT_SHARE, s->share);
    if (s->settings->proxy)
        curl_easy_setopt(easy, CURLOPT_PROXY, s->settings->proxy);
    else if (s->settings->no_private) /* behind a proxy the address would not be known */
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    set_protocol(easy);
    set_trust(easy, s->settings);
    set_patience(easy, s->settings);
}

void request_aim(CURL *easy, const struct session *s, const struct job *job)
{
    const char *url = job->pinned ? job->pinned : job->entry->url[job->mirror];
    double limit_s = s->settings->timeout_s;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, url_is_https(url) ? "https" : "http,https");
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, job->fresh_connection ? 1L : 0L);
    if (limit_s > 0)
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(job->started_s + limit_s - clock_now_s()));
}
