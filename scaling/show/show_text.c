#include "scaling/show/show.h"

#include "scaling/show/table.h"
#include "scaling/show/words.h"

#include <string.h>

static size_t widest(const struct analysis *a, const struct table_column *column)
{
    char cell[TABLE_CELL_LEN];
    const char *unit = table_unit(a, column);
    size_t width = strlen(column->title);
    if (unit && strlen(unit) > width)
        width = strlen(unit);
    for (size_t i = 0; i < a->curves.n_points; i++) {
        size_t length = strlen(column->cell(a, &a->curves.point[i], cell));
        width = length > width ? length : width;
    }
    return width;
}

static void print_row(FILE *out, const struct analysis *a, const struct point *p, const size_t *width)
{
    char cell[TABLE_CELL_LEN];
    for (const struct table_column *c = table_columns(); c->title; c++, width++)
        if (*width)
            fprintf(out, "  %*s", (int)*width, c->cell(a, p, cell));
    fputs(table_is_recommended(a, p) ? "  <- recommended\n" : "\n", out);
}

static void print_table(FILE *out, const struct analysis *a)
{
    size_t width[TABLE_COLUMNS_MAX] = { 0 }; /* 0: not shown */
    bool shown[TABLE_COLUMNS_MAX];
    const struct table_column *columns = table_columns();
    table_choose(a, shown);
    for (size_t i = 0; columns[i].title; i++)
        width[i] = shown[i] && !columns[i].wide ? widest(a, &columns[i]) : 0;
    for (size_t i = 0; columns[i].title; i++)
        if (width[i])
            fprintf(out, "  %*s", (int)width[i], columns[i].title);
    fputc('\n', out);
    for (size_t i = 0; columns[i].title; i++)
        if (width[i]) {
            const char *unit = table_unit(a, &columns[i]);
            fprintf(out, "  %*s", (int)width[i], unit ? unit : "");
        }
    fputc('\n', out);
    for (size_t i = 0; i < a->curves.n_points; i++) {
        if (i > 0 && a->curves.point[i].curve != a->curves.point[i - 1].curve)
            fputc('\n', out);
        print_row(out, a, &a->curves.point[i], width);
    }
}

static void print_rules(FILE *out, const struct analysis *a)
{
    size_t main_curve = a->curves.n - 1;
    if (a->curves.curve[main_curve].n_front < 2)
        return;
    fputs("\nBy every rule:\n", out);
    for (int kind = 0; kind < RULE_KINDS; kind++) {
        const struct recommendation *r = &a->verdict[main_curve].by_rule[kind];
        fprintf(out, "  %-8s  ", r->rule.text);
        words_recommendation(out, a, r);
        fputc('\n', out);
    }
}

void show_text(FILE *out, const struct analysis *a, const struct pictures *pictures)
{
    (void)pictures;
    words_title(out, a);
    fputc('\n', out);
    if (words_machine(out, a))
        fputc('\n', out);
    fputc('\n', out);
    for (size_t i = 0; i < a->curves.n; i++) {
        words_verdict(out, a, i);
        fputc('\n', out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < a->curves.n; i++)
        if (a->curves.curve[i].n_front > 1) {
            fputs("  ", out);
            words_sparkline(out, a, i);
            fputc('\n', out);
        }
    fputc('\n', out);
    print_table(out, a);
    fputc('\n', out);
    words_runs(out, a);
    fputs("\n", out);
    for (size_t i = 0; i < a->curves.n; i++)
        for (int law = 0; law < WORDS_LAWS; law++) {
            words_law(out, a, i, law);
            fputc('\n', out);
        }
    print_rules(out, a);
    if (a->n_alarms)
        fputs("\nTo be looked at:\n", out);
    for (size_t i = 0; i < a->n_alarms; i++)
        fprintf(out, "  %s: %s\n", a->alarm[i].kind, a->alarm[i].text);
}
