#include "scaling/plan/plan.h"

#include "common/message.h"
#include "scaling/quote.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int plan_read(const char *path, json_t **out)
{
    *out = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    if (access(path, R_OK) != 0) {
        int rc = -errno;
        message_error("cannot read %s: %s", path, strerror(errno));
        return rc;
    }
    json_error_t error;
    json_t *plan = json_load_file(path, 0, &error);
    if (json_is_object(plan)) {
        *out = plan;
        return 0;
    }
    if (plan)
        message_error("%s:1: must be a JSON object", path);
    else
        message_error("%s:%d: not JSON: %s", path, error.line, error.text);
    json_decref(plan);
    return -EINVAL;
}

const char *plan_text(const json_t *plan, const char *key)
{
    return json_string_value(json_object_get(plan, key));
}

const char *plan_machine_text(const json_t *plan, const char *key)
{
    return plan_text(json_object_get(plan, "machine"), key);
}

long long plan_machine_count(const json_t *plan, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(plan, "machine"), key));
}

double plan_machine_number(const json_t *plan, const char *key)
{
    return json_number_value(json_object_get(json_object_get(plan, "machine"), key));
}

void plan_print_command(FILE *out, const json_t *object)
{
    size_t i;
    const json_t *word;
    json_array_foreach(json_object_get(object, "command"), i, word) {
        if (i)
            fputc(' ', out);
        quote_word(out, json_is_string(word) ? json_string_value(word) : "?", "{}"); /* placeholders read better bare */
    }
}
