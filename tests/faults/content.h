#ifndef PARKIT_FAULTS_CONTENT_H
#define PARKIT_FAULTS_CONTENT_H
/*
 * The files served: line upon line of 16 bytes, "v02 00000000032\n", each with the version of the file and its own offset.
 * A file that mixes two versions, or has bytes at a wrong place, is seen with the naked eye.
 */
#include <stddef.h>
#include <stdint.h>

/** content_fill() - bytes [@from, @from + @size) of version @version into @out. */
void content_fill(unsigned version, uint64_t from, char *out, size_t size);

#endif
