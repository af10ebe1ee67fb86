#include "io_bound/request.h"

#include "common/build_info.h"
#include "common/clock.h"
#include "io_bound/models/driver.h"
#include "io_bound/retry.h"
#include "io_bound/lists/url.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STALL_BYTES_PER_S = 1000,    /* a stalled connection brings less                      */
    RECEIVE_BUFFER = 64 * 1024,  /* small files gain nothing from more                    */
    REQUEST_BUFFER = 16 * 1024,  /* the smallest: nothing is uploaded                     */
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
    uint64_t all = settings->limit_rate, host = settings->limit_rate_host, slowest = all && (all < host || !host) ? all : host;
    if (slowest) { /* slow because we hold it back is not stalled */
        limit = 1;
        stall_s += (double)DELIVERY * (double)settings->connections / (double)slowest;
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

/* Without this libcurl looks for the variables again for every file. */
static bool proxy_in_environment(void)
{
    static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return true;
    return false;
}

static void set_proxy(CURL *easy, const struct settings *settings)
{
    if (settings->proxy) {
        curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy);
    } else if (settings->no_private || !proxy_in_environment()) { /* behind a proxy the address would not be known */
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOPROXY, ""); /* or no_proxy is looked for, too */
    }
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* what a proxy says of itself is no answer */
}

/* User names, passwords, keys. None of them stands on the command line. */
static void set_credentials(CURL *easy, const struct settings *settings)
{
    bool netrc = settings->netrc || settings->netrc_file;
    curl_easy_setopt(easy, CURLOPT_NETRC, netrc ? (long)CURL_NETRC_OPTIONAL : (long)CURL_NETRC_IGNORED);
    if (settings->netrc_file)
        curl_easy_setopt(easy, CURLOPT_NETRC_FILE, settings->netrc_file);
    if (settings->cert)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, settings->cert);
    if (settings->key)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, settings->key);
}

void request_prepare(CURL *easy, const struct session *s)
{
    char agent[64];
    snprintf(agent, sizeof agent, "parkit-get/%s", build_version);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); /* else three sigaction calls for every handle and step */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)REQUEST_BUFFER);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, s->headers);
    if (s->share)
        curl_easy_setopt(easy, CURLOPT_SHARE, s->share);
    set_credentials(easy, s->settings);
    set_proxy(easy, s->settings);
    set_protocol(easy);
    set_trust(easy, s->settings);
    set_patience(easy, s->settings);
}

/* Whether requests carry anything that only the servers of the list may see. */
static bool has_own_headers(const struct session *s)
{
    return s->headers->next != NULL;
}

void request_aim(CURL *easy, const struct session *s, const struct job *job)
{
    const char *url = job->pinned ? job->pinned : job->entry->url[job->mirror];
    bool https_only = url_is_https(url) && !s->settings->allow_downgrade;
    double limit_s = s->settings->timeout_s;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, https_only ? "https" : "http,https");
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, job->fresh_connection ? 1L : 0L);
    if (limit_s > 0)
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(job->started_s + limit_s - clock_now_s()));
}

bool request_hop(CURL *easy, const struct session *s, const struct job *job, struct curl_slist *condition)
{
    char asked[URL_HOST_MAX], now[URL_HOST_MAX], why[256];
    char *url = NULL;
    if (!has_own_headers(s))
        return true;
    if (curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || !url ||
        url_host(url, now, why, sizeof why) != 0 || url_host(job->entry->url[job->mirror], asked, why, sizeof why) != 0)
        return false;
    struct curl_slist *headers = strcmp(asked, now) == 0 ? s->headers : s->headers_elsewhere;
    condition->next = headers;
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, condition->data ? condition : headers) == CURLE_OK;
}

long request_proxy_refusal(CURL *easy, bool *transient, char *why, size_t why_size)
{
    long status = 0;
    if (curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) != CURLE_OK || status == 0 || status / 100 == 2)
        return 0;
    *transient = retry_of_status(status);
    if (status == 407)
        snprintf(why, why_size, "the proxy asks for a user name and password (407)");
    else if (status == 511)
        snprintf(why, why_size, "the network asks to log in first (511)");
    else
        snprintf(why, why_size, "the proxy could not connect (%ld)", status);
    return status;
}

struct rate *request_host_rate(const struct session *s, const struct job *job)
{
    char host[URL_HOST_MAX], why[256];
    if (s->settings->limit_rate_host == 0 || url_host(job->entry->url[job->mirror], host, why, sizeof why) != 0)
        return NULL;
    return &s->shared->rate_of_host[rate_slot(host)];
}
