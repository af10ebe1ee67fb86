/* Output names and URLs: what is refused, and that nothing harmless is. */
#include "io_bound/lists/name.h"
#include "io_bound/lists/nameset.h"
#include "io_bound/lists/url.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char why[256];

static int check(const char *path)
{
    return name_check(path, why, sizeof why);
}

static void plain_names_are_taken(void)
{
    static const char *const good[] = { "a", "a/b/c.txt", ".hidden", "..a", "a..b/...", "with space", "100%", "50%25", "\303\244\303\266.csv", "x.part", ".part" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CU_ASSERT_EQUAL(check(good[i]), 0);
}

static void names_that_lead_elsewhere_are_refused(void)
{
    static const char *const bad[] = { "", "/", "/etc/passwd", "..", ".", "../x", "a/..", "a/../b", "a/./b", "a//b", "a/", "a\\..\\b", " ", "a " };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(check(bad[i]), -EINVAL);
}

static void escapes_cannot_hide_what_is_refused_in_the_open(void)
{
    static const char *const bad[] = { "%2e%2e", "a%2fb", "a%2Fb", "..%2f..%2fx", "a%5cb", "%00", "a%0ab", "%2E%2E/x", "%2drf", "a%ff" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(check(bad[i]), -EINVAL);
}

static void names_that_harm_a_terminal_or_a_shell_are_refused(void)
{
    static const char *const bad[] = { "a\nb", "a\033[2J", "a\177", "\300\257", "a\377", "\302\205", "-rf", "a/-rf", ".x.part", "a/.x.part" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(check(bad[i]), -EINVAL);
}

static void limits_are_those_of_the_file_system(void)
{
    char name[NAME_PATH_MAX + 2];
    memset(name, 'a', sizeof name);
    name[255] = '\0';
    CU_ASSERT_EQUAL(check(name), 0);
    name[255] = 'a', name[256] = '\0';
    CU_ASSERT_EQUAL(check(name), -EINVAL);
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 2 ? '/' : 'a';
    name[NAME_PATH_MAX] = '\0';
    CU_ASSERT_EQUAL(check(name), 0);
    name[NAME_PATH_MAX] = '/', name[NAME_PATH_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(check(name), -EINVAL);
}

static void a_refusal_can_be_printed(void)
{
    CU_ASSERT_EQUAL(check("a\033b"), -EINVAL);
    CU_ASSERT_PTR_NULL(strchr(why, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "a\\x1Bb"));
}

static void the_name_of_a_url_is_its_last_segment(void)
{
    char name[NAME_COMPONENT_MAX + 1];
    CU_ASSERT_EQUAL(name_of_url("http://h/a/b.txt", name, why, sizeof why), 0);
    CU_ASSERT_STRING_EQUAL(name, "b.txt");
    CU_ASSERT_EQUAL(name_of_url("http://h/a%20b?q=/x#/y", name, why, sizeof why), 0);
    CU_ASSERT_STRING_EQUAL(name, "a%20b");
    CU_ASSERT_EQUAL(name_of_url("http://h", name, why, sizeof why), -EINVAL);
    CU_ASSERT_EQUAL(name_of_url("http://h/a/", name, why, sizeof why), -EINVAL);
    CU_ASSERT_EQUAL(name_of_url("http://h?x=/y", name, why, sizeof why), -EINVAL);
    CU_ASSERT_EQUAL(name_of_url("http://h/..", name, why, sizeof why), -EINVAL);
}

static void the_host_is_who_is_asked(void)
{
    static const struct {
        const char *url, *host;
    } cases[] = {
        { "http://Example.ORG/x", "http://example.org:80" },    { "https://h", "https://h:443" },
        { "HTTPS://h:8443/x", "https://h:8443" },               { "http://user:p%40ss@h:81/", "http://h:81" },
        { "http://[::1]:8080/x", "http://[::1]:8080" },         { "http://[::1]/x", "http://[::1]:80" },
        { "http://h?@other/", "http://h:80" },                  { "http://h#@other", "http://h:80" },
        { "http://good@evil/", "http://evil:80" },              { "http://h:/x", "http://h:80" },
    };
    char host[URL_HOST_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(url_host(cases[i].url, host, why, sizeof why), 0);
        CU_ASSERT_STRING_EQUAL(host, cases[i].host);
    }
}

static void urls_that_cannot_be_asked_are_refused(void)
{
    static const char *const bad[] = { "", "h/x", "ftp://h/x", "file:///etc/passwd", "http:/h", "http://", "http:///x", "http://:80/", "http://u@/", "http://h:0/", "http://h:65536/", "http://h:8o/", "http://h/a b", "http://h/\n", "http://h/\377" };
    char host[URL_HOST_MAX];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(url_host(bad[i], host, why, sizeof why), -EINVAL);
}

static void a_set_of_names_finds_each_repetition(void)
{
    struct nameset *set = nameset_create();
    char name[32];
    CU_ASSERT_PTR_NOT_NULL_FATAL(set);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof name, "name%d", i);
            CU_ASSERT_EQUAL(nameset_add(set, name), round == 0 ? 0 : -EEXIST);
        }
    nameset_destroy(set);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(plain_names_are_taken),
        UNIT(names_that_lead_elsewhere_are_refused),
        UNIT(escapes_cannot_hide_what_is_refused_in_the_open),
        UNIT(names_that_harm_a_terminal_or_a_shell_are_refused),
        UNIT(limits_are_those_of_the_file_system),
        UNIT(a_refusal_can_be_printed),
        UNIT(the_name_of_a_url_is_its_last_segment),
        UNIT(the_host_is_who_is_asked),
        UNIT(urls_that_cannot_be_asked_are_refused),
        UNIT(a_set_of_names_finds_each_repetition),
        UNIT_END,
    };
    return unit_main("name", tests);
}
