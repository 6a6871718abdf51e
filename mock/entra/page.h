/* What the pages for people share. */
#pragma once

#include "entra/error.h"

/* A hidden field of a form. */
void entra_html_hidden(struct strbuf *out, const char *name, const char *value);
/* Head and heading of a page; what follows is the caller's. */
void entra_page_begin(struct strbuf *out, const char *title);
void entra_page_reply(struct mock_call *call, struct mock_reply *reply, int status,
                      const struct strbuf *page);
/* A refusal for people: it is never sent to an address that nobody registered. */
void entra_page_refuse(struct mock_call *call, struct mock_reply *reply, enum entra_code code,
                       const struct entra_words *words);

/* One parameter of an answer to the application; a NULL value is left out. */
struct entra_pair {
    const char *name, *value;
};

enum entra_mode { ENTRA_MODE_QUERY, ENTRA_MODE_FRAGMENT, ENTRA_MODE_FORM };

/* Sends the person back to the application. */
void entra_page_back(struct mock_call *call, struct mock_reply *reply, const char *redirect_uri,
                     enum entra_mode mode, const struct entra_pair *pairs, size_t count);
