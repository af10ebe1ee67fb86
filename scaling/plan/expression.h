#ifndef PARKIT_EXPRESSION_H
#define PARKIT_EXPRESSION_H
/*
 * Small conditions over named numbers, such as 'threads*ranks<=cores && size%ranks==0'. As in C: || && , == != ,
 * < <= > >= , + - , * / % , ! - and parentheses; all numbers are doubles, so 3/2 is 1.5.
 */
#include <stddef.h>

struct expression_name {
    const char *name;
    double value;
};

/**
 * expression_value() - the value of @text; a condition is 1 or 0.
 *
 * @option: for messages ("--where"). @names: @n_names of them.
 * 0; -EINVAL after a message that shows where @text is wrong, or that it divides by zero.
 */
int expression_value(const char *option, const char *text, const struct expression_name *names, size_t n_names,
                     double *out) __attribute__((warn_unused_result));

#endif
