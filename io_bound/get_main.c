/* parkit-get: download files with one of five concurrency models. */
#include "common/exit_codes.h"
#include "common/message.h"
#include "io_bound/models/driver.h"

int main(int argc, char **argv)
{
    struct settings settings;
    struct session session;
    message_init("parkit-get");
    int rc = settings_parse(argc, argv, &settings);
    if (rc == 0) {
        session_fit(&settings);
        rc = session_open(&settings, &session);
        if (rc == 0)
            rc = drivers[settings.model](&session);
        rc = session_close(&session, rc);
    } else {
        rc = rc == 1 ? EXIT_RIGHT : exit_code_of(rc);
    }
    settings_free(&settings);
    return rc;
}
