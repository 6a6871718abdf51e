/*
 * The connection as setup.connect and reauth were given it and the page accepted it: it wins over
 * the configuration's `dynamics`. No secret is part of it.
 */
#pragma once

#include "base/arena.h"
#include "engine/engine.h"

struct sync_connection {
    const char *organization; /* host, lower case; NULL: nobody said */
    const char *auth_method;  /* s2s, ropc or basic */
    const char *username, *client_id, *tenant;
    bool kept; /* Marketo accepted it; otherwise it is the configuration's */
};

/* What holds now: the accepted one, else the configuration's. */
bool sync_connection_load(struct crmsync *engine, struct arena *arena, struct sync_connection *ret,
                          struct sync_problem *problem);
/* Keeps it, in one commit. */
bool sync_connection_save(struct crmsync *engine, const struct sync_connection *connection,
                          struct sync_problem *problem);
