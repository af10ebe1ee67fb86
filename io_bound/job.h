#ifndef PARKIT_JOB_H
#define PARKIT_JOB_H
/* One entry on its way through the queue (work.h). */
#include "io_bound/ask.h"
#include "io_bound/lists/entry.h"
#include "io_bound/manners.h"

#include <stdbool.h>

struct assembly;
struct host;

struct job {
    struct entry *entry;
    size_t mirror;          /* entry->url[mirror] is asked                         */
    unsigned failures;      /* failed attempts at this mirror in a row             */
    unsigned attempts;      /* attempts in all                                     */
    unsigned rounds;        /* how often the mirrors were begun with again         */
    uint64_t received;      /* bytes of content that came before and are not in the assembly */
    bool looked_back;       /* what an earlier run left of it was looked for       */
    bool misled;            /* one of them gave wrong pieces in this round         */
    double started_s;       /* begin of the first attempt; 0: none yet             */
    bool fresh_connection;  /* the last attempt broke on a connection: open one    */
    struct ask ask;         /* what the next attempt asks for                      */
    const char *pinned;     /* URL to ask instead, as long as the attempt lasts; NULL: entry->url[mirror] */
    struct assembly *assembly; /* what is there of the file, shared by the jobs that fetch it; NULL: nothing */
    unsigned restarts;      /* how often what was there had to be given up         */
    bool whole_only;        /* ask for no range (again)                            */
    bool refused;           /* not to be asked: its server does not answer anybody */

    /* What the attempt showed of the server; set before the job is given back. */
    enum manners_sign sign;
    double pause_s;         /* the server wants to be left alone for so long       */

    /* The queue's own. */
    double due_s;
    struct manners_attempt attempt;
    struct host *host;
    size_t loop;            /* that it was handed to */
    struct job *next;
};

/** job_free() - with its entry, unless other jobs share that. */
void job_free(struct job *job);

#endif
