#ifndef PARKIT_EXIT_CODES_H
#define PARKIT_EXIT_CODES_H
/*
 * The exit codes of every program, and how the negative errno values that functions return map to
 * them. A process ended by signal N exits with 128 + N, as the shell reports it.
 */
#include <errno.h>

enum exit_code {
    EXIT_RIGHT = 0,   /* everything ran and every answer is right                           */
    EXIT_WRONG = 1,   /* a run failed or gave a wrong answer                                */
    EXIT_USAGE = 2,   /* the command line or an input file is wrong; one line says how      */
    EXIT_MISSING = 3, /* a library, a permission, memory or disk is missing                 */
};

/**
 * exit_code_of() - the exit code for the result of a parkit function.
 *
 * @rc: 0, or a negative errno value: -EINVAL and -ERANGE mean usage; -EDOM (wrong answer), -EIO,
 *      -ETIMEDOUT and -ECANCELED mean a failed run; everything else means something is missing.
 */
static inline int exit_code_of(int rc)
{
    switch (rc) {
    case 0:
        return EXIT_RIGHT;
    case -EINVAL:
    case -ERANGE:
        return EXIT_USAGE;
    case -EDOM:
    case -EIO:
    case -ETIMEDOUT:
    case -ECANCELED:
        return EXIT_WRONG;
    default:
        return EXIT_MISSING;
    }
}

#endif
