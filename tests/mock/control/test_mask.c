#include "cases.h"

#include <string.h>

#include "control/mask.h"

static const struct body_case {
    const char *name, *text, *masked;
} body_cases[] = {
    {"a form", "client_id=a&client_secret=b~c&scope=d", "client_id=a&client_secret=***&scope=d"},
    {"the last parameter", "username=u&password=p%26q", "username=u&password=***"},
    {"JSON", "{\"secretText\":\"a\\\"b\",\"hint\":\"a\"}",
     "{\"secretText\":\"***\",\"hint\":\"a\"}"},
    {"JSON with blanks", "{ \"access_token\" : \"x.y.z\" }", "{ \"access_token\" : \"***\" }"},
    {"a null stays null", "{\"secretText\":null}", "{\"secretText\":null}"},
    {"a code of an authorization", "grant_type=authorization_code&code=0.AXs",
     "grant_type=authorization_code&code=***"},
    {"the code of an error", "{\"error\":{\"code\":\"610\"}}", "{\"error\":{\"code\":\"610\"}}"},
    {"the number of an error page", "https://x/error?code=7000215\"",
     "https://x/error?code=7000215\""},
    {"XML", "<wsse:Password Type=\"x\">pa&amp;ss</wsse:Password><a>b</a>",
     "<wsse:Password Type=\"x\">***</wsse:Password><a>b</a>"},
    {"a name that only ends so", "my_client_secretx=1&xpassword=2",
     "my_client_secretx=1&xpassword=2"},
    {"an empty value", "password=&a=b", "password=&a=b"},
    {"a string that never ends", "{\"password\":\"abc", "{\"password\":\"***"},
    {"a backslash at the end", "{\"password\":\"abc\\", "{\"password\":\"***"},
    {"twice", "password=a&password=b", "password=***&password=***"},
    {"nothing", "", ""},
};

static void masks_bodies(void **state)
{
    const struct body_case *c = *state;
    AUTO(strbuf) masked = STRBUF(0);

    mask_body(&masked, c->text, strlen(c->text));
    assert_string_equal(strbuf_text(&masked), c->masked);
}

static const struct header_case {
    const char *label, *name, *value, *masked;
} header_cases[] = {
    {"a bearer token", "Authorization", "Bearer x.y.z", "Bearer ***"},
    {"basic", "authorization", "Basic eDp5", "Basic ***"},
    {"without a scheme", "AUTHORIZATION", "x.y.z", "***"},
    {"a cookie", "Set-Cookie", "fpc=abc; secure", "fpc=***"},
    {"a redirect", "Location", "https://a/?code=0.AX&state=1", "https://a/?code=***&state=1"},
    {"any other", "Accept", "password=1", "password=1"},
};

static void masks_headers(void **state)
{
    const struct header_case *c = *state;
    AUTO(strbuf) masked = STRBUF(0);

    mask_header(&masked, c->name, c->value);
    assert_string_equal(strbuf_text(&masked), c->masked);
}

int main(void)
{
    struct CMUnitTest tests[32];
    size_t count = 0;

    CASES(tests, count, body_cases, masks_bodies);
    CASES(tests, count, header_cases, masks_headers);
    return cases_run("mask", tests, count);
}
