/* Recursive descent, one function a level of precedence. After a mistake the cursor has failed and all return 0. */
#include "scaling/plan/expression.h"

#include "common/message.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100 }; /* parentheses within each other */

struct cursor {
    const char *option, *text, *at;
    const struct expression_name *names;
    size_t n_names;
    int depth;
    bool failed;
};

static double disjunction(struct cursor *c);

static double fail(struct cursor *c, const char *why)
{
    if (!c->failed)
        message_usage("%s '%s': %s at '%s'", c->option, c->text, why, *c->at ? c->at : "its end");
    c->failed = true;
    c->at = "";
    return 0;
}

static void skip_blanks(struct cursor *c)
{
    c->at += strspn(c->at, " \t");
}

/* Whether @sign comes next; then it is passed. The longer signs must be asked for first. */
static bool next_is(struct cursor *c, const char *sign)
{
    skip_blanks(c);
    size_t length = strlen(sign);
    if (strncmp(c->at, sign, length) != 0)
        return false;
    c->at += length;
    return true;
}

static double name(struct cursor *c)
{
    char known[256] = "";
    size_t length = strspn(c->at, "abcdefghijklmnopqrstuvwxyz_"), used = 0;
    for (size_t i = 0; i < c->n_names; i++) {
        if (strlen(c->names[i].name) == length && strncmp(c->names[i].name, c->at, length) == 0) {
            c->at += length;
            return c->names[i].value;
        }
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", c->names[i].name);
    }
    if (!c->failed)
        message_usage("%s '%s': '%.*s' is not known; use %s", c->option, c->text, (int)length, c->at, known);
    c->failed = true;
    return 0;
}

static double number(struct cursor *c)
{
    char *end;
    double value = strtod(c->at, &end);
    if (end == c->at || !isfinite(value))
        return fail(c, "a name or a number is wanted");
    c->at = end;
    return value;
}

static double primary(struct cursor *c)
{
    if (next_is(c, "(")) {
        if (++c->depth > DEPTH_MAX)
            return fail(c, "too many parentheses");
        double value = disjunction(c);
        c->depth--;
        return next_is(c, ")") ? value : fail(c, "')' is missing");
    }
    return islower((unsigned char)*c->at) ? name(c) : number(c);
}

static double unary(struct cursor *c)
{
    bool negate = false, invert = false;
    for (;;) {
        skip_blanks(c);
        if (c->at[0] == '!' && c->at[1] != '=')
            invert = !invert;
        else if (*c->at == '-')
            negate = !negate;
        else
            break;
        c->at++;
    }
    double value = primary(c);
    value = negate ? -value : value;
    return invert ? value == 0 : value;
}

static double divisor(struct cursor *c)
{
    double value = unary(c);
    return value != 0 || c->failed ? value : fail(c, "a division by zero");
}

static double product(struct cursor *c)
{
    double value = unary(c);
    for (;;) {
        if (next_is(c, "*"))
            value *= unary(c);
        else if (next_is(c, "/"))
            value /= divisor(c);
        else if (next_is(c, "%"))
            value = fmod(value, divisor(c));
        else
            return value;
    }
}

static double sum(struct cursor *c)
{
    double value = product(c);
    for (;;) {
        if (next_is(c, "+"))
            value += product(c);
        else if (next_is(c, "-"))
            value -= product(c);
        else
            return value;
    }
}

static double comparison(struct cursor *c)
{
    double value = sum(c);
    if (next_is(c, "<="))
        return value <= sum(c);
    if (next_is(c, ">="))
        return value >= sum(c);
    if (next_is(c, "=="))
        return value == sum(c);
    if (next_is(c, "!="))
        return value != sum(c);
    if (next_is(c, "<"))
        return value < sum(c);
    if (next_is(c, ">"))
        return value > sum(c);
    if (next_is(c, "="))
        return fail(c, "'=' compares nothing, write ==,");
    return value;
}

/* Both sides are read whatever the first one is, so that a mistake is seen at once and at every point. */
static double conjunction(struct cursor *c)
{
    double value = comparison(c);
    while (next_is(c, "&&")) {
        double right = comparison(c);
        value = value != 0 && right != 0;
    }
    return value;
}

static double disjunction(struct cursor *c)
{
    double value = conjunction(c);
    while (next_is(c, "||")) {
        double right = conjunction(c);
        value = value != 0 || right != 0;
    }
    return value;
}

int expression_value(const char *option, const char *text, const struct expression_name *names, size_t n_names,
                     double *out)
{
    struct cursor c = { .option = option, .text = text, .at = text, .names = names, .n_names = n_names };
    double value = disjunction(&c);
    skip_blanks(&c);
    if (!c.failed && *c.at)
        fail(&c, "an operator is wanted");
    if (c.failed)
        return -EINVAL;
    *out = value;
    return 0;
}
