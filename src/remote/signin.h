/* As whom the engine speaks to Microsoft's services. */
#pragma once

#include "engine/engine.h"
#include "http/http.h"
#include "state/connection.h"

/* A token of the administrator for a scope such as "https://graph.microsoft.com/.default". */
bool sync_sign_in_admin(struct crmsync *engine, const char *scope, const char **ret,
                        struct sync_problem *problem);
/* Whether the configuration names an administrator to sign in as. */
bool sync_has_admin(const struct crmsync *engine);

/* A connection with its secrets; they are the caller's. */
struct sync_credentials {
    struct sync_connection connection;
    const char *client_secret, *password; /* NULL: from where the configuration says */
    bool tried; /* set by the first sign-in: until then a kept token does not count, since it would
                   vouch for another secret */
};
/* Fills request->bearer, or request->basic (in `arena`) for the method basic. */
bool sync_sign_in_user(struct crmsync *engine, struct arena *arena,
                       struct sync_credentials *credentials, const char *scope,
                       struct sync_request *request, struct sync_problem *problem);
