/* Signing in on one device with the browser of another. Sources: entra-device, RFC 8628. */
#pragma once

#include "server/call.h"

/* CREATE TABLE … of its rows; of a device code its hash is kept. */
#define ENTRA_DEVICE_SCHEMA                                                                        \
    "CREATE TABLE device_codes (user_code TEXT PRIMARY KEY COLLATE NOCASE,"                        \
    " hash BLOB NOT NULL UNIQUE, app_id TEXT NOT NULL, scope TEXT NOT NULL, resource TEXT,"        \
    " tenant TEXT NOT NULL, state TEXT NOT NULL, user_id TEXT, mfa INTEGER NOT NULL,"              \
    " issued_ms INTEGER NOT NULL,"                                                                 \
    " asked_ms INTEGER NOT NULL) WITHOUT ROWID;"                                                   \
    "CREATE TABLE device_answer (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL,"                   \
    " decline INTEGER NOT NULL);"

/* The routes: a new code, and the page where people enter it. */
void entra_device_code(struct mock_call *call, struct mock_reply *reply);
void entra_device_page(struct mock_call *call, struct mock_reply *reply);

/*
 * What the actions do: the user enters the code and allows or declines. False: nobody waits with
 * that code, or the user may not consent to it; *ret_why says so.
 */
bool entra_device_enter(struct mock_call *call, const char *user_code, const char *user_id,
                        bool decline, const char **ret_why);
/* The user does so with every code that is made from now on. */
void entra_device_answer(struct mock_call *call, const char *user_id, bool decline);
