#include "scaling/judge/alarm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALARM_MAX = 24 }; /* more than there are kinds */

void alarm_raise(struct analysis *a, const char *kind, const struct point *point, const char *format, ...)
{
    if (a->n_alarms >= ALARM_MAX)
        return;
    struct alarm *alarm = &a->alarm[a->n_alarms++];
    va_list arguments;
    alarm->kind = kind;
    alarm->point = point;
    va_start(arguments, format);
    vsnprintf(alarm->text, sizeof alarm->text, format, arguments);
    va_end(arguments);
}

const struct point *alarm_worst(const struct analysis *a, double (*score)(const struct analysis *, const struct point *),
                                double limit, size_t *above)
{
    const struct point *found = NULL;
    double highest = limit;
    *above = 0;
    for (size_t i = 0; i < a->curves.n_points; i++) {
        double s = score(a, &a->curves.point[i]);
        *above += s > limit;
        if (s > highest) {
            highest = s;
            found = &a->curves.point[i];
        }
    }
    return found;
}

int alarms_find(struct analysis *a)
{
    a->alarm = calloc(ALARM_MAX, sizeof *a->alarm);
    if (!a->alarm)
        return -ENOMEM;
    int rc = alarms_of_runs(a);
    if (rc == 0)
        rc = alarms_of_scaling(a);
    return rc == 0 ? alarms_of_place(a) : rc;
}
