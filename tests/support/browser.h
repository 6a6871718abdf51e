/* A person with a browser: keeps the cookie, fills in forms. */
#pragma once

#include "client.h"

struct browser {
    struct arena *arena;
    struct mocktenant *mock;
    const char *host;   /* NULL: login.microsoftonline.com */
    const char *cookie; /* of the session; NULL: none */
    const char *target; /* of the page that is shown */
    struct answer page;
};

void browser_open(struct browser *browser, const char *target);
/* Posts the form of the page: its hidden fields, `fields` (form-encoded, or NULL) and the button
 * (NULL: one without a name). */
void browser_press(struct browser *browser, const char *button, const char *fields);
/* Whether the page shows that text. */
bool browser_shows(const struct browser *browser, const char *text);
/* Where it is sent to; fails the test when it is not. */
const char *browser_location(const struct browser *browser);
/* A parameter of that address, behind `?` or `#`; NULL when it has none. */
const char *browser_param(const struct browser *browser, const char *name);
/* The value of a hidden field of the page; NULL when it has none. */
const char *browser_field(const struct browser *browser, const char *name);
