#include "browser.h"

#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "cases.h"

static void keep_cookie(struct browser *browser)
{
    static const char mark[] = "set-cookie: ESTSAUTHPERSISTENT=";
    const char *at = strstr(browser->page.headers, mark);

    if (at != NULL) {
        at += strlen("set-cookie: ");
        browser->cookie = arena_dup(browser->arena, at, strcspn(at, ";"));
    }
}

static void ask(struct browser *browser, const char *method, const char *form)
{
    const char *cookie = browser->cookie != NULL
                             ? arena_printf(browser->arena, "Cookie: a=b; %s", browser->cookie)
                             : NULL;
    const struct ask request = {DIRECT,
                                method,
                                browser->host != NULL ? browser->host : "login.microsoftonline.com",
                                browser->target,
                                {"Content-Type: application/x-www-form-urlencoded", cookie},
                                form,
                                0};

    browser->page = tenant_ask(browser->arena, browser->mock, &request);
    keep_cookie(browser);
}

void browser_open(struct browser *browser, const char *target)
{
    browser->target = target;
    ask(browser, "GET", NULL);
}

/* What `entra_html` made of it, undone. */
static const char *unescape(struct arena *arena, const char *text, size_t len)
{
    static const struct {
        const char *entity, c;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}};
    AUTO(strbuf) out = STRBUF(0);

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        for (size_t k = 0; k < ARRAY_LEN(known); k++) {
            if (str_starts(text + i, known[k].entity)) {
                c = known[k].c;
                i += strlen(known[k].entity) - 1;
                break;
            }
        }
        strbuf_add_char(&out, c);
    }
    return arena_dup(arena, strbuf_text(&out), out.len);
}

static const char *next_hidden(struct arena *arena, const char *at, const char **ret_name,
                               const char **ret_value)
{
    static const char mark[] = "<input type=\"hidden\" name=\"", value[] = "\" value=\"";
    const char *middle, *end;

    at = strstr(at, mark);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(mark);
    middle = strstr(at, value);
    assert_non_null(middle);
    end = strchr(middle + strlen(value), '"');
    assert_non_null(end);
    *ret_name = unescape(arena, at, (size_t)(middle - at));
    middle += strlen(value);
    *ret_value = unescape(arena, middle, (size_t)(end - middle));
    return end;
}

const char *browser_field(const struct browser *browser, const char *name)
{
    const char *at = browser->page.body, *found, *value;

    while ((at = next_hidden(browser->arena, at, &found, &value)) != NULL) {
        if (str_eq(found, name)) {
            return value;
        }
    }
    return NULL;
}

void browser_press(struct browser *browser, const char *button, const char *fields)
{
    const char *at = browser->page.body, *name, *value;
    AUTO(strbuf) form = STRBUF(0);

    if (strstr(at, "<form method=\"post\">") == NULL) {
        fail_msg("no form: %s", at);
    }
    while ((at = next_hidden(browser->arena, at, &name, &value)) != NULL) {
        strbuf_form_param(&form, name, value);
    }
    if (button != NULL) {
        strbuf_form_param(&form, "action", button);
    }
    if (fields != NULL) {
        strbuf_addf(&form, "%s%s", form.len > 0 ? "&" : "", fields);
    }
    ask(browser, "POST", arena_dup(browser->arena, strbuf_text(&form), form.len));
}

bool browser_shows(const struct browser *browser, const char *text)
{
    return strstr(browser->page.body, text) != NULL;
}

const char *browser_location(const struct browser *browser)
{
    const char *location = answer_header(browser->arena, &browser->page, "location");

    if (browser->page.status != 302 || location == NULL) {
        fail_msg("not sent on: %d %s", browser->page.status, browser->page.body);
    }
    return location;
}

const char *browser_param(const struct browser *browser, const char *name)
{
    const char *location = browser_location(browser), *at = strpbrk(location, "?#");
    struct uri_params params;

    if (at == NULL) {
        return NULL;
    }
    assert_true(uri_parse_params(browser->arena, at + 1, strlen(at + 1), &params));
    return uri_param(&params, name);
}
