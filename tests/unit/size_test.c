/* common/size.h: sizes as people write them. */
#include "common/size.h"
#include "unit.h"

#include <errno.h>

static void reads_as(const char *text, uint64_t want)
{
    uint64_t got = want + 1;
    CU_ASSERT_EQUAL(size_parse(text, &got), 0);
    CU_ASSERT_EQUAL(got, want);
}

static void is_refused(const char *text, int code)
{
    uint64_t got = 4711;
    CU_ASSERT_EQUAL(size_parse(text, &got), code);
    CU_ASSERT_EQUAL(got, 4711); /* unchanged on failure */
}

static void plain_digits(void)
{
    reads_as("0", 0);
    reads_as("5000000", 5000000);
    reads_as("007", 7);
    reads_as("18446744073709551615", UINT64_MAX);
}

static void letters_are_powers_of_ten(void)
{
    reads_as("64K", 64000);
    reads_as("64k", 64000);
    reads_as("10M", 10000000);
    reads_as("2G", 2000000000);
    reads_as("1T", 1000000000000);
}

static void exponents(void)
{
    reads_as("1e9", 1000000000);
    reads_as("1E9", 1000000000);
    reads_as("1e0", 1);
    reads_as("1e19", 10000000000000000000u);
    reads_as("0e999", 0);
    reads_as("0e99999999999999", 0);
}

static void fractions_that_come_out_whole(void)
{
    reads_as("2.5e6", 2500000);
    reads_as("1.5K", 1500);
    reads_as("0.001K", 1);
    reads_as("2.0", 2);
    reads_as("1.50e1", 15);
}

static void fractions_that_do_not(void)
{
    is_refused("1.5", -EINVAL);
    is_refused("1.2345K", -EINVAL);
    is_refused("0.1e0", -EINVAL);
}

static void what_is_no_number(void)
{
    static const char *const words[] = { "",     "-1",  "+1",   "1e",   "1e+3", "1e-3", "0x10", "K",      "e9",  ".5",
                                         "1.",   "1.K", " 1",   "1 ",   "1KB",  "1Ki",  "1KK",  "1e3K",   "nan", "inf",
                                         "1,000", "1_0", "1.e3", "1..2", "\xd9\xa3", "1\n" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        is_refused(words[i], -EINVAL);
}

static void beyond_64_bits(void)
{
    is_refused("18446744073709551616", -ERANGE);
    is_refused("2e19", -ERANGE);
    is_refused("1e999999999999", -ERANGE);
    is_refused("18446744073710T", -ERANGE);
    is_refused("99999999999999999999999999", -ERANGE);
}

static void bytes_for_people(void)
{
    char text[32];
    CU_ASSERT_STRING_EQUAL(size_print_bytes(0, text, sizeof text), "0 B");
    CU_ASSERT_STRING_EQUAL(size_print_bytes(1023, text, sizeof text), "1023 B");
    CU_ASSERT_STRING_EQUAL(size_print_bytes(1024, text, sizeof text), "1.0 KiB");
    CU_ASSERT_STRING_EQUAL(size_print_bytes(1.5 * 1024 * 1024 * 1024, text, sizeof text), "1.5 GiB");
    CU_ASSERT_STRING_EQUAL(size_print_bytes(5e18, text, sizeof text), "4440.9 PiB");
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(plain_digits),         UNIT(letters_are_powers_of_ten), UNIT(exponents),      UNIT(fractions_that_come_out_whole),
        UNIT(fractions_that_do_not), UNIT(what_is_no_number),        UNIT(beyond_64_bits), UNIT(bytes_for_people),
        UNIT_END,
    };
    return unit_main("size", tests);
}
