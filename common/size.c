#include "common/size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The power of ten that the suffix at @s stands for; -1 where it is not a suffix to the end. */
static int suffix_exponent(const char *s)
{
    static const char letters[] = "KMGT";
    if (*s == '\0')
        return 0;
    if (*s == 'e' || *s == 'E') {
        int exponent = 0;
        if (!isdigit((unsigned char)*++s))
            return -1;
        for (; isdigit((unsigned char)*s); s++)
            if ((exponent = exponent * 10 + (*s - '0')) > 999)
                exponent = 999; /* out of range in any case */
        return *s ? -1 : exponent;
    }
    const char *letter = strchr(letters, toupper((unsigned char)*s));
    return letter && s[1] == '\0' ? 3 * (int)(letter - letters + 1) : -1;
}

static int times_ten_plus(uint64_t *value, unsigned digit)
{
    return __builtin_mul_overflow(*value, 10u, value) || __builtin_add_overflow(*value, digit, value) ? -ERANGE : 0;
}

int size_parse(const char *text, uint64_t *out)
{
    const char *s = text;
    while (isdigit((unsigned char)*s))
        s++;
    const char *fraction = *s == '.' ? s + 1 : s, *suffix = fraction;
    while (suffix > s && isdigit((unsigned char)*suffix))
        suffix++;
    if (s == text || (suffix > s && suffix == fraction))
        return -EINVAL;
    int exponent = suffix_exponent(suffix);
    if (exponent < 0)
        return -EINVAL;

    uint64_t value = 0;
    int rc = 0;
    for (const char *d = text; d < s && rc == 0; d++)
        rc = times_ten_plus(&value, (unsigned)(*d - '0'));
    for (const char *d = fraction; d < suffix; d++) {
        if (exponent == 0 && *d != '0')
            return -EINVAL; /* a part of one is left over */
        if (exponent > 0 && rc == 0)
            rc = times_ten_plus(&value, (unsigned)(*d - '0'));
        exponent -= exponent > 0;
    }
    for (; exponent > 0 && rc == 0 && value != 0; exponent--)
        rc = times_ten_plus(&value, 0);
    if (rc == 0)
        *out = value;
    return rc;
}

const char *size_print_bytes(double bytes, char *out, size_t size)
{
    static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    size_t u = 0;
    while (bytes >= 1024 && u + 1 < sizeof unit / sizeof *unit) {
        bytes /= 1024;
        u++;
    }
    snprintf(out, size, u == 0 ? "%.0f %s" : "%.1f %s", bytes, unit[u]);
    return out;
}
