#ifndef PARKIT_GET_FUZZ_H
#define PARKIT_GET_FUZZ_H
/*
 * What any bytes do to the readers of parkit-get and of its fault server. Each returns how much of it was read: entries, records,
 * headers; what must hold of the result is asserted, so a fuzzer finds wrong results too, not only crashes.
 */
#include <stddef.h>
#include <stdint.h>

typedef size_t get_fuzz(const uint8_t *data, size_t size);

get_fuzz list_fuzz;     /* a plain list, through the reader of lists and the queue                            */
get_fuzz metalink_fuzz; /* a Metalink document, in pieces whose size its first byte gives                      */
get_fuzz ledger_fuzz;   /* a journal; a line that begins with '+' gets its right sum, so that its fields are read */
get_fuzz answer_fuzz;   /* header lines of an answer, and every check of them                                  */
get_fuzz request_fuzz;  /* the head of a request to the fault server, and the script in it                     */

#endif
