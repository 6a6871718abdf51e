#include "cases.h"

#include <string.h>

#include "base/clock.h"
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
    {"an assertion with all that is in it",
     "<t:RequestedSecurityToken><a b=\"c\"><d>e</d></a></t:RequestedSecurityToken><f>g</f>",
     "<t:RequestedSecurityToken>***</t:RequestedSecurityToken><f>g</f>"},
    {"an assertion that was cut", "<t:RequestedSecurityToken><a><d>e",
     "<t:RequestedSecurityToken>***"},
    {"a name that only ends so", "my_client_secretx=1&xpassword=2",
     "my_client_secretx=1&xpassword=2"},
    {"an empty value", "password=&a=b", "password=&a=b"},
    {"a string that never ends", "{\"password\":\"abc", "{\"password\":\"***"},
    {"a backslash at the end", "{\"password\":\"abc\\", "{\"password\":\"***"},
    {"twice", "password=a&password=b", "password=***&password=***"},
    {"nothing", "", ""},
    {"a value with quote, blank and bracket", "password=a\"b c<d&x=1", "password=***&x=1"},
    {"a name in percents", "client%5Fsecret=a&x=1", "client%5Fsecret=***&x=1"},
    {"a code in percents", "%63ode=0.AXs&x=1", "%63ode=***&x=1"},
    {"a name that is only longer", "not%5Fclient_secret=a", "not%5Fclient_secret=a"},
    {"a broken percent", "client%5=a&password%=b&client_secret=c",
     "client%5=a&password%=b&client_secret=***"},
    {"an escaped name in JSON", "{\"client\\u005fsecret\":\"a\",\"x\":\"y\"}",
     "{\"client\\u005fsecret\":\"***\",\"x\":\"y\"}"},
    {"another escaped name", "{\"secretTex\\u0074\" : \"a\\\"b\"}",
     "{\"secretTex\\u0074\" : \"***\"}"},
    {"escapes elsewhere", "{\"\\u00e9\":\"password\",\"a\\\"\":\"b\"}",
     "{\"\\u00e9\":\"password\",\"a\\\"\":\"b\"}"},
    {"JSON in a shell's quotes", "'{\"password\":\"a&b=c\"}'", "'{\"password\":\"***\"}'"},
    {"a form in JSON", "{\"form\":\"password=a&client_secret=b\"}",
     "{\"form\":\"password=***&client_secret=***\"}"},
    {"JSON in a form", "x={\"password\":\"a\"}&y=1", "x={\"password\":\"***\"}&y=1"},
    {"multipart",
     "--B\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\na=b&c\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"scope\"\r\n\r\nx\r\n--B--\r\n",
     "--B\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n***\r\n--B\r\n"
     "Content-Disposition: form-data; name=\"scope\"\r\n\r\nx\r\n--B--\r\n"},
    {"multipart cut short", "--B\r\nContent-Disposition: form-data; name=\"password\"",
     "--B\r\nContent-Disposition: form-data; name=\"password\""},
    {"a form's name in escapes", "client%5Fsecret=a&%70assword=b",
     "client%5Fsecret=***&%70assword=***"},
    {"all letters of a form's name in escapes", "%63%6c%69%65%6e%74%5f%73%65%63%72%65%74=a&b=c",
     "%63%6c%69%65%6e%74%5f%73%65%63%72%65%74=***&b=c"},
    {"raw quotes and brackets in a form's value", "a=b&client_secret=x<y\"z w&c=d",
     "a=b&client_secret=***&c=d"},
    {"an URL in a form's value", "redirect=https://x/?client_secret=a",
     "redirect=https://x/?client_secret=***"},
    {"an equal sign in a secret", "client_secret=ab==&a=b", "client_secret=***&a=b"},
    {"an escape in a JSON name", "{\"client\\u005fsecret\":\"a\",\"b\":1}",
     "{\"client\\u005fsecret\":\"***\",\"b\":1}"},
    {"an escape at the end of a JSON name", "{\"secretTex\\u0074\" : \"a\"}",
     "{\"secretTex\\u0074\" : \"***\"}"},
    {"a number", "{\"password\":12345,\"a\":1}", "{\"password\":\"***\",\"a\":1}"},
    {"an array", "{\"password\":[\"a]\",\"b\"],\"a\":1}", "{\"password\":\"***\",\"a\":1}"},
    {"an object", "{\"password\":{\"value\":\"}\"},\"a\":1}", "{\"password\":\"***\",\"a\":1}"},
    {"JSON in a JSON string", "{\"body\":\"{\\\"password\\\":\\\"a\\\\\\\"b\\\"}\"}",
     "{\"body\":\"{\\\"password\\\":\\\"***\\\"}\"}"},
    {"an attribute", "<a password=\"x\" b=\"y\" passwd='z'/>",
     "<a password=\"***\" b=\"y\" passwd='***'/>"},
    {"a field of an HTML form",
     "<input name=\"code\" value=\"0.AX\"><input name=\"state\" value=\"1\">",
     "<input name=\"code\" value=\"***\"><input name=\"state\" value=\"1\">"},
    {"an empty field of an HTML form", "<input name=\"password\" type=\"password\"><p value=\"1\">",
     "<input name=\"password\" type=\"password\"><p value=\"1\">"},
    {"a part of a multipart form",
     "--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\na=b\r\nc\r\n--b\r\n"
     "Content-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--b--",
     "--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n***\r\n--b\r\n"
     "Content-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--b--"},
    {"a part whose name has no quotes",
     "--B\r\nContent-Disposition: form-data; name=password\r\n\r\na=b\r\n--B--",
     "--B\r\nContent-Disposition: form-data; name=password\r\n\r\n***\r\n--B--"},
    {"a header of a batch's part",
     "--b\r\n\r\nGET /x HTTP/1.1\r\nauthorization:  Bearer a.b-c==\r\nAccept: x\r\n\r\n",
     "--b\r\n\r\nGET /x HTTP/1.1\r\nauthorization:  Bearer ***\r\nAccept: x\r\n\r\n"},
    {"a header of a part in JSON",
     "{\"headers\":{\"Authorization\":\"Basic eDp5\",\"Accept\":\"x\"}}",
     "{\"headers\":{\"Authorization\":\"***\",\"Accept\":\"x\"}}"},
    {"XML in CDATA", "<a:Password><![CDATA[x</b>y]]></a:Password><c>d</c>",
     "<a:Password>***</a:Password><c>d</c>"},
    {"XML behind a comment", "<Password><!-- a > b -->c</Password><d>e</d>",
     "<Password>***</Password><d>e</d>"},
    {"XML in an element", "<Password><b>c</b></Password><d>e</d>",
     "<Password>***</Password><d>e</d>"},
    {"XML without a text", "<Password Type=\"x\"/><d>e</d>", "<Password Type=\"x\"/><d>e</d>"},
    {"a sentence with an URL", "see https://x/?access_token=a for more",
     "see https://x/?access_token=*** for more"},
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
    {"a token that ends like a parameter", "Authorization", "c2VjcmV0LXRva2Vu==", "***"},
    {"two words of which none is a scheme", "Authorization", "my secret", "***"},
    {"a cookie without a name", "Cookie", "abc", "***"},
    {"an URL in any header", "X-Original-URL", "/a?client_secret=1&b=2",
     "/a?client_secret=***&b=2"},
    {"any other", "Accept", "text/html;q=1", "text/html;q=1"},
};

