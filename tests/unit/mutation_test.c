/*
 * The readers of studies on damaged files: whole studies with bytes changed, cut out, doubled or cut off, by a fixed seed.
 * Whatever happens must be an error with a message or a report; under sanitizers anything else shows. The same
 * function is fuzzed for longer by tests/fuzz/run.sh.
 */
#include "common/message.h"
#include "tests/fuzz/study_fuzz.h"
#include "tests/unit/mutate.h"
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/study_fuzz.c"

static const char csv[] =
    "# timings\nthreads, ranks,\"nodes\",size,order,seconds,fom,state,program_s\n"
    "1,1,1,1000,1,10.5,3,ok,10\n2,1,1,1000,2,5.6,3,ok,5\n4,1,1,1000,3,3.1,,ok,3\n4,2,1,1000,4,2,1e3,failed,\n8,1,2,2K,5,1.9,1,timeout,1\n";
static const char jsonl[] =
    "{\"schema\":\"parkit.measure/1\",\"threads\":1,\"ranks\":1,\"nodes\":1,\"size\":9,\"base_size\":9,\"order\":1,\"state\":\"ok\","
    "\"seconds\":1.5,\"user_s\":1,\"system_s\":0,\"max_rss\":4096,\"mhz\":3000,\"binding\":\"0-3,8\",\"affinity\":\"0 1\",\"fom\":null}\n"
    "{\"schema\":\"parkit.measure/1\",\"threads\":2,\"ranks\":2,\"nodes\":1,\"size\":null,\"order\":2,\"state\":\"wrong\",\"seconds\":0.8}\n"
    "{\"schema\":\"parkit.measure/1\",\"threads\":4,\"state\":\"ok\",\"seconds\":0.5,\"program_s\":0.4,\"command\":[\"a\",\"<b>\"]}\n";

static const char *const words[] = { "-1", "0", "nan", "inf", "1e308", "1e-320", "18446744073709551616", ",", "\n", "\"", "{", "}", "null",
                                     "\xff\xfe", "-", "0-99999999" };

static void mutations_of(const char *seed, size_t size, size_t *read, size_t *refused)
{
    char text[2048];
    for (int i = 0; i < 600; i++) {
        int rc = study_fuzz((const uint8_t *)text, mutate(seed, size, words, sizeof words / sizeof *words, text));
        CU_ASSERT(rc == 0 || rc == -EINVAL);
        *read += rc == 0;
        *refused += rc != 0;
    }
}

static void damaged_studies_are_refused_or_reported(void)
{
    size_t read = 0, refused = 0;
    mutate_state = 20240304;
    CU_ASSERT_EQUAL(study_fuzz((const uint8_t *)csv, strlen(csv)), 0);
    CU_ASSERT_EQUAL(study_fuzz((const uint8_t *)jsonl, strlen(jsonl)), 0);
    mutations_of(csv, strlen(csv), &read, &refused);
    mutations_of(jsonl, strlen(jsonl), &read, &refused);
    CU_ASSERT(read > 100 && refused > 100); /* else the mutations would be too mild or too wild to tell anything */
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(damaged_studies_are_refused_or_reported), UNIT_END };
    message_init("mutation");
    if (!freopen("/dev/null", "w", stderr)) /* a thousand messages about bad lines */
        return 1;
    return unit_main("mutation", tests);
}
