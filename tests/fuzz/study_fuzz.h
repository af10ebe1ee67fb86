#ifndef PARKIT_STUDY_FUZZ_H
#define PARKIT_STUDY_FUZZ_H
#include <stddef.h>
#include <stdint.h>

/** study_fuzz() - read @data as a study, and if it is one, analyse it and write every report to nowhere. Returns what
 *  study_read() returned. */
int study_fuzz(const uint8_t *data, size_t size);

#endif