static void masks_headers(void **state)
{
    const struct header_case *c = *state;
    AUTO(strbuf) masked = STRBUF(0);

    mask_header(&masked, c->name, c->value);
    assert_string_equal(strbuf_text(&masked), c->masked);
}

static void mask_repeated(const char *piece, size_t bytes)
{
    AUTO(strbuf) text = STRBUF(0);
    AUTO(strbuf) masked = STRBUF(0);
    int64_t begun_us = clock_steady_us();

    while (text.len < bytes) {
        strbuf_add(&text, piece);
    }
    mask_body(&masked, strbuf_text(&text), text.len);
    if (clock_steady_us() - begun_us > 20000000) {
        fail_msg("\"%s\" takes long", piece);
    }
}

/* What looks back or ahead does so within bounds: these took minutes when it did not. */
static void needs_no_long(void **state)
{
    static const char *const pieces[] = {
        ">",       "<>", ":",     "\":",    "=",          "name=\"password\"",
        "name=\"", "\\", "\\\":", "code=1", "password=&", "\"password\": "};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        mask_repeated(pieces[i], 512 * 1024);
    }
}

int main(void)
{
    struct CMUnitTest tests[96];
    size_t count = 0;

    CASES(tests, count, body_cases, masks_bodies);
    CASES(tests, count, header_cases, masks_headers);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(needs_no_long);
    return cases_run("mask", tests, count);
}
