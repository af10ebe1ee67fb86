/*
 * One file that needs nothing else: styles and pictures are inside, there is no script and nothing is
 * fetched. The table scrolls sideways on a narrow screen; colours are never the only sign of anything.
 */
#include "scaling/show/show.h"

#include "common/build_info.h"
#include "scaling/show/conditions.h"
#include "scaling/show/table.h"
#include "scaling/show/words.h"

#include <stdlib.h>
#include <string.h>

static const char style[] =
    "  :root { color-scheme: light; }\n"
    "  body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 0 auto; padding: 1rem;\n"
    "         max-width: 76rem; }\n"
    "  h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.5rem 0; }\n"
    "  h1 code { font-size: 0.85em; overflow-wrap: anywhere; }\n"
    "  h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }\n"
    "  .verdict { font-size: 1.1rem; border-left: 0.3rem solid #0072b2; background: #eef5fa; padding: 0.6rem 1rem; margin: 1rem 0; }\n"
    "  .about, footer { color: #555; }\n"
    "  .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem; }\n"
    "  figure { margin: 0; break-inside: avoid; }\n"
    "  svg { width: 100%; height: auto; display: block; }\n"
    "  .table { overflow-x: auto; }\n"
    "  table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }\n"
    "  th, td { text-align: right; padding: 0.3rem 0.5rem; border-bottom: 1px solid #ddd; white-space: nowrap; }\n"
    "  th { border-bottom: 2px solid #888; vertical-align: bottom; font-weight: 600; }\n"
    "  th small { font-weight: normal; color: #555; display: block; }\n"
    "  tr.recommended td { background: #eef5fa; font-weight: 700; }\n"
    "  tr.next td { border-top: 2px solid #888; }\n"
    "  li { margin: 0.3rem 0; }\n"
    "  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; }\n"
    "  dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }\n"
    "  @media (max-width: 40rem) { dl { display: block; } dd { margin: 0 0 0.5rem; } }\n"
    "  @media print { body { max-width: none; font-size: 11pt; } .table { overflow: visible; } }\n";

static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
}

/* A sentence about curve @index by @print, escaped. */
struct sentence {
    char *text;
    size_t size;
    FILE *stream;
};

static FILE *sentence_begin(struct sentence *s)
{
    *s = (struct sentence){ 0 };
    s->stream = open_memstream(&s->text, &s->size);
    return s->stream ? s->stream : stderr;
}

static void sentence_end(struct sentence *s, FILE *out, const char *before, const char *after)
{
    if (!s->stream)
        return;
    fclose(s->stream);
    if (s->size > 0) {
        fputs(before, out);
        print_escaped(out, s->text);
        fputs(after, out);
    }
    free(s->text);
}

static void print_head(FILE *out, const struct analysis *a)
{
    struct sentence s;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n", out);
    words_title(sentence_begin(&s), a);
    sentence_end(&s, out, "<title>", "</title>\n");
    fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n", style);
    words_title(sentence_begin(&s), a);
    sentence_end(&s, out, "<h1>", "</h1>\n");
    words_machine(sentence_begin(&s), a);
    sentence_end(&s, out, "<p class=\"about\">", "</p>\n");
    fputs("<div class=\"verdict\">\n", out);
    for (size_t i = 0; i < a->curves.n; i++) {
        words_verdict(sentence_begin(&s), a, i);
        sentence_end(&s, out, "<p>", "</p>\n");
    }
    fputs("</div>\n", out);
}

/*
 * An SVG of gnuplot within the page: from its <svg on, and with the ids of its markers made different from
 * those of the other pictures (they come as id='x', href='#x', url(#x)).
 */
static void print_svg(FILE *out, const char *svg, const char *name)
{
    static const char *const places[] = { "id='", "id=\"", "href='#", "href=\"#", "url(#" };
    const char *in = strstr(svg, "<svg");
    if (in) {
        fprintf(out, "<svg role=\"img\" aria-label=\"%s\"", name);
        in += strlen("<svg");
    }
    while (in && *in) {
        size_t skip = 0;
        for (size_t i = 0; i < sizeof places / sizeof *places && !skip; i++)
            if (strncmp(in, places[i], strlen(places[i])) == 0)
                skip = strlen(places[i]);
        if (skip)
            fprintf(out, "%.*s%s-", (int)skip, in, name);
        else
            fputc(*in, out);
        in += skip ? skip : 1;
    }
}

static void print_pictures(FILE *out, const struct pictures *pictures)
{
    static const char *const captions[PICTURE_COUNT] = {
        [PICTURE_TIME] = "Time over processors, both axes logarithmic. Bars: the spread of the runs.",
        [PICTURE_SPEEDUP] = "Speed-up over the smallest count; with a single line also what the fitted laws say.",
        [PICTURE_EFFICIENCY] = "Efficiency: the share of the processors that is used to gain time. Bars: 95 % by resampling the runs.",
        [PICTURE_COST] = "What the processors do with their time, by the law that these times support best.",
        [PICTURE_ORDER] = "Every run in the order in which it was made: a slope means that the machine changed meanwhile.",
        [PICTURE_HEATMAP] = "Ranks and threads: efficiency and time of every split; the darker, the more efficient.",
    };
    bool any = false;
    for (int i = 0; i < PICTURE_COUNT; i++)
        any |= pictures->svg[i] != NULL;
    if (!any)
        return;
    fputs("<div class=\"pictures\">\n", out);
    for (int i = 0; i < PICTURE_COUNT; i++)
        if (pictures->svg[i]) {
            fputs("<figure>\n", out);
            print_svg(out, pictures->svg[i], picture_names[i]);
            fprintf(out, "<figcaption class=\"about\">%s</figcaption>\n</figure>\n", captions[i]);
        }
    fputs("</div>\n", out);
}

