/* AADSTS50196: a client that asks the same again and again. Source: entra-throttling. */
#pragma once

#include "entra/grant.h"

/* CREATE TABLE … of its rows; `digest` stands for a whole request, so that no secret is kept. */
#define ENTRA_LOOP_SCHEMA                                                                          \
    "CREATE TABLE token_requests (digest BLOB NOT NULL, seq INTEGER NOT NULL,"                     \
    " at_ms INTEGER NOT NULL, PRIMARY KEY (digest, seq)) WITHOUT ROWID;"                           \
    "CREATE INDEX token_requests_by_time ON token_requests (at_ms);"

/* Off unless the setting requestLoopDetection is on. */
bool entra_loop_check(struct entra_grant *grant);
