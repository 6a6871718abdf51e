/* Where an application may be answered: its registered redirect URIs. Source: entra-redirect. */
#pragma once

#include "base/arena.h"
#include "base/json.h"

/* On which platform of the manifest an address stands: it decides what the client must prove. */
enum entra_platform {
    ENTRA_PLATFORM_NONE,
    ENTRA_PLATFORM_WEB,
    ENTRA_PLATFORM_SPA,
    ENTRA_PLATFORM_PUBLIC,
};

enum entra_redirect {
    ENTRA_REDIRECT_GOOD,
    ENTRA_REDIRECT_OTHER, /* not one of those that are registered */
    ENTRA_REDIRECT_EMPTY, /* none is registered */
};

/*
 * Compares literally; for http on the machine itself any port fits. A NULL `uri` is the first that
 * is registered. Fills *ret_uri (where to send the answer) and *ret_platform when it is good.
 */
enum entra_redirect entra_redirect_find(struct arena *arena, const cJSON *application,
                                        const char *uri, const char **ret_uri,
                                        enum entra_platform *ret_platform);
