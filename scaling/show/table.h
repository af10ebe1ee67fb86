#ifndef PARKIT_TABLE_H
#define PARKIT_TABLE_H
/* The table of a report for people: one row a point, only the columns that say something. */
#include "scaling/judge/analysis.h"

enum { TABLE_CELL_LEN = 64, TABLE_COLUMNS_MAX = 24 };

struct table_column {
    const char *title;
    const char *unit;   /* NULL: none */
    bool (*shown)(const struct analysis *a);
    const char *(*cell)(const struct analysis *a, const struct point *p, char out[TABLE_CELL_LEN]);
    bool wide;          /* left out where the width is that of a terminal */
};

/** table_columns() - all columns (fewer than TABLE_COLUMNS_MAX), ended by one without a title. Which are shown depends on the study. */
const struct table_column *table_columns(void);

/** table_choose() - which columns are worth showing; looks through all points, so once a table. */
void table_choose(const struct analysis *a, bool shown[TABLE_COLUMNS_MAX]);

/** table_is_recommended() - whether the row of @p is to be marked. */
bool table_is_recommended(const struct analysis *a, const struct point *p);

/** table_unit() - the unit in the head of @column: for the range it says which kind it is. */
const char *table_unit(const struct analysis *a, const struct table_column *column);

#endif
