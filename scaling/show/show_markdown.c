#include "scaling/show/show.h"

#include "scaling/show/conditions.h"
#include "scaling/show/table.h"
#include "scaling/show/words.h"

#include <stdlib.h>

static void print_table(FILE *out, const struct analysis *a)
{
    char cell[TABLE_CELL_LEN];
    bool shown[TABLE_COLUMNS_MAX];
    const struct table_column *column = table_columns();
    table_choose(a, shown);
    for (size_t c = 0; column[c].title; c++) {
        const char *unit = table_unit(a, &column[c]);
        if (shown[c])
            fprintf(out, unit ? "| %s (%s) " : "| %s ", column[c].title, unit);
    }
    fputs("|\n", out);
    for (size_t c = 0; column[c].title; c++)
        if (shown[c])
            fputs("|---:", out);
    fputs("|\n", out);
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        const char *mark = table_is_recommended(a, p) ? "**" : "";
        for (size_t c = 0; column[c].title; c++)
            if (shown[c])
                fprintf(out, "| %s%s%s ", mark, column[c].cell(a, p, cell), mark);
        fputs("|\n", out);
    }
}

/* Text in which a command or a name may hold what Markdown takes for markup. */
static void print_plain(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '*' || *c == '_' || *c == '`' || *c == '<' || *c == '[' || *c == '\\' || *c == '#' || *c == '|')
            fputc('\\', out);
        fputc(*c == '\n' ? ' ' : *c, out);
    }
}

static void print_escaped(FILE *out, void (*print)(FILE *, const struct analysis *), const struct analysis *a)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    print(memory, a);
    fclose(memory);
    print_plain(out, text);
    free(text);
}

static void machine(FILE *out, const struct analysis *a)
{
    words_machine(out, a);
}

static void print_rules(FILE *out, const struct analysis *a)
{
    fputs("\n## By every rule\n\n", out);
    for (int kind = 0; kind < RULE_KINDS; kind++) {
        const struct recommendation *r = &a->verdict[a->curves.n - 1].by_rule[kind];
        fprintf(out, "- **%s**: ", r->rule.text);
        words_recommendation(out, a, r);
        fputc('\n', out);
    }
}

static void print_condition(void *context, const char *key, const char *value)
{
    FILE *out = context;
    fprintf(out, "- %s: ", key);
    print_plain(out, value);
    fputc('\n', out);
}

void show_markdown(FILE *out, const struct analysis *a, const struct pictures *pictures)
{
    fputs("# ", out);
    print_escaped(out, words_title, a);
    fputs("\n\n", out);
    for (size_t i = 0; i < a->curves.n; i++) {
        words_verdict(out, a, i);
        fputs("\n\n", out);
    }
    print_table(out, a);
    fputs("\n", out);
    words_runs(out, a);
    fputs(" The recommended row is bold.\n\n", out);
    print_escaped(out, machine, a);
    fputs("\n\n", out);
    for (int i = 0; i < PICTURE_COUNT; i++)
        if (pictures->svg[i])
            fprintf(out, "![%s](%s.svg)\n", picture_names[i], picture_names[i]);
    fputs("\n## Laws\n\n", out);
    for (size_t i = 0; i < a->curves.n; i++)
        for (int law = 0; law < WORDS_LAWS; law++) {
            fputs("- ", out);
            words_law(out, a, i, law);
            fputc('\n', out);
        }
    print_rules(out, a);
    if (a->n_alarms)
        fputs("\n## To be looked at\n\n", out);
    for (size_t i = 0; i < a->n_alarms; i++)
        fprintf(out, "- **%s**: %s\n", a->alarm[i].kind, a->alarm[i].text);
    fputs("\n## Conditions\n\n", out);
    conditions_each(a, print_condition, out);
}
