/*
 * What any bytes do to the readers of studies, and to what is computed from them: nothing but an error or a report.
 * With clang's libFuzzer by tests/fuzz/run.sh; tests/unit/mutation_test.c calls it with fixed mutations.
 */
#include "tests/fuzz/study_fuzz.h"

#include "scaling/judge/analysis.h"
#include "scaling/show/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void report_all(const struct analysis *a)
{
    static show_function *const shows[] = { show_text, show_markdown, show_csv, show_json, show_html };
    const struct pictures none = { 0 };
    FILE *out = fopen("/dev/null", "we");
    for (size_t i = 0; out && i < sizeof shows / sizeof *shows; i++)
        shows[i](out, a, &none);
    if (out)
        picture_script(out, a);
    if (out)
        fclose(out);
}

static void analyse(const struct study *study, bool weak)
{
    struct question ask = { .weak = weak };
    struct analysis *a = NULL;
    if (rule_parse(RULE_DEFAULT, &ask.rule) == 0 && analysis_create(study, &ask, &a) == 0)
        report_all(a);
    analysis_destroy(a);
}

int study_fuzz(const uint8_t *data, size_t size)
{
    char path[32];
    struct study *study = NULL;
    int fd = memfd_create("study", MFD_CLOEXEC);
    int rc = fd >= 0 && write(fd, data, size) == (ssize_t)size ? 0 : -errno;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (rc == 0)
        rc = study_read(path, &study);
    if (rc == 0) {
        analyse(study, false);
        analyse(study, true);
    }
    study_destroy(study);
    if (fd >= 0)
        close(fd);
    return rc;
}

#ifdef FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    study_fuzz(data, size);
    return 0;
}
#endif
