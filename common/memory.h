#ifndef PARKIT_MEMORY_H
#define PARKIT_MEMORY_H
/* What memory is free for this process, to refuse a size before it is allocated. */

/**
 * memory_free() - bytes that may still be allocated: the least of MemAvailable, what the cgroup
 * (version 2) leaves, and the address-space limit. Linux; infinity where nothing can be read.
 */
double memory_free(void);

/** memory_check() - 0 if @bytes fit; else -ENOMEM after a message that says both numbers. */
int memory_check(const char *what, double bytes);

#endif
