#include "entra/page.h"

#include <string.h>

#include "base/auto.h"

static const char html_type[] = "text/html; charset=utf-8";

void entra_html(struct strbuf *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '<':
            strbuf_add(out, "&lt;");
            break;
        case '>':
            strbuf_add(out, "&gt;");
            break;
        case '&':
            strbuf_add(out, "&amp;");
            break;
        case '"':
            strbuf_add(out, "&quot;");
            break;
        default:
            strbuf_add_char(out, *text);
        }
    }
}

void entra_html_hidden(struct strbuf *out, const char *name, const char *value)
{
    strbuf_add(out, "<input type=\"hidden\" name=\"");
    entra_html(out, name);
    strbuf_add(out, "\" value=\"");
    entra_html(out, value);
    strbuf_add(out, "\">");
}

void entra_page_begin(struct strbuf *out, const char *title)
{
    strbuf_add(out, "<!DOCTYPE html><title>");
    entra_html(out, title);
    strbuf_add(out, "</title><h1>");
    entra_html(out, title);
    strbuf_add(out, "</h1>");
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
    strbuf_addf(&page,
                "<!DOCTYPE html><title>Sign in to your account</title><h1>Sorry, but we're "
                "having trouble signing you in.</h1><p>AADSTS%d: ",
                (int)code);
    entra_html(&page, entra_error_text(call->arena, code, words));
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
    entra_html(&page, redirect_uri);
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
