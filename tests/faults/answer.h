#ifndef PARKIT_FAULTS_ANSWER_H
#define PARKIT_FAULTS_ANSWER_H
/* The answer to one request, right or broken as its step has it. */
#include "tests/faults/request.h"
#include "tests/faults/script.h"
#include "tests/faults/wire.h"

#include <time.h>

/* Files are as old as their scripts say at this moment, which main() sets. */
extern time_t answer_start_s;

/** answer_send() - returns what is to become of the connection. */
enum wire_end answer_send(struct wire *w, const struct request *request, const struct step *step);

#endif
