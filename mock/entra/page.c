#include "entra/page.h"

#include <string.h>

#include "base/auto.h"

static const char html_type[] = "text/html; charset=utf-8";

void entra_html_hidden(struct strbuf *out, const char *name, const char *value)
{
    strbuf_add(out, "<input type=\"hidden\" name=\"");
    strbuf_markup(out, name);
    strbuf_add(out, "\" value=\"");
    strbuf_markup(out, value);
    strbuf_add(out, "\">");
}

static void begin(struct strbuf *out, const char *title, const char *heading)
{
    static const char style[] =
        "body{margin:0;background:#f2f2f2;color:#1b1b1b;font:15px/1.5 \"Segoe UI\",system-ui,"
        "sans-serif}main{max-width:26em;margin:4em auto;padding:2em 2.5em;background:#fff;"
        "box-shadow:0 2px 6px #0003}h1{margin:0 0 .6em;font-size:1.5em;font-weight:600;"
        "line-height:1.3}h2{margin:0;font-size:1.1em}label{display:block;margin:.9em 0}"
        "input{display:block;box-sizing:border-box;width:100%;padding:.4em 0;border:0;"
        "border-bottom:1px solid #666;font:inherit}button{margin:1em .5em 0 0;padding:.4em 1.8em;"
        "border:1px solid #0067b8;background:#0067b8;color:#fff;font:inherit}"
        "button[value=cancel]{border-color:#8c8c8c;background:#fff;color:inherit}"
        "[role=alert]{color:#c50f1f}small{color:#666}";

    strbuf_add(out, "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\""
                    "viewport\" content=\"width=device-width\"><title>");
    strbuf_markup(out, title);
    strbuf_addf(out, "</title><style>%s</style><main><small>mock tenant</small><h1>", style);
    strbuf_markup(out, heading);
    strbuf_add(out, "</h1>");
}

void entra_page_begin(struct strbuf *out, const char *title)
{
    begin(out, title, title);
}

void entra_page_reply(struct mock_call *call, struct mock_reply *reply, int status,
                      const struct strbuf *page)
{
    mock_reply_text(reply, status, html_type, arena_dup(call->arena, strbuf_text(page), page->len));
    mock_reply_header_set(reply, "X-Frame-Options", "DENY");
}

void entra_page_refuse(struct mock_call *call, struct mock_reply *reply, enum entra_code code,
                       const struct entra_words *words)
{
    AUTO(strbuf) page = STRBUF(0);

    entra_error_cite(call, code);
    begin(&page, "Sign in to your account", "Sorry, but we're having trouble signing you in.");
    strbuf_addf(&page, "<p>AADSTS%d: ", (int)code);
    strbuf_markup(&page, entra_error_text(call->arena, code, words));
    strbuf_addf(&page, "</p><p>Request Id: %s</p>", entra_trace_id(call));
    entra_page_reply(call, reply, 400, &page);
}

/* OAuth 2.0 Form Post Response Mode: the browser posts it by itself. */
static void back_by_form(struct mock_call *call, struct mock_reply *reply, const char *redirect_uri,
                         const struct entra_pair *pairs, size_t count)
{
    AUTO(strbuf) page = STRBUF(0);

    strbuf_add(&page, "<!DOCTYPE html><title>Working...</title>"
                      "<body onload=\"document.forms[0].submit()\">"
                      "<form method=\"post\" action=\"");
    strbuf_markup(&page, redirect_uri);
    strbuf_add(&page, "\">");
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].value != NULL) {
            entra_html_hidden(&page, pairs[i].name, pairs[i].value);
        }
    }
    strbuf_add(&page, "<noscript><button>Continue</button></noscript></form></body>");
    entra_page_reply(call, reply, 200, &page);
}

void entra_page_back(struct mock_call *call, struct mock_reply *reply, const char *redirect_uri,
                     enum entra_mode mode, const struct entra_pair *pairs, size_t count)
{
    AUTO(strbuf) query = STRBUF(0);
    char mark = strchr(redirect_uri, '?') != NULL ? '&' : '?';

    if (mode == ENTRA_MODE_FORM) {
        back_by_form(call, reply, redirect_uri, pairs, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].value != NULL) {
            strbuf_form_param(&query, pairs[i].name, pairs[i].value);
        }
    }
    mock_reply_text(reply, 302, html_type, "");
    mock_reply_header(reply, "Location",
                      query.len == 0 ? redirect_uri
                                     : arena_printf(call->arena, "%s%c%s", redirect_uri,
                                                    mode == ENTRA_MODE_FRAGMENT ? '#' : mark,
                                                    strbuf_text(&query)));
}
