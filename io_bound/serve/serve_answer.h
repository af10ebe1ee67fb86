#ifndef PARKIT_SERVE_ANSWER_H
#define PARKIT_SERVE_ANSWER_H
/* Answers of parkit-serve: files that know Range (RFC 9110, section 14), ETag and HEAD, lists, and failures. */
#include "io_bound/serve/serve_delay.h"

#include <microhttpd.h>
#include <stdint.h>

struct server {
    uint64_t size, bandwidth; /* of files; bytes a second of a connection, 0: no limit */
    double latency_s;         /* before an answer begins                              */
    unsigned port;
    struct delays *delays;
    struct flaky *flaky;      /* the counters of /flaky, used by the daemon's thread alone */
};

/** serve_answer() - queue the answer to a GET or HEAD of @url. */
enum MHD_Result serve_answer(struct server *server, struct MHD_Connection *connection, const char *url);

/** serve_refuse() - queue an answer with @status and no more than a line of text; @allow: methods, or NULL. */
enum MHD_Result serve_refuse(struct MHD_Connection *connection, unsigned status, const char *allow);

/** serve_forget() - free the counters. */
void serve_forget(struct server *server);

#endif
