#ifndef PARKIT_LIMITS_H
#define PARKIT_LIMITS_H
/*
 * What this team could do at most, measured now, for `limit` and `share_of_limit` of a result. Each
 * call measures anew, in a fraction of a second; call once per program, outside the timed part.
 */
#include "common/isa.h"
#include "common/team.h"

#include <jansson.h>

/** limit_flops() - multiply-adds in registers, in flop/s, of all threads of @team (see peak.c). */
double limit_flops(const struct team *team, enum isa isa);

/** limit_bandwidth() - STREAM triad with streaming stores, in bytes/s, of all threads (see stream.c);
 *  NaN where memory for its arrays is out. */
double limit_bandwidth(const struct team *team, enum isa isa);

/**
 * limit_report() - add `limit` ("memory bandwidth 34.5 GB/s") and `share_of_limit` to a result.
 *
 * @limit, @reached: in @unit a second, for example bytes or flop. Nothing is added where @limit is not
 * a positive number. Returns 0 or -ENOMEM.
 */
int limit_report(json_t *result, const char *what, const char *unit, double limit, double reached);

#endif