static void print_table(FILE *out, const struct analysis *a)
{
    char cell[TABLE_CELL_LEN];
    bool shown[TABLE_COLUMNS_MAX];
    const struct table_column *column = table_columns();
    table_choose(a, shown);
    fputs("<h2>Points</h2>\n<div class=\"table\"><table>\n<thead><tr>", out);
    for (size_t c = 0; column[c].title; c++)
        if (shown[c]) {
            const char *unit = table_unit(a, &column[c]);
            fprintf(out, "<th scope=\"col\">%s%s%s%s</th>", column[c].title, unit ? "<small>" : "", unit ? unit : "", unit ? "</small>" : "");
        }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        bool next = i > 0 && p->curve != a->curves.point[i - 1].curve;
        fprintf(out, "<tr class=\"%s%s\">", table_is_recommended(a, p) ? "recommended" : "", next ? " next" : "");
        for (size_t c = 0; column[c].title; c++)
            if (shown[c])
                fprintf(out, "<td>%s</td>", column[c].cell(a, p, cell));
        fputs("</tr>\n", out);
    }
    struct sentence s;
    words_runs(sentence_begin(&s), a);
    fputs(" The recommended row is bold.", s.stream ? s.stream : stderr);
    sentence_end(&s, out, "</tbody></table></div>\n<p class=\"about\">", "</p>\n");
}

static void print_laws(FILE *out, const struct analysis *a)
{
    struct sentence s;
    fputs("<h2>Laws</h2>\n<ul>\n", out);
    for (size_t i = 0; i < a->curves.n; i++)
        for (int law = 0; law < WORDS_LAWS; law++) {
            words_law(sentence_begin(&s), a, i, law);
            sentence_end(&s, out, "<li>", "</li>\n");
        }
    fputs("</ul>\n", out);
}

static void print_rules(FILE *out, const struct analysis *a)
{
    struct sentence s;
    fputs("<h2>By every rule</h2>\n<dl>\n", out);
    for (int kind = 0; kind < RULE_KINDS; kind++) {
        const struct recommendation *r = &a->verdict[a->curves.n - 1].by_rule[kind];
        fprintf(out, "<dt>%s</dt>", r->rule.text);
        words_recommendation(sentence_begin(&s), a, r);
        sentence_end(&s, out, "<dd>", "</dd>\n");
    }
    fputs("</dl>\n", out);
}

static void print_condition(void *context, const char *key, const char *value)
{
    FILE *out = context;
    fputs("<dt>", out);
    print_escaped(out, key);
    fputs("</dt><dd>", out);
    print_escaped(out, value);
    fputs("</dd>\n", out);
}

static void print_conditions(FILE *out, const struct analysis *a)
{
    fputs("<h2>Conditions</h2>\n<dl>\n", out);
    conditions_each(a, print_condition, out);
    fputs("</dl>\n", out);
}

static void print_alarms(FILE *out, const struct analysis *a)
{
    if (a->n_alarms == 0)
        return;
    fputs("<h2>To be looked at</h2>\n<ul>\n", out);
    for (size_t i = 0; i < a->n_alarms; i++) {
        fprintf(out, "<li><strong>%s</strong>: ", a->alarm[i].kind);
        print_escaped(out, a->alarm[i].text);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void print_terms(FILE *out, const struct analysis *a)
{
    fprintf(out, "<h2>Terms</h2>\n<dl>\n%s"
        "<dt>efficiency</dt><dd>speed-up divided by how many times more processors were used</dd>\n"
        "<dt>per doubling</dt><dd>the factor gained by the last doubling of the count; 2 is ideal, 1 is nothing</dd>\n"
        "%s"
        "<dt>by times, by rates</dt><dd>the two ways to fit a law: relative errors of the times, or absolute errors of the rates as in most "
        "published figures</dd>\n"
        "<dt>95 %%</dt><dd>the median of further runs lies in this interval with at least 95 %% confidence (order statistics, "
        "6 runs or more); with fewer runs the plain range is given; of everything computed from medians: the middle 95 %% of 2000 resamples "
        "of the runs</dd>\n</dl>\n",
        a->curves.weak ? "<dt>scaled speed-up</dt><dd>how many times more work is done in the same time</dd>\n"
                       : "<dt>speed-up</dt><dd>time on the smallest count divided by this time</dd>\n",
        a->curves.weak ? "" : "<dt>Karp-Flatt</dt><dd>the serial fraction that the speed-up at this point stands for; if it rises "
                              "with the count, overhead grows</dd>\n");
    fprintf(out, "<footer><p>parkit %s</p></footer>\n</body>\n</html>\n", build_version);
}

void show_html(FILE *out, const struct analysis *a, const struct pictures *pictures)
{
    print_head(out, a);
    print_pictures(out, pictures);
    print_table(out, a);
    print_rules(out, a);
    print_laws(out, a);
    print_alarms(out, a);
    print_conditions(out, a);
    print_terms(out, a);
}
