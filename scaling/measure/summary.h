#ifndef PARKIT_SUMMARY_H
#define PARKIT_SUMMARY_H
/*
 * Runs that stand for different things (labels), side by side: the median of each with the same interval as
 * in a study, and how many times as fast it is as the first label of the file.
 */
#include <stdbool.h>

/**
 * summary_print() - one line for each label of the runs in @path, in the order of their first runs; as JSON
 * ("parkit.summary/1") or for people. Only runs that ended well count in the figures.
 * 0, or a negative errno value after a message.
 */
int summary_print(const char *path, bool json) __attribute__((warn_unused_result));

#endif
