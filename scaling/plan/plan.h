#ifndef PARKIT_PLAN_H
#define PARKIT_PLAN_H
/* What plan.json says of a study ("parkit.plan/1", written by parkit-scale). Every field is optional. */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/** plan_read() - @out receives a reference, NULL where there is no such file. 0, or -EINVAL and the like
 *  after a message with file and line. */
int plan_read(const char *path, json_t **out) __attribute__((warn_unused_result));

/** plan_text() - the string under @key, NULL if there is none or @plan is NULL. */
const char *plan_text(const json_t *plan, const char *key);

/** plan_machine_text() - the same within "machine". */
const char *plan_machine_text(const json_t *plan, const char *key);

/** plan_machine_count() - a whole number within "machine", 0 if there is none. */
long long plan_machine_count(const json_t *plan, const char *key);

/** plan_machine_number() - a number within "machine", 0 if there is none. */
double plan_machine_number(const json_t *plan, const char *key);

/** plan_print_command() - the words of an array under "command" as a shell would take them. */
void plan_print_command(FILE *out, const json_t *object);

#endif
