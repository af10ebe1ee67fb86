#include "scaling/judge/history.h"

#include "common/message.h"
#include "scaling/plan/plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *date_of(const struct study *s)
{
    const char *date = plan_text(s->plan, "created");
    date = date ? date : plan_text(s->first, "started");
    return date ? date : "";
}

int history_add(struct history *h, struct study *study, struct analysis *analysis)
{
    struct history_entry *more = reallocarray(h->entry, h->n + 1, sizeof *more);
    if (!more) {
        analysis_destroy(analysis);
        study_destroy(study);
        return -ENOMEM;
    }
    const char *revision = plan_text(study->plan, "revision");
    h->entry = more;
    h->entry[h->n++] = (struct history_entry){ .study = study, .analysis = analysis, .date = date_of(study),
        .revision = revision ? revision : "", .step = { .ratio = NAN, .ratio_95 = INTERVAL_UNKNOWN, .p = NAN, .change = CHANGE_UNCLEAR } };
    return 0;
}

void history_destroy(struct history *h)
{
    for (size_t i = 0; i < h->n; i++) {
        analysis_destroy(h->entry[i].analysis);
        study_destroy(h->entry[i].study);
    }
    free(h->entry);
    *h = (struct history){ 0 };
}

/* Dates are RFC 3339 in UTC, so their text sorts; equal or unknown ones stay in the order given. */
static int by_date(const void *left, const void *right)
{
    const struct history_entry *a = left, *b = right;
    return strcmp(a->date, b->date);
}

static void sort_by_date(struct history_entry *entry, size_t n)
{
    for (size_t i = 1; i < n; i++) /* insertion keeps the order of equals, which qsort may not */
        for (size_t k = i; k > 0 && by_date(&entry[k - 1], &entry[k]) > 0; k--) {
            struct history_entry swap = entry[k];
            entry[k] = entry[k - 1];
            entry[k - 1] = swap;
        }
}

static const json_t *source_of(const struct study *s)
{
    return s->plan ? s->plan : s->first;
}

static bool texts_differ(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

static int refuse(const struct study *a, const struct study *b, const char *what)
{
    message_error("%s and %s are not of one %s, so they have no common history; compare them with parkit-report compare",
        a->name, b->name, what);
    return -EINVAL;
}

/* What neither says is taken to be equal. */
static int check_same(const struct study *a, const struct study *b)
{
    const json_t *one = json_object_get(source_of(a), "command"), *other = json_object_get(source_of(b), "command");
    if (a->plan && b->plan && one && other && !json_equal(one, other))
        return refuse(a, b, "command");
    if (texts_differ(plan_machine_text(a->plan, "host"), plan_machine_text(b->plan, "host")) ||
        texts_differ(plan_machine_text(a->plan, "cpu"), plan_machine_text(b->plan, "cpu")))
        return refuse(a, b, "machine");
    return 0;
}

static const struct point *front_at(const struct analysis *a, uint64_t count)
{
    const struct curve *c = analysis_main_curve(a);
    for (size_t i = 0; i < c->n_front; i++)
        if (c->front[i]->count == count)
            return c->front[i];
    return NULL;
}

/* The largest count of the first that all others have too. */
static uint64_t common_count(const struct history *h)
{
    const struct curve *c = analysis_main_curve(h->entry[0].analysis);
    for (size_t i = c->n_front; i-- > 0;) {
        size_t have = 0;
        for (size_t k = 0; k < h->n; k++)
            have += front_at(h->entry[k].analysis, c->front[i]->count) != NULL;
        if (have == h->n)
            return c->front[i]->count;
    }
    return 0;
}

int history_finish(struct history *h, double tolerance)
{
    for (size_t i = 1; i < h->n; i++) {
        int rc = check_same(h->entry[0].study, h->entry[i].study);
        if (rc != 0)
            return rc;
    }
    sort_by_date(h->entry, h->n);
    h->count = common_count(h);
    struct compared *step = calloc(h->n, sizeof *step);
    if (!step)
        return -ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < h->n && h->count; i++) {
        h->entry[i].point = front_at(h->entry[i].analysis, h->count);
        if (i > 0)
            step[n++] = compare_points(h->entry[i - 1].point, h->entry[i].point, i);
    }
    compare_judge(step, n, tolerance);
    for (size_t i = 0; i < n; i++)
        h->entry[i + 1].step = step[i];
    free(step);
    return 0;
}
