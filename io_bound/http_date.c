#include "io_bound/http_date.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* 0: a digit, a: a letter; all else stands for itself. */
static const char SHAPE[] = "aaa, 00 aaa 0000 00:00:00 GMT";

static bool has_shape(const char *text)
{
    size_t i = 0;
    for (; SHAPE[i]; i++)
        if (SHAPE[i] == '0' ? !isdigit((unsigned char)text[i]) : SHAPE[i] == 'a' ? !isalpha((unsigned char)text[i]) : text[i] != SHAPE[i])
            return false;
    return text[i] == '\0';
}

static int two_digits(const char *text)
{
    return 10 * (text[0] - '0') + (text[1] - '0');
}

/* Which of @names, three letters each, @name is; -1: none. */
static int index_of(const char *name, const char *names)
{
    for (int i = 0; names[3 * i]; i++)
        if (memcmp(name, names + 3 * i, 3) == 0)
            return i;
    return -1;
}

/* Days from 1970-01-01 to the first of @month (0 to 11) in the Gregorian @year, which is 1970 at least. */
static int64_t days_before(int year, int month)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int last = month > 1 ? year : year - 1; /* the last year whose leap day may have gone by */
    return 365 * (int64_t)(year - 1970) + (last / 4 - last / 100 + last / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400) + before[month];
}

time_t http_date(const char *value)
{
    if (!has_shape(value))
        return curl_getdate(value, NULL);
    int day = two_digits(value + 5), year = 100 * two_digits(value + 12) + two_digits(value + 14);
    int month = index_of(value + 8, "JanFebMarAprMayJunJulAugSepOctNovDec");
    int hour = two_digits(value + 17), minute = two_digits(value + 20), second = two_digits(value + 23);
    int weekday = index_of(value, "SunMonTueWedThuFriSat"); /* nobody asks whether it is the right one */
    if (weekday < 0 || month < 0 || year < 1970 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return curl_getdate(value, NULL);
    return (time_t)((days_before(year, month) + day - 1) * 86400 + hour * 3600 + minute * 60 + second);
}
