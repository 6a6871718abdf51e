/* What an administrator's consent does, wherever it is given. Source: entra-consent. */
#pragma once

#include "server/call.h"

struct entra_consent {
    bool unknown_resource;   /* the manifest lists an API that the tenant lacks */
    bool unknown_permission; /* or a permission that the API lacks: consent fails */
    int64_t grants;          /* delegated grants and role assignments that stand now */
    bool changed;
};

/*
 * Grants all that the application's manifest lists: to everybody, or the delegated part to one
 * user. Makes its service principal if there is none. `application` is its document; `only` is the
 * one API to consent to, by its application id, or NULL for all. When something is unknown nothing
 * is written.
 */
void entra_consent_all(struct mock_call *call, const cJSON *application, const char *only,
                       const char *user, struct entra_consent *ret);
/* Whether nothing of that is unknown; writes nothing. */
bool entra_consent_check(struct mock_call *call, const cJSON *application, const char *only,
                         struct entra_consent *ret);
/* Grants delegated permissions of an API's service principal, listed or not, to everybody or to
 * one user. */
void entra_consent_some(struct mock_call *call, const cJSON *application, const char *resource,
                        const char *user, const char *scopes);
/* The delegated permissions that the manifest lists of an API, by their values; "" for none. */
const char *entra_consent_listed(struct mock_call *call, const cJSON *application,
                                 const char *app_id);
/* Whether one of the scopes of an API is for administrators to grant. */
bool entra_consent_needs_admin(struct mock_call *call, const char *resource, const char *scopes);
/* From when on the token endpoint sees what is granted now. */
int64_t entra_consent_visible(struct mock_call *call);
