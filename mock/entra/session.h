/* Who is signed in at the pages, by a cookie. Source: entra-authorize. */
#pragma once

#include "server/call.h"

/* CREATE TABLE … of its rows: the cookie's value is not kept. */
#define ENTRA_SESSION_SCHEMA                                                                       \
    "CREATE TABLE sign_in_sessions (hash BLOB PRIMARY KEY, user_id TEXT NOT NULL,"                 \
    " made_ms INTEGER NOT NULL, mfa INTEGER NOT NULL) WITHOUT ROWID;"

struct entra_session {
    const char *value;   /* of the cookie */
    const char *user_id; /* NULL: nobody is signed in */
    bool mfa;            /* a second factor was shown */
    /* What a form of the pages carries, so that no other page can send it for the person. */
    const char *canary;
};

/* The session of the request's cookie. */
void entra_session_find(struct mock_call *call, struct entra_session *ret);
/* A new one; the answer sets the cookie. */
void entra_session_begin(struct mock_call *call, struct mock_reply *reply, const char *user_id,
                         struct entra_session *ret);
void entra_session_show_mfa(struct mock_call *call, struct entra_session *session);
void entra_session_end(struct mock_call *call, struct mock_reply *reply);

/* The route: signs out and goes on to `post_logout_redirect_uri`, if some application has it. */
void entra_logout(struct mock_call *call, struct mock_reply *reply);
