#ifndef PARKIT_RECORD_H
#define PARKIT_RECORD_H
/* One finished run as a JSON line ("parkit.measure/1") and as lines for people. */
#include "scaling/measure/measure.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum run_state { RUN_OK, RUN_FAILED, RUN_TIMEOUT, RUN_WRONG, RUN_STATE_COUNT };
extern const char *const run_state_names[]; /* "ok", "failed", "timeout", "wrong", NULL */

#define RECORD_SCHEMA "parkit.measure/1"

/* What the caller knows of the run; a study's point and place. */
struct record {
    uint64_t threads, ranks, nodes;   /* 1 where not given                                   */
    bool has_size, has_rep, has_order, has_base;
    uint64_t size, rep, order;
    uint64_t base_size;               /* what the size grew from in a weak study             */
    const char *label;                /* NULL: none                                          */
    const char *log;                  /* NULL: not kept                                      */
    char *const *command;
    const char *started;              /* RFC 3339                                            */
    enum run_state state;
    double fom;                       /* NaN: none                                           */
    double program_s;                 /* time that the program says it took; NaN: none       */
    double load;                      /* of the machine just before, over a minute; NaN      */
};

/** record_state() - how the run ended: its time limit first, then its exit, then its answer. */
enum run_state record_state(const struct measure *m, bool exit_ok, bool answer_ok);

/** record_json() - a new reference, NULL without memory. Bytes of text that are not UTF-8 become '?'. */
json_t *record_json(const struct record *r, const struct measure *m);

/** record_text() - a string, or JSON null for NULL; what is not UTF-8 becomes '?'. NULL without memory. */
json_t *record_text(const char *text);

/** record_print() - the summary for people, on stderr. */
void record_print(const struct record *r, const struct measure *m);

#endif
